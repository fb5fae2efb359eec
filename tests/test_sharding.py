"""From the sessions of a run to each machine's part of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from snippets import alone, bash, case, python, snippet, together

from runner.durations import Durations
from runner.judge import judge
from runner.model import (
    Ending,
    Expectation,
    Limits,
    Outcome,
    Report,
    Result,
    Session,
    Shard,
    Snippet,
    Source,
    Verdict,
)
from runner.sharding import Plan, arrange


def named(name: str, path: str = "a.yml", **fields: Any) -> Snippet:  # noqa: ANN401 fields of many types
    return bash(f"echo {name}", name=name, source=Source(path=path, line=1), **fields)


def took(snippet: Snippet, wall: float, **fields: Any) -> Result:  # noqa: ANN401 as above
    outcome = Outcome(ending=Ending.EXITED, exit_code=0, wall=wall)
    return replace(judge(snippet, snippet.cases[0], outcome), **fields)


def report(*results: Result) -> Report:
    return Report(results=results, started="", duration=0.0, jobs=1)


def parts(
    sessions: Sequence[Session], count: int, *, durations: Durations | None = None
) -> list[Plan]:
    return [
        arrange(sessions, shard=Shard(index=index, count=count), durations=durations)
        for index in range(1, count + 1)
    ]


def names(plan: Plan) -> list[str]:
    return [snippet.name for session in plan.sessions for snippet in session.snippets]


def times(plans: Sequence[Plan]) -> list[float]:
    return [sum(session.seconds or 0.0 for session in plan.sessions) for plan in plans]


MANY = [alone(named(f"n{number}")) for number in range(40)]
TOUR = together(named("one"), named("two"), named("three"))


# ------------------------------------------------------------------ parts of a plan


def test_without_a_shard_all_is_here_and_each_knows_its_place() -> None:
    plan = arrange([TOUR, alone(bash("", cases=[case("a"), case("b")])), MANY[0]])

    assert [session.position for session in plan.sessions] == [0, 3, 5]
    assert plan.shard is None
    assert len(plan.digest) == 64


@pytest.mark.parametrize("count", [1, 2, 3, 7, 41, 100])
def test_each_session_is_in_exactly_one_part(count: int) -> None:
    sessions = [*MANY[:20], TOUR, *MANY[20:]]

    plans = parts(sessions, count)

    places = sorted(session.position for plan in plans for session in plan.sessions)
    assert places == [session.position for session in arrange(sessions).sessions]


def test_a_session_is_never_split_and_stays_in_order() -> None:
    plans = parts([*MANY, TOUR], 3)

    (holder,) = (plan for plan in plans if "one" in names(plan))
    assert names(holder)[-3:] == ["one", "two", "three"]


def test_a_part_keeps_the_order_of_the_manifests() -> None:
    (first, _) = parts(MANY, 2)

    places = [session.position for session in first.sessions]
    assert places == sorted(places)


@given(order=st.permutations(range(len(MANY))), index=st.integers(1, 3))
def test_the_order_of_the_files_changes_nothing(order: list[int], index: int) -> None:
    shard = Shard(index=index, count=3)

    usual = arrange(MANY, shard=shard)
    other = arrange([MANY[at] for at in order], shard=shard)

    assert sorted(names(other)) == sorted(names(usual))
    assert other.digest == usual.digest


def test_without_durations_parts_have_as_many_cases() -> None:
    sessions = [*MANY[:9], alone(bash("", cases=[case("a"), case("b"), case("c")]))]

    plans = parts(sessions, 3)

    assert [sum(len(s.snippets[0].cases) for s in plan.sessions) for plan in plans] == [4, 4, 4]


def test_more_parts_than_sessions_leave_some_empty() -> None:
    plans = parts(MANY[:2], 5)

    assert sorted(len(plan.sessions) for plan in plans) == [0, 0, 0, 1, 1]
    assert len({plan.digest for plan in plans}) == 1


def test_a_part_of_a_very_large_number_of_parts_is_found_at_once() -> None:
    plan = arrange(MANY, shard=Shard(index=10**12, count=10**12))

    assert plan.sessions == ()


def test_nothing_has_a_digest_too() -> None:
    assert arrange([]).digest == arrange([], shard=Shard(index=1, count=2)).digest != ""


# ------------------------------------------------------------------ the plan's digest


@pytest.mark.parametrize(
    "other",
    [
        named("x", path="b.yml"),
        named("y"),
        replace(named("x"), code=b"echo y"),
        replace(named("x"), version="5.2"),
        named("x", stdin="1"),
        named("x", files={"a": b""}),
        named("x", cases=[case("a")]),
        named("x", session="s"),
    ],
    ids=["path", "name", "code", "version", "input", "files", "case", "session"],
)
def test_another_snippet_is_another_plan(other: Snippet) -> None:
    assert arrange([alone(other)]).digest != arrange([alone(named("x"))]).digest


@pytest.mark.parametrize(
    "same",
    [
        named("x", path="./a.yml"),
        named("x", path="docs/../a.yml"),
        named("x", limits=Limits(timeout=60.0), timeout=40.0, retries=3),
    ],
    ids=["dot", "up and down", "what the command line of one machine overrides"],
)
def test_another_way_to_say_it_is_the_same_plan(same: Snippet) -> None:
    assert arrange([alone(same)]).digest == arrange([alone(named("x"))]).digest


# ------------------------------------------------------------------ durations


def test_parts_take_equal_time() -> None:
    known = Durations.of(report(*(took(one.snippets[0], 0.1 * at) for at, one in enumerate(MANY))))

    loads = times(parts(MANY, 4, durations=known))

    assert max(loads) <= 1.01 * sum(loads) / 4


def test_one_long_session_is_alone_in_its_part() -> None:
    quick = (took(one.snippets[0], 0.1) for one in MANY)
    known = Durations.of(report(took(TOUR.snippets[0], 100.0), *quick))

    plans = parts([*MANY, TOUR], 2, durations=known)

    assert sorted(len(plan.sessions) for plan in plans) == [1, 40]


def test_a_session_takes_what_its_members_took_with_compiler_and_attempts() -> None:
    member = TOUR.snippets[1]
    first = took(member, 3.0)
    compiled = Outcome(ending=Ending.EXITED, exit_code=0, wall=1.0, compile_wall=2.0)
    known = Durations.of(report(took(member, 0.0, outcome=compiled, earlier=(first,))))

    (session,) = known.over([Session(snippets=(member,))])

    assert session.seconds == pytest.approx(6.0, abs=0.1)


def test_a_case_that_nobody_timed_takes_what_is_usual_for_its_language() -> None:
    known = Durations.of(report(took(named("a"), 2.0), took(named("b"), 4.0)))

    (session,) = known.over([alone(named("new"))])

    assert session.seconds == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize("verdict", [Verdict.SKIPPED, Verdict.SANDBOX_ERROR])
def test_what_did_not_run_says_nothing_of_time(verdict: Verdict) -> None:
    known = Durations.of(report(took(named("a"), 2.0, verdict=verdict)))

    assert known.cases == {}


def test_nothing_known_puts_languages_with_a_compiler_first() -> None:
    rust, quick = Durations().over([alone(snippet("rust", "")), alone(python(""))])

    assert (rust.seconds or 0.0) > (quick.seconds or 0.0)


def test_what_is_skipped_takes_no_time() -> None:
    (session,) = Durations().over([alone(named("a", skip="not now"))])

    assert session.seconds == 0.0


def test_an_expectation_is_no_part_of_a_plan() -> None:
    stricter = named("x", expect=Expectation(exit=None))

    assert arrange([alone(stricter)]).digest == arrange([alone(named("x"))]).digest
