"""JUnit XML: what consumers read, and that no program's output can spoil the file."""

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml

from reporters.reports import (
    HOSTILE,
    every_verdict,
    exited,
    flooded,
    many,
    passed,
    report,
    result,
)
from runner.model import Expectation, Report, TextExpectation, Verdict
from runner.reporters.junit import render

HELLO = Expectation(stdout=TextExpectation(equals="hello"))


def _tree(of: Report) -> ET.Element:
    return ET.fromstring(render(of).encode())


def _case(of: Report, name: str) -> ET.Element:
    return next(case for case in _tree(of).iter("testcase") if case.get("name") == name)


def test_the_shared_report_is_as_its_golden_file(golden: Callable[[str, str], None]) -> None:
    golden("every_verdict.xml", render(every_verdict()))


def test_the_root_has_the_totals_of_all_suites() -> None:
    root = _tree(every_verdict())

    totals = {key: root.get(key) for key in ("name", "tests", "failures", "errors", "skipped")}
    assert totals == {
        "name": "exec-action",
        "tests": "17",
        "failures": "9",
        "errors": "1",
        "skipped": "3",
    }
    assert (root.get("time"), root.get("timestamp")) == ("1.234", "2026-11-22T20:15:00")


def test_a_suite_is_a_manifest_or_document() -> None:
    suites = _tree(every_verdict()).findall("testsuite")

    assert [suite.get("name") for suite in suites] == [
        "examples/tour.yml",
        "docs/a b.c/<x>&::error::.md",
    ]
    assert suites[0].get("tests") == str(len(suites[0].findall("testcase")))


@pytest.mark.parametrize(
    ("path", "classname"),
    [
        ("docs/intro.md", "docs.intro_md"),
        ("snippets.yml", "snippets_yml"),
        ("./a.b/c.yml", "_.a_b.c_yml"),
        ("../x.yml", "__.x_yml"),
        ("/tmp/x.yml", "tmp.x_yml"),
        ("-", "-"),
    ],
)
def test_the_classname_is_the_path_as_a_tree(path: str, classname: str) -> None:
    case = _case(report(result("x", exited(), path=path)), "x")

    assert case.get("classname") == classname
    assert case.get("file") == path


def test_a_case_of_several_has_its_own_line_and_name() -> None:
    case = _case(every_verdict(), "sums / two numbers")

    assert (case.get("file"), case.get("line")) == ("examples/tour.yml", "64")


def test_equal_names_in_a_suite_are_told_apart() -> None:
    names = ["x (2)", "x", "x", "x", "x\x00", "x\\x00"]
    same = report(*[passed(name, line=line) for line, name in enumerate(names, 1)])

    unique = [case.get("name") for case in _tree(same).iter("testcase")]
    assert unique == ["x (2)", "x", "x (3)", "x (4)", r"x\x00", r"x\x00 (2)"]


def test_the_time_is_always_there_with_three_decimals() -> None:
    times = [case.get("time") for case in _tree(every_verdict()).iter("testcase")]

    assert times[:2] == ["0.012", "1.234"]
    assert times[-1] == "0.000"


@pytest.mark.parametrize("verdict", list(Verdict))
def test_each_verdict_has_its_element(verdict: Verdict) -> None:
    one = replace(passed("x", line=1), verdict=verdict, reason="why")

    case = _case(report(one), "x")

    told = {child.tag: child.get("type") for child in case if child.get("message") == "why"}
    ours = {"error": "sandbox_error"} if verdict is Verdict.SANDBOX_ERROR else None
    skipped = {"skipped": "skipped"} if verdict in (Verdict.SKIPPED, Verdict.XFAILED) else None
    fine = {} if verdict.fine else {"failure": verdict.value}
    assert told == (ours or skipped or fine)


def test_a_case_has_its_properties() -> None:
    case = _case(every_verdict(), "known already")

    properties = {p.get("name"): p.get("value") for p in case.iter("property")}
    assert properties == {
        "language": "rust",
        "image": "rust:1.65-slim",
        "image_digest": "sha256:" + "ab" * 32,
        "session": "",
        "verdict": "passed",
        "wall_seconds": "0.012300",
        "cpu_seconds": "0.006150",
        "peak_memory_bytes": "9437184",
        "compile_seconds": "0.000000",
        "queued_seconds": "0.250000",
        "attempts": "1",
        "cached": "true",
        "run_id": "1f2e3d4c-30",
        "code_sha256": "cd" * 32,
    }


def test_a_failure_shows_stdin_expected_actual_and_diff() -> None:
    failure = _case(every_verdict(), "sums / two numbers").find("failure")

    assert failure is not None
    assert failure.text == (
        "stdout differs at line 2: expected '5', got '4'\n"
        "\nstdin:\n1 2\n2 3\n"
        "\n\nexpected stdout:\n3\n5\n5"
        "\n\nactual stdout:\n3\n4\n5"
        "\n\ndiff of stdout:\n 3\n-5\n+4\n 5"
    )


def test_a_long_stream_keeps_its_head_and_its_tail() -> None:
    flood = b"first\n" + b"x" * 300_000 + b"\nlast"

    case = _case(report(result("x", exited(flood))), "x")

    text = case.findtext("system-out", "")
    assert text.startswith("first\n")
    assert text.endswith("\nlast")
    assert "[... 234475 bytes left out ...]" in text
    assert len(text) < 66_000


def test_megabytes_of_any_output_make_a_file_no_larger_than_read() -> None:
    document = render(flooded())

    assert len(document.encode()) < 4_000_000
    assert len(list(ET.fromstring(document.encode()).iter("testcase"))) == 4


@pytest.mark.parametrize(
    "flood", [b"x" * 65_536, b"\x00" * 65_536, b"<" * 65_536, b"\xff\n" * 9000]
)
def test_many_failures_of_much_output_stay_below_what_gitlab_reads(flood: bytes) -> None:
    expect = Expectation(stdout=TextExpectation(equals="y\n" * 9000))
    one = result("x", exited(flood, flood), stdin=flood, expect=expect)

    document = render(report(*[one] * 120))

    assert 4_000_000 < len(document.encode()) < 30_000_000
    assert len(list(ET.fromstring(document.encode()).iter("failure"))) == 120


def test_a_cut_divides_no_character() -> None:
    case = _case(report(result("x", exited("日" * 100_000 + "x"))), "x")

    assert "\\x" not in case.findtext("system-out", "")


def test_bytes_that_are_no_text_are_kept_at_a_cut() -> None:
    case = _case(report(result("x", exited(b"\x80" * 100_000))), "x")

    assert case.findtext("system-out", "").endswith(r"\x80")


@given(st.text(st.characters(codec=None, exclude_categories=())), st.binary())
def test_any_text_makes_a_document_that_keeps_what_xml_can_hold(text: str, raw: bytes) -> None:
    expect = Expectation(stdout=TextExpectation(contains=(text + "x",)))
    one = result(text or "x", exited(raw, raw, code=1), stdin=raw, path=text or "x", expect=expect)

    document = render(report(replace(one, run_id=text, reason=text)))

    document.encode()
    (case,) = ET.fromstring(document.encode()).iter("testcase")
    assert case.find("failure") is not None


def test_hostile_text_arrives_as_it_can_be_shown() -> None:
    case = _case(report(result("x", exited(HOSTILE))), "x")

    text = case.findtext("system-out", "")
    assert "]]>&lt;<b>&amp;\"'" in text
    assert "\\x1b[31mred" in text
    assert "\\xed\\xa0\\x80 surrogate, \\ufffe" in text
    assert "one\\rtwo\\x0bthree" in text


def test_no_reference_to_a_character_that_xml_does_not_have() -> None:
    document = render(every_verdict())

    assert "&#" not in document
    assert "CDATA" not in document


def test_junitparser_reads_the_same_counts() -> None:
    document = JUnitXml.fromstring(render(every_verdict()).encode())

    suites = list(document)
    assert [suite.tests for suite in suites] == [15, 2]
    assert sum(suite.failures for suite in suites) == 9
    assert sum(suite.errors for suite in suites) == 1
    assert sum(suite.skipped for suite in suites) == 3


def test_a_suite_of_any_size_has_each_case_once_with_its_own_properties() -> None:
    results = [
        replace(
            result(f"case {at % 700}", exited("bye\n" if at % 7 else "hello\n"), expect=HELLO),
            run_id=f"run-{at}",
        )
        for at in range(1201)
    ]

    document = render(report(*results))

    cases = list(ET.fromstring(document).iter("testcase"))
    assert len({case.get("name") for case in cases}) == 1201
    assert [case.get("name") for case in cases[699:702]] == ["case 699", "case 0 (2)", "case 1 (2)"]
    run_ids = [one.get("value") for case in cases for one in case.iterfind(".//*[@name='run_id']")]
    assert run_ids == [f"run-{at}" for at in range(1201)]
    failed = [case.find("failure") is not None for case in cases]
    assert failed == [bool(at % 7) for at in range(1201)]
    (suite,) = JUnitXml.fromstring(document.encode())
    assert (suite.tests, suite.failures) == (1201, sum(failed))


def test_a_report_of_nothing_is_a_document() -> None:
    assert _tree(report()).get("tests") == "0"


def test_reports_of_many_failures_are_whole() -> None:
    assert len(list(_tree(many(300)).iter("failure"))) == 30
