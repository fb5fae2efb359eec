"""JSON with all that a report holds: any other report can be made of it, on another machine.

Languages and snippets are lists of their own, to which others refer by index, counted from 0. A
result begins with what most readers look for. docs/report.md says what the fields mean,
docs/report.schema.json has their types. Each has a line of its own: `grep` and `diff` see them.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from runner.json_form.document import (
    OF_REPORT,
    OF_RESULT,
    OF_SNIPPET,
    SCHEMA,
    VERSION,
)
from runner.json_form.encoding import encoder, members, object_of, quoted, text
from runner.languages import Language
from runner.model import Case, Report, Result, Snippet
from runner.reporters.details import place
from runner.reporters.figures import totals

_report: Final = members(Report, without=OF_REPORT)
_FIRST: Final = frozenset({"verdict", "reason"})
"""The fields that a result begins with."""
_result: Final = members(Result, without=OF_RESULT | _FIRST)
_attempt: Final = encoder(Result, without=OF_RESULT)
_snippet: Final = members(Snippet, without=OF_SNIPPET)
_case: Final = encoder(Case)
_language: Final = encoder(Language)


def render(report: Report) -> str:
    """The whole report as one JSON document; nothing is cut, and all is ASCII."""
    return "".join(pieces(report))


def pieces(report: Report) -> Iterator[str]:
    """The same, a case at a time: there may be megabytes of them."""
    snippets = {id(result.snippet): result.snippet for result in report.results}
    own = {id(snippet.language): snippet.language for snippet in snippets.values()}
    languages = {language: number for number, language in enumerate(dict.fromkeys(own.values()))}
    language_numbers = {key: languages[language] for key, language in own.items()}
    snippet_numbers = {key: number for number, key in enumerate(snippets)}
    yield "{"
    for member in _start(report):
        yield f"{_inert(member)},\n"
    yield from _list("languages", map(_language, languages))
    yield ",\n"
    yield from _list(
        "snippets",
        (_of_snippet(one, language_numbers[id(one.language)]) for one in snippets.values()),
    )
    yield ",\n"
    yield from _list(
        "results", (_of_result(one, snippet_numbers[id(one.snippet)]) for one in report.results)
    )
    yield "}\n"


def _start(report: Report) -> Iterator[str]:
    yield f'"$schema":{quoted(SCHEMA)}'
    yield f'"version":{VERSION}'
    yield from _report(report)
    counts = object_of(f'"{name}":{count}' for name, count in totals(report).items())
    yield f'"totals":{counts}'


def _list(name: str, values: Iterable[str]) -> Iterator[str]:
    yield f'"{name}":['
    between = "\n"
    for value in values:
        yield between + _inert(value)
        between = ",\n"
    yield "]" if between == "\n" else "\n]"


def _of_snippet(snippet: Snippet, language: int) -> str:
    return object_of([f'"language":{language}', *_snippet(snippet)])


def _of_result(result: Result, snippet: int) -> str:
    """What people ask for first, the figures of the last attempt, and those of the earlier ones."""
    where = place(result)
    parts = [
        f'"name":{text(result.name)}',
        f'"path":{text(where.path)}',
        f'"line":{where.line}',
        f'"language":{text(result.snippet.language.name)}',
        f'"verdict":{quoted(result.verdict.value)}',
        f'"reason":{text(result.reason)}',
        *_result(result),
        f'"snippet":{snippet}',
        f'"case":{_case(result.case)}',
    ]
    if result.earlier:
        parts.append(f'"earlier":[{",".join(map(_attempt, result.earlier))}]')
    return object_of(parts)


def _inert(piece: str) -> str:
    """The same piece with nothing in it that the log of a workflow takes for a command."""
    return piece.replace("##[", "#\\u0023[")
