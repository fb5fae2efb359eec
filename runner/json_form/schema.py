"""The JSON Schema of a report's document, from the nouns themselves: docs/report.schema.json."""

import ast
import inspect
import json
from collections.abc import Iterator
from dataclasses import is_dataclass
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import Final

from runner.json_form.document import OF_REPORT, OF_RESULT, OF_SNIPPET, SCHEMA, VERSION
from runner.json_form.encoding import form_of
from runner.json_form.fields import BASE64, REQUIRED, fields_of, optional, several
from runner.languages import Language
from runner.model import Case, Report, Result, Snippet

_STRING: Final = {"type": "string"}
_INDEX: Final = {"type": "integer", "minimum": 0}
_PLAIN: Final[dict[type, dict[str, object]]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number", "minimum": 0},
    str: {"$ref": "#/$defs/text"},
    bytes: {"$ref": "#/$defs/bytes"},
    Path: {"$ref": "#/$defs/text"},
}
_COUNTS: Final = ("passed", "failed", "errored", "skipped", "total")


def schema() -> dict[str, object]:
    """The whole schema. Fields that it does not name are for later versions."""
    made = _Definitions()
    attempt = made.noun(Result, without=OF_RESULT)
    snippet = made.noun(Snippet, without=OF_SNIPPET)
    made.known |= {
        "text": _or_base64("A string; base64 of its UTF-8 where it has half a surrogate pair."),
        "bytes": _or_base64("A string where the bytes are UTF-8, else their base64."),
        "Attempt": attempt,
        "Snippet": _with(snippet, language=_index_into("languages")),
        "Result": _with(
            attempt,
            name=_PLAIN[str] | {"description": "`snippet / case [version]`, unique in its file."},
            path=_PLAIN[str] | {"description": "Of the file that the case stands in."},
            line=_INDEX | {"description": "Where the case stands in it."},
            language=_PLAIN[str],
            snippet=_index_into("snippets"),
            case=made.reference(Case),
            earlier=_list({"$ref": "#/$defs/Attempt"}),
        ),
    }
    start = made.noun(Report, without=OF_REPORT)
    document = _with(
        start,
        **{"$schema": _STRING},
        version={"const": VERSION},
        totals={"type": "object", "properties": dict.fromkeys(_COUNTS, _INDEX)},
        languages=_list(made.reference(Language)),
        snippets=_list({"$ref": "#/$defs/Snippet"}),
        results=_list({"$ref": "#/$defs/Result"}),
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        "title": "Report of exec-action",
        **document,
        "$defs": dict(sorted(made.known.items())),
    }


class _Definitions:
    """The definitions that were referred to so far, by name."""

    def __init__(self) -> None:
        self.known: dict[str, object] = {}

    def reference(self, noun: type) -> dict[str, object]:
        """A reference to a noun's definition, which is made for the first one."""
        if noun.__name__ not in self.known:
            self.known[noun.__name__] = {}
            self.known[noun.__name__] = self.noun(noun)
        return {"$ref": f"#/$defs/{noun.__name__}"}

    def noun(self, noun: type, *, without: frozenset[str] = frozenset()) -> dict[str, object]:
        """The definition of an object with these fields."""
        about = dict(_descriptions(noun))
        properties: dict[str, object] = {}
        required = []
        for field in fields_of(noun, without=without):
            entry = dict(self._of(field.hint))
            if field.name in about:
                entry["description"] = about[field.name]
            if field.default is REQUIRED:
                required.append(field.name)
            else:
                entry["default"] = json.loads(form_of(field.hint)(field.default))
            properties[field.name] = entry
        described = {"description": inspect.getdoc(noun)}
        return {"type": "object", **described, "properties": properties, "required": required}

    def _of(self, hint: object) -> dict[str, object]:
        if (inner := optional(hint)) is not None:
            return {"anyOf": [self._of(inner), {"type": "null"}]}
        if (parts := several(hint)) is not None:
            container, item = parts
            if container is dict:
                return {"type": "object", "additionalProperties": self._of(item)}
            return _list(self._of(item))
        if not isinstance(hint, type):
            raise TypeError(hint)
        if is_dataclass(hint):
            return self.reference(hint)
        return {"enum": [kind.value for kind in hint]} if issubclass(hint, Enum) else _PLAIN[hint]


def _with(noun: dict[str, object], **properties: object) -> dict[str, object]:
    """The definition with more properties; all of them are required, but `earlier`."""
    known, required = noun["properties"], noun["required"]
    assert isinstance(known, dict)  # noqa: S101 as `noun` makes them
    assert isinstance(required, list)  # noqa: S101 as above
    more = [name for name in properties if name != "earlier"]
    return {**noun, "properties": {**known, **properties}, "required": [*required, *more]}


def _list(item: dict[str, object]) -> dict[str, object]:
    return {"type": "array", "items": item}


def _index_into(name: str) -> dict[str, object]:
    return {**_INDEX, "description": f"Index into the document's `{name}`, from 0."}


def _or_base64(description: str) -> dict[str, object]:
    encoded = {
        "type": "object",
        "properties": {BASE64: {"type": "string", "contentEncoding": "base64"}},
        "required": [BASE64],
        "additionalProperties": False,
    }
    return {"description": description, "anyOf": [_STRING, encoded]}


def _descriptions(noun: type) -> Iterator[tuple[str, str]]:
    """Each field's name and the docstring that follows it in the class."""
    (definition,) = ast.parse(inspect.getsource(noun)).body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101 the source of a class
    for field, after in pairwise(definition.body):
        match field, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)
            case _:
                pass
