"""The table: what a terminal, or a CI system's log, shows of a report.

A line for each case while there are few; of many, totals for each file and only what did not simply
pass. Then every failure in full, and the figures. It holds text of untrusted programs: all is made
safe, and no line can be taken for a command by the system that logs it.
"""

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Final

from rich.console import Console, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from runner.model import Report, Result, Verdict
from runner.reporters.details import by_path
from runner.reporters.failures import CROSS, FAILED, STYLES, failure, mark
from runner.reporters.figures import count, seconds, size
from runner.text import inert, one_line

FEW: Final = 50
"""Up to so many cases, each has its line."""
_DETAILED: Final = 50
_LISTED: Final = 200


def render(report: Report, *, color: bool = False, width: int = 80, verbose: bool = False) -> str:
    """The whole report for people; `verbose` gives each of many cases its line, too."""
    console = Console(
        file=StringIO(),
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    with console.capture() as capture:
        for part in _parts(report, width=width, verbose=verbose):
            console.print(part)
    return "".join(f"{inert(line.rstrip())}\n" for line in capture.get().split("\n")[:-1])


def _parts(report: Report, *, width: int, verbose: bool) -> Iterator[RenderableType]:
    if verbose or len(report.results) <= FEW:
        yield from _cases(report.results)
    else:
        special = [result for result in report.results if result.verdict is not Verdict.PASSED]
        yield _files(report.results)
        yield Text()
        yield from _cases(special[:_LISTED])
        yield from _more(len(special) - _LISTED)
    failed = [result for result in report.results if not result.verdict.fine]
    if failed:
        yield _heading(count(len(failed), "failure"), style=FAILED)
        for result in failed[:_DETAILED]:
            yield from failure(result, width=width)
        yield from _more(len(failed) - _DETAILED)
    if report.languages:
        yield _heading("summary")
        yield _languages(report)
        yield Text()
    yield from _totals(report, width=width)


def _more(number: int) -> Iterator[Text]:
    if number > 0:
        yield Text(f"... and {number} more: the other reports (junit, json) have them all\n")


def _heading(title: str, *, style: str = "bold") -> RenderableType:
    return Rule(Text(title, style=style), align="left", style="dim", characters="─")


def _cases(results: Sequence[Result]) -> Iterator[RenderableType]:
    languages = max((len(result.snippet.language.name) for result in results), default=0)
    special = [result.verdict for result in results if result.verdict is not Verdict.PASSED]
    verdicts = max((len(verdict) for verdict in special), default=0)
    for path, group in by_path(results).items():
        yield Text(one_line(path), style="bold")
        yield _lines(group, widths=(verdicts, languages))
        yield Text()


def _lines(results: Iterable[Result], *, widths: tuple[int, int]) -> Table:
    """One line a case: mark, name, verdict where not passed, language, time, memory."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(width=3, justify="right")
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    for width in widths:
        table.add_column(min_width=width, no_wrap=True)
    for width in (7, 9):
        table.add_column(min_width=width, justify="right", no_wrap=True)
    for result in results:
        verdict = "" if result.verdict is Verdict.PASSED else result.verdict.value
        outcome = result.outcome
        table.add_row(
            mark(result),
            _name(result),
            Text(verdict, style=STYLES.get(result.verdict, FAILED)),
            Text(one_line(result.snippet.language.name), style="dim"),
            Text("cached" if result.cached else seconds(outcome.wall) if outcome.wall else ""),
            Text(size(outcome.peak_memory) if outcome.peak_memory else "", style="dim"),
        )
    return table


def _name(result: Result) -> Text:
    """The name; of what counts as fine without having passed, the reason too."""
    name = Text(one_line(result.name))
    if result.verdict.fine and result.reason:
        name.append(f"  {one_line(result.reason)}", style="dim")
    return name


def _files(results: Iterable[Result]) -> Table:
    groups = by_path(results)
    worst = sorted(groups, key=lambda path: -sum(not r.verdict.fine for r in groups[path]))
    table = _figures("file", "cases", "failed", "time")
    for path in worst[:FEW]:
        group = groups[path]
        failed = sum(not result.verdict.fine for result in group)
        table.add_row(
            Text(one_line(path)),
            str(len(group)),
            Text(str(failed), style=FAILED if failed else "dim"),
            seconds(sum(result.outcome.wall for result in group)),
        )
    if len(worst) > FEW:
        table.add_row(f"... and {len(worst) - FEW} more files", "", "", "")
    return table


def _languages(report: Report) -> Table:
    table = _figures("language", "cases", "passed", "rate", "average", "maximum")
    for name, figures in report.languages.items():
        all_passed = figures.passed == figures.count
        table.add_row(
            Text(one_line(name)),
            str(figures.count),
            str(figures.passed),
            Text(f"{figures.success_rate:.1%}", style="green" if all_passed else "red"),
            seconds(figures.average),
            seconds(figures.maximum),
        )
    return table


def _figures(first: str, *others: str) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim", pad_edge=False)
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _totals(report: Report, *, width: int) -> Iterator[Text]:
    if report.interrupted:
        yield Text("INTERRUPTED: what had not finished by then is missing here", style=FAILED)
    counts = report.counts
    ordered = sorted((verdict for verdict in Verdict if counts[verdict]), key=lambda v: v.fine)
    yield _upshot(report)
    if len(ordered) > 1 or report.counts[Verdict.PASSED] < len(report.results):
        parts = [Text(f"{counts[verdict]} {verdict}", style=_style(verdict)) for verdict in ordered]
        yield from _folded(parts, width)
    yield from _folded([Text(part, style="dim") for part in _circumstances(report)], width)


def _upshot(report: Report) -> Text:
    total = count(len(report.results), "case")
    failed = sum(not result.verdict.fine for result in report.results)
    took = f"in {seconds(report.duration)}"
    if failed:
        return Text(f"{CROSS} {failed} of {total} failed {took}", style=FAILED)
    if not report.results:
        return Text(f"- no cases {took}", style="bold yellow")
    all_passed = report.counts[Verdict.PASSED] == len(report.results)
    return Text(f"✓ {total} {'passed' if all_passed else 'fine'} {took}", style="bold green")


def _style(verdict: Verdict) -> str:
    return STYLES.get(verdict, FAILED)


def _circumstances(report: Report) -> Iterator[str]:
    yield count(report.jobs, "job")
    if report.engine:
        yield one_line(report.engine)
    cached = sum(result.cached for result in report.results)
    if cached:
        yield f"{cached} from the cache"
    slowest = max(report.results, key=lambda result: result.outcome.wall, default=None)
    if slowest is not None and slowest.outcome.wall:
        yield f"slowest: {one_line(slowest.name, limit=60)}, {seconds(slowest.outcome.wall)}"


def _folded(parts: Iterable[Text], width: int) -> Iterator[Text]:
    """`parts` one after the other, in lines that are broken between them only."""
    line = Text("  ")
    for part in parts:
        separator = " · " if line.plain.strip() else ""
        if separator and line.cell_len + len(separator) + part.cell_len > width:
            yield line
            line, separator = Text("  "), ""
        line = Text.assemble(line, separator, part)
    if line.plain.strip():
        yield line
