"""The kinds of value that fields hold: type, check, and what of the check JSON Schema can say.

The schema sees a number where the reader sees the text `1.10`: there, text fields take numbers and
booleans too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Discriminator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, Tag
from pydantic_core import core_schema

from runner.manifest import checks
from runner.manifest.json_text import json
from runner.model import MIB, ExitExpectation, JsonValue

TAG: Final = "\0"
"""Begins the words that pydantic puts into the location of an error in one of several forms."""
MAX_VERSIONS: Final = 32
TEXT_FORM: Final = Tag(f"{TAG}text")
LIST_FORM: Final = Tag(f"{TAG}list")
MAPPING_FORM: Final = Tag(f"{TAG}mapping")


def form(value: object) -> str:
    """Which form of a field that has several is meant, by its shape alone."""
    match value:
        case dict():
            return MAPPING_FORM.tag
        case list():
            return LIST_FORM.tag
        case _:
            return TEXT_FORM.tag


@dataclass(frozen=True, slots=True, eq=False)
class _Kind:
    """A field's check and its JSON Schema, as pydantic asks for them."""

    check: Callable[[object], object]
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return dict(self.schema)


def _text(check: Callable[[object], object], **more: object) -> _Kind:
    return _Kind(check, {"type": ["string", "number", "boolean"], **more})


def _words(expression: str, what: str) -> _Kind:
    return _text(checks.pattern(expression, what), pattern=f"^(?:{expression})$")


def _number(low: float, high: float, what: str) -> _Kind:
    schema = {"type": "number", "minimum": low, "maximum": high}
    return _Kind(checks.number(low, high, what), schema)


def _integer(low: int, high: int, what: str) -> _Kind:
    schema = {"type": "integer", "minimum": low, "maximum": high}
    return _Kind(checks.integer(low, high, what), schema)


def _size(low: int, high: int) -> _Kind:
    whole = {"type": "integer", "minimum": low, "maximum": high}
    short = {"type": "string", "pattern": f"^(?:{checks.SIZE})$"}
    return _Kind(checks.size(low, high), {"anyOf": [whole, short]})


_CODE: Final = {"type": "integer", "minimum": 0, "maximum": 255}

Text: TypeAlias = Annotated[str, _text(checks.text)]
Something: TypeAlias = Annotated[str, _text(checks.something, minLength=1)]
Line: TypeAlias = Annotated[str, _text(checks.line, pattern=r"^[^\n]*$")]
Argument: TypeAlias = Annotated[str, _text(checks.argument)]
Code: TypeAlias = Annotated[str, _text(checks.source_code)]
Base64: TypeAlias = Annotated[bytes, _text(checks.base64)]
Expression: TypeAlias = Annotated[
    str, _text(checks.expression, minLength=1, maxLength=checks.MAX_PATTERN)
]
FileName: TypeAlias = Annotated[
    str,
    _text(checks.file_name, pattern=r"^(?!(?:.*/)?\.{0,2}(?:/|$))[^\x00-\x1f\x7f]+$"),
]
OutsidePath: TypeAlias = Annotated[str, _text(checks.outside_path, minLength=1)]
Name: TypeAlias = Annotated[
    str,
    _words(
        r"[^\x00-\x1f\x7f-\x9f]{0,199}[^\x00-\x20\x7f-\xa0]",
        "one line of 1 to 200 characters with no blank at its end",
    ),
]
Label: TypeAlias = Annotated[
    str, _words(r"[^\s,!][^\s,]{0,99}", "a word without blanks and commas that begins with no '!'")
]
SessionId: TypeAlias = Annotated[
    str, _words(r"[A-Za-z0-9_-]{1,64}", "1 to 64 ASCII letters, digits, '_' and '-'")
]
Variable: TypeAlias = Annotated[
    str, _words(r"[A-Za-z_][A-Za-z0-9_]*", "a name of ASCII letters, digits and '_'")
]
LanguageReference: TypeAlias = Annotated[
    str, _words(r"[^\x00-\x1f\x7f]{1,200}", "a language's name, an alias, or either with @version")
]
LanguageName: TypeAlias = Annotated[
    str,
    _words(r"[A-Za-z0-9][A-Za-z0-9_+#.-]{0,63}", "a name of letters, digits and any of _ + # . -"),
]
Image: TypeAlias = Annotated[
    str,
    _words(
        r"[A-Za-z0-9][A-Za-z0-9._:/@{}-]{0,299}", "an image such as python:3.13 or python:{version}"
    ),
]
Version: TypeAlias = Annotated[
    str,
    _words(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", "a version such as 3.13: letters, digits, _ . -"),
]
Versions: TypeAlias = Annotated[list[Version], Field(max_length=MAX_VERSIONS)]
Flag: TypeAlias = Annotated[bool, _Kind(checks.flag, {"type": "boolean"})]
OnlyTrue: TypeAlias = Annotated[bool, _Kind(checks.only_true, {"const": True})]
One: TypeAlias = Annotated[int, _Kind(checks.version, {"const": 1})]
Reason: TypeAlias = Annotated[
    str | None,
    _Kind(
        checks.reason,
        {
            "type": ["boolean", "string"],
            "pattern": r"\S",
            "not": {"type": "string", "pattern": f"^(?:{checks.SWITCH})$"},
        },
    ),
]
Seconds: TypeAlias = Annotated[float, _number(1, 300, "a number of seconds")]
Tolerance: TypeAlias = Annotated[float, _number(0, 1e300, "a number")]
Cpus: TypeAlias = Annotated[float, _number(0.01, 1024, "a number of CPUs")]
Processes: TypeAlias = Annotated[int, _integer(1, 32768, "a number of processes")]
Retries: TypeAlias = Annotated[int, _integer(0, 10, "a whole number")]
Memory: TypeAlias = Annotated[int, _size(16 * MIB, 1024 * checks.GIB)]
Disk: TypeAlias = Annotated[int, _size(MIB, 1024 * checks.GIB)]
Output: TypeAlias = Annotated[int, _size(1, 256 * MIB)]
ExitCodes: TypeAlias = Annotated[
    ExitExpectation,
    _Kind(
        checks.exit_codes,
        {"anyOf": [_CODE, {"type": "array", "minItems": 1, "items": _CODE}, {"const": "nonzero"}]},
    ),
]
Json: TypeAlias = Annotated[JsonValue, _Kind(json, {})]
Texts: TypeAlias = Annotated[
    Annotated[Something, TEXT_FORM] | Annotated[list[Something], Field(min_length=1), LIST_FORM],
    Discriminator(form),
]
"""One text or several."""
