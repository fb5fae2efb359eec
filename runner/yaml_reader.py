"""YAML text -> a tree of plain values with positions, safely: an answer or problems with a line.

Reads libyaml's *events*, never its composed nodes: composing recurses in C and ends the process on
100 000 nested brackets. What is not plain data (tags, merge keys, a key that is no text, a second
document) is a problem, and so is what could make a small file large: aliases past a budget,
nesting, sheer numbers. Scalars follow YAML 1.2's core schema and keep their text: only the schema
knows that `expected_output: 1.10` wants the text and `timeout: 1.10` the number.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple, NoReturn, Protocol, TypeAlias

import yaml

from runner.model import MIB, Source
from runner.text import one_line

MAX_BYTES: Final = 16 * MIB
MAX_DEPTH: Final = 64
MAX_NODES: Final = 100_000
MAX_PROBLEMS: Final = 1000
MAX_ALIASED_NODES: Final = 10_000
MAX_ALIASED_CHARACTERS: Final = MIB

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
    block: bool = False
    """A `|` or `>` text, which begins on the line below."""
    keys: Mapping[str, Place] = {}
    """Where each of a mapping's keys stands."""

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
        node = self._nodes(location)[-1]
        return Source(path=self.path, line=node.line, column=node.column)

    def key_source(self, location: Location) -> Source:
        """Where the key of the value at `location` stands; as `source` where it has none."""
        parent = self._nodes(location[:-1])[-1]
        place = parent.keys.get(str(location[-1])) if location else None
        if place is None:
            return self.source(location)
        return Source(path=self.path, line=place[0], column=place[1])

    def text_source(self, location: Location) -> Source:
        """Where the characters of the text at `location` begin: below the `|` of a block."""
        node = self._nodes(location)[-1]
        if node.block:
            return Source(path=self.path, line=node.line + 1)
        return Source(path=self.path, line=node.line, column=node.column)

    def _nodes(self, location: Location) -> list[Node]:
        nodes = [self.root or _NOWHERE]
        for step in location:
            value = nodes[-1].value
            child = None
            if isinstance(value, dict) and isinstance(step, str):
                child = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                child = value[step]
            if child is None:
                break
            nodes.append(child)
        return nodes


def read(data: bytes, path: str) -> Document:
    """The one YAML document in `data`. Never raises: what is wrong is among its problems."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    problem = _unreadable(data, path)
    if problem is not None:
        return Document(path=path, root=None, problems=(problem,))
    builder = _Builder(data, path)
    try:
        root = builder.document()
    except _Stop:
        root = None
    except yaml.YAMLError as error:
        root = None
        builder.problems.append(_syntax(error, path))
    except ValueError as error:  # the loader without libyaml: an escape past U+10FFFF
        root = None
        builder.problems.append(Problem(source=Source(path=path, line=1), message=str(error)))
    return Document(path=path, root=root, problems=tuple(builder.problems))


def location_text(location: Location) -> str:
    """`snippets[2].files['a b.txt']`."""
    if len(location) > _SHOWN_STEPS:
        return f"{location_text(location[:_SHOWN_STEPS])}..."
    text = "".join(
        f"[{step}]"
        if isinstance(step, int)
        else f".{step}"
        if _NAME.fullmatch(step)
        else f"['{one_line(step, limit=60)}']"
        for step in location
    )
    return text.removeprefix(".")


_SHOWN_STEPS: Final = 12
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_NOWHERE: Final = Node("", 1, 1)
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WORDS: Final = _NULLS | _BOOLEANS.keys()
_MAX_DIGITS: Final = 100
_DECIMAL: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NUMBER: Final = re.compile(
    rf"{_DECIMAL.pattern}|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_MAYBE_NUMBER: Final = frozenset("-+.0123456789")
# What YAML does not allow unescaped, and what YAML 1.1, libyaml's version, takes for line ends.
_FORBIDDEN: Final = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]|\xef\xbf[\xbe\xbf]"
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def _unreadable(data: bytes, path: str) -> Problem | None:
    if len(data) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // MIB} MB; move code to files and name them"
        return Problem(source=Source(path=path, line=1), message=message)
    try:
        data.decode()
    except UnicodeDecodeError as error:
        message = f"not UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8"
        return Problem(source=_source_of_byte(data, error.start, path), message=message)
    found = _FORBIDDEN.search(data)
    if found is None:
        return None
    message = (
        f"character U+{ord(found[0].decode()):04X} may not stand in YAML as it is; "
        "write it as an escape in a double-quoted text"
    )
    return Problem(source=_source_of_byte(data, found.start(), path), message=message)


def _source_of_byte(data: bytes, at: int, path: str) -> Source:
    pairs = data.count(b"\r\n", 0, at)
    line = data.count(b"\n", 0, at) + data.count(b"\r", 0, at) - pairs + 1
    start = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1
    return Source(path=path, line=line, column=len(data[start:at].decode()) + 1)


def _syntax(error: yaml.YAMLError, path: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    what = getattr(error, "problem", None) or str(error)
    context = getattr(error, "context", None)
    begun = getattr(error, "context_mark", None)
    if context and begun and begun.line + 1 != line:
        context = f"{context} that began on line {begun.line + 1}"
    message = f"{what} {context}" if context else what
    hint = next((hint for words, hint in _HINTS.items() if words in what), None)
    message = f"not valid YAML: {message}" + (f"; {hint}" if hint else "")
    return Problem(source=Source(path=path, line=line, column=column), message=message)


_HINTS: Final = {
    "tab character": "indent with spaces",
    "cannot start any token": "indent with spaces, and quote texts that begin with @ ` % or a tab",
    "mapping values are not allowed": "quote a text that holds ': ', and check the indentation",
    "could not find expected ':'": "write 'key: value', and indent each line of a block alike",
    "did not find expected key": "check the indentation",
    "did not find expected '-'": "check the indentation",
    "unexpected end of stream": "a quote is not closed",
    "',' or ']'": "close the bracket, or quote a text that holds one",
    "',' or '}'": "close the brace, or quote a text that holds one",
}


class _Mark(Protocol):
    line: int
    column: int


class _Event(Protocol):
    """An event of any kind, with what some kinds have."""

    start_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    style: str | None


class _Stop(Exception):  # noqa: N818 - no error: nothing more can be read
    """Leaves the events after a problem that the rest of the file can only repeat."""


class _Builder:
    """The tree of one document from its events."""

    def __init__(self, data: bytes, path: str) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(data)
        self._next: Callable[[], _Event] = loader.get_event
        self._path = path
        self._where: list[str | int] = []
        self._anchors: dict[str | None, Node | None] = {}
        """None: its node is still being read."""
        self._nodes = self._aliased_nodes = self._aliased_characters = 0
        self.problems: list[Problem] = []

    def document(self) -> Node | None:
        self._next()  # the stream's start
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        root = self._node(self._next())
        self._next()  # the document's end
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            self._stop(event.start_mark, "a second document begins; write one manifest a file")
        return root

    def _node(self, event: _Event) -> Node:
        mark = event.start_mark
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._stop(mark, f"more than {MAX_NODES} values; split the file")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor, mark)
        anchor, tag = event.anchor, event.tag
        if tag is not None:
            tag = one_line(tag, limit=60)
            self._problem(mark, f"tag '{tag}' is not supported; leave it out, and quote texts")
        if anchor is not None:
            self._anchors[anchor] = None
        is_scalar = isinstance(event, yaml.ScalarEvent)
        node = self._scalar(event, mark) if is_scalar else self._inner(event, mark)
        if anchor is not None:
            self._anchors[anchor] = node
        return node

    def _scalar(self, event: _Event, mark: _Mark) -> Node:
        text, style = event.value, event.style
        if not style:  # None, or "" from libyaml
            return Node(_resolved(text), mark.line + 1, mark.column + 1)
        if _SURROGATE.search(text):  # libyaml refuses these itself
            self._problem(mark, "half of a surrogate pair is no character; write \\U0001F600")
            text = ""
        return Node(text, mark.line + 1, mark.column + 1, style in _BLOCK_STYLES)

    def _inner(self, event: _Event, mark: _Mark) -> Node:
        if len(self._where) >= MAX_DEPTH:
            self._stop(mark, f"nested more than {MAX_DEPTH} deep")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(mark)
        return self._mapping(mark)

    def _sequence(self, mark: _Mark) -> Node:
        items: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            self._where.append(len(items))
            items.append(self._node(event))
            self._where.pop()
        return Node(items, mark.line + 1, mark.column + 1)

    def _mapping(self, mark: _Mark) -> Node:
        values: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            self._where.append("?")
            key_node = self._node(event)
            self._where.pop()
            key = self._key(key_node, event)
            self._where.append("?" if key is None else key)
            value = self._node(self._next())
            self._where.pop()
            if key in values:
                line, column = keys[key]
                twice = f"duplicate key '{one_line(key, limit=60)}'"
                self._problem(event.start_mark, f"{twice}; the first is at {line}:{column}")
            elif key is not None:
                keys[key] = key_node.line, key_node.column
                values[key] = value
        return Node(values, mark.line + 1, mark.column + 1, keys=keys)

    def _key(self, node: Node, event: _Event) -> str | None:
        value = node.value
        if isinstance(value, str):
            if value != "<<" or event.style:
                return value
            message = "merge keys are not supported; use 'defaults', or write it out"
        elif isinstance(value, Plain):
            if not value.is_null:
                return value.text
            message = "a key must be a text, not null; quote it"
        else:
            message = "a key must be a text; quote one that holds brackets or braces"
        self._problem(event.start_mark, message)
        return None

    def _alias(self, name: str | None, mark: _Mark) -> Node:
        if name not in self._anchors:
            self._stop(mark, f"alias '*{name}' has no anchor '&{name}' before it")
        node = self._anchors[name]
        if node is None:
            self._stop(mark, f"alias '*{name}' stands inside of what it names")
        self._spend(node, len(self._where), mark)
        return node

    def _spend(self, node: Node, depth: int, mark: _Mark) -> None:
        self._aliased_nodes += 1
        if isinstance(node.value, (str, Plain)):
            text = node.value if isinstance(node.value, str) else node.value.text
            self._aliased_characters += len(text)
        if (
            self._aliased_nodes > MAX_ALIASED_NODES
            or self._aliased_characters > MAX_ALIASED_CHARACTERS
        ):
            self._stop(mark, "aliases repeat too much; write it out, or move it to a file")
        if isinstance(node.value, (list, dict)):
            if depth >= MAX_DEPTH:
                self._stop(mark, f"nested more than {MAX_DEPTH} deep")
            children = node.value if isinstance(node.value, list) else node.value.values()
            for child in children:
                self._spend(child, depth + 1, mark)

    def _problem(self, mark: _Mark, message: str) -> None:
        source = Source(path=self._path, line=mark.line + 1, column=mark.column + 1)
        self.problems.append(Problem(source=source, where=tuple(self._where), message=message))
        if len(self.problems) >= MAX_PROBLEMS:
            raise _Stop

    def _stop(self, mark: _Mark, message: str) -> NoReturn:
        self._problem(mark, message)
        raise _Stop


_BLOCK_STYLES: Final = ("|", ">")


def _resolved(text: str) -> str | Plain:
    if text[:1] in _MAYBE_NUMBER:
        if _NUMBER.fullmatch(text):
            return Plain(text)
    elif text in _WORDS:
        return Plain(text)
    return text
