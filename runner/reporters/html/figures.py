"""The figures of a report as HTML: the counts at its top, languages, and the slowest cases."""

from collections.abc import Iterator, Sequence
from typing import Final

from runner.model import Report, Result, Verdict
from runner.reporters.details import place as where
from runner.reporters.details import slowest as ranking
from runner.reporters.figures import count, seconds, size, upshot
from runner.reporters.html.escape import inline, place
from runner.reporters.html.marks import kind, mark
from runner.reporters.versions import grid
from runner.text import one_line

_LANGUAGES: Final = 50
_VERSIONED: Final = 500
SLOWEST: Final = 10


def headline(report: Report) -> str:
    """The upshot, what it was made with, and how many of each verdict there are."""
    state = "warn" if not report.results or report.interrupted else "fine"
    if not all(result.verdict.fine for result in report.results):
        state = "bad"
    interrupted = (
        '<p class="warning">Interrupted: what had not finished by then is missing here.</p>'
        if report.interrupted
        else ""
    )
    return (
        f'<h1 class="{state}">{inline(upshot(report))}</h1>{interrupted}'
        f'<p class="about">{" · ".join(_circumstances(report))}</p>{_proportions(report)}'
    )


def chips(report: Report) -> str:
    """A button for each verdict that there is, which shows these cases alone."""
    return "".join(
        f'<button type="button" class="chip" data-verdict="{verdict}" aria-pressed="false">'
        f"{mark(verdict)}{verdict} <b>{number}</b></button>"
        for verdict, number in _worst_first(report)
    )


def options(report: Report) -> str:
    """The languages to choose among."""
    names = dict.fromkeys(one_line(r.snippet.language.name, limit=40) for r in report.results)
    return "".join(f'<option value="{inline(name)}">{inline(name)}</option>' for name in names)


def languages(report: Report) -> str:
    """Time and memory by language, with a bar for the time of them all."""
    statistics = report.languages
    if not statistics:
        return ""
    ran = [r for r in report.results if r.verdict not in (Verdict.SKIPPED, Verdict.SANDBOX_ERROR)]
    groups: dict[str, list[Result]] = {}
    for result in ran:
        groups.setdefault(result.snippet.language.name, []).append(result)
    spent = {name: sum(r.outcome.wall for r in group) for name, group in groups.items()}
    most = max(spent.values()) or 1.0
    rows = [
        f"<tr><th>{inline(name, limit=40)}</th><td>{one.count}</td>"
        f'<td class="{"fine" if one.passed == one.count else "bad"}">{one.success_rate:.1%}</td>'
        f"<td>{seconds(one.average)}</td><td>{seconds(one.maximum)}</td>"
        f"<td>{seconds(spent[name])}{_share(spent[name] / most)}</td>"
        f"<td>{_compiling(groups[name])}</td>{_memory(groups[name])}</tr>"
        for name, one in list(statistics.items())[:_LANGUAGES]
    ]
    more = len(statistics) - _LANGUAGES
    remark = f'<p class="more">… and {more} more</p>' if more > 0 else ""
    titles = ("cases", "fine", "average", "slowest", "all together", "compiling", "memory", "peak")
    heads = "".join(f'<th scope="col">{title}</th>' for title in titles)
    return (
        '<section id="languages"><h2>Time and memory by language</h2>'
        '<div class="wide"><table class="figures">'
        f'<thead><tr><th scope="col">language</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>{remark}</section>"
    )


def slowest(report: Report, *, number: int, base: str) -> str:
    """The slowest cases that were really run; empty where none was."""
    ranked = ranking(report.results, number)
    if not ranked:
        return ""
    longest = ranked[0][1].outcome.wall
    rows = [_slow(at, result, longest, base=base) for at, result in ranked]
    return (
        '<section id="slowest"><h2>Slowest cases</h2><div class="wide"><table class="figures">'
        '<thead><tr><th scope="col">case</th><th scope="col">where</th>'
        '<th scope="col">language</th><th scope="col">time</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def versions(report: Report) -> str:
    """A row for each case that was run with several versions, a column for each of these."""
    found = grid(report.results)
    if not found.rows:
        return ""
    heads = "".join(f'<th scope="col">{inline(one, limit=20)}</th>' for one in found.versions)
    rows = [
        f"<tr><th>{inline(row.name)}</th><td>{inline(row.first.snippet.language.name, limit=40)}"
        f"</td>{''.join(_told(row.verdicts.get(one)) for one in found.versions)}</tr>"
        for row in found.rows[:_VERSIONED]
    ]
    more = len(found.rows) - _VERSIONED
    remark = f'<p class="more">… and {more} more</p>' if more > 0 else ""
    return (
        '<section id="versions"><h2>Versions</h2><div class="wide"><table class="figures">'
        f'<thead><tr><th scope="col">case</th><th scope="col">language</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>{remark}</section>"
    )


def _told(verdict: Verdict | None) -> str:
    return f'<td class="{kind(verdict)}">{mark(verdict)}{verdict}</td>' if verdict else "<td></td>"


def _circumstances(report: Report) -> Iterator[str]:
    yield inline(report.started.replace("T", " ").replace("+00:00", " UTC"), limit=40)
    yield count(report.jobs, "job")
    if report.engine:
        yield inline(report.engine, limit=100)
    if report.shard is not None:
        yield f"shard {report.shard}"
    cached = sum(result.cached for result in report.results)
    if cached:
        yield f"{cached} from the cache"


def _worst_first(report: Report) -> list[tuple[Verdict, int]]:
    """The verdicts that there are, and how many results have each."""
    counts = report.counts
    found = sorted((verdict for verdict in Verdict if counts[verdict]), key=lambda v: v.fine)
    return [(verdict, counts[verdict]) for verdict in found]


def _proportions(report: Report) -> str:
    """One bar, divided as the verdicts are."""
    if not report.results:
        return ""
    start, drawn = 0.0, []
    for verdict, number in _worst_first(report):
        width = 100 * number / len(report.results)
        drawn.append(
            f'<rect class="{kind(verdict)}" x="{start:.3f}%" width="{width:.3f}%" height="100%">'
            f"<title>{number} {verdict}</title></rect>"
        )
        start += width
    return f'<svg class="proportions" aria-hidden="true">{"".join(drawn)}</svg>'


def _share(part: float) -> str:
    return (
        '<svg class="share" aria-hidden="true">'
        f'<rect class="run" width="{100 * part:.1f}%" height="100%"/></svg>'
    )


def _compiling(group: Sequence[Result]) -> str:
    spent = sum(
        result.outcome.compile_wall
        for result in group
        if result.case.source == result.snippet.cases[0].source
    )
    return seconds(spent) if spent else ""


def _memory(group: Sequence[Result]) -> str:
    peaks = [result.outcome.peak_memory for result in group if result.outcome.peak_memory]
    if not peaks:
        return "<td></td><td></td>"
    return f"<td>{size(sum(peaks) // len(peaks))}</td><td>{size(max(peaks))}</td>"


def _slow(number: int, result: Result, longest: float, *, base: str) -> str:
    source, took = where(result), result.outcome.wall
    return (
        f'<tr><td>{mark(result.verdict)}<a href="#case-{number}">{inline(result.name)}</a></td>'
        f"<td>{place(source.path, source.line, base=base)}</td>"
        f"<td>{inline(result.snippet.language.name, limit=40)}</td>"
        f"<td>{seconds(took)}{_share(took / longest)}</td></tr>"
    )
