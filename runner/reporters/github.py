"""What goes to the log of a GitHub workflow: failures folded, annotations, and the table.

All that programs and manifests can have a say in stands between `stop-commands` and a token that it
cannot hold, or escaped in a command of ours.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from runner.model import Report, Result
from runner.options import View
from runner.reporters import table
from runner.reporters.commands import disarmed, error, group, token_for
from runner.reporters.details import place, sections, spot
from runner.reporters.failures import failure, mark
from runner.reporters.figures import count
from runner.text import capped, one_line, safe

_WIDTH: Final = 120
_GROUPS: Final = 50
_ANNOTATIONS: Final = 10
"""GitHub drops a step's eleventh error and all that follow."""
_SHOWN: Final = 600
"""Characters of each text in an annotation."""
_STDIN: Final = "-"
_SPEAKER: Final = "exec-action"


def render(report: Report, *, annotations: bool = True, view: View | None = None) -> str:
    """The log's text; totals come last, where a reader of the log looks first."""
    failures = [result for result in report.results if not result.verdict.fine]
    bodies = [_body(result) for result in failures[:_GROUPS]]
    figures = table.render(report, width=_WIDTH, view=view, details=False)
    token = token_for([figures, *bodies, *(result.run_id for result in report.results)])
    titles = map(_title, failures)
    parts = [
        group(title, disarmed(body, token=token))
        for title, body in zip(titles, bodies, strict=False)
    ]
    if len(failures) > _GROUPS:
        parts.append(f"... and {count(len(failures) - _GROUPS, 'more failure')}\n")
    if annotations:
        parts += _annotations(failures)
    return "".join([*parts, disarmed(figures, token=token)])


def problems(texts: Iterable[str]) -> str:
    """What is wrong with manifests, inputs or us, as annotations: at a line where one is named.

    What they can't hold, a problem of more than one line or of more than fit, is in the log before.
    """
    told = list(texts)
    few = told if len(told) <= _ANNOTATIONS else told[: _ANNOTATIONS - 1]
    parts = [_problem(text.splitlines()[-1]) for text in few if text.strip()]
    if len(few) < len(told):
        rest = f"{len(told) - len(few)} more problems: the log has them all"
        parts.append(error(rest, title=_SPEAKER))
    if len(few) < len(told) or any("\n" in text for text in told):
        parts.insert(0, disarmed("\n".join(map(safe, told)), token=token_for(told)))
    return "".join(parts)


def _title(result: Result) -> str:
    source = place(result)
    name = one_line(result.name, limit=200)
    return f"{mark(result).plain} {name} ({result.verdict}) {one_line(source.path)}:{source.line}"


def _body(result: Result) -> str:
    """The failure in full, without its name: the group's title has that."""
    _, *lines, _ = failure(result, width=_WIDTH)
    return "".join(f"{line.plain.rstrip()}\n" for line in lines)


def _annotations(failures: Sequence[Result]) -> Iterator[str]:
    ranked = _most_telling_first(failures)
    few = ranked if len(ranked) <= _ANNOTATIONS else ranked[: _ANNOTATIONS - 1]
    yield from map(_annotation, few)
    if len(few) < len(ranked):
        rest = ranked[len(few) :]
        names = "\n".join(one_line(result.name, limit=100) for result in rest[:20])
        more = "\n…" if len(rest) > 20 else ""  # noqa: PLR2004 - as in the line above
        yield error(names + more, title=f"{count(len(rest), 'more failure')}: see the summary")


def _most_telling_first(failures: Sequence[Result]) -> list[Result]:
    """One of each snippet and of each reason before the second of any; else as in the report."""
    of_snippet: Counter[tuple[str, int]] = Counter()
    of_reason: Counter[tuple[str, str]] = Counter()
    ranks = []
    for result in failures:
        source, reason = result.snippet.source, (result.verdict.value, result.reason)
        ranks.append(max(of_snippet[source.path, source.line], of_reason[reason]))
        of_snippet[source.path, source.line] += 1
        of_reason[reason] += 1
    ordered = sorted(zip(ranks, failures, strict=True), key=lambda pair: pair[0])
    return [result for _, result in ordered]


def _annotation(result: Result) -> str:
    source = spot(result) or place(result)
    reasons = [one_line(fault.reason, limit=400) for fault in result.mismatches[:4]]
    texts = [
        capped(section.text.strip("\n"), head=0, tail=_SHOWN)
        for section in sections(result, limit=_SHOWN)
        if section.is_diff or section.title == "stderr"
    ]
    return error(
        "\n".join([*(reasons or [one_line(result.reason) or result.verdict.value]), *texts]),
        title=f"{one_line(result.name, limit=200)}: {result.verdict}",
        path="" if source.path == _STDIN else one_line(source.path),
        line=source.line,
    )


def _problem(line: str) -> str:
    """`docs.yml:7:5: what is wrong` at line 7 of docs.yml."""
    line = line.removeprefix(f"{_SPEAKER}: ")
    path, _, rest = line.partition(":")
    number, _, after = rest.partition(":")
    if path and number.isascii() and number.isdigit():
        column, _, message = after.partition(":")
        said = message if column.strip().isdigit() else after
        return error(said.strip(), title=_SPEAKER, path=path, line=int(number))
    return error(line, title=_SPEAKER)
