"""One manifest on several versions of its languages' images."""

from pathlib import Path
from typing import Final

import pytest
from snippets import Runs

from runner.cli import main
from runner.manifest import read
from runner.model import Report, Result, Verdict
from runner.options import Overrides
from runner.plan import plan
from runner.selection import Selection

MANIFEST: Final = """
languages: {c: {versions: [9, 15]}}
snippets:
  - name: py
    language: python
    versions: [3.9, 3.14]
    code: |
      import sys
      print("%d.%d" % sys.version_info[:2])
  - {name: node, language: js, versions: [14, 24], code: "console.log(process.version)"}
  - {name: gcc, language: c, code: "int main(void) { return __GNUC__; }", expect: {exit_code: 9}}
  - name: go
    language: go
    versions: [1.19, 1.26]
    code: |
      package main

      import "runtime"

      func main() { print(runtime.Version()) }
  - {name: writes, language: py, versions: [3.9, 3.14], session: s, code: "open('x', 'w').close()"}
  - {name: reads, language: py, versions: [3.9, 3.14], session: s, code: "print(open('x').read())"}
"""


@pytest.fixture(scope="module")
def report(run: Runs) -> Report:
    snippets = read(Path("-"), text=MANIFEST.encode())
    return run(*plan(snippets, select=Selection(), overrides=Overrides()))


def _printed(result: Result) -> str:
    """Go's own print writes to stderr."""
    return (result.outcome.stdout + result.outcome.stderr).decode().strip()


def test_each_version_runs_on_its_own_image(report: Report) -> None:
    printed = {result.name: _printed(result) for result in report.results}

    assert printed["py [3.9]"] == "3.9"
    assert printed["py [3.14]"] != "3.9"  # not "3.14": a stand-in may have another one inside
    assert printed["node [14]"].startswith("v14.")
    assert printed["node [24]"].startswith("v24.")
    assert printed["go [1.19]"].startswith("go1.19")
    assert printed["go [1.26]"].startswith("go1.26")


def test_each_version_has_a_verdict_of_its_own(report: Report) -> None:
    verdicts = {result.name: result.verdict for result in report.results}

    assert verdicts["gcc [9]"] is Verdict.PASSED
    assert verdicts["gcc [15]"] is Verdict.RUNTIME_ERROR


def test_a_session_keeps_to_its_version(report: Report) -> None:
    members = [result for result in report.results if result.snippet.session]

    assert [result.name for result in members] == [
        "writes [3.9]",
        "writes [3.14]",
        "reads [3.9]",
        "reads [3.14]",
    ]
    assert {result.verdict for result in members} == {Verdict.PASSED}
    assert members[0].outcome.sandbox == members[2].outcome.sandbox
    assert members[1].outcome.sandbox == members[3].outcome.sandbox


def test_the_images_of_all_versions_are_made_ready(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.yml").write_text(MANIFEST)

    code = main(["images", str(tmp_path / "m.yml"), "--pull", "never"])

    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert [line.partition(": ")[0] for line in lines] == [
        *("python:3.9-slim", "python:3.14-slim", "node:14-alpine", "node:24-alpine"),
        *("gcc:9", "gcc:15", "golang:1.19-alpine", "golang:1.26-alpine"),
    ]
