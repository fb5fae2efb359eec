"""What would run, and where."""

from dataclasses import replace
from pathlib import Path

import pytest
from snippets import alone, bash, case, python, together

from runner.cache import Cache
from runner.judge import judge
from runner.languages import CLASSIC
from runner.listing import listing
from runner.model import Ending, Outcome, Session, Shard, Source
from runner.sharding import Plan

ONE = bash("echo 1", name="one", source=Source(path="a.yml", line=7))


def lines(*sessions: Session, shard: Shard | None = None, cache: Cache | None = None) -> list[str]:
    return list(listing(Plan(sessions=sessions, shard=shard), cache=cache))


def test_a_case_has_its_place_name_language_and_image() -> None:
    assert lines(alone(ONE)) == ["a.yml:7: one (bash, bash:5.1)"]


def test_every_case_has_a_line() -> None:
    both = python("", name="s", cases=[case("a"), case("b")])

    assert [line.split(" (")[0] for line in lines(alone(both))] == [
        "test.yml:1: s / a",
        "test.yml:1: s / b",
    ]


def test_a_version_is_part_of_the_name_and_of_the_image() -> None:
    newer = replace(ONE, language=CLASSIC["bash"].at("5.3"), version="5.3")

    assert lines(alone(newer)) == ["a.yml:7: one [5.3] (bash, bash:5.3)"]


def test_session_shard_and_skip_are_told() -> None:
    (line,) = lines(
        together(replace(ONE, skip="not now"), id="tour"), shard=Shard(index=2, count=3)
    )

    assert line == "a.yml:7: one (bash, bash:5.1, session tour, shard 2/3, skipped: not now)"


def test_what_would_be_replayed_is_told(tmp_path: Path) -> None:
    session = alone(ONE)
    cache = Cache(tmp_path, max_age=60.0)
    cache.keep(session, [judge(ONE, ONE.cases[0], Outcome(ending=Ending.EXITED, exit_code=0))])

    assert lines(session, alone(bash("echo 2")), cache=cache) == [
        "a.yml:7: one (bash, bash:5.1, cached)",
        "test.yml:1: snippet (bash, bash:5.1)",
    ]


def test_looking_makes_no_folder(tmp_path: Path) -> None:
    lines(alone(ONE), cache=Cache(tmp_path / "cache", max_age=60.0))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31m", "::error::x"], ids=repr)
def test_a_name_is_not_obeyed(name: str) -> None:
    (line,) = lines(alone(replace(ONE, name=name)))

    assert line.isprintable()
    assert not line.startswith("::")
