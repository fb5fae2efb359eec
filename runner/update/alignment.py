"""Which items of two sequences belong together, in about n log n steps whatever they hold.

Equal items at both ends first, then those that both sides have once only, in the order that keeps
most of them, then the same again between those. What repeats in the middle stays unpaired.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

Equal: TypeAlias = Callable[[str, str], bool]
Pair: TypeAlias = tuple[int, int]

_DEEPEST: Final = 8


class _Range(NamedTuple):
    start: int
    end: int
    other_start: int
    other_end: int
    depth: int


def pairs(first: Sequence[str], second: Sequence[str], *, equal: Equal) -> list[Pair]:
    """Positions of equal items in both, each side increasing."""
    found: list[Pair] = []
    waiting = [_Range(0, len(first), 0, len(second), 0)]
    while waiting:
        start, end, other, other_end, depth = waiting.pop()
        while start < end and other < other_end and equal(first[start], second[other]):
            found.append((start, other))
            start, other = start + 1, other + 1
        while start < end and other < other_end and equal(first[end - 1], second[other_end - 1]):
            end, other_end = end - 1, other_end - 1
            found.append((end, other_end))
        if depth == _DEEPEST:
            continue
        anchors = _anchors(first[start:end], second[other:other_end])
        for a, b in anchors:
            found.append((start + a, other + b))
        edges = [(-1, -1), *anchors, (end - start, other_end - other)]
        if anchors:
            waiting += [
                _Range(start + a + 1, start + c, other + b + 1, other + d, depth + 1)
                for (a, b), (c, d) in pairwise(edges)
            ]
    return sorted(found)


def _anchors(first: Sequence[str], second: Sequence[str]) -> list[Pair]:
    """The longest rising chain of items that each side has exactly once."""
    once, there = Counter(first), Counter(second)
    places = {item: at for at, item in enumerate(second) if there[item] == 1}
    both = [
        (at, places[item]) for at, item in enumerate(first) if once[item] == 1 and item in places
    ]
    ends: list[int] = []
    """By length of a chain, the smallest end that one of that length has."""
    tails: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(both):
        length = bisect_left(ends, place)
        ends[length : length + 1] = [place]
        tails[length : length + 1] = [number]
        before.append(tails[length - 1] if length else -1)
    chain: list[Pair] = []
    at = tails[-1] if tails else -1
    while at >= 0:
        chain.append(both[at])
        at = before[at]
    return chain[::-1]
