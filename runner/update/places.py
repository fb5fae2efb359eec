"""Where the values of a YAML text stand, and what surrounds them: found by line and column."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from runner.update.edits import LeftAlone
from runner.yaml_reader import Node, read
from runner.yaml_reader.tree import Place

_ANCHOR: Final = re.compile(r"&[^\s,\[\]{}]+[ \t]+(?=\S)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A value in its text; `parent` is the column, from 0, of what it is indented under."""

    node: Node
    parent: int
    in_flow: bool

    def child(self, key: str | int) -> "Spot":
        """A value in this one; LookupError where there is none."""
        return next(spot for step, spot in self.children() if step == key)

    def children(self) -> Iterator[tuple[str | int, "Spot"]]:
        """The values in this one, by key or index."""
        value = self.node.value
        in_flow = self.in_flow or bool(self.node.style)
        if isinstance(value, dict):
            for key, node in value.items():
                column = self.node.keys[key][1] - 1
                yield key, Spot(node=node, parent=column, in_flow=in_flow)
        elif isinstance(value, list):
            for index, node in enumerate(value):
                yield index, Spot(node=node, parent=self.node.column - 1, in_flow=in_flow)


Spots: TypeAlias = dict[Place, Spot]


def spots(text: str) -> Spots:
    """Every value of a manifest by its place; one with aliases is there once, at its anchor."""
    root = read(text.encode(), "").root
    found: Spots = {}
    waiting = [] if root is None else [Spot(node=root, parent=-1, in_flow=False)]
    while waiting:
        spot = waiting.pop()
        place = spot.node.line, spot.node.column
        if place not in found:
            found[place] = spot
            waiting += [below for _, below in spot.children()]
    return found


def token(text: str, node: Node) -> int:
    """Where a value itself begins, after its anchor."""
    if text[node.start : node.start + 1] != "&":
        return node.start
    anchor = _ANCHOR.match(text, node.start)
    if anchor is None or anchor.end() >= node.end:
        raise LeftAlone("its anchor stands on a line of its own")
    return anchor.end()
