"""From a noun to what package json can write."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from operator import attrgetter
from pathlib import Path

from runner.json_form.fields import BASE64, fields_of, optional, several

Encode = Callable[..., object]


def encoder(
    noun: type, *, without: frozenset[str] = frozenset()
) -> Callable[[object], dict[str, object]]:
    """What makes an object of a `noun`, all fields but those in `without`."""
    fields = list(fields_of(noun, without=without))
    values = attrgetter(*(field.name for field in fields), "__class__")
    forms = [(field.name, field.default, form_of(field.hint)) for field in fields]

    def encode(value: object) -> dict[str, object]:
        return {
            name: form(given)
            for (name, default, form), given in zip(forms, values(value), strict=False)
            if given is not default and given != default
        }

    return encode


@cache
def form_of(hint: object) -> Encode:
    """What makes the JSON of a value of this type."""
    if (inner := optional(hint)) is not None:
        form = form_of(inner)
        return lambda value: None if value is None else form(value)
    if (parts := several(hint)) is not None:
        return _several(*parts)
    if not isinstance(hint, type):
        raise TypeError(hint)
    if is_dataclass(hint):
        return encoder(hint)
    if issubclass(hint, Enum):
        return lambda value: value.value
    return _PLAIN[hint]


def text(value: str) -> object:
    """A string, or the bytes of one that has no UTF-8."""
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return _base64(value.encode("utf-8", "surrogatepass"))
    return value


def raw(value: bytes) -> object:
    """A string where `value` is UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return _base64(value)


def _base64(value: bytes) -> object:
    return {BASE64: b64encode(value).decode()}


def _several(container: type, hint: object) -> Encode:
    form = form_of(hint)
    if container is dict:
        return lambda values: {name: form(value) for name, value in values.items()}
    if container is frozenset:
        return lambda values: sorted(map(form, values))  # type: ignore[type-var]  # of one type
    return lambda values: [form(value) for value in values]


def _same(value: object) -> object:
    return value


_PLAIN: Mapping[type, Encode] = {
    bool: _same,
    int: _same,
    float: _same,
    str: text,
    bytes: raw,
    Path: lambda value: text(str(value)),
}
