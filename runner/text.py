"""Untrusted bytes as text: decoded so that nothing is lost, then made safe to print, or visible.

`safe` keeps a text readable (newlines and tabs stay) and disarms what could act on a terminal, a
log or an XML parser. `visible` is for one line of a diff: whatever prints as nothing or as a mere
blank becomes an escape.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final
from unicodedata import normalize

# Controls but tab and newline; characters that reorder or hide text; line separators that only
# some programs obey; surrogates and noncharacters, which XML and UTF-8 refuse.
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff]"
)
_UNSAFE_ASTRAL: Final = re.compile(
    "[\U000e0000-\U000e0fff"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(1 << 16, 17 << 16, 1 << 16)
    )
    + "]"
)
_SHORT: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_BYTES: Final = range(0xDC80, 0xDD00)
"""Where `decoded` puts the bytes 0x80 to 0xFF that are no UTF-8."""
_CHUNK: Final = 1024
_ZERO_WIDTH_SPACE: Final = "\u200b"


def decoded(raw: bytes) -> str:
    """`raw` as UTF-8; other bytes become lone surrogates, so they never equal valid text."""
    return raw.decode("utf-8", "surrogateescape")


def safe(text: str) -> str:
    """`text` with LF line ends, and nothing that a terminal, log or XML parser obeys or refuses."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    text = _UNSAFE.sub(_escape_match, text)
    return text if text.isascii() else _UNSAFE_ASTRAL.sub(_escape_match, text)


def one_line(text: str, *, limit: int = 1000) -> str:
    """`text` made safe, on one line, and cut to about `limit` characters."""
    if len(text) <= limit and text.isprintable():
        return text
    cut = text if len(text) <= limit else text[:limit] + "…"
    return safe(cut.replace("\r", r"\r").replace("\n", r"\n").replace("\t", " "))


def visible(line: str, *, ascii_only: bool = False) -> str:
    """One line, without its newline, with every character to be seen, the blanks at its end too."""
    body = line.rstrip(" ")
    return plain(body, ascii_only=ascii_only) + r"\x20" * (len(line) - len(body))


def plain(text: str, *, ascii_only: bool = False) -> str:
    """`text` on one line; what prints as nothing or a blank is escaped, or all but ASCII."""
    if text.isprintable() and (text.isascii() or not ascii_only):
        return text
    return "".join(
        character
        if character.isprintable() and (character.isascii() or not ascii_only)
        else escape(character)
        for character in text
    )


def alike(first: str, second: str) -> bool:
    """Whether two texts look the same though they may differ, as composed, decomposed letters."""
    return normalize("NFKC", first) == normalize("NFKC", second)


def shared_length(first: Sequence[object], second: Sequence[object]) -> int:
    """How many items, from the start on, two sequences have in common."""
    shorter, at = min(len(first), len(second)), 0
    while at < shorter and first[at : at + _CHUNK] == second[at : at + _CHUNK]:
        at += _CHUNK
    return next((at for at in range(at, shorter) if first[at] != second[at]), shorter)


def escape(character: str) -> str:
    """A character as Python writes it; a byte that was not UTF-8 as `xNN`, not as U+00NN is."""
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code in _BYTES:
        return f"\\x{code - 0xDC00:02x}"
    if character.isascii():
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - the first plane


def capped(text: str, *, head: int, tail: int) -> str:
    """`text`; or its ends, with a line between that says how many characters are left out."""
    left_out = len(text) - head - tail
    if left_out <= 0:
        return text
    end = text[-tail:] if tail else ""
    return f"{text[:head]}\n[... {left_out} characters left out ...]\n{end}"


def ends(lines: Sequence[str], *, head: int, tail: int) -> list[str]:
    """The lines; or the first and the last of them, and between a line that says how many are not.

    A single line is never left out: the remark would take its place.
    """
    left_out = len(lines) - head - tail
    if left_out <= 1:
        return list(lines)
    return [*lines[:head], f"[... {left_out} lines left out ...]", *lines[len(lines) - tail :]]


def inert(line: str) -> str:
    """A line that no CI system takes for a command: `##[` and a leading `::` are broken up."""
    if "##[" in line:
        line = line.replace("##[", f"##{_ZERO_WIDTH_SPACE}[")
    if "::" in line and line.lstrip().startswith("::"):
        line = line.replace("::", f":{_ZERO_WIDTH_SPACE}:", 1)
    return line


def _escape_match(match: re.Match[str]) -> str:
    return _escaped(match[0])


@cache
def _escaped(character: str) -> str:
    return escape(character)
