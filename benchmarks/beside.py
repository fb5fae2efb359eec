"""Beside others: goals 1, 4, 5 and 11, and the table of who takes how long."""

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.environments import UnavailableError, python_with
from benchmarks.measuring import Figure, Sample, Samples, Way, ratios, take_turns
from benchmarks.programs import Program, hello, one_each
from benchmarks.subjects import Bare, DockerRun, Ours, Script
from benchmarks.table import Least, Line, Most, Row, row
from runner.languages import CLASSIC

PEERS: Final = {
    "epicbox": ("epicbox", "epicbox_each"),
    "llm-sandbox": ("llm-sandbox", "llm_sandbox_each"),
    "llm-sandbox, its pool": ("llm-sandbox", "llm_sandbox_pool"),
}
SLOW: Final = frozenset({"llm-sandbox", "llm-sandbox, its pool"})
"""They take minutes, and are not worth as many again for their spread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many programs each way is given; 0: it is left out.

    A slow way gets fewer, one with a long start-up or end as many as ours.
    """

    ours: int
    containers: int
    pool: int
    sessions: int


FULL: Final = Sizes(ours=500, containers=100, pool=500, sessions=4)
QUICK: Final = Sizes(ours=200, containers=10, pool=0, sessions=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What the comparison came to."""

    rows: list[Row]
    lines: list[Line]
    absent: list[str]


def compare(folder: Path, *, jobs: int, rounds: int, sizes: Sizes) -> Beside:
    """Goals 1, 4, 5 and 11."""
    ours, containers = Ours(folder=folder, jobs=jobs), DockerRun(jobs=jobs)
    programs = hello("python", sizes.ours)
    some = programs[: sizes.containers]
    counts = dict(zip(PEERS, (sizes.containers, sizes.sessions, sizes.pool), strict=True))
    peers, absent = _peers(jobs, counts)
    with ExitStack() as stack:
        bare = stack.enter_context(Bare(image=CLASSIC["python"].image_reference, jobs=jobs))
        ways: dict[str, Way] = {
            "bare": lambda: bare.run(programs),
            "bare, from its start": lambda: _from_its_start(programs, jobs),
            "ours": lambda: ours.run(programs),
            "ours, one": lambda: ours.run(programs[:1]),
            "docker run, one": lambda: containers.run(programs[:1]),
            "ours, eight languages": lambda: ours.run(one_each()),
            "docker run, eight languages": lambda: containers.run(one_each()),
            "ours, fresh": lambda: ours.run(some, "--isolation=fresh"),
            "docker run": lambda: containers.run(some),
            "docker SDK": lambda: Script(
                name="docker_sdk", python=Path(sys.executable), jobs=jobs
            ).run(some),
        }
        took = take_turns(ways | peers, rounds=rounds, once=SLOW)
    few = dict.fromkeys(["docker run", "docker SDK", "ours, fresh"], len(some))
    given = {name: (counts | few).get(name, len(programs)) for name in _ways(took)}
    each = {name: _each(took[name], given[name]) for name in given}
    return Beside(
        rows=[*_throughput(took, each, len(programs)), *_cold(took, len(some))],
        lines=[_line(name, given[name], each) for name in each],
        absent=absent,
    )


def _from_its_start(programs: Sequence[Program], jobs: int) -> Sample:
    """Bare with its container's start and end, but not with the way of the programs into it."""
    began = time.monotonic()
    with Bare(image=CLASSIC["python"].image_reference, jobs=jobs) as bare:
        start = time.monotonic() - began
        inside = bare.run(programs)
        done = time.monotonic()
    return Sample(seconds=start + inside.seconds + time.monotonic() - done)


def _peers(jobs: int, counts: Mapping[str, int]) -> tuple[dict[str, Way], list[str]]:
    """PyPI's ways, each tried with one program; and a line for each that does not run here."""
    ways: dict[str, Way] = {}
    absent = []
    for name, (environment, script) in PEERS.items():
        if not counts[name]:
            absent.append(f"{name}: left out by `--quick`, its end alone takes ten seconds")
            continue
        try:
            peer = Script(name=script, python=python_with(environment), jobs=jobs)
            peer.run(hello("python", 1))
        except UnavailableError as reason:
            absent.append(f"{name}: does not run here: {reason}")
        else:
            ways[name] = partial(peer.run, hello("python", counts[name]))
    return ways, absent


def _ways(took: Samples) -> list[str]:
    """Those that ran Python hello-worlds by the hundred, ours first."""
    others = [name for name in took if not name.startswith("ours") and "," not in name]
    pools = [name for name in took if name.endswith("pool")]
    return ["ours", "ours, fresh", *others, *pools]


def _each(samples: Sequence[Sample], programs: int) -> Figure:
    return Figure.of([sample.seconds / programs * 1000 for sample in samples])


def _line(name: str, programs: int, each: Mapping[str, Figure]) -> Line:
    return Line(
        way=name,
        programs=programs,
        each=each[name],
        times_ours=each[name].median / each["ours"].median,
    )


def _throughput(took: Samples, each: Mapping[str, Figure], programs: int) -> list[Row]:
    work = f"{programs} Python hello-worlds"
    ours = each["ours"].median
    containers = _over(each["docker run"], ours)
    found = [each[name] for name in PEERS if name in each]
    best = min(found, key=lambda figure: figure.median, default=None)
    bare = ratios(took["ours"], took["bare"])
    started = ratios(took["ours"], took["bare, from its start"])
    start_too = "at most 1.25 x bare, whose container's start counts as ours does"
    rows = [
        row(1, work, "at most 1.25 x bare", bare, Most(1.25, "x")),
        row(1, work, start_too, started, Most(1.25, "x")),
        row(1, work, "at least 20 x `docker run`", containers, Least(20, "x")),
    ]
    if best is not None:
        wanted = "at least 15 x the best of PyPI"
        rows.append(row(1, work, wanted, _over(best, ours), Least(15, "x")))
    return rows


def _over(figure: Figure, by: float) -> Figure:
    return Figure.of([figure.least / by, figure.median / by, figure.most / by])


def _cold(took: Samples, containers: int) -> list[Row]:
    return [
        row(
            4,
            "one Python hello-world, cold",
            "at most 1.5 x `docker run`",
            ratios(took["ours, one"], took["docker run, one"]),
            Most(1.5, "x"),
        ),
        row(
            5,
            "8 languages, one each, cold",
            "at most 1.2 x a container start and the bare time of each",
            ratios(took["ours, eight languages"], took["docker run, eight languages"]),
            Most(1.2, "x"),
        ),
        row(
            11,
            f"`isolation: fresh`, {containers} Python",
            "at most 0.8 x `docker run`",
            ratios(took["ours, fresh"], took["docker run"]),
            Most(0.8, "x"),
        ),
    ]
