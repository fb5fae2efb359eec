"""The fields of a noun: name, type and default of each."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from types import NoneType, UnionType
from typing import Final, Union, get_args, get_origin, get_type_hints

BASE64: Final = "base64"
REQUIRED: Final = object()
"""In place of a default, where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field; `hint` is its type as the class states it."""

    name: str
    hint: object
    default: object


def fields_of(noun: type, *, without: frozenset[str]) -> Iterator[Field]:
    """Every field of the dataclass `noun` but those named in `without`."""
    hints = get_type_hints(noun)
    for field in fields(noun):
        if field.name in without:
            continue
        default: object = REQUIRED
        if field.default is not MISSING:
            default = field.default
        elif field.default_factory is not MISSING:
            default = field.default_factory()
        yield Field(name=field.name, hint=hints[field.name], default=default)


def optional(hint: object) -> object | None:
    """The X of `X | None`; None for any other type."""
    if get_origin(hint) not in (Union, UnionType):
        return None
    other: object
    (other,) = (kind for kind in get_args(hint) if kind is not NoneType)
    return other


def several(hint: object) -> tuple[type, object] | None:
    """Of `tuple[X, ...]`, `frozenset[X]` and `Mapping[str, X]` the container and X."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Mapping:
        return dict, arguments[1]
    return (origin, arguments[0]) if origin in (tuple, frozenset) else None
