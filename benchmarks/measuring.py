"""How it is timed: by taking turns, so that what else the machine does falls on all alike."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run: its seconds, and where it was a process of its own that one's CPU and memory."""

    seconds: float
    cpu: float = 0.0
    memory: int = 0
    """The most that was resident, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The median of what the rounds came to, and how far they were apart."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Figure":
        """What these values come to."""
        return cls(median=statistics.median(values), least=min(values), most=max(values))


Way = Callable[[], Sample]
Samples = dict[str, list[Sample]]


def take_turns(
    ways: Mapping[str, Way], *, rounds: int, once: AbstractSet[str] = frozenset()
) -> Samples:
    """Every way once in every round, the first of them another each time.

    `once`: those only in the first round.
    """
    samples: Samples = {name: [] for name in ways}
    names = list(ways)
    for turn in range(rounds):
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            if turn and name in once:
                continue
            samples[name].append(ways[name]())
            print(f"  {name}: {samples[name][-1].seconds:.2f} s", file=sys.stderr)
    return samples


def timed(run: Callable[[], None]) -> Sample:
    """Seconds that it takes."""
    began = time.monotonic()
    run()
    return Sample(seconds=time.monotonic() - began)


def command(argv: Sequence[str | Path], *, exit_code: int = 0) -> Sample:
    """A command from its start to its end, and what the system says that it used.

    What it prints goes to a file, as a pipe that nobody reads could fill. RuntimeError with the
    end of that where it exits otherwise than it should.
    """
    with tempfile.TemporaryFile() as printed:
        began = time.monotonic()
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != exit_code:
            printed.seek(0)
            raise RuntimeError(f"{argv}: exit {process.returncode}\n{printed.read()[-2000:]!r}")
    return Sample(seconds=seconds, cpu=used.ru_utime + used.ru_stime, memory=used.ru_maxrss * 1024)


def ratios(samples: Sequence[Sample], to: Sequence[Sample]) -> Figure:
    """How many times as long as the other, round by round."""
    return Figure.of([one.seconds / other.seconds for one, other in zip(samples, to, strict=True)])


def each(
    large: Sequence[Sample], small: Sequence[Sample], *, cases: int, cpu: bool = False
) -> Figure:
    """Milliseconds for each of the `cases` that the larger run has more: without the start-up."""
    return Figure.of(
        [
            ((one.cpu - other.cpu) if cpu else (one.seconds - other.seconds)) / cases * 1000
            for one, other in zip(large, small, strict=True)
        ]
    )
