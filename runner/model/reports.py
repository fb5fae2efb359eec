"""What cases came to, and everything that a run found out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from runner.model.outcomes import Mismatch, Outcome, Verdict
from runner.model.snippets import Case, Snippet, case_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A case, its outcome and what it means."""

    snippet: Snippet
    case: Case
    outcome: Outcome
    verdict: Verdict
    reason: str = ""
    """One line; empty for a plain pass."""
    mismatches: tuple[Mismatch, ...] = ()
    attempts: int = 1
    earlier: "tuple[Result, ...]" = ()
    """What earlier attempts came to, where there were several."""
    cached: bool = False
    run_id: str = ""
    code_sha256: str = ""
    queued: float = 0.0
    """From the run's start until a sandbox took the session."""
    started: float = 0.0
    """From the run's start until the case began."""
    position: int = 0
    """Of the case in the whole plan, counted from 0, whichever shard ran it."""

    @property
    def name(self) -> str:
        """`snippet / case [version]`: unique in its file."""
        return case_name(self.snippet, self.case)


def in_file_order(results: Iterable[Result]) -> tuple[Result, ...]:
    """File after file as they are first seen, and in each as the snippets stand in it.

    Sessions may lie across one another in a file.
    """
    found = tuple(results)
    files = {path: at for at, path in enumerate(dict.fromkeys(map(_path, found)))}
    return tuple(sorted(found, key=lambda one: (files[_path(one)], one.snippet.source.line)))


def _path(result: Result) -> str:
    return result.snippet.source.path


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageStatistics:
    """Figures over the cases of one language that were run."""

    count: int
    passed: int
    average: float
    maximum: float

    @property
    def success_rate(self) -> float:
        """From 0.0 to 1.0."""
        return self.passed / self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """The `index`th of `count` parts of a plan, counted from 1."""

    index: int
    count: int

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePull:
    """An image that was pulled or built; times from the run's start."""

    image: str
    started: float
    duration: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a run found out, in the order of the manifests."""

    results: tuple[Result, ...]
    started: str
    """ISO 8601, UTC, to the second: `2026-11-22T20:15:00+00:00`."""
    duration: float
    jobs: int
    engine: str = ""
    """`Docker Engine 20.10.24`; empty where none was contacted."""
    interrupted: bool = False
    plan: str = ""
    """SHA-256 over the whole plan, the same in all its shards."""
    shard: Shard | None = None
    """Which part of the plan this is; None: all of it."""
    pulls: tuple[ImagePull, ...] = ()

    @property
    def counts(self) -> Counter[Verdict]:
        """How many results have each verdict."""
        return Counter(result.verdict for result in self.results)

    @property
    def languages(self) -> dict[str, LanguageStatistics]:
        """Per language in the order first seen.

        Count, passed, average and maximum wall of the cases that ran.
        """
        groups: dict[str, list[Result]] = {}
        for result in self.results:
            if result.verdict not in (Verdict.SKIPPED, Verdict.SANDBOX_ERROR):
                groups.setdefault(result.snippet.language.name, []).append(result)
        return {
            name: LanguageStatistics(
                count=len(group),
                passed=sum(result.verdict.fine for result in group),
                average=sum(result.outcome.wall for result in group) / len(group),
                maximum=max(result.outcome.wall for result in group),
            )
            for name, group in groups.items()
        }
