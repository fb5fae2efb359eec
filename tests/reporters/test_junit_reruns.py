"""JUnit XML with earlier attempts: in the form of Maven Surefire, beside what `junit` has."""

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from junitparser.xunit2 import JUnitXml, TestCase

from reporters.reports import every_verdict, exited, passed, report, result, retried
from runner.model import Report, Verdict
from runner.reporters import junit
from runner.reporters.junit_reruns import render

REPEATED = ("flakyFailure", "flakyError", "rerunFailure", "rerunError")


def cases(of: Report) -> list[ET.Element]:
    return list(ET.fromstring(render(of).encode()).iter("testcase"))


def read(of: Report) -> list[TestCase]:
    (suite,) = JUnitXml.fromstring(render(of).encode())
    return [case for case in suite if isinstance(case, TestCase)]


def test_the_retried_report_is_as_its_golden_file(golden: Callable[[str, str], None]) -> None:
    golden("retried.xml", render(retried()))


def test_without_earlier_attempts_it_is_the_plain_report() -> None:
    assert render(every_verdict()) == junit.render(every_verdict())


def test_the_plain_report_says_nothing_of_earlier_attempts() -> None:
    tags = {element.tag for element in ET.fromstring(junit.render(retried()).encode()).iter()}

    assert tags.isdisjoint(REPEATED)


def test_attempts_stand_between_the_failure_and_the_streams() -> None:
    earlier = (result("x", exited("one", "two", code=1)),)
    one = replace(result("x", exited("three", "four", code=2)), earlier=earlier, attempts=2)

    (case,) = cases(report(one))

    assert [child.tag for child in case] == [
        "properties",
        "failure",
        "rerunFailure",
        "system-out",
        "system-err",
    ]


@pytest.mark.parametrize(
    ("at", "tags", "flaky"),
    [
        (1, ["flakyFailure", "flakyFailure", "flakyError"], True),
        (2, ["rerunFailure", "rerunFailure", "rerunError"], False),
    ],
    ids=["flaky", "failed again"],
)
def test_junitparser_reads_each_attempt(at: int, tags: list[str], flaky: bool) -> None:  # noqa: FBT001 - pytest names it
    case = read(retried())[at]

    first, second, fault = case.interim_result
    assert [attempt._tag for attempt in (first, second, fault)] == tags
    assert (case.is_flaky, case.is_rerun) == (flaky, not flaky)
    assert (first.type, first.message) == ("runtime_error", "exit code 1, expected 0")
    assert first.stack_trace.startswith("exit code 1, expected 0\n\nstdout:\none\n")
    assert first.system_out == "one\n"
    assert "\\x1b[31mred" in first.system_err
    assert (second.message, second.system_out) == ("exit code 2, expected 0", None)
    assert fault.type == "sandbox_error"


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.SKIPPED, Verdict.XFAILED])
def test_only_failed_and_flaky_cases_have_attempts(verdict: Verdict) -> None:
    earlier = (result("x", exited(code=1)),)
    one = replace(passed("x", line=1), verdict=verdict, earlier=earlier, attempts=2)

    (case,) = cases(report(one))

    assert {child.tag for child in case}.isdisjoint(REPEATED)


def test_an_attempt_that_passed_is_none_that_failed() -> None:
    earlier = (passed("x", line=1), result("x", exited(code=1)))
    one = replace(result("x", exited(code=2)), earlier=earlier, attempts=3)

    (case,) = cases(report(one))

    assert [child.get("message") for child in case if child.tag in REPEATED] == [
        "exit code 1, expected 0"
    ]


def test_many_attempts_of_much_output_stay_below_what_gitlab_reads() -> None:
    earlier = (result("x", exited(b"<" * 65_536, b"\x00" * 65_536, code=1)),) * 10
    one = replace(result("x", exited(code=1)), earlier=earlier, attempts=11)

    document = render(report(*[one] * 20))

    assert 4_000_000 < len(document.encode()) < 30_000_000
    assert len(list(ET.fromstring(document.encode()).iter("rerunFailure"))) == 200
