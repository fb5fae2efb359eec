"""A YAML list's splices for other items: those that stay are not touched, nor what is around."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from runner.update.alignment import pairs
from runner.update.blocks import block_at
from runner.update.edits import LeftAlone, Splice, line_end
from runner.update.places import Spot, token
from runner.update.scalars import one_line_scalar
from runner.yaml_reader import Plain

_DASH: Final = re.compile(r"[ ]*-[ \t]+")


def list_splices(text: str, spot: Spot, new: Sequence[str]) -> tuple[Splice, ...]:
    """The splices that make `new` of the list at `spot`; LeftAlone where there are none."""
    items = [below for _, below in spot.children()]
    whole = spot.node
    if any(not whole.start <= item.node.start < whole.end for item in items):
        raise LeftAlone("an alias is one of its items")
    if len(items) == len(new):
        return tuple(
            _replaced(text, item, line)
            for item, line in zip(items, new, strict=True)
            if _text(item) != line
        )
    if whole.style:
        return (_flow(text, spot, items, new),)
    if not new:
        raise LeftAlone("nothing was printed; 'empty: true' would say so")
    return tuple(_block(text, items, new))


def _text(item: Spot) -> str:
    value = item.node.value
    if isinstance(value, Plain):
        return value.text
    return value if isinstance(value, str) else ""


def _replaced(text: str, item: Spot, line: str) -> Splice:
    start, end = token(text, item.node), item.node.end
    style, comment = item.node.style, ""
    if item.node.block:
        block = block_at(text, start, parent=item.parent)
        if block is None:
            raise LeftAlone("an item is a block that is not understood")
        style, comment, end = "", block.comment, block.end
    written = one_line_scalar(line, style=style, in_flow=item.in_flow)
    return Splice(start=start, end=end, text=written + comment)


def _flow(text: str, spot: Spot, items: Sequence[Spot], new: Sequence[str]) -> Splice:
    start, end = token(text, spot.node), spot.node.end
    if "\n" in text[start:end] or "#" in text[start:end]:
        raise LeftAlone("a list in brackets over several lines, or with '#' in it")
    known = {_text(item): text[item.node.start : item.node.end] for item in items}
    written = [known.get(line) or one_line_scalar(line, style="", in_flow=True) for line in new]
    return Splice(start=start, end=end, text=f"[{', '.join(written)}]")


def _block(text: str, items: Sequence[Spot], new: Sequence[str]) -> Iterator[Splice]:
    """Splices for each run of items between two that stay."""
    old = [_text(item) for item in items]
    kept = pairs(old, new, equal=str.__eq__)
    edges = [(-1, -1), *kept, (len(old), len(new))]
    for (before, there), (after, there_after) in pairwise(edges):
        gone, come = items[before + 1 : after], new[there + 1 : there_after]
        shared = min(len(gone), len(come))
        for item, line in zip(gone, come, strict=False):
            yield _replaced(text, item, line)
        for item in gone[shared:]:
            yield _deleted(text, item)
        if come[shared:]:
            yield _inserted(text, items, before + shared, come[shared:])


def _deleted(text: str, item: Spot) -> Splice:
    start, _ = _prefix(text, item)
    end = text.find("\n", _end(text, item)) + 1
    return Splice(start=start, end=end or len(text), text="")


def _inserted(text: str, items: Sequence[Spot], after: int, lines: Sequence[str]) -> Splice:
    """`lines` as items after the one with this index; -1: before the first."""
    nl = line_end(text)
    start, prefix = _prefix(text, items[max(after, 0)])
    written = [prefix + one_line_scalar(line, style="", in_flow=False) for line in lines]
    if after < 0:
        return Splice(start=start, end=start, text="".join(f"{line}{nl}" for line in written))
    end = text.find("\n", _end(text, items[after]))
    end = len(text) if end < 0 else end - (text[end - 1] == "\r")
    return Splice(start=end, end=end, text="".join(f"{nl}{line}" for line in written))


def _prefix(text: str, item: Spot) -> tuple[int, str]:
    """Where an item's line starts, and what stands before the item: its dash."""
    start = text.rfind("\n", 0, item.node.start) + 1
    prefix = text[start : item.node.start]
    if not _DASH.fullmatch(prefix):
        raise LeftAlone("an item does not begin a line of its own")
    return start, prefix


def _end(text: str, item: Spot) -> int:
    if not item.node.block:
        return item.node.end
    block = block_at(text, token(text, item.node), parent=item.parent)
    return item.node.end if block is None else block.end
