"""Everything that is wrong with one manifest, with its place and in this project's words."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from runner.errors import UsageError
from runner.manifest.checks import shown
from runner.manifest.kinds import TAG
from runner.text import one_line
from runner.yaml_reader import MAX_PROBLEMS, Document, Location, Plain, Problem


class Problems:
    """Collects what is found wrong in `document`, its own problems first."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._found = list(document.problems)

    def add(self, location: Location, message: str, *, at_key: bool = False) -> None:
        """Something wrong with the value at `location`, or with its key."""
        if self.full:
            return
        find = self._document.key_source if at_key else self._document.source
        self._found.append(Problem(source=find(location), where=location, message=message))

    def add_invalid(
        self, error: ValidationError, model: type[BaseModel], within: Location
    ) -> frozenset[str]:
        """What pydantic found in the value at `within`, which should have been a `model`.

        Returns the fields of that model that are at fault.
        """
        fields: set[str] = set()
        for details in error.errors(include_url=False):
            location = _location(details)
            fields.update(map(str, location[:1]))
            if not self.full:
                message = _message(details, model, location)
                place = location[:-1] if details["type"] == "missing" else location
                at_key = details["type"] == "extra_forbidden" or _is_of_key(details)
                self.add((*within, *place), message, at_key=at_key)
        return frozenset(fields)

    @property
    def full(self) -> bool:
        """Whether there are so many that no more are taken."""
        return len(self._found) > MAX_PROBLEMS

    @property
    def found(self) -> tuple[Problem, ...]:
        """All so far, in the order found."""
        return tuple(self._found)

    def raise_any(self) -> None:
        """UsageError with all of them in the file's order, where there are any."""
        if not self._found:
            return
        lines = list(dict.fromkeys(map(str, sorted(self._found, key=_place))))
        if len(lines) > MAX_PROBLEMS:
            lines[MAX_PROBLEMS:] = [f"{self._document.path}: more problems are not shown"]
        raise UsageError(lines)


def near(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `word` was probably meant to be."""
    from difflib import get_close_matches  # noqa: PLC0415 - 8 ms, for messages alone

    plain = {name.replace("-", "_").lower(): name for name in known}
    found = get_close_matches(word[:64].replace("-", "_").lower(), plain, n=1)
    return plain[found[0]] if found else None


def choice(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: what it was meant to be, or what there is."""
    names = list(known)
    meant = near(word, names)
    return f"did you mean '{meant}'?" if meant else f"known: {', '.join(names)}"


def _place(problem: Problem) -> tuple[int, int]:
    return problem.source.line, problem.source.column


_KEY: Final = "[key]"
_FORMS: Final = {"text": "a text", "list": "a list", "mapping": "a mapping"}


def _location(details: ErrorDetails) -> Location:
    steps = details["loc"][:-1] if _is_of_key(details) else details["loc"]
    return tuple(step for step in steps if not str(step).startswith(TAG))


def _is_of_key(details: ErrorDetails) -> bool:
    return details["type"] != "extra_forbidden" and details["loc"][-1:] == (_KEY,)


def _message(details: ErrorDetails, model: type[BaseModel], location: Location) -> str:
    found, kind, context = details["input"], details["type"], details.get("ctx", {})
    if kind in ("wrong", "value_error"):
        return str(context.get("error", details["msg"]))
    if kind == "missing":
        return f"'{location[-1]}' is missing"
    if kind == "extra_forbidden":
        return _unknown(str(location[-1]), _model_at(model, location[:-1]))
    if isinstance(found, Plain) and found.is_null:
        return "has no value; give one, or leave the field out"
    return _shape(kind, found, context) or details["msg"]


def _shape(kind: str, found: object, context: Mapping[str, Any]) -> str | None:
    match kind:
        case "too_short":
            return "must have at least one entry"
        case "too_long":
            return f"must have at most {context['max_length']} entries"
        case "literal_error":
            known = re.findall("'([^']*)'", context["expected"])
            return f"unknown word {shown(found)}; {choice(_word(found), known)}"
        case "model_type" | "dict_type" | "list_type":
            return f"must be a {'list' if kind == 'list_type' else 'mapping'}, not {shown(found)}"
        case "union_tag_invalid":
            forms = [_FORMS[form] for form in re.findall("x00([a-z]+)", context["expected_tags"])]
            return f"must be {' or '.join(forms)}, not {shown(found)}"
        case _:
            return None


def _word(value: object) -> str:
    return value.text if isinstance(value, Plain) else str(value)


def _unknown(name: str, model: type[BaseModel] | None) -> str:
    known = list(_fields(model)) if model else []
    return f"unknown field '{one_line(name, limit=60)}'; {choice(name, known)}"


def _fields(model: type[BaseModel]) -> Mapping[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _model_at(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    kind: Any = model
    for step in location:
        kind = next(_inner(kind, step), None)
    return next((part for part in _parts(kind) if _is_model(part)), None)


def _inner(kind: Any, step: str | int) -> Iterator[Any]:  # noqa: ANN401 - a type as typing has it
    for part in _parts(kind):
        if _is_model(part) and step in _fields(part):
            yield _fields(part)[str(step)]
        elif get_origin(part) in (list, dict):
            yield get_args(part)[-1]


def _parts(kind: Any) -> Iterator[Any]:  # noqa: ANN401 - as above
    """The types that a union is made of, without what annotates them."""
    if get_origin(kind) is Annotated:
        yield from _parts(get_args(kind)[0])
    elif get_origin(kind) is Union or type(kind).__name__ == "UnionType":
        for part in get_args(kind):
            yield from _parts(part)
    else:
        yield kind


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
