"""`versions`: who says which, and one run for each."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from snippets import alone, case, python, together

from runner.errors import UsageError
from runner.fan_out import fan_out
from runner.judge import judge
from runner.manifest import read
from runner.markdown import read as read_markdown
from runner.model import Ending, Outcome, Report, Session, Snippet
from runner.options import Overrides
from runner.plan import plan
from runner.reporters import REPORTERS
from runner.selection import Selection, parse_expression


def only_snippet(text: str) -> Snippet:
    (snippet,) = read(Path("-"), text=text.encode())
    return snippet


def planned(*snippets: Snippet, only: str | None = None) -> list[Session]:
    select = Selection(expression=parse_expression(only) if only else None)
    return plan(snippets, select=select, overrides=Overrides())


def labels(sessions: list[Session]) -> list[list[str]]:
    return [
        [f"{snippet.name} [{snippet.version}]" for snippet in session.snippets]
        for session in sessions
    ]


# ------------------------------------------------------------------ who says which


@pytest.mark.parametrize(
    ("head", "snippet", "expected"),
    [
        ("", "", ()),
        ("", "versions: [3.9, 3.10]", ("3.9", "3.10")),
        ("defaults: {versions: [3.9]}\n", "", ("3.9",)),
        ("languages: {python: {versions: [3.9]}}\n", "", ("3.9",)),
        ("defaults: {versions: [1]}\nlanguages: {python: {versions: [2]}}\n", "", ("1",)),
        ("defaults: {versions: [1]}\n", "versions: [2]", ("2",)),
        ("defaults: {versions: [1]}\n", "versions: []", ()),
        ("languages: {python: {versions: [1]}}\n", "versions: []", ()),
        ("defaults: {versions: []}\nlanguages: {python: {versions: [2]}}\n", "", ()),
    ],
    ids=[
        "nobody",
        "the snippet, as texts",
        "the defaults",
        "the language",
        "the defaults before the language",
        "the snippet before the defaults",
        "the snippet turns those of the defaults off",
        "the snippet turns those of the language off",
        "the defaults turn those of the language off",
    ],
)
def test_the_versions_of_a_snippet(head: str, snippet: str, expected: tuple[str, ...]) -> None:
    text = f"{head}snippets:\n- language: python\n  code: x\n  {snippet}\n"

    assert only_snippet(text).versions == expected


@pytest.mark.parametrize(
    "head",
    ["defaults: {versions: [3.9, 3.14]}\n", "languages: {python: {versions: [3.9, 3.14]}}\n"],
    ids=["defaults", "language"],
)
def test_a_version_in_the_language_beats_what_others_say(head: str) -> None:
    snippet = only_snippet(f"{head}snippets:\n- {{language: python@3.12, code: x}}\n")

    assert snippet.versions == ()
    assert snippet.language.image_reference == "python:3.12-slim"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("{extends: python}", ("1", "2")),
        ("{extends: python, versions: [3]}", ("3",)),
        ("{extends: python, versions: []}", ()),
        ("{extends: python, version: 3}", ()),
        ("{extends: python, image: 'mine:1'}", ()),
        ("{extends: python, image: 'mine:{version}'}", ("1", "2")),
    ],
)
def test_a_language_has_the_versions_of_the_one_it_extends(
    row: str, expected: tuple[str, ...]
) -> None:
    languages = f"languages: {{python: {{versions: [1, 2]}}, mine: {row}}}\n"

    snippet = only_snippet(f"{languages}snippets:\n- {{language: mine, code: x}}\n")

    assert snippet.versions == expected


def test_the_first_version_of_an_own_language_is_the_one_without_fanning_out() -> None:
    row = "{image: 'mine:{version}', source: x, run: [x], versions: [7, 8]}"

    snippet = only_snippet(
        f"languages: {{mine: {row}}}\nsnippets:\n- {{language: mine, code: x, versions: []}}\n"
    )

    assert snippet.language.image_reference == "mine:7"


# ------------------------------------------------------------------ one run for each


def test_a_snippet_is_run_once_for_each_of_its_versions() -> None:
    one = python("1", name="greets", versions=("3.9", "3.14"))

    sessions = planned(one, python("1", name="last"))

    assert labels(sessions) == [["greets [3.9]"], ["greets [3.14]"], ["last [None]"]]
    images = [session.snippets[0].language.image_reference for session in sessions]
    assert images == ["python:3.9-slim", "python:3.14-slim", "python:3.9-slim"]


def test_a_session_is_fanned_out_as_a_whole() -> None:
    tour = together(python("1"), python("2"))
    members = [python("1", name=name, session="tour", versions=("3.9", "3.14")) for name in "ab"]

    sessions = planned(*members, *alone(python("1", name="c", session="other")).snippets)

    assert labels(sessions) == [
        ["a [3.9]", "b [3.9]"],
        ["a [3.14]", "b [3.14]"],
        ["c [None]"],
    ]
    assert [session.id for session in sessions] == [tour.id, tour.id, "other"]


def test_what_is_fanned_out_is_not_fanned_out_again() -> None:
    once = list(fan_out([python("1", versions=("3.9", "3.14"))]))

    assert list(fan_out(once)) == once


@pytest.mark.parametrize("expression", ["3.14", "'greets' and '[3.14]'", "not 3.9"])
def test_an_expression_finds_versions(expression: str) -> None:
    one = python("1", name="greets", versions=("3.9", "3.14"))

    assert labels(planned(one, only=expression)) == [["greets [3.14]"]]


def test_a_version_that_is_selected_brings_the_earlier_members_of_its_own_session() -> None:
    members = [python("1", name=name, session="s", versions=("3.9", "3.14")) for name in "abc"]

    sessions = planned(*members, only="b and 3.14")

    assert labels(sessions) == [["a [3.14]", "b [3.14]"]]


def test_names_stay_unique_in_junit() -> None:
    one = python("1", name="a", cases=[case("x"), case("y")], versions=("3.9", "3.14"))
    outcome = Outcome(ending=Ending.EXITED, exit_code=0)
    results = tuple(
        judge(snippet, each, outcome) for snippet in fan_out([one]) for each in snippet.cases
    )
    report = Report(results=results, started="", duration=0.0, jobs=1)

    cases = ET.fromstring(REPORTERS["junit"](report)).iter("testcase")

    names = ["a / x [3.9]", "a / y [3.9]", "a / x [3.14]", "a / y [3.14]"]
    assert [element.get("name") for element in cases] == names


# ------------------------------------------------------------------ in Markdown


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ("python versions=3.9,3.14", ("3.9", "3.14")),
        ("python {versions=3.9,3.14, timeout=5}", ("3.9", "3.14")),
        ("python,versions=3.10,timeout=5", ("3.10",)),
        ("python versions='latest,3.9'", ("latest", "3.9")),
        ("python versions=", ()),
    ],
)
def test_a_fence_names_its_versions(info: str, expected: tuple[str, ...]) -> None:
    (snippet,) = read_markdown(Path("a.md"), text=f"```{info}\nprint(1)\n```\n".encode())

    assert snippet.versions == expected


def test_what_is_wrong_with_a_fences_versions_has_its_place() -> None:
    text = b"```python versions=3.9,3.9\nprint(1)\n```\n"

    with pytest.raises(UsageError) as caught:
        read_markdown(Path("a.md"), text=text)

    (problem,) = caught.value.problems
    assert problem.startswith("a.md:1:20: snippet 'a 1': versions[1]: '3.9' is there already;")
