"""The nouns of the pipeline: plain, immutable values, each stage's input and output.

A `Session` of `Snippet`s goes into a sandbox, an `Outcome` per `Case` comes out (what happened),
the judge makes
a `Result` of it (what it means), a `Report` holds them all. Times are seconds, sizes are bytes.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from runner.languages import Language

KIB: Final = 1024
MIB: Final = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where something stands in a file; `line` and `column` count from 1, in characters."""

    path: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Isolation(StrEnum):
    """Whether sessions may follow one another in a scrubbed sandbox.

    Or each gets a container of its own.
    """

    REUSE = "reuse"
    FRESH = "fresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one sandbox, and each case in it, may use."""

    timeout: float = 30.0
    compile_timeout: float = 60.0
    memory: int = 512 * MIB
    cpus: float | None = None
    """None: all of the machine's."""
    pids: int = 128
    disk: int = 64 * MIB
    output: int = MIB


class Ending(StrEnum):
    """How a case ended, as the sandbox saw it; never what it means."""

    EXITED = "exited"
    SIGNALED = "signaled"
    TIMEOUT = "timeout"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    SANDBOX_ERROR = "sandbox_error"
    NOT_RUN = "not_run"


class Phase(StrEnum):
    """In which of a snippet's two steps a case ended."""

    COMPILE = "compile"
    RUN = "run"


class Verdict(StrEnum):
    """What a case's outcome means, given its expectation (MANIFEST, Verdicts)."""

    PASSED = "passed"
    FLAKY = "flaky"
    XFAILED = "xfailed"
    SKIPPED = "skipped"
    WRONG_OUTPUT = "wrong_output"
    RUNTIME_ERROR = "runtime_error"
    COMPILE_ERROR = "compile_error"
    TIMEOUT = "timeout"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    XPASSED = "xpassed"
    SANDBOX_ERROR = "sandbox_error"

    @property
    def fine(self) -> bool:
        """Whether a run with only such verdicts exits 0."""
        return self in _FINE


_FINE: Final = frozenset({Verdict.PASSED, Verdict.FLAKY, Verdict.XFAILED, Verdict.SKIPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatTolerance:
    """Two numbers are equal when |a - b| <= max(abs, rel * max(|a|, |b|))."""

    abs: float = 0.0
    rel: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A regular expression (package `regex`) and what takes the place of its matches.

    On both sides.
    """

    pattern: str
    replacement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How texts are brought to a common form before they are compared (MANIFEST, Matching)."""

    ignore_trailing_whitespace: bool = True
    ignore_final_newline: bool = True
    ignore_line_endings: bool = True
    collapse_whitespace: bool = False
    ignore_case: bool = False
    strip_ansi: bool = False
    float_tolerance: FloatTolerance | None = None
    replace: tuple[Replacement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonValue:
    """A JSON document as the text that the manifest's value makes.

    A noun that stays hashable and immutable.
    """

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextExpectation:
    """What one stream or file must hold; every entry that is not None (or not empty) must."""

    equals: str | None = None
    contains: tuple[str, ...] = ()
    not_contains: tuple[str, ...] = ()
    regex: str | None = None
    glob: str | None = None
    json: JsonValue | None = None
    lines: tuple[str, ...] | None = None
    unordered: tuple[str, ...] | None = None
    file: Path | None = None
    empty: bool = False
    source: Source | None = field(default=None, compare=False)
    """Of the text, or of the mapping of checks, that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitExpectation:
    """Which exit codes are right: these, or any but 0."""

    codes: frozenset[int] = frozenset({0})
    nonzero: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a case must do. A part that is None is not checked.

    `verdict` names the ending that is right and replaces the exit check, which may be added
    only with runtime_error.
    """

    stdout: TextExpectation | None = None
    stderr: TextExpectation | None = None
    exit: ExitExpectation | None = field(default_factory=ExitExpectation)
    verdict: Verdict | None = None
    files: Mapping[str, TextExpectation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One run of a snippet: what it gets and what it must do."""

    source: Source
    name: str = ""
    """Empty for the only case of a snippet without `cases`."""
    stdin: bytes = b""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 30.0
    expect: Expectation = field(default_factory=Expectation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A program with its files, compiled once and run once per case."""

    name: str
    source: Source
    """Of the snippet's entry."""
    code_source: Source
    """Of the first line of its code."""
    language: Language
    code: bytes
    cases: tuple[Case, ...]
    description: str = ""
    tags: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    isolation: Isolation = Isolation.REUSE
    match: Match = field(default_factory=Match)
    session: str | None = None
    transcript: bool = False
    """A command of a terminal's transcript: both streams come as one, values are echoed."""
    versions: tuple[str, ...] = ()
    """Of the language, one run for each; empty: the language's own."""
    version: str | None = None
    """Which of several `versions` this is; None where there are none."""
    run: bool = True
    """False: compile, or check the syntax, only."""
    retries: int = 0
    skip: str | None = None
    """Why it is not run; None where it is."""
    xfail: str | None = None
    """Why it is expected to fail; None where it is not."""


def case_name(snippet: Snippet, case: Case) -> str:
    """`snippet / case [version]`: unique in its file."""
    name = f"{snippet.name} / {case.name}" if case.name else snippet.name
    return f"{name} [{snippet.version}]" if snippet.version is not None else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Snippets that share one sandbox, in order; a lone snippet is a session of one."""

    snippets: tuple[Snippet, ...]
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What happened to one case.

    `wall`, `cpu` and `peak_memory` are the program's own, `compile_*` the compiler's.
    """

    ending: Ending
    phase: Phase = Phase.RUN
    exit_code: int | None = None
    """128 + N for a program ended by signal N; None where it did not end by itself."""
    signal: int | None = None
    stdout: bytes = b""
    stderr: bytes = b""
    files: Mapping[str, bytes | None] = field(default_factory=dict)
    """Contents of the files that the expectation names; None: not there, or no regular file."""
    wall: float = 0.0
    cpu: float = 0.0
    peak_memory: int = 0
    compile_wall: float = 0.0
    compile_cpu: float = 0.0
    reason: str = ""
    """For people: why the sandbox failed, why the case was not run."""
    sandbox: str = ""
    """The container's short id; empty where none was needed."""
    image_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One broken expectation.

    `subject` is 'stdout', 'stderr', 'exit_code', 'verdict' or a file's path.

    `expected` and `actual` are texts to be compared side by side, None where there is nothing
    to show but `reason`.
    """

    subject: str
    reason: str
    expected: str | None = None
    actual: str | None = None


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

    @property
    def name(self) -> str:
        """`snippet / case [version]`: unique in its file."""
        return case_name(self.snippet, self.case)


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
