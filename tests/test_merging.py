"""One report of many: as one run would have made it, or refused with what is wrong."""

import re
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from reporters.reports import every_verdict, many, passed, report, retried

from runner import recorded
from runner.cli import main
from runner.errors import UsageError
from runner.merging import Part, merge
from runner.model import ImagePull, Report, Shard
from runner.reporters import REPORTERS

PLAN = "ab" * 32


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """`main` sets what SIGTERM does."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def placed(of: Report) -> Report:
    """The report as a run makes it: each case has its position in the plan."""
    results = tuple(replace(one, position=at) for at, one in enumerate(of.results))
    return replace(of, results=results, plan=PLAN)


def shards(of: Report, *, count: int) -> list[Part]:
    """The reports of the plan's shards: each `count`th case, and fewer if they don't go round."""
    return [
        Part(
            path=f"{index}.json",
            report=replace(
                placed(of),
                results=placed(of).results[index - 1 :: count],
                shard=Shard(index=index, count=count),
            ),
        )
        for index in range(1, count + 1)
    ]


def part(path: str, of: Report, *, shard: Shard | None = None, plan: str = PLAN) -> Part:
    return Part(path=path, report=replace(of, shard=shard, plan=plan))


def problems(*parts: Part) -> tuple[str, ...]:
    with pytest.raises(UsageError) as refused:
        merge(parts)
    return refused.value.problems


# ------------------------------------------------------------------ shards


@pytest.mark.parametrize("count", [1, 2, 3, 20])
def test_shards_make_the_report_of_the_whole_plan(count: int) -> None:
    assert merge(shards(every_verdict(), count=count)) == placed(every_verdict())


def test_the_order_in_which_they_are_named_does_not_matter() -> None:
    parts = shards(every_verdict(), count=3)

    assert merge(parts[::-1]) == merge(parts)


@pytest.mark.parametrize("format_", sorted(REPORTERS))
def test_every_report_of_the_files_is_that_of_one_run(format_: str, tmp_path: Path) -> None:
    read = []
    for one in shards(retried(), count=3):
        (tmp_path / one.path).write_text(REPORTERS["json"](one.report))
        read.append(Part(path=one.path, report=recorded.read(tmp_path / one.path)))

    merged = merge(read)

    assert REPORTERS[format_](merged) == REPORTERS[format_](placed(retried()))


def test_a_merged_report_begins_with_the_first_and_lasts_as_long_as_the_longest() -> None:
    first, second = (one.report for one in shards(many(10), count=2))
    late = replace(second, started="2026-11-22T20:16:00+00:00", duration=9.5, jobs=2)

    merged = merge([Part(path="b", report=late), Part(path="a", report=first)])

    assert (merged.started, merged.duration) == ("2026-11-22T20:15:00+00:00", 9.5)
    assert (merged.jobs, merged.engine) == (4, "Docker Engine 20.10.24")


def test_one_interrupted_shard_makes_an_interrupted_report() -> None:
    first, second = shards(many(10), count=2)

    merged = merge([first, replace(second, report=replace(second.report, interrupted=True))])

    assert merged.interrupted


def test_an_image_that_every_shard_pulled_is_told_once_with_the_longest_pull() -> None:
    pulls = [
        (ImagePull(image="a", started=0.0, duration=2.0),),
        (
            ImagePull(image="a", started=0.5, duration=3.0),
            ImagePull(image="b", started=0.0, duration=1.0),
        ),
    ]
    parts = [
        replace(one, report=replace(one.report, pulls=pulled))
        for one, pulled in zip(shards(many(4), count=2), pulls, strict=True)
    ]

    assert merge(parts).pulls == pulls[1]


def test_missing_shards_are_named() -> None:
    first, _, third, _ = shards(many(8), count=4)

    assert problems(first, third) == (
        "exec-action: missing: shard 2/4, 4/4; a plan's shards are merged all at once",
    )


def test_of_very_many_missing_shards_some_are_named() -> None:
    lone = part("1.json", many(1), shard=Shard(index=1, count=10**18))

    (told,) = problems(lone)

    assert "shard 2/1000000000000000000, 3/" in told
    assert " and 999999999999999979 more;" in told


def test_a_shard_that_is_named_twice_is_refused() -> None:
    first, second = shards(many(4), count=2)

    assert problems(first, second, replace(first, path="copy.json")) == (
        "copy.json: shard 1/2 again, as 1.json; name each once",
    )


@pytest.mark.parametrize(
    ("count", "plan"), [(2, "cd" * 32), (3, PLAN)], ids=["other cases", "other count"]
)
def test_shards_of_different_plans_are_refused(count: int, plan: str) -> None:
    first, _ = shards(many(4), count=2)
    other = part("other.json", many(2), shard=Shard(index=2, count=count), plan=plan)

    (told,) = problems(first, other)

    assert told == (
        f"other.json: shard 2/{count} of another plan than 1.json, shard 1/2;"
        " shards of the same files and options only"
    )


@pytest.mark.parametrize("index", [-1, 0, 3])
def test_a_shard_that_cannot_be_is_refused(index: int) -> None:
    first, second = shards(many(4), count=2)
    odd = part("odd.json", many(1), shard=Shard(index=index, count=2))

    (told,) = problems(first, second, odd)

    assert told == f"odd.json: shard {index}/2 cannot be; I/N has I from 1 to N"


def test_a_whole_run_is_not_merged_with_a_shard() -> None:
    first, second = shards(many(4), count=2)

    assert problems(first, second, part("all.json", report())) == (
        (
            "all.json: a whole run, and 1.json is shard 1/2;"
            " merge shards with shards of their plan only"
        ),
    )


# ------------------------------------------------------------------ whole runs


def test_whole_runs_follow_one_another_as_they_are_named() -> None:
    parts = [
        part(name, report(passed(name, line=line)), plan=name)
        for name, line in (("b", 1), ("a", 2), ("c", 3))
    ]

    merged = merge(parts)

    assert [one.name for one in merged.results] == ["b", "a", "c"]
    assert (merged.plan, merged.shard) == ("", None)


def test_a_lone_whole_run_stays_as_it_is() -> None:
    assert merge([Part(path="all.json", report=placed(many(20)))]) == placed(many(20))


def test_a_case_of_two_runs_is_refused() -> None:
    one, other = report(passed("a", line=1), passed("b", line=2)), report(passed("c", line=3))

    assert problems(part("1.json", one), part("2.json", other), part("3.json", one)) == (
        (
            "3.json: 'a' of examples/tour.yml and 1 more is in 1.json too;"
            " merge reports that have no case in common"
        ),
    )


def test_what_is_named_in_a_refusal_cannot_act_on_a_terminal() -> None:
    one = report(passed("\x1b[31m\n", line=1))

    (told,) = problems(part("1.json", one), part("2.json", one))

    assert re.match(r"2\.json: '\\x1b\[31m\\n' of ", told)


# ------------------------------------------------------------------ the command


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """The JSON reports of a plan's two shards."""
    for one in shards(many(20), count=2):
        (tmp_path / one.path).write_text(REPORTERS["json"](one.report))
    return [str(tmp_path / one.path) for one in shards(many(20), count=2)]


def test_the_command_writes_every_report_and_ends_as_the_run_would(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    junit, json = tmp_path / "junit.xml", tmp_path / "all.json"

    code = main(["merge", *files, "--junit", str(junit), f"--report=json={json}"])

    assert code == 1
    assert "✗ 2 of 20 cases failed" in capsys.readouterr().out
    assert junit.read_text() == REPORTERS["junit"](many(20))
    assert recorded.read(json) == placed(many(20))


def test_a_merged_report_can_be_merged_again(files: list[str], tmp_path: Path) -> None:
    whole, other = tmp_path / "whole.json", tmp_path / "other.json"
    other.write_text(REPORTERS["json"](retried()))
    main(["merge", *files, f"--report=json={whole}"])

    code = main(["merge", str(whole), str(other), "--report=json=" + str(tmp_path / "all.json")])

    assert code == 3
    assert len(recorded.read(tmp_path / "all.json").results) == 24


@pytest.mark.parametrize("format_", sorted(REPORTERS))
def test_merging_opens_no_file_that_a_report_names(
    format_: str, files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    assert main(["merge", *files, f"--report={format_}=out"]) == 1
    assert (tmp_path / "elsewhere" / "out").stat().st_size > 0


def test_all_files_that_cannot_be_merged_are_told(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = tmp_path / "foreign.json"
    foreign.write_text("[]")

    code = main(["merge", *files, str(foreign), "nowhere.json"])

    assert code == 2
    assert capsys.readouterr() == (
        "",
        (
            f"{foreign}: is a list where an object would be right;"
            " what `--report json=FILE` writes would be right\n"
            "nowhere.json: no such file or directory\n"
        ),
    )


def test_a_shard_too_few_is_wrong_usage(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["merge", files[0]]) == 2
    assert capsys.readouterr().err == (
        "exec-action: missing: shard 2/2; a plan's shards are merged all at once\n"
    )
