"""What a field may hold: checks from what the YAML reader gives to the value.

Each gets a text, a `Plain` scalar, a list or a mapping, and raises `wrong`: what is wrong and
what would be right.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable
from typing import Final

from pydantic_core import PydanticCustomError

from runner.model import KIB, MIB, ExitExpectation
from runner.text import one_line
from runner.yaml_reader import Plain

GIB: Final = 1024 * MIB
SIZE: Final = "[0-9]{1,15}[kKmMgG]?"
MAX_TEXT_BYTES: Final = 16 * MIB
MAX_ARGUMENT_BYTES: Final = 128 * KIB - 1
"""Linux: MAX_ARG_STRLEN, its closing NUL included."""
MAX_PATTERN: Final = 10_000
NO_REASON: Final = "no reason given"
SWITCH: Final = r"\s*(?:{})\s*".format(
    "|".join(
        "".join(f"[{letter}{letter.upper()}]" for letter in word)
        for word in ("n", "no", "off", "false", "never", "none", "null", "y", "yes", "on", "true")
    )
    + "|[0-9]+"
)
"""Words for yes and no that YAML 1.2 takes for texts: no reasons."""


def wrong(message: str) -> PydanticCustomError:
    """A ValueError that pydantic keeps as a message alone, where one of Python's holds frames."""
    return PydanticCustomError("wrong", message)


def shown(value: object) -> str:
    """A value for a message: a scalar in quotes, cut short; a list or mapping by its kind."""
    match value:
        case Plain():
            return one_line(value.text, limit=60) or "nothing"
        case str():
            return f"'{one_line(value, limit=60)}'"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return one_line(str(value), limit=60)


def text(value: object) -> str:
    """The text that stands in the file, whatever it looks like; null and collections are none."""
    if isinstance(value, str):
        return value
    if isinstance(value, Plain):
        if value.is_null and value.text:
            raise wrong(f"{value.text} means nothing; quote it, or leave the field out")
        if value.is_null:
            raise wrong("has no value; write '' for an empty text, or leave the field out")
        return value.text
    raise wrong(f"must be a text, not {shown(value)}")


def pattern(expression: str, what: str) -> Callable[[object], str]:
    """A check for a text that matches `expression` as a whole; `what` says what it must be."""
    compiled = re.compile(expression)

    def check(value: object) -> str:
        found = text(value)
        if not compiled.fullmatch(found):
            raise wrong(f"must be {what}, not {shown(found)}")
        return found

    return check


def number(low: float, high: float, what: str) -> Callable[[object], float]:
    """A check for a number within limits."""

    def check(value: object) -> float:
        exact = value.number if isinstance(value, Plain) else None
        if exact is None or not low <= exact <= high:
            raise wrong(f"must be {what} from {low:g} to {high:g}, not {shown(value)}")
        return float(exact)

    return check


def integer(low: int, high: int, what: str) -> Callable[[object], int]:
    """A check for a whole number within limits."""

    def check(value: object) -> int:
        exact = value.number if isinstance(value, Plain) else None
        if exact is None or not low <= exact <= high or exact != int(exact):
            raise wrong(f"must be {what} from {low} to {high}, not {shown(value)}")
        return int(exact)

    return check


def size(low: int, high: int) -> Callable[[object], int]:
    """A check for a number of bytes, plain or with k, m or g."""

    def check(value: object) -> int:
        written = value.text if isinstance(value, Plain) else value
        found = _SIZE.fullmatch(written) if isinstance(written, str) else None
        if found is None:
            raise wrong(f"must be a size such as 64k, 256m or 1g, not {shown(value)}")
        digits = found[0].rstrip("kKmMgG")
        amount = int(digits) * _UNITS[found[0][len(digits) :].lower()]
        if not low <= amount <= high:
            raise wrong(f"must be from {_short(low)} to {_short(high)}, not {shown(value)}")
        return amount

    return check


def flag(value: object) -> bool:
    """True or false as YAML 1.2 writes them."""
    if isinstance(value, Plain) and value.boolean is not None:
        return value.boolean
    raise wrong(f"must be true or false, not {shown(value)}")


def only_true(value: object) -> bool:
    """True alone: the opposite is said in another way."""
    if isinstance(value, Plain) and value.boolean:
        return True
    raise wrong(f"must be true, or be left out, not {shown(value)}")


def reason(value: object) -> str | None:
    """Why a snippet is skipped or expected to fail: None for `false`, a stand-in for `true`."""
    if isinstance(value, Plain) and value.boolean is not None:
        return NO_REASON if value.boolean else None
    if not isinstance(value, str) or not value.strip():
        raise wrong(f"must be true, false or a reason, not {shown(value)}")
    if re.fullmatch(SWITCH, value):
        raise wrong(f"{shown(value)} is no reason; write true, false, or say why")
    return value


def version(value: object) -> int:
    """The one version of the manifest's form that there is."""
    if isinstance(value, Plain) and value.text == "1":
        return 1
    raise wrong(f"must be 1, the only version there is, not {shown(value)}")


def exit_codes(value: object) -> ExitExpectation:
    """A number, a list of numbers, or `nonzero`."""
    if value == "nonzero":
        return ExitExpectation(codes=frozenset(), nonzero=True)
    codes = value if isinstance(value, list) else [value]
    if not codes:
        raise wrong("must name at least one exit code")
    return ExitExpectation(codes=frozenset(_exit_code(code) for code in codes))


def expression(value: object) -> str:
    """A regular expression that compiles."""
    found = text(value)
    if not found:
        raise wrong("is empty and would match anything; leave it out")
    if len(found) > MAX_PATTERN:
        raise wrong(f"is longer than {MAX_PATTERN} characters")
    _compile(found)
    return found


def file_name(value: object) -> str:
    """A relative path that stays below the working directory."""
    found = text(value)
    parts = found.split("/")
    if found.startswith("/") or ".." in parts:
        raise wrong(f"{shown(found)} leaves the working directory; use a relative path")
    if "" in parts or "." in parts:
        raise wrong(f"{shown(found)} has an empty part or a '.'; write it like 'src/a.txt'")
    if _CONTROL.search(found):
        raise wrong(f"{shown(found)} holds a control character")
    if len(found.encode()) > _MAX_PATH or any(len(part.encode()) > _MAX_PART for part in parts):
        raise wrong(f"{shown(found)} is too long; {_MAX_PART} bytes a part are the limit")
    return found


def outside_path(value: object) -> str:
    """A path to a file beside the manifest; whether it is there is looked up later."""
    found = text(value)
    if not found or "\0" in found:
        raise wrong(f"must be a path relative to the manifest, not {shown(found)}")
    return found


def argument(value: object) -> str:
    """A text that a program can be given: no NUL, not longer than Linux takes."""
    found = text(value)
    if "\0" in found:
        raise wrong("holds a NUL character, which no argument or variable can")
    if len(found) > MAX_ARGUMENT_BYTES or len(found.encode()) > MAX_ARGUMENT_BYTES:
        raise wrong("is longer than the 128 KiB that Linux takes; put it into a file")
    return found


def line(value: object) -> str:
    """One line of output."""
    found = text(value)
    if "\n" in found:
        raise wrong("holds a line end; write one line an entry")
    return found


def something(value: object) -> str:
    """A text that is not empty."""
    found = text(value)
    if not found:
        raise wrong("is empty and would match anything; leave it out")
    return found


def source_code(value: object) -> str:
    """A text of at most 16 MB."""
    found = text(value)
    if len(found) * 4 > MAX_TEXT_BYTES and len(found.encode()) > MAX_TEXT_BYTES:
        raise wrong("is larger than 16 MB")
    return found


def base64(value: object) -> bytes:
    """Bytes from base64, blanks and line ends between aside."""
    try:
        return b64decode("".join(text(value).split()), validate=True)
    except (Base64Error, UnicodeEncodeError, ValueError) as problem:
        raise wrong(f"is not valid base64: {problem}") from None


_SIZE: Final = re.compile(SIZE)
_UNITS: Final = {"": 1, "k": KIB, "m": MIB, "g": GIB}
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_MAX_PATH: Final = 1024
_MAX_PART: Final = 255
_MAX_EXIT_CODE: Final = 255


def _short(amount: int) -> str:
    unit = next(unit for unit in ("g", "m", "k", "") if amount % _UNITS[unit] == 0)
    return f"{amount // _UNITS[unit]}{unit}"


def _exit_code(value: object) -> int:
    exact = value.number if isinstance(value, Plain) else None
    if exact is None or not 0 <= exact <= _MAX_EXIT_CODE or exact != int(exact):
        raise wrong(
            f"must be a number from 0 to {_MAX_EXIT_CODE}, a list of them, or nonzero, "
            f"not {shown(value)}"
        )
    return int(exact)


def _compile(expression: str) -> None:
    import warnings  # noqa: PLC0415 - with the next

    import regex  # noqa: PLC0415 - 36 ms, for the few manifests that need it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            regex.compile(expression, flags=regex.MULTILINE)
    except regex.error as problem:
        raise wrong(f"is no valid regular expression: {problem}") from None
    except (RecursionError, OverflowError, MemoryError):
        raise wrong("is too large or too deep a regular expression") from None
