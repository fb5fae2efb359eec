"""The user's regular expressions, run by package `regex` for its time limit.

A pattern that explodes is a fault, not a hang.
"""

from typing import Final

SECONDS: Final = 1.0


class PatternError(Exception):
    """A pattern that is invalid, or that took too long; the message names it."""


def found(pattern: str, text: str, *, ignore_case: bool) -> bool:
    """Whether `pattern` is anywhere in `text`, `^` and `$` at every line; else PatternError."""
    import regex  # noqa: PLC0415 - 36 ms, for the few snippets that need it

    flags = regex.MULTILINE | (regex.IGNORECASE if ignore_case else 0)
    try:
        return regex.search(pattern, text, flags=flags, timeout=SECONDS) is not None
    except (TimeoutError, regex.error) as problem:
        raise _error("regex", pattern, problem) from None


def substituted(pattern: str, replacement: str, text: str) -> str:
    """`text` with each match of `pattern` replaced; PatternError where that fails."""
    import regex  # noqa: PLC0415 - as above

    try:
        return regex.sub(pattern, replacement, text, flags=regex.MULTILINE, timeout=SECONDS)
    except (TimeoutError, regex.error, IndexError) as problem:
        raise _error("match.replace", pattern, problem) from None


def _error(where: str, pattern: str, problem: Exception) -> PatternError:
    if isinstance(problem, TimeoutError):
        return PatternError(
            f"{where}: pattern '{pattern}' took longer than {SECONDS:g} s on this text; "
            "write it with fewer nested repeats"
        )
    return PatternError(f"{where}: pattern '{pattern}' is not valid: {problem}")
