"""New words for an expectation that an output does not meet, nearest to the old ones first.

Lines that still match stay as they are, so that a text keeps what `match` ignores or replaces, and
a pattern its wildcards. Each is a proposal only: whoever takes one checks it with the judge's eyes.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from runner.matching.form import common_form, line_form, lines_of, without_final_newline
from runner.matching.numbers import near
from runner.matching.patterns import PatternError
from runner.matching.wildcards import (
    ANY_CHARACTERS,
    ANY_LINES,
    STEPS,
    TooManyStepsError,
    glob_matches,
)
from runner.model import Match
from runner.text import decoded
from runner.update.alignment import pairs
from runner.update.edits import LeftAlone

_WILD: Final = f"the output has a line that '{ANY_LINES}' or '{ANY_CHARACTERS}' would stand for"


def texts(old: str, raw: bytes, match: Match) -> Iterator[str]:
    """Texts that `raw` may equal, in place of `old`."""
    clean = readable(raw, match)
    before, end = _split(old, match)
    after, _ = _split(clean, match)
    merged = "\n".join(_merged(before.split("\n"), after.split("\n"), match))
    yield merged + end
    if match.ignore_final_newline:
        yield f"{merged}\n"
    yield clean
    yield decoded(raw)


def patterns(old: str, raw: bytes, match: Match) -> Iterator[str]:
    """Globs that `raw` may match, in place of `old`.

    LeftAlone where a line of the output would become a wildcard.
    """
    before, end = _split(old, match)
    after, _ = _split(readable(raw, match), match)
    merged = "\n".join(_fitted(before.split("\n"), after.split("\n"), match))
    yield merged + end
    if match.ignore_final_newline:
        yield f"{merged}\n"


def items(old: Sequence[str], raw: bytes, match: Match) -> tuple[str, ...]:
    """The lines of `raw`, in their old words where these still match."""
    return tuple(_merged(list(old), lines_of(readable(raw, match)), match))


def unordered_items(old: Sequence[str], raw: bytes, match: Match) -> tuple[str, ...]:
    """The old items that are lines of `raw`, the others in place of those that are not."""
    lines = lines_of(readable(raw, match))
    unused = Counter(forms(lines, match)) if lines else Counter[str]()
    kept: list[str | None] = []
    for item, form in zip(old, forms(old, match) if old else (), strict=True):
        kept.append(item if unused[form] else None)
        unused[form] -= bool(unused[form])
    surplus: list[str] = []
    for line, form in zip(lines, forms(lines, match) if lines else (), strict=True):
        if unused[form]:
            unused[form] -= 1
            surplus.append(line)
    rest = iter(surplus)
    placed = [next(rest, None) if item is None else item for item in kept]
    return tuple(item for item in (*placed, *rest) if item is not None)


def readable(raw: bytes, match: Match) -> str:
    """`raw` as it is written down: without what is ignored and would only trouble its readers."""
    kept = replace(
        match,
        collapse_whitespace=False,
        ignore_case=False,
        float_tolerance=None,
        replace=(),
    )
    return line_form(decoded(raw), kept)


def forms(lines: Sequence[str], match: Match) -> list[str]:
    """Each line as `match` compares it, with what stands around it where that can be told."""
    whole = replace(match, ignore_final_newline=False)
    try:
        compared = common_form("\n".join(lines), whole).split("\n")
        if len(compared) == len(lines):
            return compared
        return [common_form(line, whole) for line in lines]
    except PatternError:
        return list(lines)


def same(first: str, second: str, match: Match) -> bool:
    """Whether two lines in their compared form are taken for equal."""
    if match.float_tolerance is None:
        return first == second
    return near(first, second, match.float_tolerance)


def _split(text: str, match: Match) -> tuple[str, str]:
    """The text, and apart from it the newline at its end that is not compared."""
    if not match.ignore_final_newline:
        return text, ""
    body = without_final_newline(text)
    return body, text[len(body) :]


def _merged(old: list[str], new: list[str], match: Match) -> list[str]:
    """The new lines, in their old words where they are equal."""
    result = list(new)
    found = pairs(forms(old, match), forms(new, match), equal=lambda a, b: same(a, b, match))
    for before, after in found:
        result[after] = old[before]
    return result


def _fitted(pattern: list[str], lines: list[str], match: Match) -> list[str]:
    """`pattern` with other lines in place of those that do not fit."""
    fit = _Fit(forms(pattern, match), forms(lines, match), match)
    start, line = fit.forward()
    rest = fit.backward(start, line)
    end, line_stop = len(pattern) - rest[0], len(lines) - rest[1]
    middle = _middle(pattern[start:end], lines[line:line_stop])
    return [*pattern[:start], *middle, *pattern[end:]]


def _middle(pattern: list[str], lines: list[str]) -> list[str]:
    """What takes the place of lines that do not fit: a single `...` among them stays."""
    if pattern.count(ANY_LINES) == 1:
        head = pattern.index(ANY_LINES)
        tail = len(pattern) - head - 1
        if head + tail < len(lines):
            kept = [*_literal(lines[:head]), ANY_LINES]
            return [*kept, *_literal(lines[len(lines) - tail :])]
    return _literal(lines)


def _literal(lines: list[str]) -> list[str]:
    if any(line.strip() == ANY_LINES or ANY_CHARACTERS in line for line in lines):
        raise LeftAlone(_WILD)
    return lines


class _Fit:
    """How far a pattern's lines fit a text's, from either end; both in their compared form."""

    def __init__(self, pattern: list[str], lines: list[str], match: Match) -> None:
        self._pattern, self._lines, self._match = pattern, lines, match
        self._steps = STEPS

    def forward(self) -> tuple[int, int]:
        """How many lines of the pattern fit how many of the text."""
        return self._walk(self._pattern, self._lines)

    def backward(self, start: int, line: int) -> tuple[int, int]:
        """The same from the end, before the first `start` and `line` lines."""
        return self._walk(self._pattern[start:][::-1], self._lines[line:][::-1])

    def _walk(self, pattern: list[str], lines: list[str]) -> tuple[int, int]:
        at = line = 0
        while at < len(pattern):
            if pattern[at] == ANY_LINES:
                fit = self._next(pattern, at + 1, lines, line)
            else:
                fit = line if line < len(lines) and self._same(pattern[at], lines[line]) else None
            if fit is None:
                break
            line = fit if pattern[at] == ANY_LINES else fit + 1
            at += 1
        return at, line

    def _next(self, pattern: list[str], at: int, lines: list[str], line: int) -> int | None:
        """Where the text goes on after a `...`."""
        if at == len(pattern):
            return len(lines)
        while line < len(lines) and self._steps > 0:
            self._steps -= 1
            if pattern[at] == ANY_LINES or self._same(pattern[at], lines[line]):
                return line
            line += 1
        return None

    def _same(self, pattern: str, line: str) -> bool:
        try:
            return glob_matches([pattern], [line], equal=lambda a, b: same(a, b, self._match))
        except TooManyStepsError:
            return False
