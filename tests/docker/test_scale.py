"""Shards, durations and what failed last, through the command line on the real engine."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest
from lateness import ENDED_WITHIN

ENVIRON: Final = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
SUITE: Final = (
    "snippets:\n"
    "  - {name: one, language: bash, session: tour, code: echo 1 >f}\n"
    "  - {name: two, language: bash, session: tour, code: cat f, expected_output: 1}\n"
    "  - {name: slow, language: bash, code: sleep 0.6}\n"
    "  - {name: slower, language: bash, code: sleep 0.9}\n"
    "  - {name: many, language: bash, code: exit $1, cases: [{args: ['0']}, {args: ['1']}]}\n"
    + "".join(f"  - {{name: n{number}, language: bash, code: echo}}\n" for number in range(6))
)
NAMES: Final = ["one", "two", "slow", "slower", "many / 1", "many / 2"] + [
    f"n{number}" for number in range(6)
]


def runner(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runner", *words],
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
        timeout=ENDED_WITHIN,
    )


def report(path: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(Path(path).read_text())
    return content


def names(path: str) -> list[str]:
    return [result["name"] for result in report(path)["results"]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a manifest and the report of its whole run."""
    folder = tmp_path_factory.mktemp("scale")
    (folder / "m.yml").write_text(SUITE)
    done = subprocess.run(
        [sys.executable, "-m", "runner", "m.yml", "--report", "json=whole.json"],
        env=ENVIRON,
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    return folder


@pytest.fixture
def folder(whole: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(whole)
    return whole


@pytest.mark.usefixtures("folder")
def test_shards_run_each_case_once_and_know_that_they_belong_together() -> None:
    words = [["--shard", f"{n}/3", "--report", f"json=part{n}.json"] for n in (1, 2, 3)]

    codes = [runner("m.yml", "--durations", "whole.json", *each).returncode for each in words]

    parts = [report(f"part{n}.json") for n in (1, 2, 3)]
    assert sorted(codes) == [0, 0, 1]
    assert Counter(name for n in (1, 2, 3) for name in names(f"part{n}.json")) == Counter(NAMES)
    assert {part["plan"] for part in parts} == {report("whole.json")["plan"]}
    assert [part["shard"] for part in parts] == [{"index": n, "count": 3} for n in (1, 2, 3)]


@pytest.mark.usefixtures("folder")
def test_an_empty_shard_is_fine_and_says_so() -> None:
    done = runner("m.yml", "-k", "n1", "--shard", "2/2", "--junit", "empty.xml")

    assert done.returncode == 0
    assert done.stderr == "nothing to run: shard 2/2 of this plan is empty\n"
    assert list(ET.parse("empty.xml").iter("testcase")) == []


@pytest.mark.usefixtures("folder")
def test_the_longest_begins_first_and_the_report_keeps_the_manifests_order() -> None:
    stated = report("whole.json")  # on a machine that stood still, `slow` may have taken longer
    for result in stated["results"]:
        result["outcome"]["wall"] = {"slow": 6.0, "slower": 9.0}.get(result["name"], 0.01)
    Path("stated.json").write_text(json.dumps(stated))

    done = runner("m.yml", "-j1", "--durations", "stated.json", "--report", "json=longest.json")

    finished = [line.split("] ")[1].split(" (")[0] for line in done.stderr.splitlines()]
    assert finished[:2] == ["passed slower", "passed slow"]
    assert names("longest.json") == NAMES


@pytest.mark.usefixtures("folder")
def test_only_what_failed_last_is_run() -> None:
    done = runner("m.yml", "--last-failed", "whole.json", "--report", "json=again.json")

    assert done.returncode == 1
    assert names("again.json") == ["many / 2"]


@pytest.mark.usefixtures("folder")
def test_where_nothing_failed_last_nothing_is_run_and_that_is_fine() -> None:
    runner("m.yml", "-k", "n1", "--report", "json=fine.json")

    done = runner("m.yml", "--last-failed", "fine.json")

    assert done.returncode == 0
    assert done.stderr == "nothing to run: no case failed in fine.json\n"


@pytest.mark.usefixtures("folder")
def test_what_failed_last_and_is_gone_is_said() -> None:
    done = runner("m.yml", "-k", "n1", "--last-failed", "whole.json")

    assert done.returncode == 2
    assert done.stderr == (
        "nothing to run: of the 1 case that failed in whole.json none is selected\n"
    )
