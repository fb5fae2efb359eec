"""What an outcome means: MANIFEST, Verdicts."""

from dataclasses import replace

import pytest

from runner.judge import judge, signal_name
from runner.languages import CLASSIC
from runner.model import (
    KIB,
    Case,
    Ending,
    ExitExpectation,
    Expectation,
    Limits,
    Outcome,
    Phase,
    Result,
    Snippet,
    Source,
    TextExpectation,
    Verdict,
)

SOURCE = Source(path="docs.yml", line=3)
HI = TextExpectation(equals="hi")
LIMITS = [
    (Ending.TIMEOUT, Verdict.TIMEOUT),
    (Ending.MEMORY_LIMIT, Verdict.MEMORY_LIMIT),
    (Ending.OUTPUT_LIMIT, Verdict.OUTPUT_LIMIT),
]


def _judged(
    outcome: Outcome,
    expect: Expectation | None = None,
    *,
    xfail: str | None = None,
    skip: str | None = None,
) -> Result:
    case = Case(source=SOURCE, timeout=5, expect=expect or Expectation())
    snippet = Snippet(
        name="greets",
        source=SOURCE,
        code_source=SOURCE,
        language=CLASSIC["python"],
        code=b"",
        cases=(case,),
        limits=Limits(compile_timeout=20, output=64 * KIB),
        xfail=xfail,
        skip=skip,
    )
    return judge(snippet, case, outcome)


def _exited(code: int = 0, stdout: bytes = b"", stderr: bytes = b"") -> Outcome:
    return Outcome(ending=Ending.EXITED, exit_code=code, stdout=stdout, stderr=stderr)


def _compiler(code: int, stderr: bytes = b"") -> Outcome:
    return replace(_exited(code, stderr=stderr), phase=Phase.COMPILE)


def _subjects(result: Result) -> list[str]:
    return [mismatch.subject for mismatch in result.mismatches]


def test_a_result_holds_what_was_judged() -> None:
    outcome = _exited(0, b"hi\n")

    result = _judged(outcome, Expectation(stdout=HI))

    assert (result.verdict, result.reason, result.mismatches) == (Verdict.PASSED, "", ())
    assert result.outcome is outcome
    assert result.case is result.snippet.cases[0]


def test_exit_0_is_expected_where_nothing_is_stated() -> None:
    result = _judged(_exited(1))

    assert (result.verdict, result.reason) == (
        Verdict.RUNTIME_ERROR,
        "exit code 1, expected 0",
    )
    assert _subjects(result) == ["exit_code"]


def test_output_is_not_checked_where_nothing_is_stated() -> None:
    assert _judged(_exited(0, b"anything", b"and more")).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("code", "expected", "verdict"),
    [
        (3, ExitExpectation(codes=frozenset({3})), Verdict.PASSED),
        (3, ExitExpectation(codes=frozenset({1, 3})), Verdict.PASSED),
        (0, ExitExpectation(codes=frozenset({1, 3})), Verdict.RUNTIME_ERROR),
        (7, ExitExpectation(nonzero=True), Verdict.PASSED),
        (0, ExitExpectation(nonzero=True), Verdict.RUNTIME_ERROR),
        (7, None, Verdict.PASSED),
    ],
)
def test_the_exit_code_must_be_one_of_those_stated(
    code: int, expected: ExitExpectation | None, verdict: Verdict
) -> None:
    assert _judged(_exited(code), Expectation(exit=expected)).verdict is verdict


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (ExitExpectation(codes=frozenset({3, 1})), "exit code 0, expected 1 or 3"),
        (ExitExpectation(nonzero=True), "exit code 0, expected any code but 0"),
    ],
)
def test_the_reason_says_which_exit_codes_were_right(expected: ExitExpectation, words: str) -> None:
    assert _judged(_exited(0), Expectation(exit=expected)).reason == words


@pytest.mark.parametrize("code", [139, None])
def test_a_signal_is_shown_by_name(code: int | None) -> None:
    outcome = Outcome(ending=Ending.SIGNALED, exit_code=code, signal=11)

    result = _judged(outcome)

    assert result.verdict is Verdict.RUNTIME_ERROR
    assert result.reason == "exit code 139 (SIGSEGV), expected 0"


def test_a_signal_is_right_where_its_code_is_stated() -> None:
    outcome = Outcome(ending=Ending.SIGNALED, exit_code=134, signal=6)

    expect = Expectation(exit=ExitExpectation(codes=frozenset({134})))

    assert _judged(outcome, expect).verdict is Verdict.PASSED


def test_a_program_that_exits_with_137_was_not_killed() -> None:
    assert _judged(_exited(137)).reason == "exit code 137, expected 0"


@pytest.mark.parametrize(
    ("number", "name"),
    [(1, "SIGHUP"), (9, "SIGKILL"), (31, "SIGSYS"), (32, "signal 32"), (36, "SIGRTMIN+2")],
)
def test_signals_have_linux_names(number: int, name: str) -> None:
    assert signal_name(number) == name


def test_both_faults_are_shown() -> None:
    result = _judged(_exited(1, b"ho\n"), Expectation(stdout=HI))

    assert result.verdict is Verdict.RUNTIME_ERROR
    assert _subjects(result) == ["exit_code", "stdout"]
    assert result.reason == (
        "exit code 1, expected 0; stdout differs at line 1: expected 'hi', got 'ho'"
    )


def test_wrong_output_alone_is_wrong_output() -> None:
    expect = Expectation(stdout=HI, stderr=TextExpectation(empty=True))

    result = _judged(_exited(0, b"ho\n", b"warning"), expect)

    assert result.verdict is Verdict.WRONG_OUTPUT
    assert _subjects(result) == ["stdout", "stderr"]


@pytest.mark.parametrize(("ending", "verdict"), LIMITS)
def test_a_limit_has_its_verdict_and_keeps_the_output_fault(
    ending: Ending, verdict: Verdict
) -> None:
    result = _judged(Outcome(ending=ending, stdout=b"h"), Expectation(stdout=HI))

    assert result.verdict is verdict
    assert _subjects(result) == ["verdict", "stdout"]


@pytest.mark.parametrize(("ending", "verdict"), LIMITS)
def test_an_expected_limit_passes_and_only_stated_output_is_checked(
    ending: Ending, verdict: Verdict
) -> None:
    expect = Expectation(exit=None, verdict=verdict)
    outcome = Outcome(ending=ending, stdout=b"h")

    assert _judged(outcome, expect).verdict is Verdict.PASSED
    with_output = _judged(outcome, replace(expect, stdout=HI))
    assert (with_output.verdict, _subjects(with_output)) == (Verdict.WRONG_OUTPUT, ["stdout"])


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (Ending.TIMEOUT, "timed out after 20 s, while compiling"),
        (Ending.MEMORY_LIMIT, "exceeded the memory limit of 512 MiB, while compiling"),
        (Ending.OUTPUT_LIMIT, "exceeded the output limit of 64 KiB, while compiling"),
    ],
)
def test_a_compile_that_hits_a_limit_says_while_compiling(ending: Ending, reason: str) -> None:
    result = _judged(Outcome(ending=ending, phase=Phase.COMPILE), Expectation(stdout=HI))

    assert result.verdict.value == ending.value
    assert result.reason == reason


def test_a_timeout_names_the_case_s_own_limit() -> None:
    assert _judged(Outcome(ending=Ending.TIMEOUT)).reason == "timed out after 5 s"


def test_a_compiler_that_says_no_is_a_compile_error_whatever_exit_code_is_expected() -> None:
    expect = Expectation(stdout=HI, exit=ExitExpectation(nonzero=True))

    result = _judged(_compiler(1, b"error"), expect)

    assert result.verdict is Verdict.COMPILE_ERROR
    assert result.reason == "the compiler ended with exit code 1"


def test_a_compiler_that_crashes_said_no() -> None:
    outcome = Outcome(ending=Ending.SIGNALED, phase=Phase.COMPILE, exit_code=139, signal=11)

    result = _judged(outcome)

    assert result.verdict is Verdict.COMPILE_ERROR
    assert result.reason == "the compiler ended with exit code 139 (SIGSEGV)"


def test_an_expected_compile_error_passes_and_its_output_is_the_compiler_s() -> None:
    expect = Expectation(
        exit=None,
        verdict=Verdict.COMPILE_ERROR,
        stderr=TextExpectation(contains=("expected ';'",)),
    )

    assert _judged(_compiler(1, b"error: expected ';'"), expect).verdict is Verdict.PASSED
    assert _judged(_compiler(1, b"error: x"), expect).verdict is Verdict.WRONG_OUTPUT


def test_compiling_alone_passes_when_the_compiler_says_yes() -> None:
    assert _judged(_compiler(0)).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("outcome", "wanted", "verdict", "reason"),
    [
        (
            _exited(0),
            Verdict.TIMEOUT,
            Verdict.RUNTIME_ERROR,
            "exit code 0, expected a timeout",
        ),
        (
            _exited(0),
            Verdict.RUNTIME_ERROR,
            Verdict.RUNTIME_ERROR,
            "exit code 0, expected a runtime error",
        ),
        (
            _exited(0),
            Verdict.COMPILE_ERROR,
            Verdict.RUNTIME_ERROR,
            "exit code 0, expected a compile error",
        ),
        (
            Outcome(ending=Ending.TIMEOUT),
            Verdict.MEMORY_LIMIT,
            Verdict.TIMEOUT,
            "timed out after 5 s, expected the memory limit to be exceeded",
        ),
        (
            _compiler(1),
            Verdict.RUNTIME_ERROR,
            Verdict.COMPILE_ERROR,
            "the compiler ended with exit code 1, expected a runtime error",
        ),
    ],
)
def test_another_ending_than_the_expected_verdict_fails(
    outcome: Outcome, wanted: Verdict, verdict: Verdict, reason: str
) -> None:
    result = _judged(outcome, Expectation(exit=None, verdict=wanted))

    assert (result.verdict, result.reason) == (verdict, reason)
    assert _subjects(result) == ["verdict"]


@pytest.mark.parametrize("exit_", [None, ExitExpectation()])
def test_an_expected_runtime_error_is_any_code_but_0(exit_: ExitExpectation | None) -> None:
    expect = Expectation(exit=exit_, verdict=Verdict.RUNTIME_ERROR)

    assert _judged(_exited(9), expect).verdict is Verdict.PASSED
    crashed = Outcome(ending=Ending.SIGNALED, exit_code=139, signal=11)
    assert _judged(crashed, expect).verdict is Verdict.PASSED


def test_an_exit_code_may_be_added_to_an_expected_runtime_error() -> None:
    expect = Expectation(exit=ExitExpectation(codes=frozenset({3})), verdict=Verdict.RUNTIME_ERROR)

    assert _judged(_exited(3), expect).verdict is Verdict.PASSED
    other = _judged(_exited(4), expect)
    assert (other.verdict, other.reason) == (Verdict.RUNTIME_ERROR, "exit code 4, expected 3")


def test_files_are_checked() -> None:
    expect = Expectation(files={"out.txt": HI, "other.txt": HI, "none.txt": HI})
    outcome = replace(_exited(), files={"out.txt": b"hi\n", "other.txt": b"ho\n", "none.txt": None})

    result = _judged(outcome, expect)

    assert result.verdict is Verdict.WRONG_OUTPUT
    assert [mismatch.reason for mismatch in result.mismatches] == [
        "other.txt differs at line 1: expected 'hi', got 'ho'",
        "none.txt was not written",
    ]


def test_a_failure_that_is_expected_is_xfailed_and_says_why() -> None:
    result = _judged(_exited(1), xfail="issue 7")

    assert result.verdict is Verdict.XFAILED
    assert result.reason == "fails as expected (issue 7): exit code 1, expected 0"
    assert _subjects(result) == ["exit_code"]


def test_a_pass_that_was_expected_to_fail_is_xpassed() -> None:
    result = _judged(_exited(0), xfail="issue 7")

    assert result.verdict is Verdict.XPASSED
    assert result.reason == "passed, though expected to fail (issue 7)"


@pytest.mark.parametrize(("ending", "_"), LIMITS)
def test_a_limit_is_a_failure_too(ending: Ending, _: Verdict) -> None:
    assert _judged(Outcome(ending=ending), xfail="").verdict is Verdict.XFAILED


def test_xfail_never_absorbs_a_sandbox_error() -> None:
    outcome = Outcome(ending=Ending.SANDBOX_ERROR, reason="the container is\ngone")

    result = _judged(outcome, xfail="issue 7")

    assert (result.verdict, result.reason) == (
        Verdict.SANDBOX_ERROR,
        "the container is\\ngone",
    )


def test_what_was_not_run_is_skipped_with_the_reason() -> None:
    result = _judged(Outcome(ending=Ending.NOT_RUN, reason="'first' ended with timeout"))

    assert (result.verdict, result.reason) == (Verdict.SKIPPED, "'first' ended with timeout")


def test_skip_beats_xfail() -> None:
    result = _judged(Outcome(ending=Ending.NOT_RUN), xfail="bug", skip="no network")

    assert (result.verdict, result.reason) == (Verdict.SKIPPED, "no network")


def test_a_reason_is_one_line_of_printable_text() -> None:
    result = _judged(_exited(0, b"\x1b[31m\r\n##x\xff\n"), Expectation(stdout=HI))

    assert result.reason.isprintable()
