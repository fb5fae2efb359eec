"""JSON: complete, in the form that its schema has, and harmless wherever it is printed."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from growth import grows_slower_than_its_square
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no hints

from reporters.reports import every_verdict, exited, flooded, many, passed, report, result, retried
from runner.json_form.encoding import encoder, source
from runner.json_form.schema import schema
from runner.languages import Language
from runner.model import (
    ExitExpectation,
    Expectation,
    FloatTolerance,
    ImagePull,
    JsonValue,
    Match,
    Replacement,
    Report,
    Result,
    Shard,
    Source,
    TextExpectation,
)
from runner.reporters.json import render


def closed(form: object) -> object:
    """The same schema, in which no object may have a property that it does not name."""
    if isinstance(form, list):
        return [closed(part) for part in form]
    if not isinstance(form, dict):
        return form
    parts = {name: closed(part) for name, part in form.items()}
    return {"additionalProperties": False, **parts} if "properties" in form else parts


def document(of: Report) -> Any:  # noqa: ANN401 - JSON
    return json.loads(render(of))


def plain(of: Report) -> Report:
    """The report with languages that stay the same when their commands are bettered."""
    return replace(of, results=tuple(_plain(one) for one in of.results))


def _plain(of: Result) -> Result:
    row = of.snippet.language
    row = Language(
        name=row.name, image=row.image, version=row.version, source=row.source, run=("{source}",)
    )
    return replace(of, snippet=replace(of.snippet, language=row))


def thorough() -> Report:
    """What the shared reports don't have: shards, pulls, expectations of every kind."""
    text = TextExpectation(
        lines=("a", "b"),
        unordered=("\udc80",),
        glob="...",
        regex="^a$",
        json=JsonValue(text="[1]"),
        empty=True,
    )
    expect = Expectation(
        stdout=text, exit=ExitExpectation(codes=frozenset({2, 3})), files={"out/a b": text}
    )
    match = Match(
        float_tolerance=FloatTolerance(rel=1e-9, abs=1e300),
        replace=(Replacement(pattern="a", replacement="b"),),
    )
    one = result("x", exited(b"\xff\x00\x1b"), expect=expect, match=match, stdin=b"\x80")
    case = replace(one.case, args=("-a", "\ud800"), env={"A": "1"})
    outcome = replace(one.outcome, files={"out/a b": None, "c": b"\xff", "d": "日".encode()})
    snippet = replace(one.snippet, cases=(case,), tags=("a", "b"), files={"b.txt": b"\xfe"})
    return replace(
        report(replace(one, snippet=snippet, case=case, outcome=outcome, position=7)),
        plan="ab" * 32,
        shard=Shard(index=2, count=3),
        pulls=(ImagePull(image="python:3.9-slim", started=0.5, duration=12.25),),
    )


def test_the_shared_report_is_as_its_golden_file(golden: Callable[[str, str], None]) -> None:
    golden("every_verdict.json", render(plain(every_verdict())))


def test_the_published_schema_is_that_of_the_nouns(golden: Callable[[str, str], None]) -> None:
    golden("../../../docs/report.schema.json", json.dumps(schema(), indent=2) + "\n")


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    "of",
    [every_verdict(), retried(), thorough(), flooded(), many(30), report()],
    ids=["every verdict", "retried", "thorough", "megabytes", "many", "nothing"],
)
def test_every_report_is_as_the_schema_says_and_has_nothing_else(of: Report) -> None:
    Draft202012Validator(closed(schema())).validate(document(of))


@pytest.mark.parametrize("field", ["version", "results", "languages", "started"])
def test_the_schema_refuses_a_report_that_lacks_something(field: str) -> None:
    lacking = document(every_verdict())
    del lacking[field]

    assert not Draft202012Validator(schema()).is_valid(lacking)


def test_a_result_says_at_once_what_most_ask_for() -> None:
    (one,) = document(report(result("sums", exited(code=3), line=60, case="two")))["results"]

    assert list(one.items())[:6] == [
        ("name", "sums / two"),
        ("path", "examples/tour.yml"),
        ("line", 64),
        ("language", "python"),
        ("verdict", "runtime_error"),
        ("reason", "exit code 3, expected 0"),
    ]


@given(st.builds(Source, path=st.text(), line=st.integers(), column=st.integers(0, 2)))
def test_a_source_is_written_as_any_noun_would_be(of: Source) -> None:
    assert source(of) == encoder(Source)(of)


def test_a_snippet_of_many_cases_is_there_once() -> None:
    one = passed("x", line=1)
    cases = tuple(replace(one.case, name=name) for name in "abc")
    snippet = replace(one.snippet, cases=cases)

    told = document(report(*(replace(one, snippet=snippet, case=case) for case in cases)))

    assert len(told["snippets"]) == 1
    assert [(r["snippet"], r["case"]["name"]) for r in told["results"]] == [
        (0, "a"),
        (0, "b"),
        (0, "c"),
    ]


def test_a_line_is_a_result() -> None:
    lines = render(many(300)).splitlines()

    assert sum(line.startswith('{"name":"snippet ') for line in lines) == 300


def test_the_output_is_whole_and_exact() -> None:
    flood = b"x" * 3_000_000

    outcome = document(report(result("x", exited(flood, b"\xff\x00"))))["results"][0]["outcome"]

    assert outcome["stdout"] == flood.decode()
    assert outcome["stderr"] == {"base64": "/wA="}


@given(st.text(st.characters(codec=None, exclude_categories=())), st.binary())
def test_any_text_makes_printable_ascii_that_no_log_takes_for_a_command(
    text: str, raw: bytes
) -> None:
    hostile = text + "##[error]\n::error::"
    one = replace(result(hostile, exited(raw, hostile), path=hostile), reason=hostile)

    lines = render(report(one)).split("\n")

    assert all(line.isascii() and line.isprintable() for line in lines)
    assert not any("##[" in line or line.lstrip().startswith("::") for line in lines)


def test_half_a_surrogate_pair_is_written_so_that_every_parser_reads_it() -> None:
    (one,) = document(report(result("x\ud800", exited())))["results"]

    assert one["name"] == {"base64": "eO2ggA=="}


def test_time_grows_as_the_report_does() -> None:
    assert grows_slower_than_its_square(lambda number: render(many(number)), 100)
