"""The timeline's geometry: what is a bar, in which lane, and that bars are never too many."""

from dataclasses import replace

from reporters.reports import every_verdict, exited, passed, report, result
from runner.model import ImagePull, Report, Result
from runner.reporters.html.lanes import Bar, Lane, lanes, span, waiting
from runner.reporters.html.timeline import timeline


def _at(start: float, wall: float, *, sandbox: str = "a", compiled: float = 0.0) -> Result:
    one = passed(f"at {start}", line=int(start * 1000) + 1, wall=wall)
    outcome = replace(one.outcome, sandbox=sandbox, compile_wall=compiled)
    return replace(one, outcome=outcome, started=start, queued=start)


def _lasting(duration: float, *results: Result) -> Report:
    return replace(report(*results), duration=duration)


def test_a_sandbox_is_a_lane_and_a_case_a_bar() -> None:
    run = _lasting(4.0, _at(0.0, 1.0), _at(0.5, 2.0, sandbox="b"), _at(2.0, 1.0))

    assert lanes(run) == [
        Lane(
            title="sandbox a",
            bars=(Bar(start=0.0, end=1.0, numbers=(1,)), Bar(start=2.0, end=3.0, numbers=(3,))),
        ),
        Lane(title="sandbox b", bars=(Bar(start=0.5, end=2.5, numbers=(2,)),)),
    ]


def test_a_program_is_compiled_before_it_runs() -> None:
    (lane,) = lanes(_lasting(4.0, _at(0.0, 1.0, compiled=2.0)))

    assert lane.bars == (
        Bar(start=0.0, end=2.0, numbers=(1,), compiling=True),
        Bar(start=2.0, end=3.0, numbers=(1,)),
    )


def test_what_was_compiled_for_the_first_case_is_not_compiled_for_the_second() -> None:
    first = _at(0.0, 1.0, compiled=2.0)
    another = replace(first.case, source=replace(first.case.source, line=9), name="second")
    snippet = replace(first.snippet, cases=(first.case, another))
    second = replace(first, snippet=snippet, case=another, started=3.0)

    (lane,) = lanes(_lasting(4.0, replace(first, snippet=snippet), second))

    assert [bar.compiling for bar in lane.bars] == [True, False, False]


def test_what_is_cached_or_was_not_run_has_no_bar() -> None:
    assert lanes(_lasting(4.0, replace(_at(0.0, 1.0), cached=True), _at(1.0, 0.0))) == []


def test_a_failure_s_bar_is_one_of_its_own_kind() -> None:
    (lane,) = lanes(report(result("x", exited(code=1))))

    assert [bar.failed for bar in lane.bars] == [True]


def test_many_short_cases_share_bars_that_lead_to_their_failure() -> None:
    failed = result("x", exited(code=1), wall=0.001)
    failed = replace(
        failed, outcome=replace(failed.outcome, sandbox="a"), started=5.0005, queued=5.0005
    )
    one = _at(0.0, 0.001)
    short = [replace(one, started=at / 1000, queued=at / 1000) for at in range(10_000)]

    (lane,) = lanes(_lasting(10.0, *short, failed))
    (red,) = [bar for bar in lane.bars if bar.failed]

    assert len(lane.bars) <= 1000
    assert red.numbers[0] == 10_001
    assert sum(len(bar.numbers) for bar in lane.bars) == 10_001


def test_cases_that_claim_the_same_time_share_a_bar() -> None:
    (lane,) = lanes(_lasting(4.0, *[_at(1.0, 2.0)] * 1000))

    assert [len(bar.numbers) for bar in lane.bars] == [1000]


def test_a_container_for_each_case_makes_no_more_lanes_than_there_were_at_once() -> None:
    fresh = [_at(at // 2 * 1.0, 0.9, sandbox=f"s{at}") for at in range(2000)]

    found = lanes(_lasting(1000.0, *fresh))

    assert [lane.title for lane in found] == ["lane 1", "lane 2"]


def test_the_axis_reaches_the_end_of_whatever_lasts_longest() -> None:
    pulled = replace(
        _lasting(2.0, _at(0.0, 1.0)), pulls=(ImagePull(image="x", started=1.0, duration=4.0),)
    )

    assert span(pulled) == 5.0


def test_the_queue_shrinks_as_sandboxes_take_what_waits() -> None:
    run = _lasting(4.0, _at(0.0, 1.0), _at(1.0, 1.0), _at(2.0, 1.0), _at(2.0, 1.0))

    assert waiting(run) == [(0.0, 3), (1.0, 2), (2.0, 1), (2.0, 0)]


def test_the_queue_of_twenty_thousand_has_few_steps() -> None:
    one = _at(0.0, 0.001)
    run = _lasting(
        20.0, *[replace(one, started=at / 1000, queued=at / 1000) for at in range(1, 20_001)]
    )

    steps = waiting(run)

    assert len(steps) <= 402
    assert (steps[0], steps[-1][1]) == ((0.0, 20_000), 0)


def test_pulls_stand_above_the_queue_and_the_queue_above_the_sandboxes() -> None:
    pull = ImagePull(image="python:3.13-slim", started=0.0, duration=0.2)

    drawn = timeline(replace(every_verdict(), pulls=(pull,)))

    places = [drawn.index(text) for text in ("pull python:3.13-slim", "waiting: ", ">sandbox<")]
    assert places == sorted(places)
