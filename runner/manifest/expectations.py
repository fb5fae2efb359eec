"""What entries expect -> `Expectation` and `Match`: parts laid over one another, files found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from runner.manifest.comparison import ExpectEntry, MatchEntry, TextEntry
from runner.manifest.folder import Folder
from runner.manifest.models import CaseEntry, SnippetEntry
from runner.model import (
    ExitExpectation,
    Expectation,
    FloatTolerance,
    Match,
    Replacement,
    Source,
    TextExpectation,
    Verdict,
)
from runner.yaml_reader import Location

Report = Callable[[Location, str], None]
"""Takes what is wrong, and where below the entry."""
Find = Callable[[Location], Source]
"""Where that which is at this location below the entry stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What an entry says about the outcome; None where it says nothing."""

    stdout: TextExpectation | None = None
    stderr: TextExpectation | None = None
    exit: ExitExpectation | None = None
    verdict: Verdict | None = None
    files: Mapping[str, TextExpectation] | None = None


NOTHING: Final = Stated()
PLAIN: Final = Expectation()


def stated(entry: SnippetEntry | CaseEntry, folder: Folder, report: Report, find: Find) -> Stated:
    """The entry's own `expected_output` and `expect`."""
    output, expect = entry.expected_output, entry.expect
    stdout = None
    if output is not None:
        stdout = TextExpectation(equals=output, source=find(("expected_output",)))
    if expect is None:
        return NOTHING if stdout is None else Stated(stdout=stdout)
    named = {
        name: None if value is None else _text(value, folder, report, find, ("expect", name))
        for name, value in (("stdout", expect.stdout), ("stderr", expect.stderr))
    }
    return Stated(
        stdout=stdout or named["stdout"],
        stderr=named["stderr"],
        exit=expect.exit_code,
        verdict=None if expect.verdict is None else Verdict(expect.verdict),
        files=_files(expect, folder, report, find),
    )


def laid_over(base: Stated, top: Stated) -> Stated:
    """`top` where it says something, else `base`. A verdict and an exit code replace each other."""
    verdict, code = top.verdict or base.verdict, top.exit or base.exit
    if verdict not in (None, Verdict.RUNTIME_ERROR):
        verdict, code = (None, code) if top.exit and not top.verdict else (verdict, None)
    return Stated(
        stdout=top.stdout or base.stdout,
        stderr=top.stderr or base.stderr,
        exit=code,
        verdict=verdict,
        files=base.files if top.files is None else top.files,
    )


def expectation(said: Stated) -> Expectation:
    """What must hold: exit code 0 where neither a code nor a verdict is stated."""
    if said is NOTHING:
        return PLAIN
    code = said.exit
    if code is None and said.verdict is None:
        code = PLAIN.exit
    return Expectation(
        stdout=said.stdout,
        stderr=said.stderr,
        exit=code,
        verdict=said.verdict,
        files=said.files or {},
    )


def matching(base: Match, entry: MatchEntry | None) -> Match:
    """`base` with what `entry` states in its place."""
    if entry is None:
        return base
    changes: dict[str, object] = {
        field: getattr(entry, key) == word
        for key, (field, word) in _SWITCHES.items()
        if getattr(entry, key) is not None
    }
    if entry.float_tolerance is not None:
        tolerance = entry.float_tolerance
        changes["float_tolerance"] = FloatTolerance(
            abs=tolerance.abs or 0.0, rel=tolerance.rel or 0.0
        )
    if entry.replace is not None:
        changes["replace"] = tuple(
            Replacement(pattern=item.pattern, replacement=item.with_) for item in entry.replace
        )
    return replace(base, **changes)  # type: ignore[arg-type]  # each by its own name and type


_SWITCHES: Final = {
    "trailing_whitespace": ("ignore_trailing_whitespace", "ignore"),
    "final_newline": ("ignore_final_newline", "ignore"),
    "line_endings": ("ignore_line_endings", "ignore"),
    "whitespace": ("collapse_whitespace", "collapse"),
    "case": ("ignore_case", "ignore"),
    "ansi": ("strip_ansi", "strip"),
}


def _files(
    expect: ExpectEntry, folder: Folder, report: Report, find: Find
) -> dict[str, TextExpectation] | None:
    if expect.files is None:
        return None
    return {
        path: _text(value, folder, report, find, ("expect", "files", path))
        for path, value in expect.files.items()
    }


def _text(
    value: str | TextEntry, folder: Folder, report: Report, find: Find, location: Location
) -> TextExpectation:
    if isinstance(value, str):
        return TextExpectation(equals=value, source=find(location))
    file = None
    if value.file is not None:
        try:
            file = folder.find(value.file)
        except ValueError as problem:
            report((*location, "file"), str(problem))
    return TextExpectation(
        equals=value.equals,
        contains=_several(value.contains),
        not_contains=_several(value.not_contains),
        regex=value.regex,
        glob=value.glob,
        json=value.json_,
        lines=None if value.lines is None else tuple(value.lines),
        unordered=None if value.unordered is None else tuple(value.unordered),
        file=file,
        empty=bool(value.empty),
        source=find(location),
    )


def _several(value: str | list[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
