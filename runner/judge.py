"""The judge: what an outcome means, given what was expected.

Pure, but for expected files, which are read when judged.
"""

from collections.abc import Iterator
from typing import Final

from runner.matching import mismatches
from runner.model import (
    KIB,
    MIB,
    Case,
    Ending,
    ExitExpectation,
    Expectation,
    Mismatch,
    Outcome,
    Phase,
    Result,
    Snippet,
    Verdict,
)
from runner.text import one_line

_LIMITS: Final = {
    Ending.TIMEOUT: Verdict.TIMEOUT,
    Ending.MEMORY_LIMIT: Verdict.MEMORY_LIMIT,
    Ending.OUTPUT_LIMIT: Verdict.OUTPUT_LIMIT,
}
_MEANS: Final = {
    Verdict.PASSED: "exit code 0",
    Verdict.RUNTIME_ERROR: "a runtime error",
    Verdict.COMPILE_ERROR: "a compile error",
    Verdict.TIMEOUT: "a timeout",
    Verdict.MEMORY_LIMIT: "the memory limit to be exceeded",
    Verdict.OUTPUT_LIMIT: "the output limit to be exceeded",
}
# Linux's numbers, whatever system the runner is on.
_SIGNALS: Final = [
    "HUP",
    "INT",
    "QUIT",
    "ILL",
    "TRAP",
    "ABRT",
    "BUS",
    "FPE",
    "KILL",
    "USR1",
    "SEGV",
    "USR2",
    "PIPE",
    "ALRM",
    "TERM",
    "STKFLT",
    "CHLD",
    "CONT",
    "STOP",
    "TSTP",
    "TTIN",
    "TTOU",
    "URG",
    "XCPU",
    "XFSZ",
    "VTALRM",
    "PROF",
    "WINCH",
    "IO",
    "PWR",
    "SYS",
]
_FIRST_REALTIME_SIGNAL: Final = 34


def judge(snippet: Snippet, case: Case, outcome: Outcome) -> Result:
    """What `outcome` means for `case` of `snippet`.

    Attempts, cache and times within the run are the caller's to add.
    """
    verdict, reason, mismatches = _judged(snippet, case, outcome)
    return Result(
        snippet=snippet,
        case=case,
        outcome=outcome,
        verdict=verdict,
        reason=reason,
        mismatches=mismatches,
    )


def signal_name(number: int) -> str:
    """A Linux signal's name, as `SIGSEGV`."""
    if 1 <= number <= len(_SIGNALS):
        return f"SIG{_SIGNALS[number - 1]}"
    if number >= _FIRST_REALTIME_SIGNAL:
        return f"SIGRTMIN+{number - _FIRST_REALTIME_SIGNAL}"
    return f"signal {number}"


def _judged(
    snippet: Snippet, case: Case, outcome: Outcome
) -> tuple[Verdict, str, tuple[Mismatch, ...]]:
    if snippet.skip is not None:
        return Verdict.SKIPPED, one_line(snippet.skip), ()
    if outcome.ending is Ending.NOT_RUN:
        return Verdict.SKIPPED, one_line(outcome.reason), ()
    if outcome.ending is Ending.SANDBOX_ERROR:
        return Verdict.SANDBOX_ERROR, one_line(outcome.reason) or "the sandbox failed", ()
    verdict, faults = _unforgiven(snippet, case, outcome)
    reason = "; ".join(fault.reason for fault in faults)
    if snippet.xfail is None:
        return verdict, reason, faults
    because = f" ({one_line(snippet.xfail)})" if snippet.xfail else ""
    if verdict is Verdict.PASSED:
        return Verdict.XPASSED, f"passed, though expected to fail{because}", ()
    return Verdict.XFAILED, f"fails as expected{because}: {reason}", faults


def _unforgiven(
    snippet: Snippet, case: Case, outcome: Outcome
) -> tuple[Verdict, tuple[Mismatch, ...]]:
    """The verdict and every fault, xfail apart."""
    ended = _ended(outcome)
    ending = _ending_fault(snippet, case, outcome, ended)
    # A compiler's output says nothing of the program's, unless its failure is what was asked for.
    comparable = outcome.phase is Phase.RUN or ending is None
    output = tuple(_output_faults(snippet, case, outcome)) if comparable else ()
    if ending is not None:
        verdict = Verdict.RUNTIME_ERROR if ended is Verdict.PASSED else ended
        return verdict, (ending, *output)
    return (Verdict.WRONG_OUTPUT if output else Verdict.PASSED), output


def _ended(outcome: Outcome) -> Verdict:
    """How the case ended, in the words of verdicts: PASSED is an exit with 0."""
    if outcome.ending in _LIMITS:
        return _LIMITS[outcome.ending]
    if _exit_code(outcome) == 0:
        return Verdict.PASSED
    return Verdict.COMPILE_ERROR if outcome.phase is Phase.COMPILE else Verdict.RUNTIME_ERROR


def _ending_fault(
    snippet: Snippet, case: Case, outcome: Outcome, ended: Verdict
) -> Mismatch | None:
    expect = case.expect
    how = _how(snippet, case, outcome)
    wanted = expect.verdict
    if wanted is not None and ended is not wanted:
        return Mismatch(subject="verdict", reason=f"{how}, expected {_MEANS.get(wanted, wanted)}")
    if wanted is None and ended not in (Verdict.PASSED, Verdict.RUNTIME_ERROR):
        return Mismatch(subject="verdict", reason=how)
    codes = _codes(expect)
    if codes is None or outcome.phase is Phase.COMPILE or _allows(codes, _exit_code(outcome)):
        return None
    return Mismatch(subject="exit_code", reason=f"{how}, expected {_described(codes)}")


def _codes(expect: Expectation) -> ExitExpectation | None:
    """The exit codes to check: none beside a verdict, unless stated with runtime_error."""
    if expect.verdict is None:
        return expect.exit
    stated = expect.verdict is Verdict.RUNTIME_ERROR and expect.exit != ExitExpectation()
    return expect.exit if stated else None


def _allows(expected: ExitExpectation, code: int) -> bool:
    return code != 0 if expected.nonzero else code in expected.codes


def _described(expected: ExitExpectation) -> str:
    if expected.nonzero:
        return "any code but 0"
    return " or ".join(str(code) for code in sorted(expected.codes))


def _exit_code(outcome: Outcome) -> int:
    if outcome.exit_code is not None:
        return outcome.exit_code
    return 128 + (outcome.signal or 0)


def _how(snippet: Snippet, case: Case, outcome: Outcome) -> str:
    """How the case ended, for people: `exit code 139 (SIGSEGV)`, `timed out after 5 s`."""
    compiling = outcome.phase is Phase.COMPILE
    match outcome.ending:
        case Ending.TIMEOUT:
            seconds = snippet.limits.compile_timeout if compiling else case.timeout
            how = f"timed out after {seconds:g} s"
        case Ending.MEMORY_LIMIT:
            how = f"exceeded the memory limit of {_size(snippet.limits.memory)}"
        case Ending.OUTPUT_LIMIT:
            how = f"exceeded the output limit of {_size(snippet.limits.output)}"
        case _ if compiling and _exit_code(outcome) != 0:
            return f"the compiler ended with {_exit(outcome)}"
        case _:
            return _exit(outcome)
    return f"{how}, while compiling" if compiling else how


def _exit(outcome: Outcome) -> str:
    name = "" if outcome.signal is None else f" ({signal_name(outcome.signal)})"
    return f"exit code {_exit_code(outcome)}{name}"


def _size(size: int) -> str:
    if size % MIB == 0:
        return f"{size // MIB} MiB"
    return f"{size / KIB:g} KiB"


def _output_faults(snippet: Snippet, case: Case, outcome: Outcome) -> Iterator[Mismatch]:
    expect = case.expect
    for subject, raw, expected in (
        ("stdout", outcome.stdout, expect.stdout),
        ("stderr", outcome.stderr, expect.stderr),
    ):
        if expected is not None:
            yield from mismatches(subject, raw, expected, snippet.match)
    for path, expected in expect.files.items():
        content = outcome.files.get(path)
        if content is None:
            yield Mismatch(subject=path, reason=f"{one_line(path)} was not written")
        else:
            yield from mismatches(path, content, expected, snippet.match)
