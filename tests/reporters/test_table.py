"""The table: short for few, bounded for many, and harmless in a CI system's log."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from reporters.log_parsers import commands
from reporters.reports import HOSTILE, every_verdict, exited, flooded, many, passed, report, result
from runner.model import Expectation, TextExpectation, Verdict
from runner.options import View
from runner.reporters import REPORTERS
from runner.reporters.table import render

UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def test_the_shared_report_is_as_its_golden_file(golden: Callable[[str, str], None]) -> None:
    golden("every_verdict.txt", render(every_verdict()))


def test_the_reporters_by_name_give_the_same() -> None:
    assert REPORTERS["table"](every_verdict()) == render(every_verdict())
    assert REPORTERS["junit"](every_verdict()).startswith("<?xml")


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_no_line_is_wider_than_asked_for(width: int) -> None:
    lines = render(every_verdict(), width=width).splitlines()

    assert max(cell_len(line) for line in lines) <= width


def test_no_line_ends_in_blanks() -> None:
    lines = render(every_verdict()).splitlines()

    assert [line for line in lines if line != line.rstrip()] == []


def test_a_few_cases_have_a_line_each() -> None:
    text = render(report(*[passed(f"number {at}", line=at) for at in range(50)]))

    assert text.count("✓  number") == 50
    assert text.endswith(
        "✓ 50 cases passed in 1.23 s\n"
        "  4 jobs · Docker Engine 20.10.24 · slowest: number 0, 12 ms\n"
    )


def test_of_many_cases_only_those_that_did_not_pass_have_a_line() -> None:
    text = render(many(300))

    assert text.count("✗  snippet") == 30
    assert "✓  snippet" not in text
    assert re.search(r"^docs/page0\.md +15 +15 ", text, re.MULTILINE)


def test_verbose_gives_each_of_many_its_line() -> None:
    text = render(many(300), view=View(verbose=True))

    assert text.count("✓  snippet") == 270


def test_ten_thousand_failures_fill_a_bounded_number_of_lines_and_say_so() -> None:
    failing = result("x", exited("b"), expect=Expectation(stdout=TextExpectation(equals="a")))

    text = render(report(*[failing] * 10_000))

    assert len(text.splitlines()) < 1000
    assert "... and 9950 more" in text


def test_megabytes_of_output_take_a_page() -> None:
    text = render(flooded())

    assert len(text.splitlines()) < 700


def test_a_failure_shows_both_faults_stdin_expected_actual_and_diff() -> None:
    expect = Expectation(stdout=TextExpectation(equals="one\ntwo"))
    one = result("x", exited("one\n2\n", "oops", code=1), stdin=b"in", expect=expect)

    text = render(report(one))

    assert (
        """\
✗ x
  examples/tour.yml:1 · runtime_error · python · 12 ms · 9.0 MiB
  exit code 1, expected 0
  stdout differs at line 2: expected 'two', got '2'
  stdin
  │ in
  expected stdout
  │ one
  │ two
  actual stdout
  │ one
  │ 2
  diff of stdout (- expected, + actual)
  │  one
  │ -two
  │ +2
  stderr
  │ oops
"""
        in text
    )


def test_an_interrupted_run_says_so() -> None:
    text = render(report(passed("x", line=1), interrupted=True))

    assert "INTERRUPTED" in text


def test_each_language_has_its_figures() -> None:
    some = report(
        passed("a", line=1, wall=0.1),
        replace(passed("b", line=2, wall=0.3), verdict=Verdict.WRONG_OUTPUT),
        passed("c", line=3, language="go", wall=2.0),
    )

    text = render(some)

    assert re.search(r"python +2 +1 +50\.0% +200 ms +300 ms\n", text)
    assert re.search(r"go +1 +1 +100\.0% +2\.00 s +2\.00 s\n", text)


def test_colours_are_there_only_when_asked_for() -> None:
    assert "\x1b[" in render(every_verdict(), color=True)
    assert "\x1b" not in render(every_verdict())


def test_nothing_depends_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = render(every_verdict())

    monkeypatch.setenv("COLUMNS", "33")
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert render(every_verdict()) == before


@given(st.text(st.characters(codec=None, exclude_categories=())), st.integers(30, 100))
@example("::error::", 40)
@example("x" * 38 + "::error::boom", 40)
@example("a ##[error]b", 80)
@example("\u2028::stop-commands::x", 80)
@example(HOSTILE, 80)
def test_no_text_of_a_program_is_taken_for_a_command(text: str, width: int) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    expect = Expectation(stdout=TextExpectation(equals=text + "x"))
    failed = result(text, exited(raw, raw, code=2), stdin=raw, path=text, expect=expect)
    skipped = result(text, exited(), path=text, skip=text)
    some = report(failed, replace(skipped, reason=text))

    logs = [render(some, width=width), render(some, width=width, color=True)]

    assert commands("".join(logs)) == []


@given(st.text(st.characters(codec=None, exclude_categories=())))
@example(HOSTILE)
def test_nothing_but_printable_text_is_printed(text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    expect = Expectation(stdout=TextExpectation(equals=text + "x"))
    failed = result(text, exited(raw, raw, code=2), stdin=raw, path=text, expect=expect)

    log = render(report(failed))

    assert UNPRINTABLE.findall(log) == []
    log.encode()


def test_quiet_leaves_the_failures_and_the_upshot() -> None:
    text = render(many(30), view=View(quiet=True))

    assert text.startswith("3 failures ─")
    assert text.endswith("\n✗ 3 of 30 cases failed in 1.23 s\n")
    assert "✓" not in text


def test_quiet_is_one_line_where_nothing_failed() -> None:
    text = render(report(passed("x", line=1)), view=View(quiet=True))

    assert text == "✓ 1 case passed in 1.23 s\n"


def test_an_interrupted_run_says_so_quietly_too() -> None:
    text = render(report(passed("x", line=1), interrupted=True), view=View(quiet=True))

    assert "INTERRUPTED" in text


def test_the_slowest_are_listed_when_asked_for_and_stand_below_one_another() -> None:
    some = [passed("n" * at, line=at, wall=at / 10) for at in range(1, 9)]
    cached = replace(passed("known", line=99, wall=99.0), cached=True)

    text = render(report(*some, cached), view=View(slowest=2))

    assert (
        """\
   800 ms  python  nnnnnnnn  examples/tour.yml:8
   700 ms  python  nnnnnnn   examples/tour.yml:7

"""
        in text
    )
    assert "slowest 2 ─" in text


@pytest.mark.parametrize("number", [10, 1000, 20_000])
def test_no_line_of_any_number_of_cases_is_wider_than_a_terminal(number: int) -> None:
    text = render(many(number), width=80, view=View(slowest=5))

    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert len(text.splitlines()) < 1500


def test_a_cached_case_says_so_instead_of_a_time() -> None:
    text = render(report(replace(passed("x", line=1), cached=True)))

    assert re.search(r"✓  x +python +cached ", text)
