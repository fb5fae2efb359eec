"""One failure in full, for the table: where, why, and each text behind a gutter."""

from collections.abc import Iterator
from typing import Final

from rich.cells import chop_cells
from rich.text import Text

from runner.model import Result, Verdict
from runner.reporters.details import Section, place, sections, spot
from runner.reporters.figures import count, seconds, size
from runner.text import ends, one_line

MARKS: Final = {
    Verdict.PASSED: "✓",
    Verdict.FLAKY: "~",
    Verdict.XFAILED: "x",
    Verdict.SKIPPED: "-",
    Verdict.SANDBOX_ERROR: "!",
}
"""Of a failure: a cross."""
CROSS: Final = "✗"
STYLES: Final = {
    Verdict.PASSED: "green",
    Verdict.FLAKY: "yellow",
    Verdict.XFAILED: "yellow",
    Verdict.SKIPPED: "dim",
    Verdict.SANDBOX_ERROR: "bold magenta",
}
FAILED: Final = "bold red"

_HEAD: Final = 16
_TAIL: Final = 8
_ROWS: Final = 4
"""Of one long line."""
_LIMIT: Final = 16 * 1024
_GUTTER: Final = "  │ "
_CONTINUED: Final = "  ┆ "
_DIFF_STYLES: Final = {"-": "red", "+": "green", "\\": "dim"}


def mark(result: Result) -> Text:
    """The result's verdict as one character."""
    verdict = result.verdict
    return Text(MARKS.get(verdict, CROSS), style=STYLES.get(verdict, FAILED))


def failure(result: Result, *, width: int) -> Iterator[Text]:
    """A failure's lines, the last one empty."""
    yield Text.assemble(mark(result), " ", (one_line(result.name), "bold"))
    yield Text("  " + " · ".join(_facts(result)), style="dim")
    for reason in _reasons(result):
        yield Text(f"  {reason}", style=STYLES.get(result.verdict, "red"))
    for section in sections(result, limit=_LIMIT):
        if not (section.is_diff and _is_plain_pair(section)):
            yield from _shown(section, width=width)
    yield Text()


def _facts(result: Result) -> Iterator[str]:
    where, outcome = place(result), result.outcome
    yield f"{one_line(where.path)}:{where.line}"
    if failed := spot(result):
        yield f"failed at line {failed.line}"
    yield result.verdict.value
    yield one_line(result.snippet.language.name)
    if outcome.wall:
        yield seconds(outcome.wall)
    if outcome.peak_memory:
        yield size(outcome.peak_memory)
    if result.attempts > 1:
        yield count(result.attempts, "attempt")
    if result.cached:
        yield "cached"


def _reasons(result: Result) -> list[str]:
    if result.mismatches and result.verdict is not Verdict.XPASSED:
        return [one_line(mismatch.reason) for mismatch in result.mismatches]
    return [one_line(result.reason)] if result.reason else []


def _is_plain_pair(section: Section) -> bool:
    """A diff of one whole line against another, with no escapes: the reason says as much."""
    lines = section.text.split("\n")
    return [line[:1] for line in lines] == ["-", "+"] and not {"\\", "…"} & set(section.text)


def _shown(section: Section, *, width: int) -> Iterator[Text]:
    legend = " (- expected, + actual)" if section.is_diff else ""
    yield Text(f"  {section.title}{legend}", style="dim")
    lines = section.text.removesuffix("\n").split("\n")
    if not section.text:
        yield Text(f"{_GUTTER}(nothing)", style="dim")
        return
    for line in lines if section.is_diff else ends(lines, head=_HEAD, tail=_TAIL):
        style = _DIFF_STYLES.get(line[:1], "") if section.is_diff else ""
        yield from _rows(line, style=style, width=width)


def _rows(line: str, *, style: str, width: int) -> Iterator[Text]:
    """A line folded to the width, each row behind a gutter; a very long one is cut."""
    room = max(20, width - len(_GUTTER))
    rows = chop_cells(line.expandtabs(4)[: (_ROWS + 1) * room], room) or [""]
    if len(rows) > _ROWS:
        rows = [*rows[: _ROWS - 1], rows[_ROWS - 1][:-1] + "…"]
    for number, row in enumerate(rows):
        yield Text.assemble((_CONTINUED if number else _GUTTER, "dim"), (row, style))
