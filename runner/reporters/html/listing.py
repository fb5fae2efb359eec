"""All cases: as rows for who reads without a script, and as JSON for the script of the page."""

import json
from collections.abc import Iterable, Sequence
from typing import Final

from runner.model import Result, Verdict
from runner.reporters.details import place as where
from runner.reporters.figures import count, seconds, size
from runner.reporters.html.escape import inline
from runner.reporters.html.marks import kind, mark
from runner.text import one_line

ROWS: Final = 1000
"""So many rows are in the page itself, for print too."""
_MANY: Final = 5000
_ORDER: Final = {
    Verdict.FLAKY: 1,
    Verdict.XFAILED: 2,
    Verdict.SKIPPED: 3,
    Verdict.PASSED: 4,
}
"""Failures come first."""


def ordered(results: Sequence[Result]) -> list[tuple[int, Result]]:
    """The results with their numbers, failures first."""
    return sorted(enumerate(results, 1), key=lambda pair: _ORDER.get(pair[1].verdict, 0))


def rows(results: Sequence[tuple[int, Result]]) -> str:
    """The first rows of the table of all cases."""
    shown = "".join(_row(number, result) for number, result in results[:ROWS])
    if len(results) > ROWS:
        rest = f"… and {count(len(results) - ROWS, 'more case')}"
        shown += f'<tr><td></td><td colspan="6">{rest}</td></tr>'
    return shown


def cases(results: Sequence[tuple[int, Result]]) -> str:
    """What the script shows of all cases, as JSON for an element."""
    limit = 160 if len(results) <= _MANY else 100
    paths = _numbered(where(result).path for _, result in results)
    languages = _numbered(result.snippet.language.name for _, result in results)
    verdicts = {result.verdict for _, result in results}
    value = {
        "paths": [one_line(path, limit=200) for path in paths],
        "languages": [one_line(name, limit=40) for name in languages],
        "verdicts": {verdict.value: kind(verdict) for verdict in Verdict if verdict in verdicts},
        "cases": [
            [
                number,
                _short(result.name, limit=limit),
                paths[where(result).path],
                where(result).line,
                languages[result.snippet.language.name],
                result.verdict.value,
                round(result.outcome.wall * 1000, 3),
                result.outcome.peak_memory // 1024,
                int(result.cached),
                _short(result.reason, limit=limit),
            ]
            for number, result in results
        ],
    }
    return embedded(value)


def embedded(value: object) -> str:
    """JSON that holds no `<`, so that nothing in it ends the element around it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", r"\u003c")


def _row(number: int, result: Result) -> str:
    source, outcome = where(result), result.outcome
    took = "cached" if result.cached else seconds(outcome.wall) if outcome.wall else ""
    reason = f"<small>{inline(result.reason, limit=160)}</small>" if result.reason else ""
    name = inline(result.name)
    if not result.verdict.fine:
        name = f'<a href="#case-{number}">{name}</a>'
    return (
        f"<tr><td>{mark(result.verdict)}</td><td>{name} {reason}</td>"
        f'<td class="{kind(result.verdict)}">{result.verdict}</td>'
        f"<td><code>{inline(source.path)}:{source.line}</code></td>"
        f"<td>{inline(result.snippet.language.name, limit=40)}</td><td>{took}</td>"
        f"<td>{size(outcome.peak_memory) if outcome.peak_memory else ''}</td></tr>"
    )


def _short(text: str, *, limit: int) -> str:
    """`text` on one line; what is written as escapes is cut once more."""
    line = one_line(text, limit=limit)
    return line if len(line) <= limit + 1 else line[:limit] + "…"


def _numbered(values: Iterable[str]) -> dict[str, int]:
    return {value: number for number, value in enumerate(dict.fromkeys(values))}
