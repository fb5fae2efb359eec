"""A text as a YAML scalar on one line: plain, single or double-quoted, as it is read back."""

import re
from collections.abc import Iterator
from typing import Final

from runner.text import escape
from runner.update.edits import LeftAlone
from runner.yaml_reader import Plain, read

UNRAW: Final = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What may not stand in YAML as it is."""
_QUOTED: Final = re.compile(rf'[\\"\n\t]|{UNRAW.pattern}')
_SHORT: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def one_line_scalar(text: str, *, style: str, in_flow: bool) -> str:
    """`text` in `style` if that can hold it on one line, else in the next best one.

    LeftAlone where none can: bytes that are no UTF-8.
    """
    for candidate in _candidates(text, style):
        if _reads_as(candidate, text, in_flow=in_flow):
            return candidate
    return quoted(text)


def quoted(text: str) -> str:
    """`text` in double quotes, what cannot be seen as escapes."""
    found = _SURROGATE.search(text)
    if found is not None:
        raise LeftAlone(f"the output is not UTF-8 (byte {escape(found[0])}), and YAML is")
    return f'"{_QUOTED.sub(_escaped, text)}"'


def _candidates(text: str, style: str) -> Iterator[str]:
    if "\n" in text or UNRAW.search(text):
        return
    if style in ("", "|", ">"):
        yield text
    if style == "'" or (style != '"' and ("\\" in text or '"' in text)):
        yield "'" + text.replace("'", "''") + "'"


def _reads_as(candidate: str, text: str, *, in_flow: bool) -> bool:
    """Whether the reader takes `candidate` for `text`, where it is to stand."""
    around = f"a: [{candidate}, {{b: {candidate}}}]\n" if in_flow else f"a: {candidate}\n"
    document = read(around.encode(), "")
    root = document.root
    if root is None or document.problems or not isinstance(root.value, dict):
        return False
    node = root.value.get("a")
    if node is None or len(root.value) != 1:
        return False
    if in_flow:
        same = isinstance(node.value, list) and len(node.value) == 2  # noqa: PLR2004 as above
        node = node.value[0] if isinstance(node.value, list) and same else node
    value = node.value
    if isinstance(value, Plain):
        return value.text == text and not value.is_null
    return isinstance(value, str) and value == text


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if code <= 0xFF:  # noqa: PLR2004 YAML's three forms
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 as above
