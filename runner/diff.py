"""A diff of an expected and an actual text, for people: short, and with nothing invisible in it.

Lines first: those that both ends share are cut to some context, then at most `LINES` of the rest is
compared, so that a megabyte of the same line costs no more than a page. Then length: of a long line
only what surrounds its first difference is shown. The first difference is always there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Final

from runner.text import alike, shared_length, visible

CONTEXT: Final = 3
LINES: Final = 40
WIDTH: Final = 160
_BEFORE: Final = 40
_REMARK: Final = "\\"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a diff: `-` only expected, `+` only actual, a blank for both, or a remark."""

    mark: str
    text: str
    ascii_only: bool = False

    def __str__(self) -> str:
        return f"{self.mark}{self.text}"


def diff(expected: str, actual: str) -> tuple[Line, ...]:
    """What differs, in lines ready to be printed; empty where the texts are equal."""
    if expected == actual:
        return ()
    if actual == expected + "\n":
        return (*_page(expected), _remark("expected no newline at the end, got one"))
    if expected == actual + "\n":
        return (*_page(actual), _remark("expected a newline at the end, got none"))
    return _readable(tuple(_changes(expected.split("\n"), actual.split("\n"))))


def _page(text: str) -> tuple[Line, ...]:
    """The end of a text, as context."""
    lines = text.split("\n")
    shown = (_line(" ", line) for line in lines[-CONTEXT:])
    return _readable((*_left_out(len(lines) - CONTEXT, "equal"), *shown))


def _readable(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """`lines` with every character to be seen; a backslash of the text's own unlike an escape."""
    texts = [line for line in lines if line.mark != _REMARK]
    escaping = any(visible(line.text, ascii_only=line.ascii_only) != line.text for line in texts)
    return tuple(
        line if line.mark == _REMARK else _visible(line, escape_backslash=escaping)
        for line in lines
    )


def _visible(line: Line, *, escape_backslash: bool) -> Line:
    text = line.text.replace("\\", "\\\\") if escape_backslash else line.text
    return Line(mark=line.mark, text=visible(text, ascii_only=line.ascii_only))


def _changes(expected: list[str], actual: list[str]) -> Iterator[Line]:
    start = shared_length(expected, actual)
    end = shared_length(expected[start:][::-1], actual[start:][::-1])
    wanted = expected[start : len(expected) - end]
    got = actual[start : len(actual) - end]
    if start > CONTEXT:
        yield _remark(f"line {start - CONTEXT + 1}")
    yield from (_line(" ", line) for line in expected[max(0, start - CONTEXT) : start])
    yield from _compared(wanted[:LINES], got[:LINES])
    if max(len(wanted), len(got)) > LINES:
        yield from _left_out(len(wanted) - LINES, "expected")
        yield from _left_out(len(got) - LINES, "actual")
        return
    after = expected[len(expected) - end :]
    yield from (_line(" ", line) for line in after[:CONTEXT])
    yield from _left_out(len(after) - CONTEXT, "equal")


def _compared(expected: Sequence[str], actual: Sequence[str]) -> Iterator[Line]:
    if len(expected) <= 1 and len(actual) <= 1:  # what both have was cut off before: most diffs
        yield from _replaced(expected, actual)
        return
    matcher = SequenceMatcher(None, expected, actual, autojunk=False)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag == "equal":
            yield from (_line(" ", line) for line in expected[start:end])
        else:
            yield from _replaced(expected[start:end], actual[other_start:other_end])


def _replaced(expected: Sequence[str], actual: Sequence[str]) -> Iterator[Line]:
    """Lines in place of others, the n-th beside the n-th where it comes to what to show of each."""
    pairs = [(wanted, got, *_view(wanted, got)) for wanted, got in zip_longest(expected, actual)]
    for wanted, _, start, ascii_only in pairs:
        if wanted is not None:
            yield _line("-", wanted, start=start, ascii_only=ascii_only)
    for _, got, start, ascii_only in pairs:
        if got is not None:
            yield _line("+", got, start=start, ascii_only=ascii_only)


def _view(wanted: str | None, got: str | None) -> tuple[int, bool]:
    """From where to show two lines, and whether only ASCII tells them apart."""
    if wanted is None or got is None:
        return 0, False
    start = max(0, shared_length(wanted, got) - _BEFORE)
    if max(len(wanted), len(got)) <= WIDTH:
        start = 0
    window = slice(start, start + WIDTH)
    return start, alike(wanted[window], got[window])


def _line(mark: str, text: str, *, start: int = 0, ascii_only: bool = False) -> Line:
    shown = text[start : start + WIDTH]
    before = "…" if start else ""
    after = "…" if start + WIDTH < len(text) else ""
    return Line(mark=mark, text=f"{before}{shown}{after}", ascii_only=ascii_only)


def _left_out(count: int, kind: str) -> Iterator[Line]:
    if count > 0:
        yield _remark(f"{count} more {kind} line{'s' if count > 1 else ''}")


def _remark(text: str) -> Line:
    return Line(mark=_REMARK, text=f" {text}")
