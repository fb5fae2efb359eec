"""From snippets to sessions."""

from collections.abc import Sequence

import pytest
from snippets import case, python

from runner.judge import judge
from runner.model import (
    Ending,
    Isolation,
    Limits,
    Outcome,
    Report,
    Session,
    Snippet,
    Source,
    case_name,
)
from runner.options import Overrides
from runner.plan import failed, plan
from runner.selection import Selection, parse_expression


def planned(
    snippets: Sequence[Snippet], *, only: str | None = None, overrides: Overrides | None = None
) -> list[Session]:
    select = Selection(expression=parse_expression(only) if only else None)
    return plan(snippets, select=select, overrides=overrides or Overrides())


def named(name: str, session: str | None = None, path: str = "a.yml") -> Snippet:
    return python("1", name=name, session=session, source=Source(path=path, line=1))


def names(sessions: list[Session]) -> list[list[str]]:
    return [[snippet.name for snippet in session.snippets] for session in sessions]


def test_lone_snippets_are_sessions_of_one_without_an_id() -> None:
    sessions = planned([named("a"), named("b")])

    assert names(sessions) == [["a"], ["b"]]
    assert [session.id for session in sessions] == [None, None]


def test_members_of_a_session_stand_together_where_the_first_stood() -> None:
    sessions = planned([named("a"), named("b", "s"), named("c"), named("d", "s"), named("e", "t")])

    assert names(sessions) == [["a"], ["b", "d"], ["c"], ["e"]]
    assert [session.id for session in sessions] == [None, "s", None, "t"]


def test_one_id_in_two_files_is_two_sessions() -> None:
    sessions = planned([named("a", "s"), named("b", "s", "b.yml"), named("c", "s")])

    assert names(sessions) == [["a", "c"], ["b"]]


def test_what_is_not_selected_is_left_out() -> None:
    assert names(planned([named("ax"), named("b"), named("cx")], only="x")) == [["ax"], ["cx"]]


def test_a_selected_member_brings_the_earlier_ones() -> None:
    snippets = [named("a", "s"), named("bx", "s"), named("c", "s"), named("d", "t")]

    assert names(planned(snippets, only="x")) == [["a", "bx"]]


def test_nothing_selected_is_no_session() -> None:
    assert planned([named("a"), named("b", "s")], only="x") == []


def test_without_overrides_a_snippet_is_the_very_same() -> None:
    one = named("a")

    (session,) = planned([one])

    assert session.snippets[0] is one


@pytest.mark.parametrize("manifest", list(Isolation), ids=str)
@pytest.mark.parametrize("said", list(Isolation), ids=str)
def test_the_command_lines_isolation_wins(manifest: Isolation, said: Isolation) -> None:
    one = python("1", isolation=manifest)

    (session,) = planned([one], overrides=Overrides(isolation=said))

    assert session.snippets[0].isolation is said


def test_timeouts_are_scaled_up_to_the_most_there_is() -> None:
    cases = [case("1", timeout=10.0), case("2", timeout=200.0)]
    one = python("1", cases=cases, limits=Limits(timeout=30.0, compile_timeout=250.0))

    (session,) = planned([one], overrides=Overrides(timeout_scale=2.0))

    (scaled,) = session.snippets
    assert [each.timeout for each in scaled.cases] == [20.0, 300.0]
    assert (scaled.limits.timeout, scaled.limits.compile_timeout) == (60.0, 300.0)
    assert scaled.isolation is one.isolation


# ------------------------------------------------------------------ retries, and what failed


@pytest.mark.parametrize(("said", "retries"), [(None, 1), (0, 0), (5, 5)])
def test_the_command_lines_retries_win(said: int | None, retries: int) -> None:
    (session,) = planned([python("1", retries=1)], overrides=Overrides(retries=said))

    assert session.snippets[0].retries == retries


def report(*outcomes: tuple[Snippet, int]) -> Report:
    """A report in which each case of a snippet had this exit code."""
    results = (
        judge(one, each, Outcome(ending=Ending.EXITED, exit_code=code))
        for one, code in outcomes
        for each in one.cases
    )
    return Report(results=tuple(results), started="", duration=0.0, jobs=1)


def again(snippets: Sequence[Snippet], earlier: Report) -> list[list[str]]:
    """The names of the cases that are run again."""
    sessions = plan(snippets, select=Selection(), overrides=Overrides(), only=failed(earlier))
    return [
        [case_name(one, each) for one in session.snippets for each in one.cases]
        for session in sessions
    ]


def test_only_what_failed_is_run_again() -> None:
    a, b = named("a"), named("b")

    assert again([a, b], report((a, 0), (b, 1))) == [["b"]]


def test_of_a_snippet_only_the_cases_that_failed_are_run_again() -> None:
    both = python("1", name="s", cases=[case("a"), case("b")])
    second = python("1", name="s", cases=[case("b")])

    assert again([both], report((second, 1))) == [["s / b"]]


def test_a_member_that_failed_brings_the_earlier_ones() -> None:
    members = [named(name, "s") for name in "abc"]

    assert again(members, report((members[1], 1))) == [["a", "b"]]


def test_a_failure_in_another_file_is_another_one() -> None:
    assert again([named("a"), named("a", path="b.yml")], report((named("a"), 1))) == [["a"]]


def test_a_file_may_be_named_otherwise_than_it_was() -> None:
    assert again([named("a", path="./a.yml")], report((named("a"), 1))) == [["a"]]


@pytest.mark.parametrize(
    "earlier", [report(), report((named("a"), 0)), report((named("gone"), 1))], ids=str
)
def test_where_nothing_failed_that_is_still_there_nothing_is_run(earlier: Report) -> None:
    assert again([named("a")], earlier) == []
