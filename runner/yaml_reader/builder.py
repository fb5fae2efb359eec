"""libyaml's events -> a tree of nodes, within limits that no small file can make large."""

import re
from collections.abc import Callable, Mapping
from typing import Final, NoReturn, Protocol

import yaml

from runner.model import MIB, Source
from runner.text import one_line
from runner.yaml_reader.tree import NUMBER, WORDS, Node, Place, Plain, Problem

MAX_DEPTH: Final = 64
MAX_NODES: Final = 100_000
MAX_PROBLEMS: Final = 1000
MAX_ALIASED_NODES: Final = 10_000
MAX_ALIASED_CHARACTERS: Final = MIB


class Stop(Exception):  # noqa: N818 - no error: nothing more can be read
    """Leaves the events after a problem that the rest of the file can only repeat."""


class _Mark(Protocol):
    line: int
    column: int
    index: int


class _Event(Protocol):
    """An event of any kind, with what some kinds have."""

    start_mark: _Mark
    end_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    style: str | None
    flow_style: bool | None


class Builder:
    """The tree of one document from its events."""

    def __init__(self, data: bytes, path: str) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(data)
        self._next: Callable[[], _Event] = loader.get_event
        self._path = path
        self._where: list[str | int] = []
        self._anchors: dict[str, Node | None] = {}
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
            return self._alias(event.anchor or "", mark)
        anchor, tag = event.anchor, event.tag
        if tag is not None:
            tag = one_line(tag, limit=60)
            self._problem(mark, f"tag '{tag}' is not supported; leave it out, and quote texts")
        if anchor is not None:
            self._anchors[anchor] = None
        is_scalar = isinstance(event, yaml.ScalarEvent)
        node = self._scalar(event, mark) if is_scalar else self._inner(event)
        if anchor is not None:
            self._anchors[anchor] = node
        return node

    def _scalar(self, event: _Event, mark: _Mark) -> Node:
        text, style = event.value, event.style or ""  # None, or "" from libyaml
        if style and _SURROGATE.search(text):  # libyaml refuses these itself
            self._problem(mark, "half of a surrogate pair is no character; write \\U0001F600")
            text = ""
        return Node(
            text if style else _resolved(text),
            mark.line + 1,
            mark.column + 1,
            style,
            start=mark.index,
            end=event.end_mark.index,
        )

    def _inner(self, event: _Event) -> Node:
        if len(self._where) >= MAX_DEPTH:
            self._stop(event.start_mark, f"nested more than {MAX_DEPTH} deep")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event)
        return self._mapping(event)

    def _sequence(self, begin: _Event) -> Node:
        items: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            self._where.append(len(items))
            items.append(self._node(event))
            self._where.pop()
        return _collection(items, begin, event)

    def _mapping(self, begin: _Event) -> Node:
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
        return _collection(values, begin, event, keys=keys)

    def _key(self, node: Node, event: _Event) -> str | None:
        value = node.value
        if isinstance(value, str):
            if "\0" not in value and (value != "<<" or event.style):
                return value
            message = "merge keys are not supported; use 'defaults', or write it out"
            if value != "<<":
                message = "a key holds no NUL character"
        elif isinstance(value, Plain):
            if not value.is_null:
                return value.text
            message = "a key must be a text, not null; quote it"
        else:
            message = "a key must be a text; quote one that holds brackets or braces"
        self._problem(event.start_mark, message)
        return None

    def _alias(self, name: str, mark: _Mark) -> Node:
        shown = one_line(name, limit=60)
        if name not in self._anchors:
            self._stop(mark, f"alias '*{shown}' has no anchor '&{shown}' before it")
        node = self._anchors[name]
        if node is None:
            self._stop(mark, f"alias '*{shown}' stands inside of what it names")
        self._spend(node, len(self._where), mark)
        return node

    def _spend(self, node: Node, depth: int, mark: _Mark) -> None:
        self._aliased_nodes += 1
        self._aliased_characters += len(node.text)
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
            raise Stop

    def _stop(self, mark: _Mark, message: str) -> NoReturn:
        self._problem(mark, message)
        raise Stop


_MAYBE_NUMBER: Final = frozenset("-+.0123456789")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def _collection(
    value: list[Node] | dict[str, Node],
    begin: _Event,
    end: _Event,
    keys: Mapping[str, Place] | None = None,
) -> Node:
    mark, flow = begin.start_mark, "[" if isinstance(value, list) else "{"
    return Node(
        value,
        mark.line + 1,
        mark.column + 1,
        flow if begin.flow_style else "",
        keys=keys or {},
        start=mark.index,
        end=end.end_mark.index,
    )


def _resolved(text: str) -> str | Plain:
    if text[:1] in _MAYBE_NUMBER:
        if NUMBER.fullmatch(text):
            return Plain(text)
    elif text in WORDS:
        return Plain(text)
    return text
