"""What happened to a case, and the words for what it means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Ending(StrEnum):
    """How a case ended, as the sandbox saw it; never what it means."""

    EXITED = "exited"
    SIGNALED = "signaled"
    TIMEOUT = "timeout"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    SANDBOX_ERROR = "sandbox_error"
    NOT_RUN = "not_run"

    @property
    def by_itself(self) -> bool:
        """Whether the program came to its end: no limit ended it, and no fault of a sandbox."""
        return self in (Ending.EXITED, Ending.SIGNALED)


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
