"""What would be written, as a unified diff that a terminal and a log can take."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from runner.text import inert, one_line
from runner.update.alignment import pairs

_CONTEXT: Final = 3


class _Change(NamedTuple):
    """Lines from `start` to before `end`, and those in their place."""

    start: int
    end: int
    other_start: int
    other_end: int


def unified(path: str, before: str, after: str) -> list[str]:
    """The lines of the diff; none where the texts are equal."""
    if before == after:
        return []
    old, new = (text.replace("\r\n", "\n").split("\n") for text in (before, after))
    kept = pairs(old, new, equal=str.__eq__)
    edges = [(-1, -1), *kept, (len(old), len(new))]
    changes = [
        _Change(a + 1, c, b + 1, d)
        for (a, b), (c, d) in pairwise(edges)
        if (a + 1, b + 1) != (c, d)
    ]
    name = one_line(path)
    lines = [f"--- {name}", f"+++ {name}"]
    for hunk in _hunks(changes):
        lines += _hunk(hunk, old, new)
    return [inert(one_line(line)) for line in lines]


def _hunks(changes: Sequence[_Change]) -> Iterator[list[_Change]]:
    """Changes that are near enough to be shown together."""
    hunk: list[_Change] = []
    for change in changes:
        if hunk and change.start - hunk[-1].end > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    if hunk:
        yield hunk


def _hunk(changes: Sequence[_Change], old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    first, last = changes[0], changes[-1]
    start, end = max(0, first.start - _CONTEXT), min(_lines(old), last.end + _CONTEXT)
    begin = first.other_start - (first.start - start)
    count = last.other_end - begin + max(0, end - last.end)
    yield f"@@ -{start + 1},{end - start} +{begin + 1},{count} @@"
    at = start
    for change in changes:
        yield from (f" {line}" for line in old[at : change.start])
        yield from (f"-{line}" for line in old[change.start : change.end])
        yield from (f"+{line}" for line in new[change.other_start : change.other_end])
        at = change.end
    yield from (f" {line}" for line in old[at:end])


def _lines(text: Sequence[str]) -> int:
    """How many lines there are, the empty one apart that follows the last newline."""
    return len(text) - (not text[-1])
