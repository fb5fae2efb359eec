"""Whether an expectation is rewritten, and to what: one that holds for all who are held to it."""

from collections.abc import Iterator, Sequence
from typing import Final, NoReturn

from runner.model import TextExpectation, Verdict
from runner.update.edits import LeftAlone, stating
from runner.update.uses import Use, all_hold
from runner.update.wording import items, patterns, texts, unordered_items

MATCHERS: Final = ("contains", "not_contains", "regex", "json", "empty")
"""Say what is right of any output: they are never rewritten."""
WRITTEN: Final = ("equals", "glob", "lines", "unordered")
_NAMED: Final = 3


def only(expected: TextExpectation, check: str) -> TextExpectation:
    """One check of several."""
    return stating(TextExpectation(), check, getattr(expected, check))


def decided(group: Sequence[Use]) -> TextExpectation:
    """What takes the place of the expectation that all of `group` share.

    LeftAlone where it must not, or cannot, be rewritten.
    """
    expected = group[0].expected
    for use in group:
        use.usable()
    for check in MATCHERS:
        if getattr(expected, check) and not all_hold(group, only(expected, check)):
            raise LeftAlone(f"'{check}' says what is right, and does not hold")
    for check in WRITTEN:
        if getattr(expected, check) is not None:
            expected = stating(expected, check, _new(check, group))
    return expected


def addition(group: Sequence[Use]) -> str | None:
    """The glob for a snippet that states no output; None where there is nothing to be added.

    LeftAlone where its versions print different things.
    """
    first = group[0]
    raw = first.raw or b""
    if not all(map(_says_nothing, group)) or not raw.strip():
        return None
    for use in group:
        use.usable()
    for glob in patterns("", raw, first.snippet.match):
        if glob.strip("\n") and all_hold(group, TextExpectation(glob=glob)):
            return glob
    return _disagreed("glob", group)


def _says_nothing(use: Use) -> bool:
    """Whether it ran as it should, and nothing is said of what it prints."""
    passed = use.result is not None and use.result.verdict is Verdict.PASSED
    expect = use.case.expect
    silent = (expect.stdout, expect.stderr, expect.verdict) == (None, None, None)
    return passed and silent and use.snippet.run


def _new(check: str, group: Sequence[Use]) -> object:
    """The check as it is where it holds, else the first wording with which it does for all."""
    current = only(group[0].expected, check)
    if all_hold(group, current):
        return getattr(current, check)
    first = next(use for use in group if not use.holds(current))
    for wording in _wordings(check, first):
        if all_hold(group, stating(TextExpectation(), check, wording)):
            return wording
    return _disagreed(check, group)


def _disagreed(check: str, group: Sequence[Use]) -> NoReturn:
    if len({use.raw for use in group}) > 1:
        names = ", ".join(f"'{use.name}'" for use in group[:_NAMED])
        more = f" and {len(group) - _NAMED} more" if len(group) > _NAMED else ""
        raise LeftAlone(f"{names}{more} share it, and their outputs differ")
    raise LeftAlone(f"no '{check}' would match the output")


def _wordings(check: str, use: Use) -> Iterator[object]:
    expected, match, raw = use.expected, use.snippet.match, use.raw or b""
    if check == "equals":
        yield from texts(expected.equals or "", raw, match)
    elif check == "glob":
        yield from patterns(expected.glob or "", raw, match)
    elif check == "lines":
        yield items(expected.lines or (), raw, match)
    else:
        yield unordered_items(expected.unordered or (), raw, match)
