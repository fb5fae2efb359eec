"""Texts that are equal but for numbers that differ by no more than a tolerance."""

import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import Final

from runner.model import FloatTolerance

# Words (`x1`, `v1.2`, `NaN`) and versions (`1.2.3`) are no numbers: compared as text.
_NUMBER: Final = re.compile(
    r"[^\W\d]\w*+(?:\.\d++)*+|\d++(?:\.\d++){2,}"
    r"|(?P<number>(?:(?<![\w.])[-+])?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?)"
)
_CONTEXT: Final = Context(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])


def near(first: str, second: str, tolerance: FloatTolerance) -> bool:
    """Whether two texts are equal, but for numbers that are within `tolerance`."""
    if first == second:
        return True
    texts, numbers = _split(first)
    other_texts, other_numbers = _split(second)
    return texts == other_texts and all(
        near_numbers(Decimal(a), Decimal(b), tolerance)
        for a, b in zip(numbers, other_numbers, strict=True)
        if a != b
    )


def near_numbers(first: Decimal, second: Decimal, tolerance: FloatTolerance) -> bool:
    """|a - b| <= max(abs, rel * max(|a|, |b|)), in decimal, so that 1.1 and 1.0 are 0.1 apart."""
    if first == second:
        return True
    relative = Decimal(repr(tolerance.rel))
    absolute = Decimal(repr(tolerance.abs))
    distance = _CONTEXT.abs(_CONTEXT.subtract(first, second))
    larger = max(first.copy_abs(), second.copy_abs())
    return distance.is_finite() and (
        distance <= absolute or distance <= _CONTEXT.multiply(relative, larger)
    )


def _split(text: str) -> tuple[list[str], list[str]]:
    """The pieces around the numbers of `text` (one more than numbers), and the numbers."""
    texts, numbers, end = [], [], 0
    for match in _NUMBER.finditer(text):
        if match["number"] is not None:
            texts.append(text[end : match.start()])
            numbers.append(match["number"])
            end = match.end()
    return [*texts, text[end:]], numbers
