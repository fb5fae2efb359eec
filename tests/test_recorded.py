"""Reports read back: nothing is lost, and what is no report is told with its place."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from growth import grows_slower_than_its_square
from hypothesis import given, settings
from hypothesis import strategies as st
from reporters.reports import every_verdict, exited, flooded, many, passed, report, result, retried
from reporters.test_json import thorough

from runner import recorded
from runner.errors import UsageError
from runner.model import Expectation, Mismatch, Report, TextExpectation
from runner.reporters import REPORTERS

RIGHT = "; what `--report json=FILE` writes would be right"
REPORTS = pytest.mark.parametrize(
    "of",
    [every_verdict(), retried(), thorough(), flooded(), many(30), report()],
    ids=["every verdict", "retried", "thorough", "megabytes", "many", "nothing"],
)
DOCUMENT: Final = json.loads(REPORTERS["json"](retried()))
ODD: Final[tuple[object, ...]] = (
    None, True, -1, 2**62, 1e300, -1e300, float("inf"), "", "\x1b[31m\n", "\ud800", "passed",
    [], [1], ["a"], {}, {"base64": "/w=="}, {"a": 1},
)  # fmt: skip
Read = Callable[[str | bytes], Report]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a file with this content."""
    file = tmp_path / "report.json"

    def read_back(content: str | bytes) -> Report:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return recorded.read(file)

    return read_back


@pytest.fixture
def problem(read: Read, tmp_path: Path) -> Callable[[str | bytes], str]:
    """What is wrong with this content, without the file's name."""

    def told(content: str | bytes) -> str:
        with pytest.raises(UsageError) as refused:
            read(content)
        (line,) = refused.value.problems
        return line.removeprefix(f"{tmp_path}/report.json: ")

    return told


def changed(place: str, value: object) -> str:
    """The JSON of a report in which `value` stands at a place like `results.0.outcome.wall`."""
    document: Any = json.loads(REPORTERS["json"](retried()))
    *steps, last = (int(step) if step.isdigit() else step for step in place.split("."))
    holder = document
    for step in steps:
        holder = holder[step]
    holder[last] = value
    return json.dumps(document)


def places(value: object, *, before: str = "") -> Iterator[str]:
    """Where anything stands in a JSON document."""
    parts = enumerate(value) if isinstance(value, list) else ()
    for name, part in value.items() if isinstance(value, dict) else parts:
        yield f"{before}{name}"
        yield from places(part, before=f"{before}{name}.")


# ------------------------------------------------------------------ what comes back


@REPORTS
def test_a_report_comes_back_as_it_was(of: Report, read: Read) -> None:
    assert read(REPORTERS["json"](of)) == of


@pytest.mark.parametrize(
    "of",
    [every_verdict(), retried(), thorough()],
    ids=["every verdict", "retried", "thorough"],
)
@pytest.mark.parametrize("format_", sorted(REPORTERS))
def test_every_other_report_can_be_made_of_it(format_: str, of: Report, read: Read) -> None:
    render = REPORTERS[format_]

    assert render(read(REPORTERS["json"](of))) == render(of)


@given(st.text(st.characters(codec=None, exclude_categories=())), st.binary())
def test_any_text_and_any_bytes_come_back(
    tmp_path_factory: pytest.TempPathFactory, text: str, raw: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.json"
    expect = Expectation(stdout=TextExpectation(equals=text, contains=(text,)))
    one = result(text, exited(raw, raw, code=1), path=text, case=text, stdin=raw, expect=expect)
    of = report(replace(one, reason=text, run_id=text))

    file.write_text(REPORTERS["json"](of))

    assert recorded.read(file) == of


def test_cases_of_one_snippet_share_it(read: Read) -> None:
    one = passed("x", line=1)
    cases = tuple(replace(one.case, name=name) for name in "ab")
    snippet = replace(one.snippet, cases=cases)

    back = read(REPORTERS["json"](report(*(replace(one, snippet=snippet, case=c) for c in cases))))

    assert back.results[0].snippet is back.results[1].snippet
    assert back.results[0].snippet == snippet


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_shell_may_have_written_the_file(encoding: str, read: Read) -> None:
    assert read(REPORTERS["json"](retried()).encode(encoding)) == retried()


def test_another_form_of_the_same_json_is_the_same_report(read: Read) -> None:
    document = json.loads(REPORTERS["json"](retried()))

    assert read(json.dumps(document, indent=4, sort_keys=True, ensure_ascii=False)) == retried()


@pytest.mark.parametrize("place", ["news", "results.0.news", "results.0.case.expect.news"])
def test_fields_of_later_versions_are_passed_over(place: str, read: Read) -> None:
    assert read(changed(place, {"of": "tomorrow"})) == retried()


# ------------------------------------------------------------------ what is refused


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match=r"^nowhere\.json: no such file or directory$"):
        recorded.read(Path("nowhere.json"))


def test_a_folder_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r": is a directory$"):
        recorded.read(tmp_path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is no JSON, or only a part of it (Expecting value: line 1, column 1)"),
        ("<testsuites/>", "is no JSON, or only a part of it (Expecting value: line 1, column 1)"),
        ("[]", "is a list where an object would be right"),
        ("{}", "is no report of exec-action"),
        ('{"version": "2.0", "tests": []}', "is no report of exec-action"),
        ("[" * 1_000_000, "is no JSON that a report could be"),
        ('{"a":' * 1_000_000, "is no JSON that a report could be"),
        ("9" * 10_000, "is no JSON that a report could be"),
        (b'"\xff"', "is no JSON that a report could be"),
    ],
    ids=[
        "empty", "XML", "list", "object", "foreign", "deep", "deep object", "digits", "no UTF-8",
    ],
)  # fmt: skip
def test_what_is_no_report_is_said_to_be_none(
    content: str | bytes, told: str, problem: Callable[[str | bytes], str]
) -> None:
    assert problem(content) == told + RIGHT


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_part_of_a_file_is_no_report(part: float, problem: Callable[[str | bytes], str]) -> None:
    whole = REPORTERS["json"](every_verdict())

    told = problem(whole[: int(len(whole) * part)])

    assert told.startswith("is no JSON, or only a part of it (")


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        ("version", 2, "version is not 1, the only one that is known here"),
        ("version", None, "version is not 1, the only one that is known here"),
        ("results", None, "results is null where a list would be right"),
        ("results.1", 1, "results[1] is a number where an object would be right"),
        ("results.1.case", [], "results[1].case is a list where an object would be right"),
        ("results.1.case", {}, "results[1].case.source is missing"),
        ("results.1.outcome", {}, "results[1].outcome.ending is missing"),
        ("results.1.snippet", 9, "results[1].snippet is 9, and of snippets there are 4"),
        ("results.1.snippet", -1, "results[1].snippet is -1, and of snippets there are 4"),
        ("snippets.0.language", 7, "snippets[0].language is 7, and of languages there are 1"),
        ("snippets.0.session", 7, "snippets[0].session is a number where a text would be right"),
        ("results.2.earlier.1.outcome.stdout", {"base64": "é"}, "is no base64"),
        ("results.2.reason", {"base64": "/w=="}, "results[2].reason is the base64 of no text"),
        ("results.0.cached", 1, "results[0].cached is a number where true or false would be right"),
        ("results.0.attempts", True, "is a truth value where a whole number would be right"),
        ("results.0.attempts", 2**63, "results[0].attempts is a number where a whole number"),
        ("results.0.outcome.wall", "1", "is a text where a number from 0 to 10^300 would be right"),
        ("results.0.outcome.wall", -1, "is a number where a number from 0 to 10^300 would be"),
        ("results.0.outcome.wall", float("nan"), "results[0].outcome.wall is a number where"),
        ("duration", 10**400, "duration is a number where a number from 0 to 10^300 would"),
        ("results.0.outcome.files", {"\x1b[1m": 1}, r"files.\x1b[1m is a number where a text or"),
        ("results.0.case.expect", {"stdout": {"file": "a\0b"}}, "file is no path: it holds a NUL"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    place: str, value: object, told: str, problem: Callable[[str | bytes], str]
) -> None:
    assert told in problem(changed(place, value))


def test_an_unknown_verdict_is_answered_with_those_there_are(
    problem: Callable[[str | bytes], str],
) -> None:
    told = problem(changed("results.3.verdict", "fine"))

    assert told.startswith("results[3].verdict is a text where one of passed, flaky, xfailed, ")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(places(DOCUMENT))), st.sampled_from(ODD))
def test_what_is_not_refused_can_be_reported(
    tmp_path_factory: pytest.TempPathFactory, place: str, value: object
) -> None:
    file = tmp_path_factory.getbasetemp() / "odd.json"
    file.write_text(changed(place, value))

    with suppress(UsageError):
        of = recorded.read(file)
        assert all(render(of).encode() for render in REPORTERS.values())


@pytest.mark.parametrize("format_", sorted(REPORTERS))
def test_a_mismatch_that_no_judge_makes_can_be_reported(format_: str) -> None:
    odd = Mismatch(subject="\ud800\x1b[1m", reason="\x1b[1m", expected="same", actual="same")
    one = replace(result("x", exited(code=1)), mismatches=(odd,))

    document = REPORTERS[format_](report(one))

    assert b"\x1b" not in document.encode()


def test_time_grows_as_the_file_does(tmp_path: Path) -> None:
    files = {number: tmp_path / str(number) for number in (100, 800)}
    for number, file in files.items():
        file.write_text(REPORTERS["json"](many(number)))

    assert grows_slower_than_its_square(lambda number: recorded.read(files[number]), 100)
