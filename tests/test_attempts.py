"""A session on its way through sandboxes, of which each does what its script says."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import pytest
from snippets import alone, bash, case, together

from runner.attempts import Attempts
from runner.errors import SandboxError, SandboxSpentError
from runner.model import (
    Ending,
    ExitExpectation,
    Expectation,
    Outcome,
    Result,
    Session,
    Snippet,
    Verdict,
)

OK = Outcome(ending=Ending.EXITED, exit_code=0)
BAD = Outcome(ending=Ending.EXITED, exit_code=1)
LATE = Outcome(ending=Ending.TIMEOUT)
BROKEN = SandboxError("the sandbox is gone")
SPENT = SandboxSpentError("the sandbox is spent")
Script = Sequence[Outcome | SandboxError]


@dataclass(slots=True)
class ScriptedSandbox:
    """Gives the outcomes of its script, and fails where that says so."""

    script: Script
    ran: list[tuple[str, ...]]

    def run(self, session: Session) -> Generator[Outcome]:
        cases = [each.name for one in session.snippets for each in one.cases]
        self.ran.append(tuple(cases) if any(cases) else names(session))
        for what in self.script:
            if isinstance(what, SandboxError):
                raise what
            yield what


@dataclass(slots=True)
class ScriptedPool:
    """Lends a sandbox for each script, or fails to."""

    scripts: list[Script]
    ran: list[tuple[str, ...]] = field(default_factory=list)
    """What each sandbox was asked to run, by the names of snippets or cases."""

    @contextmanager
    def lent(self) -> Iterator[ScriptedSandbox]:
        yield ScriptedSandbox(self.scripts.pop(0), self.ran)


class EmptyPool:
    """Cannot start any sandbox."""

    def __init__(self) -> None:
        self.asked = 0

    def lent(self) -> AbstractContextManager[ScriptedSandbox]:
        self.asked += 1
        raise SandboxError("cannot create a container: no")


def names(session: Session) -> tuple[str, ...]:
    return tuple(snippet.name for snippet in session.snippets)


def attempt(session: Session, pool: ScriptedPool | EmptyPool) -> list[Result]:
    work = Attempts(session, pool.lent, 0.0)
    numbers, results = zip(*work.results(), strict=True)
    assert list(numbers) == list(range(len(results)))
    return list(results)


def told(results: list[Result]) -> list[tuple[Verdict, int]]:
    return [(result.verdict, result.attempts) for result in results]


def three_cases(**fields: int) -> Snippet:
    return bash("true", cases=[case("1"), case("2"), case("3")], **fields)


# ------------------------------------------------------------------ one sandbox


def test_every_case_has_one_result_in_order() -> None:
    pool = ScriptedPool([[OK, BAD, OK]])

    results = attempt(alone(three_cases()), pool)

    assert told(results) == [
        (Verdict.PASSED, 1),
        (Verdict.RUNTIME_ERROR, 1),
        (Verdict.PASSED, 1),
    ]
    assert [result.case.name for result in results] == ["1", "2", "3"]
    assert pool.ran == [("1", "2", "3")]


def test_the_code_is_known_by_its_hash() -> None:
    (result,) = attempt(alone(bash("")), ScriptedPool([[OK]]))

    assert result.code_sha256.startswith("e3b0c442")


# ------------------------------------------------------------------ faults of the sandbox


def test_a_fault_is_tried_again_once_in_another_sandbox() -> None:
    pool = ScriptedPool([[BROKEN], [OK]])

    results = attempt(alone(bash("true")), pool)

    assert told(results) == [(Verdict.PASSED, 1)]
    assert len(pool.ran) == 2


def test_a_fault_that_repeats_is_the_verdict() -> None:
    pool = ScriptedPool([[BROKEN], [BROKEN]])

    (result,) = attempt(alone(bash("true")), pool)

    assert result.verdict is Verdict.SANDBOX_ERROR
    assert result.reason == "the sandbox is gone"


def test_no_sandbox_at_all_is_the_verdict_of_every_case() -> None:
    pool = EmptyPool()

    results = attempt(alone(three_cases()), pool)

    assert told(results) == [(Verdict.SANDBOX_ERROR, 1)] * 3
    assert pool.asked == 2


def test_after_a_fault_the_cases_that_are_known_are_not_run_again() -> None:
    pool = ScriptedPool([[OK, BROKEN], [BAD, OK]])

    results = attempt(alone(three_cases()), pool)

    assert [result.verdict for result in results] == [
        Verdict.PASSED,
        Verdict.RUNTIME_ERROR,
        Verdict.PASSED,
    ]
    assert pool.ran == [("1", "2", "3"), ("2", "3")]


def test_each_case_has_its_own_second_try() -> None:
    pool = ScriptedPool([[BROKEN], [OK, BROKEN], [OK, BROKEN], [OK]])

    results = attempt(alone(three_cases()), pool)

    assert told(results) == [(Verdict.PASSED, 1)] * 3


def test_a_case_that_breaks_two_sandboxes_is_not_tried_a_third_time() -> None:
    pool = ScriptedPool([[OK, BROKEN], [BROKEN], [OK, OK]])

    results = attempt(alone(three_cases()), pool)

    assert [result.verdict for result in results] == [
        Verdict.PASSED,
        Verdict.SANDBOX_ERROR,
        Verdict.SANDBOX_ERROR,
    ]
    assert len(pool.ran) == 2


def test_a_sandbox_that_is_used_up_is_no_fault() -> None:
    pool = ScriptedPool([[OK, SPENT], [OK, SPENT], [BROKEN], [OK]])

    results = attempt(alone(three_cases()), pool)

    assert told(results) == [(Verdict.PASSED, 1)] * 3


def test_a_session_begins_anew_after_a_fault_and_tells_nothing_twice() -> None:
    session = together(bash("1"), bash("2"), bash("3"))
    pool = ScriptedPool([[OK, BROKEN], [OK, BAD, OK]])

    results = attempt(session, pool)

    assert [result.verdict for result in results] == [
        Verdict.PASSED,
        Verdict.RUNTIME_ERROR,
        Verdict.SKIPPED,
    ]
    assert pool.ran == [("1", "2", "3")] * 2


# ------------------------------------------------------------------ retries


def test_a_pass_needs_no_retry() -> None:
    assert told(attempt(alone(bash("", retries=3)), ScriptedPool([[OK]]))) == [(Verdict.PASSED, 1)]


@pytest.mark.parametrize(
    ("scripts", "verdict", "attempts"),
    [
        ([[BAD], [OK]], Verdict.FLAKY, 2),
        ([[BAD], [BAD], [OK]], Verdict.FLAKY, 3),
        ([[BAD], [BAD], [BAD]], Verdict.RUNTIME_ERROR, 3),
        ([[LATE], [OK]], Verdict.FLAKY, 2),
        ([[BROKEN], [BROKEN], [OK]], Verdict.FLAKY, 2),
        ([[BAD], [LATE], [LATE]], Verdict.TIMEOUT, 3),
    ],
    ids=["second", "third", "never", "timeout", "sandbox", "the last counts"],
)
def test_a_failure_is_retried(scripts: list[Script], verdict: Verdict, attempts: int) -> None:
    results = attempt(alone(bash("", retries=2)), ScriptedPool(list(scripts)))

    assert told(results) == [(verdict, attempts)]


def test_a_flaky_result_says_how_it_failed_first() -> None:
    session = together(bash("1", retries=2), bash("2", retries=2, expect=Expectation(exit=None)))
    wrong = Outcome(ending=Ending.TIMEOUT)
    pool = ScriptedPool([[BAD], [OK, wrong], [OK, OK]])

    first, second = attempt(session, pool)

    assert (first.verdict, first.attempts) == (Verdict.FLAKY, 3)
    assert first.reason == "passed after: exit code 1, expected 0"
    assert second.verdict in (Verdict.FLAKY, Verdict.PASSED)


def test_every_attempt_is_kept_the_first_one_first() -> None:
    (result,) = attempt(alone(bash("", retries=2)), ScriptedPool([[BAD], [LATE], [OK]]))

    assert told(list(result.earlier)) == [(Verdict.RUNTIME_ERROR, 1), (Verdict.TIMEOUT, 2)]
    assert [one.earlier for one in result.earlier] == [(), ()]


def test_who_passed_at_once_has_no_earlier_attempt() -> None:
    (result,) = attempt(alone(bash("", retries=2)), ScriptedPool([[OK]]))

    assert result.earlier == ()


def test_an_expected_failure_is_not_retried_and_absorbs_no_fault() -> None:
    failing = attempt(alone(bash("", retries=2, xfail="a bug")), ScriptedPool([[BAD]]))
    passing = attempt(alone(bash("", retries=2, xfail="a bug")), ScriptedPool([[OK]]))
    faulty = attempt(alone(bash("", xfail="a bug")), ScriptedPool([[BROKEN], [BROKEN]]))

    assert told(failing) == [(Verdict.XFAILED, 1)]
    assert told(passing) == [(Verdict.XPASSED, 1)]
    assert told(faulty) == [(Verdict.SANDBOX_ERROR, 1)]


def test_a_retry_is_of_the_whole_session() -> None:
    session = together(bash("1", retries=1), bash("2"))
    pool = ScriptedPool([[OK, BAD], [OK, OK]])

    results = attempt(session, pool)

    assert told(results) == [(Verdict.PASSED, 2), (Verdict.FLAKY, 2)]


# ------------------------------------------------------------------ members of a session


@pytest.mark.parametrize("outcome", [BAD, LATE], ids=["exit code", "limit"])
def test_after_a_member_that_ended_otherwise_the_rest_is_skipped(outcome: Outcome) -> None:
    session = together(bash("1"), bash("2", name="culprit"), bash("3"), bash("4"))

    results = attempt(session, ScriptedPool([[OK, outcome]]))

    assert [result.verdict for result in results[2:]] == [Verdict.SKIPPED] * 2
    assert all("'culprit'" in result.reason for result in results[2:])


@pytest.mark.parametrize(
    ("expect", "outcome"),
    [
        (Expectation(exit=ExitExpectation(nonzero=True)), BAD),
        (Expectation(verdict=Verdict.RUNTIME_ERROR), BAD),
        (Expectation(exit=None), BAD),
    ],
    ids=["code", "verdict", "any"],
)
def test_after_a_member_that_ended_as_expected_the_next_runs(
    expect: Expectation, outcome: Outcome
) -> None:
    results = attempt(together(bash("1", expect=expect), bash("2")), ScriptedPool([[outcome, OK]]))

    assert [result.verdict for result in results] == [Verdict.PASSED] * 2


@pytest.mark.parametrize("skipped", [0, 1, 2])
def test_a_skipped_member_is_left_out_and_stops_nothing(skipped: int) -> None:
    members = [bash(str(n), skip="not now" if n == skipped else None) for n in range(3)]
    pool = ScriptedPool([[OK, OK]])

    results = attempt(together(*members), pool)

    verdicts = [result.verdict for result in results]
    assert verdicts.pop(skipped) is Verdict.SKIPPED
    assert verdicts == [Verdict.PASSED] * 2
    assert len(pool.ran[0]) == 2
