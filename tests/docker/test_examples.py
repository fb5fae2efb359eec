"""What users are shown runs: the examples and README's own, through the real command line."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from readme import MANIFESTS, PYTHON, ROOT

from runner.manifest import read

EXAMPLES = ("examples/manifest.yml", "examples/grading.yml")


def run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture(scope="module")
def junit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The JUnit file of the examples, all of which are fine."""
    path = tmp_path_factory.mktemp("reports") / "junit.xml"
    done = run("-m", "runner", *EXAMPLES, "--timeout-scale=5", "--junit", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    return path


def test_the_junit_file_lists_every_case_with_its_place_and_time(
    junit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    snippets = [snippet for path in EXAMPLES for snippet in read(Path(path))]
    wanted = {
        (f"{snippet.name} / {case.name}" if case.name else snippet.name, snippet.source.path)
        for snippet in snippets
        for case in snippet.cases
    }
    lines = {
        str(line)
        for one in snippets
        for line in (one.source.line, *(c.source.line for c in one.cases))
    }

    listed = ET.parse(junit).findall(".//testcase")

    assert {(case.get("name"), case.get("file")) for case in listed} == wanted
    assert {case.get("line") for case in listed} <= lines
    assert all(float(case.get("time", "-1")) > 0 for case in listed)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda text: text.split("\n")[1].strip())
def test_a_manifest_in_readme_runs(manifest: str) -> None:
    done = run("-m", "runner", "-", stdin=manifest)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("code", PYTHON)
def test_python_in_readme_runs(code: str) -> None:
    done = run("-c", code)

    assert done.returncode == 0, done.stderr


def test_every_example_is_run_here() -> None:
    assert sorted(EXAMPLES) == sorted(
        path.relative_to(ROOT).as_posix() for path in ROOT.glob("examples/*.yml")
    )
