"""The log on GitHub: groups, annotations, and nothing obeyed but what the reporter itself says."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reporters.log_parsers import Command, obeyed
from reporters.reports import HOSTILE, NAME, every_verdict, exited, flooded, many, report, result
from runner.model import Ending, Expectation, Outcome, Report, Result, TextExpectation
from runner.reporters import REPORTERS
from runner.reporters.commands import disarmed, token_for
from runner.reporters.github import problems, render
from runner.text import one_line

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
EXPECT = Expectation(stdout=TextExpectation(equals="hello"))


def _errors(of: Report) -> list[Command]:
    return [command for command in obeyed(render(of)) if command.name == "error"]


def _failing(name: str, *, line: int, stdout: str = "bye") -> Result:
    return result(name, exited(stdout), line=line, expect=EXPECT)


def test_the_shared_report_is_as_its_golden_file(golden: Callable[[str, str], None]) -> None:
    golden("every_verdict.log", render(every_verdict()))


def test_the_reporter_by_name_gives_the_same() -> None:
    assert REPORTERS["github"](every_verdict()) == render(every_verdict())


def test_each_failure_is_a_group_with_its_details_where_nothing_is_obeyed() -> None:
    log = render(report(_failing("sums", line=7)))

    names = [command.name for command in obeyed(log)]
    token = names[2]
    assert names == ["group", "stop-commands", token, "endgroup", "error", "stop-commands", token]
    assert log.startswith(
        f"""\
::group::✗ sums (wrong_output) examples/tour.yml:7
::stop-commands::{token}
  examples/tour.yml:7 · wrong_output · python · 12 ms · 9.0 MiB
  stdout differs at line 1: expected 'hello', got 'bye'
"""
    )


def test_an_annotation_is_at_the_case_that_failed_and_says_what_is_wrong() -> None:
    one = result("sums", exited("bye"), line=10, case="two", expect=EXPECT)

    (error,) = _errors(report(one))

    assert error.properties == {
        "file": "examples/tour.yml",
        "line": "14",
        "title": "sums / two: wrong_output",
    }
    assert error.data == "stdout differs at line 1: expected 'hello', got 'bye'\n-hello\n+bye"


def test_a_sandbox_at_fault_is_annotated_too() -> None:
    lost = result("x", Outcome(ending=Ending.SANDBOX_ERROR, reason="the container is gone"))

    (error,) = _errors(report(lost))

    assert error.data == "the container is gone"
    assert error.properties["title"] == "x: sandbox_error"


def test_what_came_on_standard_input_has_no_file_to_be_annotated() -> None:
    (error,) = _errors(report(result("x", exited(code=1), path="-")))

    assert set(error.properties) == {"title"}


@pytest.mark.parametrize(("failures", "shown"), [(9, 9), (10, 10), (11, 10), (500, 10)])
def test_there_are_at_most_ten_annotations(failures: int, shown: int) -> None:
    some = report(*[_failing(f"x{at}", line=at + 1, stdout=f"{at}") for at in range(failures)])

    assert len(_errors(some)) == shown


def test_the_last_annotation_says_how_many_more_there_are() -> None:
    *_, last = _errors(report(*[_failing(f"x{at}", line=at + 1) for at in range(25)]))

    assert last.properties == {"title": "16 more failures: see the summary"}
    assert last.data.startswith("x9\nx10\n")


def test_one_reason_given_many_times_does_not_hide_another() -> None:
    lost = Outcome(ending=Ending.SANDBOX_ERROR, reason="no such image")
    failures = [result(f"lost {at}", lost, line=at + 1) for at in range(50)]

    errors = _errors(report(*failures, _failing("sums", line=99)))

    assert [error.properties["line"] for error in errors[:3]] == ["1", "99", "2"]


def test_many_cases_of_one_snippet_do_not_hide_the_next_snippet() -> None:
    cases = [result("x", exited(f"{at}"), case=f"{at}", line=1, expect=EXPECT) for at in range(50)]

    errors = _errors(report(*cases, _failing("sums", line=99)))

    assert [error.properties["line"] for error in errors[:2]] == ["5", "99"]


def test_annotations_can_be_left_out() -> None:
    log = render(every_verdict(), annotations=False)

    assert {command.name for command in obeyed(log)} & {"error", "warning", "notice"} == set()


def test_a_run_without_failures_is_its_table() -> None:
    log = render(report())

    assert next(command.name for command in obeyed(log)) == "stop-commands"
    assert "- no cases" in log


def test_totals_come_last() -> None:
    *_, totals, verdicts, circumstances, resume = render(many(300)).splitlines()

    assert totals == "✗ 30 of 300 cases failed in 1.23 s"
    assert verdicts == "  30 wrong_output · 270 passed"
    assert circumstances.startswith("  4 jobs")
    assert resume.startswith("::")


def test_a_message_is_shorter_than_what_a_runner_cuts() -> None:
    flood = "\U0001f469%\n" * 5000
    one = result("x" * 9000, exited(flood, flood, code=1), line=1, expect=EXPECT)

    (error,) = _errors(report(one))

    assert len(error.data.encode("utf-16-le")) // 2 < 4096
    assert len(error.properties["title"]) < 300


def test_megabytes_and_thousands_take_little_room() -> None:
    logs = [render(flooded()), render(many(5000))]

    assert [len(log) < 200_000 for log in logs] == [True, True]


def test_the_end_of_stopping_is_a_word_that_no_text_holds() -> None:
    token = token_for(["a", HOSTILE])

    assert token == token_for(["a", HOSTILE])
    assert token != token_for(["b", HOSTILE])
    with pytest.raises(ValueError, match="token"):
        disarmed(f"x {token}", token=token)


@given(ANY_TEXT, ANY_TEXT)
@example(HOSTILE, NAME)
@example("::endgroup::", "a,b=c::d")
@example("%0A::error::x", "%3A%2C")
@example("##[error", "]")
@example("\n::add-mask::e\n", "\r\n##[add-mask]e")
def test_nothing_of_a_program_or_a_manifest_is_obeyed(text: str, other: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    expect = Expectation(stdout=TextExpectation(equals=other + "x"))
    failed = result(other, exited(raw, raw, code=2), stdin=raw, path=text, expect=expect)
    lost = result(text, Outcome(ending=Ending.SANDBOX_ERROR, reason=other), path=other)
    some = report(failed, lost, replace(result(text, exited(), path=other, skip=other)))

    commands = obeyed(render(replace(some, engine=text)))

    token = commands[2].name
    assert [command.name for command in commands] == [
        *["group", "stop-commands", token, "endgroup"] * 2,
        *["error"] * 2,
        *["stop-commands", token],
    ]
    lines = [line for command in commands for line in command.data.split("\n")]
    assert [line for line in lines if "##[" in line or line.lstrip().startswith("::")] == []


@given(ANY_TEXT)
@example(NAME)
@example("100%25 %0A%3A%2C,:")
def test_a_runner_reads_back_the_place_and_the_name(text: str) -> None:
    one = result(text, exited(code=1), line=12, path=f"docs/{text}")

    (error,) = _errors(report(one))

    plain = {key: value.replace("\u200b", "") for key, value in error.properties.items()}
    assert plain["file"] == one_line(f"docs/{text}")
    assert plain["line"] == "12"
    assert plain["title"] == f"{one_line(text, limit=200)}: runtime_error"


def test_a_problem_is_annotated_at_its_line() -> None:
    (error,) = obeyed(problems(["a b.yml:7:5: snippets[2].language: unknown language 'pyton'"]))

    assert error.properties == {"file": "a b.yml", "line": "7", "title": "exec-action"}
    assert error.data == "snippets[2].language: unknown language 'pyton'"


@pytest.mark.parametrize(
    "text",
    ["input 'jobs': at least 1", "a.yml: no such file", "no engine: at 5: x", ":1:2:"],
)
def test_a_problem_without_a_line_is_annotated_at_none(text: str) -> None:
    (error,) = obeyed(problems([text]))

    assert error.properties == {"title": "exec-action"}
    assert error.data.replace("\u200b", "") == text


def test_more_problems_than_annotations_are_all_in_the_log() -> None:
    log = problems(f"a.yml:{at}:1: wrong {at}" for at in range(1, 31))

    errors = [command for command in obeyed(log) if command.name == "error"]
    assert len(errors) == 10
    assert errors[-1].data == "21 more problems: the log has them all"
    assert "a.yml:30:1: wrong 30\n" in log


def test_of_a_problem_with_a_traceback_the_last_line_is_annotated() -> None:
    log = problems(["Traceback:\n  ::boom::\nexec-action: this is a bug of ours"])

    *_, error = obeyed(log)
    assert error.data == "this is a bug of ours"
    assert "Traceback:\n" in log


@given(st.lists(ANY_TEXT, max_size=15))
@example(["x\n::add-mask::e\n##[add-mask]e", "a:1:::error::"])
def test_nothing_of_a_problem_is_obeyed(texts: list[str]) -> None:
    commands = obeyed(problems(texts))

    names = [command.name for command in commands if command.name != "error"]
    assert names[:1] in ([], ["stop-commands"])
    assert len(names) in (0, 2)
