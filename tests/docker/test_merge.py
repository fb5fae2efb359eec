"""Shards on the real engine, merged: the report of one run, up to times and names of that run."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

import pytest

from runner import recorded
from runner.cli import main
from runner.model import Report, Result

MANIFEST: Final = """\
snippets:
  - name: echoes
    language: bash
    code: cat; echo "$1"
    cases:
      - {name: one, stdin: hi, args: [x], expect: {stdout: hi x}}
      - {name: two, stdin: "1\\n", args: [y], expect: {stdout: "1\\ny\\n"}}
  - {name: fails, language: bash, code: exit 1, retries: 2}
  - {name: first, language: bash, session: s, code: echo 1 >f}
  - name: bytes
    language: python
    code: import os; os.write(1, bytes(range(256)))
    expect: {stdout: x}
  - {name: second, language: bash, session: s, code: cat f, expect: {stdout: 1}}
  - {name: left out, language: bash, skip: why, code: exit 1}
  - {name: known bug, language: bash, xfail: known, code: exit 3}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Holds the reports of a whole run, of its three shards, and of those merged."""
    folder, before = tmp_path_factory.mktemp("merge"), signal.getsignal(signal.SIGTERM)
    manifest = folder / "m.yml"
    manifest.write_text(MANIFEST)
    main([str(manifest), f"--report=json={folder / 'whole.json'}", "-q"])
    for index in (1, 2, 3):
        target = folder / f"shard-{index}.json"
        main([str(manifest), f"--shard={index}/3", f"--report=json={target}", "-q"])
    yield folder
    signal.signal(signal.SIGTERM, before)


def test_merged_shards_are_the_report_of_one_run(folder: Path) -> None:
    shards = [str(folder / f"shard-{index}.json") for index in (3, 1, 2)]

    code = main(["merge", *shards, f"--report=json={folder / 'merged.json'}", "-q"])

    whole, merged = (recorded.read(folder / name) for name in ("whole.json", "merged.json"))
    assert code == 1
    assert len(merged.results) == 8
    assert timeless(merged) == timeless(whole)


def test_each_shard_ran_its_own_part(folder: Path) -> None:
    reports = [recorded.read(folder / f"shard-{index}.json") for index in (1, 2, 3)]

    positions = [[result.position for result in report.results] for report in reports]
    assert all(positions)
    assert sorted(chain.from_iterable(positions)) == list(range(8))


def timeless(report: Report) -> Report:
    results = tuple(_timeless(result) for result in report.results)
    return replace(report, results=results, started="", duration=0.0)


def _timeless(result: Result) -> Result:
    outcome = replace(
        result.outcome,
        wall=0.0,
        cpu=0.0,
        peak_memory=0,
        compile_wall=0.0,
        compile_cpu=0.0,
        sandbox="",
    )
    earlier = tuple(_timeless(attempt) for attempt in result.earlier)
    return replace(result, outcome=outcome, earlier=earlier, run_id="", queued=0.0, started=0.0)
