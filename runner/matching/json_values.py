"""JSON compared by value: key order and the form of numbers don't matter, everything else does."""

import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Final, NoReturn, TypeAlias

from runner.matching.numbers import near_numbers
from runner.model import Match
from runner.text import one_line

Json: TypeAlias = "bool | str | Decimal | list[Json] | dict[str, Json] | None"

_SHOWN: Final = 60
_DEEPEST_MARGIN: Final = 40


class JsonError(Exception):
    """A text that is no JSON document, and why."""


def parsed(text: str) -> Json:
    """A document's value, numbers exact; JsonError for `NaN`, a key twice and what is no JSON."""
    try:
        value: Json = json.loads(
            text,
            parse_int=Decimal,
            parse_float=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_unique,
        )
    except RecursionError:
        raise JsonError("nested too deeply") from None
    except InvalidOperation:
        raise JsonError("a number is out of range") from None
    except ValueError as problem:
        raise JsonError(str(problem)) from None
    return value


def difference(expected: Json, actual: Json, match: Match) -> str | None:
    """Where and how two values differ first, for people; None where they are equal.

    JsonError where they are nested too deeply to be compared.
    """
    try:
        return _difference(expected, actual, match, "$")
    except RecursionError:
        raise JsonError("nested too deeply") from None


def indented(text: str) -> str:
    """A document with sorted keys, an item a line: equal values look alike, number forms apart.

    A text that is no JSON document stays as it is.
    """
    lines: list[str] = []
    try:
        _write(parsed(text), into=lines)
    except (JsonError, RecursionError):
        return text
    return "\n".join(lines)


def _difference(expected: Json, actual: Json, match: Match, path: str) -> str | None:
    match expected, actual:
        case dict(), dict():
            return _object_difference(expected, actual, match, path)
        case list(), list():
            return _array_difference(expected, actual, match, path)
        case _ if _scalars_equal(expected, actual, match):
            return None
        case _:
            return f"{path}: expected {_brief(expected)}, got {_brief(actual)}"


def _write(
    value: Json, *, into: list[str], label: str = "", comma: str = "", margin: str = ""
) -> None:
    inner = (margin + "  ")[:_DEEPEST_MARGIN]
    match value:
        case dict() if value:
            into.append(f"{margin}{label}{{")
            for key in sorted(value):
                _write(value[key], into=into, label=f"{_quoted(key)}: ", comma=",", margin=inner)
            into[-1] = into[-1].removesuffix(",")
            into.append(f"{margin}}}{comma}")
        case list() if value:
            into.append(f"{margin}{label}[")
            for item in value:
                _write(item, into=into, comma=",", margin=inner)
            into[-1] = into[-1].removesuffix(",")
            into.append(f"{margin}]{comma}")
        case _:
            into.append(f"{margin}{label}{_scalar(value)}{comma}")


def _object_difference(
    expected: dict[str, Json], actual: dict[str, Json], match: Match, path: str
) -> str | None:
    for key, value in expected.items():
        if key not in actual:
            return f"{path}: key {_brief(key)} is missing"
        if found := _difference(value, actual[key], match, f"{path}.{one_line(key, limit=_SHOWN)}"):
            return found
    surplus = next((key for key in actual if key not in expected), None)
    return None if surplus is None else f"{path}: key {_brief(surplus)} is not expected"


def _array_difference(
    expected: list[Json], actual: list[Json], match: Match, path: str
) -> str | None:
    for index, (value, other) in enumerate(zip(expected, actual, strict=False)):
        if found := _difference(value, other, match, f"{path}[{index}]"):
            return found
    if len(expected) == len(actual):
        return None
    return f"{path}: expected {len(expected)} items, got {len(actual)}"


def _scalars_equal(expected: Json, actual: Json, match: Match) -> bool:
    match expected, actual:
        case Decimal(), Decimal():
            return expected == actual or (
                match.float_tolerance is not None
                and near_numbers(expected, actual, match.float_tolerance)
            )
        case str(), str():
            return expected == actual or (
                match.ignore_case and expected.casefold() == actual.casefold()
            )
        case _:
            return type(expected) is type(actual) and expected == actual


def _brief(value: Json) -> str:
    match value:
        case dict():
            return f"an object of {len(value)}"
        case list():
            return f"an array of {len(value)}"
        case _:
            return one_line(_scalar(value), limit=_SHOWN)


def _scalar(value: Json) -> str:
    return _number(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _number(value: Decimal) -> str:
    """A number in its shortest usual form: 1.0 and 1e0 as 1; those too long for it as they are."""
    text = str(value)
    if len(text) > _SHOWN or abs(value.adjusted()) > _SHOWN:
        return text
    digits = format(value, "f")
    return digits.rstrip("0").removesuffix(".") if "." in digits else digits


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen = Counter(key for key, _ in pairs)
        twice = next(key for key, count in seen.items() if count > 1)
        raise JsonError(f"duplicate key {_brief(twice)}")
    return result


def _no_constant(name: str) -> NoReturn:
    raise JsonError(f"{name} is no JSON value")
