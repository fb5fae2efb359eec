"""Patterns for people: a line `...` stands for any lines, `[..]` for any characters in a line."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

ANY_LINES: Final = "..."
ANY_CHARACTERS: Final = "[..]"
STEPS: Final = 2_000_000
"""Lines compared before the search is given up; a second or two."""

LinesEqual: TypeAlias = Callable[[str, str], bool]


class TooManyStepsError(Exception):
    """The pattern has too many `...` for so long a text."""


def glob_matches(pattern: Sequence[str], lines: Sequence[str], *, equal: LinesEqual) -> bool:
    """Whether `lines` are as `pattern` says; lines without `[..]` are compared by `equal`."""
    at = line = 0
    star = resume = -1
    for _ in range(STEPS):
        if line == len(lines):
            return all(rest == ANY_LINES for rest in pattern[at:])
        if at < len(pattern) and pattern[at] == ANY_LINES:
            star, resume, at = at, line, at + 1
        elif at < len(pattern) and _line_matches(pattern[at], lines[line], equal=equal):
            at, line = at + 1, line + 1
        elif star >= 0:
            resume += 1
            at, line = star + 1, resume
        else:
            return False
    raise TooManyStepsError


def filled(pattern: Sequence[str], lines: Sequence[str], *, equal: LinesEqual) -> list[str]:
    """`pattern` with wildcards replaced by what they stood for, as far as it fits: for a diff."""
    result: list[str] = []
    line = 0
    for at, wanted in enumerate(pattern):
        if wanted == ANY_LINES:
            end = _next_fit(pattern[at + 1 :], lines, line, equal=equal)
            if end is None:
                return [*result, *pattern[at:]]
            result += lines[line:end]
            line = end
        elif line < len(lines) and _line_matches(wanted, lines[line], equal=equal):
            result.append(lines[line])
            line += 1
        else:
            return [*result, *pattern[at:]]
    return result


def _next_fit(
    rest: Sequence[str], lines: Sequence[str], start: int, *, equal: LinesEqual
) -> int | None:
    """Where the line that follows a `...` is found; the end of `lines` where nothing follows."""
    if not rest:
        return len(lines)
    fits = (
        number
        for number in range(start, len(lines))
        if rest[0] == ANY_LINES or _line_matches(rest[0], lines[number], equal=equal)
    )
    return next(fits, None)


def _line_matches(pattern: str, line: str, *, equal: LinesEqual) -> bool:
    if ANY_CHARACTERS not in pattern:
        return equal(pattern, line)
    first, *middle, last = pattern.split(ANY_CHARACTERS)
    if len(line) < len(first) + len(last) or not line.startswith(first) or not line.endswith(last):
        return False
    start, end = len(first), len(line) - len(last)
    for piece in middle:
        start = line.find(piece, start, end)
        if start < 0:
            return False
        start += len(piece)
    return True
