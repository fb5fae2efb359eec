"""Programs, their runs, and which of them share a sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.languages import Language
from runner.model.expectations import Expectation, Match
from runner.model.limits import Isolation, Limits
from runner.model.source import Source


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
    position: int = field(default=0, compare=False)
    """Of its first case in the whole plan, counted from 0, whichever shard runs it."""
    seconds: float | None = field(default=None, compare=False)
    """What it is expected to take: the longest begin first. None: nobody has asked."""

    @property
    def case_count(self) -> int:
        """How many cases its snippets have, skipped ones included."""
        return sum(len(snippet.cases) for snippet in self.snippets)
