"""A value of a manifest as a JSON document: what `json` in an expectation means."""

import re
from json import dumps
from typing import Final

from runner.manifest.checks import shown, wrong
from runner.model import JsonValue
from runner.yaml_reader import Plain


def json(value: object) -> JsonValue:
    """Any value as a JSON document, its numbers as exact as they are written."""
    return JsonValue(text=_json(value))


_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def _json(value: object) -> str:
    match value:
        case str():
            return dumps(value, ensure_ascii=False)
        case list():
            return f"[{', '.join(_json(item) for item in value)}]"
        case dict():
            items = (f"{_json(key)}: {_json(item)}" for key, item in value.items())
            return f"{{{', '.join(items)}}}"
        case Plain():
            return _scalar(value)
        case _:
            raise wrong(f"must be a JSON value, not {shown(value)}")


def _scalar(plain: Plain) -> str:
    if plain.is_null:
        return "null"
    if plain.boolean is not None:
        return "true" if plain.boolean else "false"
    exact = plain.number
    if exact is None:
        raise wrong(f"{shown(plain)} is no JSON value; JSON has finite numbers alone")
    return plain.text if _NUMBER.fullmatch(plain.text) else str(exact)
