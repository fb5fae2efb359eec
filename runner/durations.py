"""How long sessions take: as an earlier run's report has it, else by what there is to do; pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Final, Self

from runner.identity import path_of
from runner.model import Report, Result, Session, Snippet, Verdict, case_name

_AROUND: Final = 0.005
"""Seconds that a case takes beside its program: files, the scrub."""
_RUN: Final = 0.05
"""Of a case that nobody has timed."""
_COMPILE: Final = 0.5
_UNTIMED: Final = (Verdict.SKIPPED, Verdict.SANDBOX_ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """Seconds by path and name of a case, and for others of a language what is usual there."""

    cases: Mapping[tuple[str, str], float] = field(default_factory=dict)
    languages: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, report: Report) -> Self:
        """What `report` says, earlier attempts included."""
        cases: dict[tuple[str, str], float] = {}
        languages = defaultdict[str, list[float]](list)
        for result in report.results:
            if result.verdict not in _UNTIMED:
                took = _took(result)
                cases[path_of(result.snippet), result.name] = took
                languages[result.snippet.language.name].append(took)
        return cls(cases=cases, languages={name: median(all_) for name, all_ in languages.items()})

    def over(self, sessions: Iterable[Session]) -> list[Session]:
        """`sessions`, each with the seconds that it is expected to take."""
        return [
            replace(session, seconds=sum(map(self._snippet, session.snippets)))
            for session in sessions
        ]

    def _snippet(self, snippet: Snippet) -> float:
        if snippet.skip is not None:
            return 0.0
        path = path_of(snippet)
        usual = self.languages.get(snippet.language.name)
        known = [self.cases.get((path, case_name(snippet, case)), usual) for case in snippet.cases]
        compiling = _COMPILE if snippet.language.compile and None in known else 0.0
        return compiling + sum(_RUN if took is None else took for took in known)


def _took(result: Result) -> float:
    outcomes = [one.outcome for one in (*result.earlier, result)]
    return sum(outcome.wall + outcome.compile_wall + _AROUND for outcome in outcomes)
