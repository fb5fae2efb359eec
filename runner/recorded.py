"""A report from the file that the reporter `json` made of it, here or on another machine.

Anybody may have written that file: it is read strictly, and nothing that it names is opened.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from runner.errors import UsageError
from runner.json_form.decoding import WrongError, as_list, as_object, decoder, each, whole_number
from runner.json_form.document import OF_REPORT, OF_RESULT, OF_SNIPPET, VERSION
from runner.languages import Language
from runner.model import MIB, Case, Report, Result, Snippet

_LARGEST: Final = 512 * MIB
_FORMAT: Final = "what `--report json=FILE` writes would be right"

_report: Final = decoder(Report, without=OF_REPORT)
_result: Final = decoder(Result, without=OF_RESULT)
_snippet: Final = decoder(Snippet, without=OF_SNIPPET)
_case: Final = decoder(Case)
_language: Final = decoder(Language)


def read(path: Path) -> Report:
    """The report; UsageError says what is wrong with the file, and what would be right."""
    try:
        return _understood(_parsed(_content(path)))
    except OSError as problem:
        raise UsageError(f"{path}: {(problem.strerror or str(problem)).lower()}") from None
    except WrongError as wrong:
        where = wrong.where.removeprefix(".")
        raise UsageError(f"{path}: {where}{' ' if where else ''}{wrong.what}; {_FORMAT}") from None


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise WrongError(f"is larger than {_LARGEST // MIB} MiB")
    return content


def _parsed(content: bytes) -> object:
    try:
        parsed: object = json.loads(content)
    except json.JSONDecodeError as problem:
        place = f"line {problem.lineno}, column {problem.colno}"
        raise WrongError(f"is no JSON, or only a part of it ({problem.msg}: {place})") from None
    except (ValueError, RecursionError):  # no UTF-8, a number of thousands of digits, depth
        raise WrongError("is no JSON that a report could be") from None
    except MemoryError:  # tiny objects take up to 25 times their text
        raise WrongError("is larger than this machine has memory for") from None
    return parsed


def _understood(document: object) -> Report:
    known = as_object(document)
    if "version" not in known or "results" not in known:
        raise WrongError("is no report of exec-action")
    if known["version"] != VERSION:
        raise WrongError(f"is not {VERSION}, the only one that is known here").within("version")
    entries, results = _list(known, "snippets"), _list(known, "results")
    rows = _list(known, "languages")
    with _inside("languages"):
        languages = each(_language, rows)
    with _inside("results"):
        runs = each(partial(_run_of, snippets=len(entries)), results)
    cases = [list[Case]() for _ in entries]
    for run in runs:
        cases[run.snippet].append(run.case)
    with _inside("snippets"):
        snippets = each(partial(_of_snippet, languages=languages), entries, cases)
    with _inside("results"):
        told = each(partial(_of_result, snippets=snippets), results, runs)
    return _report(known, results=tuple(told))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What a result is of: the index of a snippet, and one of its cases."""

    snippet: int
    case: Case


def _run_of(value: object, *, snippets: int) -> _Run:
    known = as_object(value)
    with _inside("case"):
        case = _case(known.get("case"))
    return _Run(snippet=_number(known, "snippet", snippets), case=case)


def _of_snippet(value: object, cases: list[Case], *, languages: list[Language]) -> Snippet:
    number = _number(as_object(value), "language", len(languages))
    return _snippet(value, language=languages[number], cases=tuple(cases))


def _of_result(value: object, run: _Run, *, snippets: list[Snippet]) -> Result:
    of = {"snippet": snippets[run.snippet], "case": run.case}
    with _inside("earlier"):
        attempts = as_list(as_object(value).get("earlier", []))
        earlier = each(lambda attempt: _result(attempt, **of, earlier=()), attempts)
    return _result(value, **of, earlier=tuple(earlier))


def _list(known: dict[str, object], name: str) -> list[object]:
    with _inside(name):
        return as_list(known.get(name))


def _number(known: dict[str, object], name: str, count: int) -> int:
    """An index, of which there are `count`."""
    with _inside(name):
        number = whole_number(known.get(name))
        if not 0 <= number < count:
            raise WrongError(f"is {number}, and of {name}s there are {count}")
    return number


@contextmanager
def _inside(name: str) -> Iterator[None]:
    try:
        yield
    except WrongError as wrong:
        raise wrong.within(name) from None
