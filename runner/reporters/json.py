"""JSON with all that a report holds: any other report can be made of it, on another machine.

Languages and snippets are lists of their own, to which others refer by index, counted from 0. A
result begins with what most readers look for. docs/report.md says what the fields mean,
docs/report.schema.json has their types. Each has a line of its own: `grep` and `diff` see them.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from json import JSONEncoder
from typing import Final

from runner.json_form.document import (
    OF_REPORT,
    OF_RESULT,
    OF_SNIPPET,
    SCHEMA,
    VERSION,
)
from runner.json_form.encoding import encoder, text
from runner.languages import Language
from runner.model import Case, Report, Result, Snippet
from runner.reporters.details import place
from runner.reporters.figures import totals

_write: Final = JSONEncoder(separators=(",", ":")).encode
_report: Final = encoder(Report, without=OF_REPORT)
_result: Final = encoder(Result, without=OF_RESULT)
_snippet: Final = encoder(Snippet, without=OF_SNIPPET)
_case: Final = encoder(Case)
_language: Final = encoder(Language)


def render(report: Report) -> str:
    """The whole report as one JSON document; nothing is cut, and all is ASCII."""
    snippets = {id(result.snippet): result.snippet for result in report.results}
    own = {id(snippet.language): snippet.language for snippet in snippets.values()}
    languages = {language: number for number, language in enumerate(dict.fromkeys(own.values()))}
    language_numbers = {key: languages[language] for key, language in own.items()}
    snippet_numbers = {key: number for number, key in enumerate(snippets)}
    start = {"$schema": SCHEMA, "version": VERSION, **_report(report), "totals": totals(report)}
    pieces = chain(
        ["{"],
        *([f"{_write(name)}:{_write(value)}", ",\n"] for name, value in start.items()),
        _list("languages", map(_language, languages)),
        [",\n"],
        _list(
            "snippets",
            (_of_snippet(one, language_numbers[id(one.language)]) for one in snippets.values()),
        ),
        [",\n"],
        _list(
            "results", (_of_result(one, snippet_numbers[id(one.snippet)]) for one in report.results)
        ),
        ["}\n"],
    )
    return _inert("".join(pieces))


def _list(name: str, values: Iterable[dict[str, object]]) -> Iterator[str]:
    """Pieces of text, joined but once: there may be megabytes of them."""
    yield f"{_write(name)}:["
    between = "\n"
    for value in values:
        yield between
        yield _write(value)
        between = ",\n"
    yield "]" if between == "\n" else "\n]"


def _of_snippet(snippet: Snippet, language: int) -> dict[str, object]:
    return {"language": language, **_snippet(snippet)}


def _of_result(result: Result, snippet: int) -> dict[str, object]:
    """What people ask for first, the figures of the last attempt, and those of the earlier ones."""
    where = place(result)
    found: dict[str, object] = {
        "name": text(result.name),
        "path": text(where.path),
        "line": where.line,
        "language": text(result.snippet.language.name),
        "verdict": result.verdict.value,
        "reason": text(result.reason),
        **_result(result),
        "snippet": snippet,
        "case": _case(result.case),
    }
    if result.earlier:
        found["earlier"] = [_result(attempt) for attempt in result.earlier]
    return found


def _inert(document: str) -> str:
    """The same document with nothing in it that the log of a workflow takes for a command."""
    return document.replace("##[", "#\\u0023[")
