"""A YAML text's expectation -> the splices that give it another text, list or pattern.

The style of what stands there stays where it can hold what comes: see docs/update.md.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from runner.model import TextExpectation
from runner.update.blocks import Block, block_at, chomps, needs_indicator, swallows
from runner.update.decisions import WRITTEN
from runner.update.edits import Edit, LeftAlone, Splice, line_end, stating
from runner.update.places import Spot, spots, token
from runner.update.scalars import one_line_scalar, quoted
from runner.update.uses import Use, all_hold
from runner.update.yaml_lists import list_splices

Accepts: TypeAlias = Callable[[str], bool]
"""Whether a text, which may differ in its final newline alone, would do as well."""

_STEP: Final = 2
_WIDEST: Final = 9
_COMMENT: Final = re.compile(r"[ \t]*(#[^\r\n]*)?(?=\r?\n|\Z)")


class InYaml:
    """Expectations in the YAML `text`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._spots = spots(text)

    def complete(self, edit: Edit, group: Sequence[Use]) -> Edit:
        """`edit` with its splices, and with what is read of them."""
        spot = self._spots.get((edit.place.line, edit.place.column))
        if spot is None:
            raise LeftAlone("it is not found where it was read")
        made: list[Splice] = []
        becomes, expected = edit.becomes, group[0].expected
        for check in WRITTEN:
            new = getattr(becomes, check)
            if new == getattr(expected, check):
                continue
            child = spot.child(check) if isinstance(spot.node.value, dict) else spot
            if isinstance(new, str):
                splice, form = text_splice(self._text, child, new, _accepts(check, group))
                made.append(splice)
                becomes = stating(becomes, check, form)
            else:
                made += list_splices(self._text, child, new)
        return replace(edit, becomes=becomes, splices=tuple(made))


def text_splice(text: str, spot: Spot, new: str, accepts: Accepts) -> tuple[Splice, str]:
    """The splice that writes `new`, and what is read of it then: `new` but for a final newline."""
    start = token(text, spot.node)
    forms = list(_forms(new, accepts))
    block = block_at(text, start, parent=spot.parent) if spot.node.block else None
    if block is not None:
        return _of_block(text, block, forms, spot)
    for form in forms:
        if "\n" not in form:
            written = one_line_scalar(form, style=spot.node.style, in_flow=spot.in_flow)
            return Splice(start=start, end=spot.node.end, text=written), form
    if not spot.in_flow and not spot.node.block:
        found = _new_block(text, start, forms, spot)
        if found is not None:
            return found
    return Splice(start=start, end=spot.node.end, text=quoted(forms[0])), forms[0]


def _forms(new: str, accepts: Accepts) -> Iterator[str]:
    yield new
    for form in (new.removesuffix("\n"), f"{new}\n"):
        if form != new and accepts(form):
            yield form


def _of_block(text: str, block: Block, forms: list[str], spot: Spot) -> tuple[Splice, str]:
    """A block stays a block, with its header and indentation where these can hold the text."""
    fitting = _fitting(forms, old=block.chomp)
    if not fitting:
        form = min(forms, key=len)
        written = quoted(form) + block.comment
        return Splice(start=block.start, end=block.end, text=written), form
    form, chomp = fitting[0]
    lines = form.removesuffix("\n").split("\n")
    indent, indicated = _indentation(block, lines, spot.parent)
    folded = block.folded and len(lines) == 1 and not lines[0].startswith((" ", "\t"))
    header = text[block.start : block.header_end]
    if (folded, chomp, indicated) != (block.folded, block.chomp, block.stated):
        digit = str(indent - spot.parent) if indicated else ""
        header = f"{'>' if folded else '|'}{digit}{chomp}{block.comment}"
    same_lines = not block.folded and indent == block.indent
    known = {line[indent:]: line for line in reversed(block.lines)} if same_lines else {}
    body = [known.get(line, " " * indent + line if line else "") for line in lines]
    written = line_end(text).join([header, *body])
    if block.end == len(text) and form.endswith("\n"):
        written += line_end(text)
    return Splice(start=block.start, end=block.end, text=written), form


def _indentation(block: Block, lines: list[str], parent: int) -> tuple[int, bool]:
    """Of the lines, and whether the header has to state it."""
    indent = block.indent or parent + _STEP
    indicated = block.stated or needs_indicator(lines)
    return (parent + _STEP if indicated and indent - parent > _WIDEST else indent), indicated


def _new_block(text: str, start: int, forms: list[str], spot: Spot) -> tuple[Splice, str] | None:
    """A literal in place of a scalar that cannot hold several lines; None where none can stand."""
    fitting = _fitting(forms, old="")
    comment = _COMMENT.match(text, spot.node.end)
    indent = spot.parent + _STEP
    if not fitting or comment is None or swallows(text, spot.node.end, indent):
        return None
    form, chomp = fitting[0]
    lines = form.removesuffix("\n").split("\n")
    digit = str(_STEP) if needs_indicator(lines) else ""
    body = [" " * indent + line if line else "" for line in lines]
    written = line_end(text).join([f"|{digit}{chomp}{comment[0].rstrip()}", *body])
    if comment.end() == len(text) and form.endswith("\n"):
        written += line_end(text)
    return Splice(start=start, end=comment.end(), text=written), form


def _fitting(forms: list[str], *, old: str) -> list[tuple[str, str]]:
    """The forms that a literal can hold, each with its chomping; the old one first."""
    keep = old == "+"
    found = [(form, chomp) for form in forms if (chomp := chomps(form, keep=keep)) is not None]
    return sorted(found, key=lambda pair: pair[1] != old)


def _accepts(check: str, group: Sequence[Use]) -> Accepts:
    return lambda form: all_hold(group, stating(TextExpectation(), check, form))
