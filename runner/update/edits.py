"""What is to be written into a text: splices at positions, and what they make of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from runner.model import Source, TextExpectation


class LeftAlone(Exception):  # noqa: N818 no error: a decision, with its reason
    """An expectation that is not rewritten; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Splice:
    """`text` in place of the characters from `start` to before `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A place's new expectation, and the splices that write it."""

    place: Source
    becomes: TextExpectation
    splices: tuple[Splice, ...]
    adds: bool = False
    """There was none before, and `place` is the snippet's own."""


def stating(expected: TextExpectation, check: str, value: object) -> TextExpectation:
    """`expected` with another value for the check of this name."""
    return replace(expected, **{check: value})  # type: ignore[arg-type]  # as the check has it


def apply(text: str, splices: Iterable[Splice]) -> str:
    """`text` with all splices made; ValueError where two of them overlap."""
    pieces: list[str] = []
    at = 0
    for splice in sorted(splices, key=lambda splice: (splice.start, splice.end)):
        if splice.start < at:
            raise ValueError(f"splices overlap at character {splice.start}")
        pieces += [text[at : splice.start], splice.text]
        at = splice.end
    return "".join([*pieces, text[at:]])


def line_end(text: str) -> str:
    """How lines end in `text`: as the first of them does."""
    at = text.find("\n")
    return "\r\n" if at > 0 and text[at - 1] == "\r" else "\n"
