"""The job summary on GitHub: Markdown with the totals, the failures first, and where time went.

GitHub shows nothing of a summary larger than 1 MiB. What is bounded and matters most is made first:
totals, the table of failures, the figures. The failures' details share what is left, with less of
each text where there are many, and the summary says of how many there is no room for any.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from runner.model import KIB, Report, Result, Verdict
from runner.reporters.charts import chart
from runner.reporters.details import Section, place, sections, spot
from runner.reporters.details import slowest as ranking
from runner.reporters.figures import count, seconds, totals, upshot
from runner.reporters.markup import fenced, inline, link, table
from runner.reporters.versions import grid
from runner.text import capped, ends, one_line, safe

BUDGET: Final = 900 * KIB
"""Bytes of the whole."""
_ROWS: Final = 200
_ROW_BYTES: Final = 250 * KIB
_DETAILED: Final = 100
_LIMITS: Final = (8 * KIB, 2 * KIB, KIB // 2)
"""Characters of each text in the details: the most that lets all of them in, or the least."""
_HEAD: Final = 40
_TAIL: Final = 20
"""Lines of each text."""
_FEW: Final = 10
_LANGUAGES: Final = 50
_VERSIONED: Final = 100
_MARKS: Final = {Verdict.SANDBOX_ERROR: "⚠️", Verdict.FLAKY: "🔁"}
_CROSS: Final = "❌"


def render(report: Report, *, base: str = "", slowest: int = 0) -> str:
    """The whole summary; `base` is where the repository's files can be seen, ending in a slash.

    `slowest` is how many of the slowest cases to list, a few of many where it is 0.
    """
    failures = [result for result in report.results if not result.verdict.fine]
    flaky = [result for result in report.results if result.verdict is Verdict.FLAKY]
    start = [*_totals(report), *_listed("Failures", failures, base=base)]
    end = [
        *_listed("Passed on a retry", flaky, base=base),
        *_versions(report, base=base),
        *_figures(report, base=base, slowest=slowest),
    ]
    room = BUDGET - sum(_size(part) + 1 for part in (*start, *end))
    return "\n".join([*start, *_details(failures[:_DETAILED], len(failures), room), *end])


def problems(texts: Iterable[str]) -> str:
    """The summary of a step that came to no report: what is wrong with manifests, inputs or us."""
    lines = [line for text in texts for line in safe(text).split("\n")]
    shown = "\n".join(ends(lines, head=_ROWS, tail=_TAIL))
    return f"## {_CROSS} Nothing was run\n\n{fenced(capped(shown, head=_ROW_BYTES // 4, tail=KIB))}"


def _totals(report: Report) -> Iterator[str]:
    yield f"## {_headline(report)}\n"
    if report.interrupted:
        yield "> [!WARNING]\n> Interrupted: what had not finished by then is missing here.\n"
    if report.results:
        numbers = {f"{name}:": str(number) for name, number in totals(report).items()}
        yield table(*numbers, rows=[numbers.values()])


def _headline(report: Report) -> str:
    told = upshot(report)
    return f"{_emoji(report)} {told[1:].lstrip()}"


def _emoji(report: Report) -> str:
    if not all(result.verdict.fine for result in report.results):
        return _CROSS
    return "✅" if report.results and not report.interrupted else "⚠️"


def _listed(title: str, results: Sequence[Result], *, base: str) -> Iterator[str]:
    """A table of these, as many as there is room for."""
    if not results:
        return
    rows, room = [], _ROW_BYTES
    for result in results[:_ROWS]:
        row = _row(result, base=base)
        room -= sum(_size(cell) + 3 for cell in row)
        if room < 0:
            break
        rows.append(row)
    yield f"### {title}\n"
    yield table("", "snippet", "where", "language", "verdict", "reason", "time:", rows=rows)
    if len(rows) < len(results):
        yield f"… and {len(results) - len(rows)} more: the other reports (junit) have them all.\n"


def _row(result: Result, *, base: str) -> list[str]:
    return [
        _mark(result),
        inline(result.name, limit=120),
        _where(result, base=base),
        inline(result.snippet.language.name, limit=40),
        f"`{result.verdict}`",
        inline(result.reason, limit=240),
        _time(result.outcome.wall) if result.outcome.wall else "",
    ]


def _mark(result: Result) -> str:
    return _MARKS.get(result.verdict, _CROSS)


def _where(result: Result, *, base: str = "") -> str:
    source = place(result)
    text = inline(f"{one_line(source.path, limit=120)}:{source.line}")
    return link(text, base=base, path=source.path, line=source.line)


def _details(failures: Sequence[Result], total: int, room: int) -> Iterator[str]:
    """Each failure folded, within `room` bytes; of `total`, those left out are counted."""
    room -= KIB
    kept: list[str] = []
    for limit in _LIMITS:
        kept = list(_fitting((_detail(result, limit=limit) for result in failures), room))
        if len(kept) == len(failures):
            break
    if kept:
        yield "### Details\n"
        yield from kept
    if len(kept) < total:
        left_out = count(total - len(kept), "more failure")
        yield f"… and the details of {left_out}: the other reports (junit) have them all.\n"


def _fitting(texts: Iterable[str], room: int) -> Iterator[str]:
    for text in texts:
        room -= _size(text) + 1
        if room < 0:
            return
        yield text


def _detail(result: Result, *, limit: int) -> str:
    name = f"{_mark(result)} <b>{inline(result.name, limit=120)}</b>"
    failed = spot(result)
    where = f"{_where(result)}{f', failed at line {failed.line}' if failed else ''}"
    parts = [f"<details><summary>{name} · {where} · {result.verdict}</summary>\n"]
    # The mark keeps a reason that begins with a list's or a heading's mark from being one.
    parts += [f"{_mark(result)} {reason}\n" for reason in _reasons(result)]
    parts += [_block(section) for section in sorted(sections(result, limit=limit), key=_rank)]
    return "\n".join([*parts, "</details>\n"])


def _rank(section: Section) -> int:
    """A diff says most: it stands before the texts that it compares."""
    return 0 if section.title == "stdin" else 1 if section.is_diff else 2


def _reasons(result: Result) -> list[str]:
    if result.mismatches and result.verdict is not Verdict.XPASSED:
        return [inline(mismatch.reason, limit=500) for mismatch in result.mismatches]
    return [inline(result.reason, limit=500)] if result.reason else []


def _block(section: Section) -> str:
    legend = " (`-` expected, `+` actual)" if section.is_diff else ""
    title = f"**{inline(section.title, limit=120)}**{legend}"
    if not section.text:
        return f"{title}: nothing\n"
    if section.is_diff:
        return f"{title}\n\n{fenced(section.text, info='diff')}"
    lines = section.text.removesuffix("\n").split("\n")
    return f"{title}\n\n{fenced(chr(10).join(ends(lines, head=_HEAD, tail=_TAIL)))}"


def _versions(report: Report, *, base: str) -> Iterator[str]:
    """A row for each case that was run with several versions, a column for each of these."""
    found = grid(report.results)
    if not found.rows:
        return
    shown = found.rows[:_VERSIONED]
    rows = [
        [
            inline(row.name, limit=120),
            _where(row.first, base=base),
            inline(row.first.snippet.language.name, limit=40),
            *(_cell(row.verdicts.get(version)) for version in found.versions),
        ]
        for row in shown
    ]
    columns = [inline(version, limit=20) for version in found.versions]
    yield "### Versions\n"
    yield table("snippet", "where", "language", *columns, rows=rows)
    if len(shown) < len(found.rows):
        yield f"… and {len(found.rows) - len(shown)} more.\n"


def _cell(verdict: Verdict | None) -> str:
    if verdict is None:
        return ""
    return f"{_MARKS.get(verdict, '✅' if verdict.fine else _CROSS)} `{verdict}`"


def _figures(report: Report, *, base: str, slowest: int) -> Iterator[str]:
    if report.languages:
        yield "### Languages\n"
        yield from _languages(report)
    yield from _slowest(report, base=base, number=slowest)
    timing = chart(report)
    if timing:
        yield "### Timing\n"
        yield fenced(timing, info="mermaid")
    parts = [count(report.jobs, "job")]
    parts += [inline(report.engine)] if report.engine else []
    cached = sum(result.cached for result in report.results)
    parts += [f"{cached} from the cache"] if cached else []
    yield f"{' · '.join(parts)}\n"


def _languages(report: Report) -> Iterator[str]:
    figures = list(report.languages.items())
    rows = [
        [
            inline(name, limit=40),
            str(one.count),
            str(one.passed),
            f"{one.success_rate:.1%}",
            _time(one.average),
            _time(one.maximum),
        ]
        for name, one in figures[:_LANGUAGES]
    ]
    columns = ("language", "cases:", "passed:", "rate:", "average:", "maximum:")
    yield table(*columns, rows=rows)
    if len(figures) > _LANGUAGES:
        yield f"… and {len(figures) - _LANGUAGES} more.\n"


def _slowest(report: Report, *, base: str, number: int) -> Iterator[str]:
    """The slowest, as many as asked for; where nobody asked, a few of more than a few."""
    ranked = ranking(report.results, min(number, _ROWS) or _FEW + 1)
    if not ranked or (not number and len(ranked) <= _FEW):
        return
    rows = [
        [
            inline(result.name, limit=120),
            _where(result, base=base),
            inline(result.snippet.language.name, limit=40),
            _time(result.outcome.wall),
        ]
        for _, result in ranked[: number or _FEW]
    ]
    yield "### Slowest cases\n"
    yield table("snippet", "where", "language", "time:", rows=rows)


def _time(value: float) -> str:
    return seconds(value).replace(" ", "&nbsp;")


def _size(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))
