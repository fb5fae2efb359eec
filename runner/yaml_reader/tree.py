"""A YAML document as a tree of plain values that know where they stand, and what is wrong in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple, TypeAlias

from runner.model import Source
from runner.text import one_line

Place: TypeAlias = tuple[int, int]
"""Line and column, from 1."""
Location: TypeAlias = tuple[str | int, ...]
"""Keys and indices from the root down."""


class Plain(NamedTuple):
    """An unquoted scalar that YAML 1.2 takes for null, a boolean or a number, as it stands."""

    text: str

    @property
    def number(self) -> Decimal | None:
        """The number that it is, exactly; None where it is none or not finite.

        ValueError for one out of all bounds.
        """
        if self.text[:2] in ("0o", "0x"):
            if len(self.text) > _MAX_DIGITS:
                raise ValueError(f"a number of {len(self.text)} digits is too large")
            return Decimal(int(self.text, 0))
        if not _DECIMAL.fullmatch(self.text):
            return None
        try:
            return Decimal(self.text)
        except InvalidOperation:
            raise ValueError(f"{self.text[:60]} is too large a number") from None

    @property
    def boolean(self) -> bool | None:
        """True or false; None where it is neither."""
        return _BOOLEANS.get(self.text)

    @property
    def is_null(self) -> bool:
        """Whether it is YAML's null, or nothing at all."""
        return self.text in _NULLS


Data: TypeAlias = "str | Plain | list[Data] | dict[str, Data]"


class Node(NamedTuple):
    """A value and where it begins; `line` and `column` count from 1."""

    value: "str | Plain | list[Node] | dict[str, Node]"
    line: int
    column: int
    style: str = ""
    """How a text is written: | > ' or ", and nothing for a plain one; `{` or `[` in flow style."""
    keys: Mapping[str, Place] = {}
    """Where each of a mapping's keys stands."""
    start: int = 0
    """Of its first character, an anchor before it included; counted in characters, BOM apart."""
    end: int = 0
    """After its last character; of a block text, somewhere in the blank lines that follow."""

    @property
    def block(self) -> bool:
        """Whether it is a `|` or `>` text, which begins on the line below."""
        return self.style in _BLOCK_STYLES

    @property
    def text(self) -> str:
        """A scalar as it is written; empty for a list or a mapping."""
        if isinstance(self.value, Plain):
            return self.value.text
        return self.value if isinstance(self.value, str) else ""

    def data(self) -> Data:
        """The same without positions."""
        if isinstance(self.value, dict):
            return {key: node.data() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.data() for node in self.value]
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong in a file; as text `docs.yml:7:5: snippets[2].timeout: what is wrong`."""

    source: Source
    where: Location = ()
    message: str

    def __str__(self) -> str:
        place = f"{location_text(self.where)}: " if self.where else ""
        return one_line(f"{self.source}: {place}{self.message}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What could be read of a file; `root` is None where it is empty or its syntax is broken."""

    path: str
    root: Node | None
    problems: tuple[Problem, ...]

    def source(self, location: Location) -> Source:
        """Where the value at `location` begins, or the nearest one around it that exists."""
        node = self._nearest(location)
        return Source(path=self.path, line=node.line, column=node.column)

    def key_source(self, location: Location) -> Source:
        """Where the key of the value at `location` stands; as `source` where it has none."""
        parent = self._nearest(location[:-1])
        place = parent.keys.get(str(location[-1])) if location else None
        if place is None:
            return self.source(location)
        return Source(path=self.path, line=place[0], column=place[1])

    def text_source(self, location: Location) -> Source:
        """Where the characters of the text at `location` begin: below the `|` of a block."""
        node = self._nearest(location)
        if node.block:
            return Source(path=self.path, line=node.line + 1)
        return Source(path=self.path, line=node.line, column=node.column)

    def _nearest(self, location: Location) -> Node:
        node = self.root or _NOWHERE
        for step in location:
            value = node.value
            child = None
            if isinstance(step, str):
                child = value.get(step) if isinstance(value, dict) else None
            elif isinstance(value, list) and step < len(value):
                child = value[step]
            if child is None:
                break
            node = child
        return node


def location_text(location: Location) -> str:
    """`snippets[2].files['a b.txt']`."""
    text = "".join(_step_text(step) for step in location[:_SHOWN_STEPS]).removeprefix(".")
    return f"{text}..." if len(location) > _SHOWN_STEPS else text


def _step_text(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _NAME.fullmatch(step) else f"['{one_line(step, limit=60)}']"


_BLOCK_STYLES: Final = ("|", ">")
_SHOWN_STEPS: Final = 12
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_NOWHERE: Final = Node("", 1, 1)
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
WORDS: Final = _NULLS | _BOOLEANS.keys()
_MAX_DIGITS: Final = 100
_DECIMAL: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NUMBER: Final = re.compile(
    rf"{_DECIMAL.pattern}|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
