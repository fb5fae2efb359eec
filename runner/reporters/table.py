"""The table: what a terminal, or a CI system's log, shows of a report.

A line for each case while there are few; of many, totals for each file and only what did not simply
pass. Then every failure in full, and the figures. It holds text of untrusted programs: all is made
safe, and no line can be taken for a command by the system that logs it.
"""

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Final

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from runner.model import Report, Result, Verdict
from runner.options import View
from runner.reporters.details import by_path, place, slowest
from runner.reporters.failures import FAILED, STYLES, failure, mark
from runner.reporters.figures import count, seconds, size, upshot
from runner.text import inert, one_line

FEW: Final = 50
"""Up to so many cases, each has its line."""
_DETAILED: Final = 50
_LISTED: Final = 200
_NARROWEST: Final = 12
_OTHER_COLUMNS: Final = 27
"""Mark, time, memory and the blanks between the columns."""


def render(
    report: Report,
    *,
    color: bool = False,
    width: int = 80,
    view: View | None = None,
    details: bool = True,
) -> str:
    """The whole report for people, or what `view` leaves of it.

    Without `details` the failures are not shown in full.
    """
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
        for part in _parts(report, width=width, view=view or View(), details=details):
            console.print(part)
    return "".join(f"{inert(line.rstrip())}\n" for line in capture.get().split("\n")[:-1])


def _parts(report: Report, *, width: int, view: View, details: bool) -> Iterator[RenderableType]:
    if not view.quiet:
        yield from _overview(report, width=width, verbose=view.verbose)
    if details:
        yield from _failures(report, width=width)
    if report.languages and not view.quiet:
        yield _heading("summary")
        yield _languages(report)
        yield Text()
    yield from _slowest(report, number=view.slowest, width=width)
    if report.interrupted:
        yield Text("INTERRUPTED: what had not finished by then is missing here", style=FAILED)
    yield _upshot(report)
    if not view.quiet:
        yield from _totals(report, width=width)


def _overview(report: Report, *, width: int, verbose: bool) -> Iterator[RenderableType]:
    if verbose or len(report.results) <= FEW:
        yield from _cases(report.results, width=width)
    else:
        special = [result for result in report.results if result.verdict is not Verdict.PASSED]
        yield _files(report.results)
        yield Text()
        yield from _cases(special[:_LISTED], width=width)
        yield from _more(len(special) - _LISTED)


def _failures(report: Report, *, width: int) -> Iterator[RenderableType]:
    failed = [result for result in report.results if not result.verdict.fine]
    if failed:
        yield _heading(count(len(failed), "failure"), style=FAILED)
        for result in failed[:_DETAILED]:
            yield from failure(result, width=width)
        yield from _more(len(failed) - _DETAILED)


def _slowest(report: Report, *, number: int, width: int) -> Iterator[RenderableType]:
    """A line for each: time, language, name, place."""
    ranked = slowest(report.results, number)
    if not ranked:
        return
    yield _heading(f"slowest {len(ranked)}")
    names = [one_line(result.snippet.language.name) for _, result in ranked]
    longest = max(cell_len(one_line(result.name)) for _, result in ranked)
    for name, (_, result) in zip(names, ranked, strict=True):
        source = place(result)
        title = Text(one_line(result.name))
        title.truncate(min(longest, width // 2), overflow="ellipsis", pad=True)
        line = Text.assemble(
            f"  {seconds(result.outcome.wall):>7}",
            (f"  {name:<{max(map(len, names))}}", "dim"),
            "  ",
            title,
            (f"  {one_line(source.path)}:{source.line}", "dim"),
        )
        line.truncate(width, overflow="ellipsis")
        yield line
    yield Text()


def _more(number: int) -> Iterator[Text]:
    if number > 0:
        yield Text(f"... and {number} more: the other reports (junit, json) have them all\n")


def _heading(title: str, *, style: str = "bold") -> RenderableType:
    return Rule(Text(title, style=style), align="left", style="dim", characters="─")


def _cases(results: Sequence[Result], *, width: int) -> Iterator[RenderableType]:
    languages = max((len(result.snippet.language.name) for result in results), default=0)
    special = [result.verdict for result in results if result.verdict is not Verdict.PASSED]
    verdicts = max((len(verdict) for verdict in special), default=0)
    room = max(_NARROWEST, width - verdicts - languages - _OTHER_COLUMNS - (2 if verdicts else 0))
    for path, group in by_path(results).items():
        yield Text(one_line(path), style="bold")
        for result in group:
            yield _line(result, widths=(room, verdicts, languages))
        yield Text()


def _line(result: Result, *, widths: tuple[int, int, int]) -> Text:
    """Mark, name, verdict where not passed, language, time, memory; by hand, for thousands."""
    room, verdicts, languages = widths
    outcome = result.outcome
    name = _name(result)
    name.truncate(room, overflow="ellipsis", pad=True)
    verdict = "" if result.verdict is Verdict.PASSED else result.verdict.value
    took = "cached" if result.cached else seconds(outcome.wall) if outcome.wall else ""
    return Text.assemble(
        "  ",
        mark(result),
        "  ",
        name,
        (f"  {verdict:<{verdicts}}" if verdicts else "", _style(result.verdict)),
        (f"  {one_line(result.snippet.language.name):<{languages}}", "dim"),
        f"  {took:>7}",
        (f"  {size(outcome.peak_memory) if outcome.peak_memory else '':>9}", "dim"),
    )


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
    counts = report.counts
    ordered = sorted((verdict for verdict in Verdict if counts[verdict]), key=lambda v: v.fine)
    if len(ordered) > 1 or report.counts[Verdict.PASSED] < len(report.results):
        parts = [Text(f"{counts[verdict]} {verdict}", style=_style(verdict)) for verdict in ordered]
        yield from _folded(parts, width)
    yield from _folded([Text(part, style="dim") for part in _circumstances(report)], width)


def _upshot(report: Report) -> Text:
    if not report.results:
        return Text(upshot(report), style="bold yellow")
    fine = all(result.verdict.fine for result in report.results)
    return Text(upshot(report), style="bold green" if fine else FAILED)


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
