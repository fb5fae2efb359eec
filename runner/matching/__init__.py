"""Whether a text is as expected: each broken expectation, with the texts to put side by side."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Final

from runner.matching import json_values, wildcards
from runner.matching.form import (
    common_form,
    folded,
    line_form,
    lines_of,
    raw_form,
    without_final_newline,
)
from runner.matching.numbers import near
from runner.matching.patterns import PatternError, found
from runner.model import JsonValue, Match, Mismatch, TextExpectation
from runner.text import alike, decoded, plain, shared_length

_SHOWN: Final = 72
_PATTERN: Final = 200
_NEAR: Final = 24


def mismatches(
    subject: str, raw: bytes, expected: TextExpectation, match: Match
) -> Iterator[Mismatch]:
    """Every entry of `expected` broken by the bytes of `subject`: a stream, or a file's path."""
    actual = decoded(raw)
    try:
        yield from chain(
            _equals(subject, actual, expected, match),
            _searches(subject, actual, expected, match),
            _shapes(subject, actual, expected, match),
        )
    except PatternError as problem:
        yield Mismatch(subject=subject, reason=f"{subject}: {problem}", actual=actual)


def _equals(
    subject: str, actual: str, expected: TextExpectation, match: Match
) -> Iterator[Mismatch]:
    if expected.empty and actual:
        reason = f"{subject} is not empty: {_quoted(actual)}"
        yield Mismatch(subject=subject, reason=reason, expected="", actual=actual)
    if expected.equals is not None:
        yield from _text(subject, actual, expected.equals, match)
    if expected.file is not None:
        try:
            wanted = decoded(expected.file.read_bytes())
        except OSError as problem:
            why = f"expected file '{expected.file}' cannot be read: {problem.strerror}"
            yield Mismatch(subject=subject, reason=f"{subject}: {why}", actual=actual)
        else:
            yield from _text(subject, actual, wanted, match)


def _text(subject: str, actual: str, wanted: str, match: Match) -> Iterator[Mismatch]:
    if actual == wanted:
        return
    first, second = common_form(wanted, match), common_form(actual, match)
    if first == second or (match.float_tolerance and near(first, second, match.float_tolerance)):
        return
    first = _tolerated(first, second, match)
    reason = f"{subject} {_first_difference(first, second)}"
    yield Mismatch(subject=subject, reason=reason, expected=first, actual=second)


def _searches(
    subject: str, actual: str, expected: TextExpectation, match: Match
) -> Iterator[Mismatch]:
    if not (expected.contains or expected.not_contains or expected.regex is not None):
        return
    lines = line_form(actual, match)
    haystack = folded(lines, match)
    for present, needles in ((True, expected.contains), (False, expected.not_contains)):
        for needle in needles:
            if (common_form(needle, match) in haystack) is not present:
                verb = "does not contain" if present else "contains"
                reason = f"{subject} {verb} {_quoted(needle, limit=_PATTERN)}"
                yield Mismatch(subject=subject, reason=reason, actual=lines)
    if expected.regex is not None and not found(
        expected.regex, lines, ignore_case=match.ignore_case
    ):
        reason = f"{subject} does not match regex {_quoted(expected.regex, limit=_PATTERN)}"
        yield Mismatch(subject=subject, reason=reason, actual=lines)


def _shapes(
    subject: str, actual: str, expected: TextExpectation, match: Match
) -> Iterator[Mismatch]:
    if expected.glob is not None:
        yield from _glob(subject, actual, expected.glob, match)
    if expected.json is not None:
        yield from _json(subject, actual, expected.json, match)
    if expected.lines is not None:
        yield from _lines(subject, actual, expected.lines, match)
    if expected.unordered is not None:
        yield from _unordered(subject, actual, expected.unordered, match)


def _glob(subject: str, actual: str, pattern: str, match: Match) -> Iterator[Mismatch]:
    def equal(first: str, second: str) -> bool:
        return _lines_equal(first, second, match)

    wanted = common_form(pattern, match).split("\n")
    text = common_form(actual, match)
    lines = text.split("\n")
    try:
        if wildcards.glob_matches(wanted, lines, equal=equal):
            return
    except wildcards.TooManyStepsError:
        reason = f"{subject}: glob: the pattern has too many '...' for so long a text"
        yield Mismatch(subject=subject, reason=reason, actual=text)
        return
    shown = "\n".join(wildcards.filled(wanted, lines, equal=equal))
    reason = f"{subject} {_first_difference(shown, text)}"
    yield Mismatch(subject=subject, reason=reason, expected=shown, actual=text)


def _json(subject: str, actual: str, expected: JsonValue, match: Match) -> Iterator[Mismatch]:
    wanted, value = raw_form(expected.text, match), raw_form(actual, match)
    try:
        difference = json_values.difference(
            json_values.parsed(wanted), json_values.parsed(value), match
        )
    except json_values.JsonError as problem:
        difference = str(problem)
    if difference is not None:
        yield Mismatch(
            subject=subject,
            reason=f"{subject} is not the expected JSON: {difference}",
            expected=json_values.indented(wanted),
            actual=json_values.indented(value),
        )


def _lines(
    subject: str, actual: str, expected: tuple[str, ...], match: Match
) -> Iterator[Mismatch]:
    wanted = [_line(line, match) for line in expected]
    lines = _lines_in(actual, match)
    if _all_equal(wanted, lines, match):
        return
    first = _tolerated("\n".join(wanted), "\n".join(lines), match)
    second = "\n".join(lines)
    reason = f"{subject} {_first_difference(first, second)}"
    yield Mismatch(subject=subject, reason=reason, expected=first, actual=second)


def _unordered(
    subject: str, actual: str, expected: tuple[str, ...], match: Match
) -> Iterator[Mismatch]:
    wanted = Counter(_line(line, match) for line in expected)
    lines = Counter(_lines_in(actual, match))
    missing, surplus = sorted((wanted - lines).elements()), sorted((lines - wanted).elements())
    if _all_equal(missing, surplus, match):
        return
    faults = [
        f"{fault} {_quoted(rest[0])}" + (f" and {len(rest) - 1} more" if len(rest) > 1 else "")
        for fault, rest in (("lacks the line", missing), ("has the line too many", surplus))
        if rest
    ]
    yield Mismatch(
        subject=subject,
        reason=f"{subject} {'; '.join(faults)}",
        expected="\n".join(sorted(wanted.elements())),
        actual="\n".join(sorted(lines.elements())),
    )


def _lines_in(text: str, match: Match) -> list[str]:
    return lines_of(folded(line_form(text, match), match))


def _line(line: str, match: Match) -> str:
    return without_final_newline(folded(line_form(line, match), match))


def _all_equal(wanted: list[str], lines: list[str], match: Match) -> bool:
    return wanted == lines or (
        len(wanted) == len(lines)
        and match.float_tolerance is not None
        and all(_lines_equal(a, b, match) for a, b in zip(wanted, lines, strict=True))
    )


def _lines_equal(first: str, second: str, match: Match) -> bool:
    if match.float_tolerance is None:
        return first == second
    return near(first, second, match.float_tolerance)


def _tolerated(expected: str, actual: str, match: Match) -> str:
    """`expected` with the lines of `actual` where they are near: a diff then has faults only."""
    if match.float_tolerance is None:
        return expected
    lines, others = expected.split("\n"), actual.split("\n")
    pairs = zip(lines, others, strict=False)
    nearest = [other if _lines_equal(line, other, match) else line for line, other in pairs]
    return "\n".join([*nearest, *lines[len(nearest) :]])


def _first_difference(expected: str, actual: str) -> str:
    """The rest of a sentence that begins with the subject."""
    if "" in (expected, actual):
        return f"is {_quoted(actual)}, expected {_quoted(expected)}"
    if expected == actual + "\n":
        return "lacks the newline at its end"
    if actual == expected + "\n":
        return "has a newline at its end, expected none"
    wanted, lines = expected.split("\n"), actual.split("\n")
    at = shared_length(wanted, lines)
    if at == len(lines):
        return f"ends after line {at}, expected {_quoted(wanted[at])} next"
    if at == len(wanted):
        return f"goes on after line {at}, which should be the last: {_quoted(lines[at])}"
    return f"differs at line {at + 1}: {_contrast(wanted[at], lines[at])}"


def _contrast(expected: str, actual: str) -> str:
    """Both lines from shortly before their first difference on."""
    shared = shared_length(expected, actual)
    start = shared - _NEAR if shared > 2 * _NEAR else 0
    dots = "…" if start else ""
    lines = [line[start : start + 3 * _NEAR + 1] for line in (expected, actual)]
    ascii_only = alike(*lines)
    if any(plain(line, ascii_only=ascii_only) != line for line in lines):
        # A backslash that is the text's own must not look like an escape of ours.
        lines = [line.replace("\\", "\\\\") for line in lines]
    first, second = (_quoted(line, limit=3 * _NEAR, ascii_only=ascii_only) for line in lines)
    return f"expected {dots}{first}, got {dots}{second}"


def _quoted(text: str, *, limit: int = _SHOWN, ascii_only: bool = False) -> str:
    if not text:
        return "empty"
    shown = plain(text[: limit + 1], ascii_only=ascii_only)
    return f"'{shown[:limit]}…'" if len(shown) > limit else f"'{shown}'"
