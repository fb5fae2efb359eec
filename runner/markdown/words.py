"""The words of an info string or a comment, as they stand: which, with what value, and where.

Blanks, commas and braces part them, a comma before a digit apart. What is quoted, or in
parentheses, is one word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from runner.markdown.fences import Passage
from runner.yaml_reader import Node, Plain
from runner.yaml_reader.tree import NUMBER, WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """`key`, or `key=value`; what can be neither has an empty key."""

    key: str
    value: Node | None
    line: int
    column: int
    text: str


def words(passage: Passage, *, start: int = 0) -> Iterator[Word]:
    """All words from `start` on."""
    for found in _WORD.finditer(passage.text, start):
        line, column = passage.place(found.start())
        key = found["key"] or found["word"] or ""
        value = _value(found, passage) if found["key"] else None
        yield Word(key=key, value=value, line=line, column=column, text=found[0])


_WORD: Final = re.compile(
    r"""
      (?P<key> [^\s,="'{}()]+ ) =
        (?: "(?P<double> (?:[^"\\]|\\.)* )" | '(?P<single> [^']* )'
        | (?P<plain> [^\s,"'{}]* (?: ,\d[\w.-]* )* ) )
    | "(?: [^"\\]|\\. )*" | '[^']*' | \([^()]*\)
    | (?P<word> [^\s,{}]+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r'\\([nt"\\])')
_MEANT: Final = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


def _value(found: re.Match[str], passage: Passage) -> Node:
    group = next(name for name in ("double", "single", "plain") if found[name] is not None)
    text = found[group]
    line, column = passage.place(found.start(group))
    if group == "double":
        text = _ESCAPE.sub(lambda escape: _MEANT[escape[1]], text)
    is_plain = group == "plain" and (text in WORDS or NUMBER.fullmatch(text))
    return Node(Plain(text) if is_plain else text, line, column)
