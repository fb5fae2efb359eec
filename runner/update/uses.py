"""Who is held to which expectation: every text that is expected somewhere, with its results."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from runner.matching import mismatches
from runner.model import (
    Case,
    Outcome,
    Result,
    Snippet,
    Source,
    TextExpectation,
    Verdict,
    case_name,
)
from runner.update.edits import LeftAlone

Key: TypeAlias = tuple[Source, Source, str | None]
"""A run: its snippet, its case, and the version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A run's stream or file and what is expected of it."""

    snippet: Snippet
    case: Case
    subject: str
    in_file: bool
    """The subject is the path of a file that the program writes."""
    expected: TextExpectation
    name: str
    result: Result | None
    """None: it was not run."""

    @property
    def raw(self) -> bytes | None:
        """What came out; None where nothing did."""
        return None if self.result is None else self._raw(self.result.outcome)

    def holds(self, expected: TextExpectation) -> bool:
        """Whether what came out would be as `expected`."""
        raw = self.raw
        return raw is not None and not any(
            mismatches(self.subject, raw, expected, self.snippet.match)
        )

    @property
    def broken(self) -> bool:
        """Whether it is this that the run fails for."""
        failed = self.result is not None and self.result.verdict is Verdict.WRONG_OUTPUT
        return failed and not self.holds(self.expected)

    def usable(self) -> None:
        """LeftAlone where what came out is nothing to go by."""
        result = self.result
        if result is None:
            raise LeftAlone(f"'{self.name}', of which it is expected too, was not run")
        if result.verdict not in (Verdict.PASSED, Verdict.WRONG_OUTPUT):
            raise LeftAlone(f"'{self.name}' ended with {result.verdict}")
        if not result.outcome.ending.by_itself:
            raise LeftAlone(f"'{self.name}' ended by its {result.outcome.ending}")
        raw = self.raw
        if raw is None:
            raise LeftAlone("the file was not written")
        if any(self._raw(earlier.outcome) != raw for earlier in result.earlier):
            raise LeftAlone(f"'{self.name}' printed something else at another attempt")

    def _raw(self, outcome: Outcome) -> bytes | None:
        if self.in_file:
            return outcome.files.get(self.subject)
        return outcome.stdout if self.subject == "stdout" else outcome.stderr


def uses(snippets: Iterable[Snippet], results: Mapping[Key, Result]) -> Iterator[Use]:
    """Every use of an expectation in `snippets`, one for each version."""
    for snippet in snippets:
        for case in snippet.cases:
            for version in snippet.versions or (None,):
                result = results.get((snippet.source, case.source, version))
                if result is not None and not _is_of(result, snippet, case):
                    result = None
                for subject, in_file, expected in _expected(case) or [_NOTHING]:
                    yield Use(
                        snippet=snippet,
                        case=case,
                        subject=subject,
                        in_file=in_file,
                        expected=expected,
                        name=case_name(replace(snippet, version=version), case),
                        result=result,
                    )


def by_run(results: Iterable[Result]) -> dict[Key, Result]:
    """Results by what they are of."""
    return {key(result): result for result in results}


def key(result: Result) -> Key:
    """What a result is of."""
    return result.snippet.source, result.case.source, result.snippet.version


def by_place(found: Iterable[Use]) -> dict[Source, list[Use]]:
    """Uses by where what is expected of them is written."""
    groups: dict[Source, list[Use]] = {}
    for use in found:
        if use.expected.source is not None:
            groups.setdefault(use.expected.source, []).append(use)
    return groups


def all_hold(group: Sequence[Use], expected: TextExpectation) -> bool:
    """Whether `expected` is right for each."""
    return all(use.holds(expected) for use in group)


def _is_of(result: Result, snippet: Snippet, case: Case) -> bool:
    """Whether it is this that was run: the file may have changed since."""
    return result.snippet.code == snippet.code and result.case.expect == case.expect


def by_snippet(found: Iterable[Use]) -> dict[Source, list[Use]]:
    """Uses by their snippet."""
    groups: dict[Source, list[Use]] = {}
    for use in found:
        groups.setdefault(use.snippet.source, []).append(use)
    return groups


def _expected(case: Case) -> list[tuple[str, bool, TextExpectation]]:
    """Each stream or file of which something is expected."""
    expect = case.expect
    streams = (("stdout", False, expect.stdout), ("stderr", False, expect.stderr))
    found = [(name, of, text) for name, of, text in streams if text is not None]
    return found + [(path, True, text) for path, text in expect.files.items()]


_NOTHING: Final = ("stdout", False, TextExpectation())
"""Of a case that says nothing of its output: it can be asked what it printed."""
