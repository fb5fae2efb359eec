"""From what package json has read to a noun; whatever is not as it should be is told with place."""

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Final, TypeVar, cast

from runner.json_form.fields import BASE64, REQUIRED, fields_of, optional, several
from runner.text import one_line

Noun = TypeVar("Noun")
Decode = Callable[[object], object]
_LARGEST: Final = 2**63 - 1
_HIGHEST: Final = 1e300
"""As in a manifest's tolerances. Sums of so large ones are still finite, as reporters rely on."""
_WORDS: Final = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "a truth value",
    int: "a number",
    float: "a number",
}


class WrongError(Exception):
    """A value that is not what it should be; `where` leads to it: `.outcome.wall`."""

    def __init__(self, what: str, where: str = "") -> None:
        self.what = what
        self.where = where
        super().__init__(where + what)

    def within(self, place: str | int) -> "WrongError":
        """The same, seen from what holds the value."""
        step = f"[{place}]" if isinstance(place, int) else f".{one_line(place, limit=60)}"
        return WrongError(self.what, step + self.where)


def decoder(noun: type[Noun], *, without: frozenset[str] = frozenset()) -> Callable[..., Noun]:
    """What makes a `noun` of an object; the fields in `without` are given to it by name.

    Fields that nobody knows are passed over: a later version may have them.
    """
    fields = list(fields_of(noun, without=without))
    forms = {field.name: _form(field.hint) for field in fields}
    required = [field.name for field in fields if field.default is REQUIRED]

    def decode(value: object, **given: object) -> Noun:
        known = as_object(value)
        name = ""
        try:
            for name, part in known.items():
                if name in forms:
                    given[name] = forms[name](part)
        except WrongError as wrong:
            raise wrong.within(name) from None
        for name in required:
            if name not in given:
                raise WrongError("is missing").within(name)
        return noun(**given)

    return decode


def as_object(value: object) -> dict[str, object]:
    """`value`, which must be an object."""
    if type(value) is not dict:
        raise _not("an object", value)
    return value


def as_list(value: object) -> list[object]:
    """`value`, which must be a list."""
    if type(value) is not list:
        raise _not("a list", value)
    return value


def each(form: Callable[..., Noun], *lists: Sequence[object]) -> list[Noun]:
    """What `form` makes of the lists' first values, of their second ones, and so on."""
    decoded: list[Noun] = []
    try:
        for values in zip(*lists, strict=True):
            decoded.append(form(*values))  # noqa: PERF401 its length is the place of what is wrong
    except WrongError as wrong:
        raise wrong.within(len(decoded)) from None
    return decoded


def whole_number(value: object) -> int:
    """An int of 64 bits."""
    if type(value) is not int or abs(value) > _LARGEST:
        raise _not("a whole number", value)
    return value


def text(value: object) -> str:
    """A string as `encoding.text` wrote it."""
    if type(value) is str:
        return value
    try:
        return _bytes_of(value, "a text").decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise WrongError("is the base64 of no text") from None


def raw(value: object) -> bytes:
    """Bytes as `encoding.raw` wrote them."""
    if type(value) is str:
        return value.encode("utf-8", "surrogatepass")
    return _bytes_of(value, "a text or bytes")


def _bytes_of(value: object, wanted: str) -> bytes:
    encoded = value.get(BASE64) if type(value) is dict else None
    if type(encoded) is not str:
        raise _not(wanted, value)
    try:
        return b64decode(encoded, validate=True)
    except ValueError:
        raise WrongError("is no base64") from None


@cache
def _form(hint: object) -> Decode:
    if (inner := optional(hint)) is not None:
        form = _form(inner)
        return lambda value: None if value is None else form(value)
    if (parts := several(hint)) is not None:
        return _several(*parts)
    if not isinstance(hint, type):
        raise TypeError(hint)
    if is_dataclass(hint):
        return decoder(hint)
    return _member_of(hint) if issubclass(hint, Enum) else _PLAIN[hint]


def _several(container: type, hint: object) -> Decode:
    form = _form(hint)
    if container is dict:
        return lambda value: dict(_entries(as_object(value), form))
    if container is tuple:
        return lambda value: tuple(each(form, as_list(value)))
    return lambda value: frozenset(each(form, as_list(value)))


def _entries(values: dict[str, object], form: Decode) -> list[tuple[str, object]]:
    decoded = []
    for name, value in values.items():
        try:
            decoded.append((name, form(value)))
        except WrongError as wrong:
            raise wrong.within(name) from None
    return decoded


def _member_of(kinds: type[Enum]) -> Decode:
    members = {kind.value: kind for kind in kinds}

    def decode(value: object) -> object:
        if type(value) is not str or value not in members:
            raise _not(f"one of {', '.join(members)}", value)
        return members[value]

    return decode


def _truth(value: object) -> bool:
    if type(value) is not bool:
        raise _not("true or false", value)
    return value


def _number(value: object) -> float:
    if type(value) not in (int, float) or not 0 <= cast("float", value) <= _HIGHEST:
        raise _not("a number from 0 to 10^300", value)
    return float(cast("float", value))


def _path(value: object) -> Path:
    path = text(value)
    if "\0" in path:
        raise WrongError("is no path: it holds a NUL")
    return Path(path)


def _not(wanted: str, value: object) -> WrongError:
    found = "null" if value is None else _WORDS[type(value)]
    return WrongError(f"is {found} where {wanted} would be right")


_PLAIN: Mapping[type, Decode] = {
    bool: _truth,
    int: whole_number,
    float: _number,
    str: text,
    bytes: raw,
    Path: _path,
}
