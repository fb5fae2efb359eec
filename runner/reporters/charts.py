"""Where the time went, as a Mermaid chart: cases along a time line, or languages as a pie."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from runner.model import Report, Result
from runner.text import one_line

_CASES: Final = range(2, 31)
"""So many have their own bar; fewer need none, of more nobody can read the names."""
_SLICES: Final = range(2, 13)
_LABEL: Final = 40
_MINUTE: Final = 60.0
_NOT_IN_LABELS: Final = re.compile(r"[^\w ./()+-]+")
"""Mermaid has its own marks: colons, semicolons, hashes, per cent signs, quotes, braces."""


def chart(report: Report) -> str:
    """The chart's text; empty where none would tell more than the tables."""
    timed = [result for result in report.results if result.outcome.wall > 0 and not result.cached]
    if len(timed) in _CASES:
        return "\n".join(_gantt(timed, duration=report.duration))
    seconds = _seconds_by_language(timed)
    return "\n".join(_pie(seconds)) if len(seconds) in _SLICES else ""


def _gantt(results: Sequence[Result], *, duration: float) -> Iterator[str]:
    """A section for each sandbox: what it ran, one after the other; failures are marked."""
    sandboxes: dict[str, list[Result]] = {}
    for result in sorted(results, key=lambda result: result.started):
        sandboxes.setdefault(result.outcome.sandbox, []).append(result)
    yield "gantt"
    yield "  dateFormat x"
    yield f"  axisFormat {'%S.%L' if duration < _MINUTE else '%M:%S'}"
    for number, group in enumerate(sandboxes.values(), 1):
        yield f"  section sandbox {number}"
        for result in group:
            start, wall = round(result.started * 1000), max(1, round(result.outcome.wall * 1000))
            critical = "" if result.verdict.fine else "crit, "
            # Mermaid would take a name like "title" for its own word: the language stands before.
            yield f"    {_label(_titled(result))} :{critical}{start}, {start + wall}"


def _titled(result: Result) -> str:
    return f"({result.snippet.language.name}) {result.name}"


def _seconds_by_language(results: Sequence[Result]) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for result in results:
        name = _label(result.snippet.language.name)
        seconds[name] = seconds.get(name, 0.0) + result.outcome.wall
    return seconds


def _pie(seconds: dict[str, float]) -> Iterator[str]:
    yield "pie showData"
    yield "  title Seconds by language"
    for name, value in sorted(seconds.items(), key=lambda item: -item[1]):
        yield f'  "{name}" : {max(value, 0.001):.3f}'


def _label(text: str) -> str:
    label = _NOT_IN_LABELS.sub(" ", one_line(text, limit=_LABEL))
    return " ".join(label.split()) or "?"
