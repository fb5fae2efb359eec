"""What ran where and when, as lanes of bars: geometry alone, in seconds from the run's start.

A bar too short to be seen is drawn together with its neighbours, so that the number of bars is
bounded by the width of a screen, whatever the number of cases.
"""

import heapq
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from runner.model import Report, Result

LANES: Final = 32
_OWN_LANES: Final = 16
"""Up to so many sandboxes have a lane each; more share lanes, one after the other."""
_STEPS: Final = 400
"""Bars narrower than this part of the run are merged with what is next to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Some time of one case, or of several that are too short to be shown apart."""

    start: float
    end: float
    numbers: tuple[int, ...]
    """Of the cases in the report, from 1 on."""
    compiling: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A sandbox's bars, or those of sandboxes that were there one after the other."""

    title: str
    bars: tuple[Bar, ...]


def span(report: Report) -> float:
    """The length of the time axis: the run's, or what its figures need of it."""
    ends = [time.end for time in _times(report.results)]
    ends += [pull.started + pull.duration for pull in report.pulls]
    return max([report.duration, *ends], default=0.0)


def lanes(report: Report) -> list[Lane]:
    """All lanes in the order in which they began."""
    sandboxes: dict[str, list[Bar]] = {}
    for sandbox, bar in sorted(_bars(report.results), key=lambda pair: pair[1].start):
        sandboxes.setdefault(sandbox, []).append(bar)
    least = span(report) / _STEPS
    if len(sandboxes) <= _OWN_LANES:
        named = [(f"sandbox {name[:12]}".strip(), bars) for name, bars in sandboxes.items()]
    else:
        named = [(f"lane {at}", bars) for at, bars in enumerate(_packed(sandboxes.values()), 1)]
    return [Lane(title=title, bars=tuple(_merged(bars, least))) for title, bars in named]


def waiting(report: Report) -> list[tuple[float, int]]:
    """How many cases wait for a sandbox from when on: steps, the first at 0, the last to none."""
    taken = sorted(result.queued for result in report.results if result.queued > 0)
    if not taken:
        return []
    stride = math.ceil(len(taken) / _STEPS)
    leaving = range(stride - 1, len(taken), stride)
    steps = [(0.0, len(taken)), *((taken[at], len(taken) - at - 1) for at in leaving)]
    return steps if steps[-1][1] == 0 else [*steps, (taken[-1], 0)]


class _Time(NamedTuple):
    """When a case was compiled and run."""

    number: int
    result: Result
    compiled: float
    """When its compilation had ended; where there was none, when it started."""
    end: float


def _times(results: Iterable[Result]) -> Iterator[_Time]:
    """Of what was really run."""
    for number, result in enumerate(results, 1):
        outcome = result.outcome
        took = outcome.compile_wall
        # All cases of a snippet tell what its one compilation took.
        if took and result.case.source != result.snippet.cases[0].source:
            took = 0.0
        if not result.cached and outcome.wall + took > 0:
            compiled = result.started + took
            yield _Time(number, result, compiled, compiled + outcome.wall)


def _bars(results: Iterable[Result]) -> Iterator[tuple[str, Bar]]:
    """The bars of what was really run, each with its sandbox."""
    for number, result, compiled, end in _times(results):
        sandbox, start = result.outcome.sandbox, result.started
        if compiled > start:
            yield sandbox, Bar(start=start, end=compiled, numbers=(number,), compiling=True)
        if end > compiled:
            failed = not result.verdict.fine
            yield sandbox, Bar(start=compiled, end=end, numbers=(number,), failed=failed)


def _packed(sandboxes: Iterable[Sequence[Bar]]) -> list[list[Bar]]:
    """Sandboxes into as few lanes as there were at one time, each into one that is free."""
    packed: list[list[Bar]] = []
    free: list[tuple[float, int]] = []
    for bars in sandboxes:
        if free and free[0][0] <= bars[0].start:
            _, at = heapq.heappop(free)
        else:
            at = len(packed)
            packed.append([])
        packed[at] += bars
        heapq.heappush(free, (max(bar.end for bar in bars), at))
    return packed


def _merged(bars: Iterable[Bar], least: float) -> Iterator[Bar]:
    """`bars`, in order; what is shorter than `least` joins what came right before it.

    So does what begins well before that has ended: shards that were merged had clocks of their own.
    """
    open_bars: list[Bar] = []
    start = end = 0.0
    for bar in bars:
        apart = bar.end - start > least or bar.end - bar.start > least
        if open_bars and apart and bar.start > end - least:
            yield _joined(open_bars)
            open_bars = []
        if not open_bars:
            start, end = bar.start, bar.end
        end = max(end, bar.end)
        open_bars.append(bar)
    if open_bars:
        yield _joined(open_bars)


def _joined(bars: Sequence[Bar]) -> Bar:
    if len(bars) == 1:
        return bars[0]
    failed = any(bar.failed for bar in bars)
    shown = sorted(bars, key=lambda bar: not bar.failed)  # a failure is what its bar leads to
    return Bar(
        start=bars[0].start,
        end=max(bar.end for bar in bars),
        numbers=tuple(dict.fromkeys(number for bar in shown for number in bar.numbers)),
        compiling=all(bar.compiling for bar in bars),
        failed=failed,
    )
