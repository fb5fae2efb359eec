"""The time line as SVG: pulls and the queue above, then a lane for each sandbox."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from runner.model import ImagePull, Report, Result
from runner.reporters.figures import count, seconds
from runner.reporters.html.escape import inline
from runner.reporters.html.lanes import LANES, Bar, Lane, lanes, span, waiting

_PULLS: Final = 12
_TICKS: Final = 8
_STEPS: Final = (1, 2, 5, 10)
_HEIGHT: Final = 36
_LEGEND: Final = (
    '<p class="legend"><span class="key run"></span>run <span class="key failed"></span>failed '
    '<span class="key compile"></span>compile <span class="key pull"></span>image pull '
    '<span class="key queue"></span>waiting for a sandbox</p>'
)


def timeline(report: Report) -> str:
    """The section; empty where nothing took any time."""
    found = lanes(report)
    if not found and not report.pulls:
        return ""
    length = span(report)
    ticks = _ticks(length)
    rows = [
        *_pulls(report.pulls, length, ticks),
        *_queue(report, length, ticks),
        *(_lane(lane, report.results, length, ticks) for lane in found[:LANES]),
    ]
    if len(found) > LANES:
        rows.append(f'<p class="more">… and {count(len(found) - LANES, "more lane")}</p>')
    return (
        '<section id="timeline" aria-label="Timeline"><h2>Timeline</h2>'
        f'{_LEGEND}<div class="lanes">{"".join(rows)}{_axis(ticks, length)}</div>'
        '<p id="shown" class="shown" aria-live="polite"></p></section>'
    )


def _ticks(length: float) -> list[float]:
    """Round numbers of seconds up to `length`, some eight of them."""
    if length <= 0:
        return [0.0]
    magnitude = 10.0 ** math.floor(math.log10(length / _TICKS))
    step = next(factor * magnitude for factor in _STEPS if factor * magnitude >= length / _TICKS)
    return [at * step for at in range(int(length / step) + 1)]


def _row(title: str, drawn: str, ticks: Sequence[float], length: float, *, kind: str) -> str:
    grid = "".join(
        f'<line x1="{_percent(at, length)}" x2="{_percent(at, length)}" y1="0" y2="100%"/>'
        for at in ticks
    )
    return (
        f'<div class="lane {kind}"><span class="label">{inline(title, limit=80)}</span>'
        f'<svg tabindex="0" role="group" aria-label="{inline(title, limit=80)}">'
        f"<g>{grid}</g>{drawn}</svg></div>"
    )


def _lane(lane: Lane, results: Sequence[Result], length: float, ticks: Sequence[float]) -> str:
    drawn = "".join(_bar(bar, results, length) for bar in lane.bars)
    return _row(lane.title, drawn, ticks, length, kind="sandbox")


def _bar(bar: Bar, results: Sequence[Result], length: float) -> str:
    kind = "compile" if bar.compiling else "failed" if bar.failed else "run"
    told = _told(bar, results)
    return _rectangle(bar.start, bar.end, length, kind=kind, told=told, number=bar.numbers[0])


def _told(bar: Bar, results: Sequence[Result]) -> str:
    """`greets · passed · 12 ms at 1.20 s`, or how many cases it is."""
    when = f"{seconds(bar.end - bar.start)} at {seconds(bar.start)}"
    first = results[bar.numbers[0] - 1]
    if len(bar.numbers) > 1:
        failed = sum(not results[number - 1].verdict.fine for number in bar.numbers)
        some = f" ({failed} failed)" if failed else ""
        return f"{count(len(bar.numbers), 'case')}{some} from {first.name} on · {when}"
    return f"{first.name} · {'compile' if bar.compiling else first.verdict} · {when}"


def _rectangle(  # noqa: PLR0913 - what makes a rectangle
    start: float, end: float, length: float, *, kind: str, told: str, number: int = 0
) -> str:
    case = f' data-case="{number}"' if number else ""
    return (
        f'<rect class="{kind}" x="{_percent(start, length)}" y="3" height="20" rx="1"'
        f' width="{_percent(max(end - start, length / 500), length)}"{case}>'
        f"<title>{inline(told, limit=200)}</title></rect>"
    )


def _pulls(pulls: Sequence[ImagePull], length: float, ticks: Sequence[float]) -> Iterator[str]:
    for pull in pulls[:_PULLS]:
        told = f"{pull.image} · {seconds(pull.duration)} at {seconds(pull.started)}"
        end = pull.started + pull.duration
        drawn = _rectangle(pull.started, end, length, kind="pull", told=told)
        yield _row(f"pull {pull.image}", drawn, ticks, length, kind="image")
    if len(pulls) > _PULLS:
        yield f'<p class="more">… and {count(len(pulls) - _PULLS, "more image")}</p>'


def _queue(report: Report, length: float, ticks: Sequence[float]) -> Iterator[str]:
    """A bar for each step, as high as the queue is long."""
    steps = waiting(report)
    if not steps:
        return
    most = steps[0][1]
    shown = "".join(
        f'<rect class="queue" x="{_percent(start, length)}" '
        f'y="{_HEIGHT - _HEIGHT * number / most:.1f}" '
        f'width="{_percent(end - start, length)}" height="{_HEIGHT * number / most:.1f}">'
        f"<title>{count(number, 'case')} waiting at {seconds(start)}</title></rect>"
        for (start, number), (end, _) in pairwise(steps)
        if end > start
    )
    yield _row(f"waiting: {most}", shown, ticks, length, kind="waiting")


def _axis(ticks: Sequence[float], length: float) -> str:
    labels = "".join(
        f'<text x="{_percent(at, length)}" y="12">{f"{at:.6g}"}{"" if at else " s"}</text>'
        for at in ticks
    )
    drawn = f'<span class="label"></span><svg>{labels}</svg>'
    return f'<div class="lane axis" aria-hidden="true">{drawn}</div>'


def _percent(part: float, length: float) -> str:
    return f"{100 * part / length:.3f}%" if length > 0 else "0%"
