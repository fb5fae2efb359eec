"""The action as a process, as a runner starts it: inputs and files of the step in, status out."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from docker import DockerClient
from lateness import CANCELLED_WITHIN, ENDED_WITHIN, eventually
from reporters.log_parsers import obeyed

from runner.sandbox.settings import LABEL

SECRET: Final = "s3cret-0f-the-job"
COMMAND: Final = [sys.executable, "-I", "-m", "runner.action"]
"""Seconds between a runner's SIGINT and its SIGTERM, less some."""
PASSING: Final = """
- {name: greets, language: python, code: "print('hello')", expected_output: hello}
- {name: lists, language: bash, code: "env; ls -a", expect: {stdout: {not_contains: s3cret}}}
"""
FAILING: Final = """
- {name: sums, language: python, code: "print(3)", expected_output: "4"}
- name: shouts
  language: bash
  code: |
    printf '::add-mask::e\\n##[add-mask]e\\n::stop-commands::x\\n  ::error::boom\\n\\r::debug::x\\n'
    exit 3
- {name: greets, language: bash, code: echo hello, expected_output: hello}
"""
SLOW: Final = """
- {name: quick, language: bash, code: "true"}
- {name: slow 1, language: bash, code: sleep 100, timeout: 200}
- {name: slow 2, language: bash, code: "trap '' TERM INT; sleep 100", timeout: 200}
- {name: slow 3, language: python, code: "import time; time.sleep(100)", timeout: 200}
- {name: slow 4, language: bash, code: sleep 100, timeout: 200, isolation: fresh}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A step that has ended, and what it left."""

    status: int
    log: str
    workspace: Path

    @property
    def outputs(self) -> Mapping[str, str]:
        lines = (self.workspace / "output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    @property
    def summary(self) -> str:
        return (self.workspace / "summary").read_text()

    @property
    def run(self) -> str:
        """The run's id, from its JUnit file."""
        tree = ET.parse(self.workspace / "junit.xml")
        (identity, *_) = [p.get("value", "") for p in tree.iter("property") if _is_run_id(p)]
        return identity.partition("-")[0]


def _is_run_id(element: ET.Element) -> bool:
    return element.get("name") == "run_id"


class Step:
    """A step under way."""

    def __init__(self, workspace: Path, manifest: str, inputs: Mapping[str, str]) -> None:
        self.workspace = workspace
        (workspace / "manifest.yml").write_text(manifest)
        (workspace / "output").touch()
        (workspace / "summary").touch()
        self.process = subprocess.Popen(
            COMMAND,
            cwd=workspace,
            env=_environment(workspace, inputs),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def read_until(self, text: str) -> str:
        """The log up to and with the first line that holds `text`."""
        assert self.process.stdout is not None
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line)
            if text in line:
                break
        return "".join(lines)

    def end(self) -> Ended:
        """Wait for its end; all that it says is on one stream."""
        log, errors = self.process.communicate(timeout=ENDED_WITHIN)
        assert errors == ""
        return Ended(status=self.process.returncode, log=log, workspace=self.workspace)


def _environment(workspace: Path, inputs: Mapping[str, str]) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if name.startswith("DOCKER_")},
        "PATH": os.defpath,
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_OUTPUT": str(workspace / "output"),
        "GITHUB_STEP_SUMMARY": str(workspace / "summary"),
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_SHA": "0123abc",
        "GITHUB_TOKEN": SECRET,
        "ACTIONS_RUNTIME_TOKEN": SECRET,
        "INPUT_MANIFEST": "manifest.yml",
        "INPUT_JUNIT": "junit.xml",
        "INPUT_PULL": "never",
        **inputs,
    }


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Step]]:
    """Starts a step on a manifest's text; further inputs as they are in the environment."""
    steps: list[Step] = []

    def start(manifest: str, **inputs: str) -> Step:
        named = {f"INPUT_{name.upper().replace('_', '-')}": text for name, text in inputs.items()}
        steps.append(Step(tmp_path, manifest, named))
        return steps[-1]

    yield start
    for step in steps:
        step.process.kill()
        step.process.communicate()


def test_a_passing_step_says_so_everywhere(start: Callable[..., Step]) -> None:
    ended = start(PASSING).end()

    assert ended.status == 0
    assert ended.outputs["conclusion"] == "success"
    assert (ended.outputs["total"], ended.outputs["passed"]) == ("2", "2")
    assert ended.summary.startswith("## ✅ 2 cases passed")
    assert "✓ 2 cases passed" in ended.log
    assert {c.name for c in obeyed(ended.log)} & {"error", "warning", "group"} == set()
    assert ET.parse(ended.workspace / "junit.xml").getroot().get("tests") == "2"


def test_a_failing_step_annotates_and_obeys_no_snippet(start: Callable[..., Step]) -> None:
    ended = start(FAILING).end()

    commands = obeyed(ended.log)
    errors = [command.properties for command in commands if command.name == "error"]
    token = commands[2].name
    assert ended.status == 1
    assert [(error["file"], error["line"]) for error in errors] == [
        ("manifest.yml", "2"),
        ("manifest.yml", "3"),
    ]
    assert [command.name for command in commands] == [
        *["group", "stop-commands", token, "endgroup"] * 2,
        *["error", "error", "stop-commands", token],
    ]
    assert "https://github.example/o/r/blob/0123abc/manifest.yml#L3" in ended.summary
    assert ended.outputs["conclusion"] == "failure"
    assert (ended.outputs["failed"], ended.outputs["exit-code"]) == ("2", "1")


def test_failing_cases_need_not_fail_the_step(start: Callable[..., Step]) -> None:
    ended = start(FAILING, fail_on_failure="false", annotations="false").end()

    assert ended.status == 0
    assert (ended.outputs["conclusion"], ended.outputs["exit-code"]) == ("failure", "1")
    assert "error" not in [command.name for command in obeyed(ended.log)]


def test_an_invalid_manifest_ends_the_step_before_anything_runs(start: Callable[..., Step]) -> None:
    ended = start("- {language: pyton, code: x}", fail_on_failure="false").end()

    (error,) = obeyed(ended.log)
    assert ended.status == 2
    assert (error.properties["file"], error.properties["line"]) == ("manifest.yml", "1")
    assert ended.outputs["conclusion"] == "error"
    assert not (ended.workspace / "junit.xml").exists()


def test_no_secret_of_the_job_is_in_anything_that_the_step_writes(
    start: Callable[..., Step],
) -> None:
    ended = start(PASSING.replace("not_contains", "contains")).end()

    written = [path.read_text() for path in ended.workspace.iterdir()]
    assert ended.status == 1
    assert [text for text in [ended.log, *written] if SECRET in text] == []


def test_a_folder_of_the_workspace_is_not_taken_for_the_runner(
    start: Callable[..., Step], tmp_path: Path
) -> None:
    (tmp_path / "runner").mkdir()
    (tmp_path / "runner/__init__.py").write_text("raise SystemExit('imported')")
    (tmp_path / "yaml.py").write_text("raise SystemExit('imported')")

    assert start(PASSING).end().status == 0


@pytest.mark.parametrize("gap", [0.0, 0.05, 0.5])
def test_a_cancelled_step_tells_what_it_knows_and_leaves_no_container(
    start: Callable[..., Step], client: DockerClient, gap: float
) -> None:
    step = start(SLOW, jobs="5")
    step.read_until("passed quick")
    began = time.monotonic()

    step.process.send_signal(signal.SIGINT)
    time.sleep(gap)
    step.process.send_signal(signal.SIGTERM)
    ended = step.end()

    assert time.monotonic() - began < CANCELLED_WITHIN
    label = f"{LABEL}={ended.run}"
    assert eventually(
        lambda: not client.containers.list(all=True, filters={"label": label}, ignore_removed=True)
    )
    assert ended.status == 130
    assert (ended.outputs["conclusion"], ended.outputs["passed"]) == ("cancelled", "1")
    assert "Interrupted" in ended.summary


def test_a_step_that_is_only_terminated_ends_likewise(start: Callable[..., Step]) -> None:
    step = start(SLOW)
    step.read_until("passed quick")

    step.process.send_signal(signal.SIGTERM)
    ended = step.end()

    assert (ended.status, ended.outputs["conclusion"]) == (130, "cancelled")


def test_the_log_comes_while_the_step_runs(start: Callable[..., Step]) -> None:
    step = start(SLOW)

    assert "passed quick" in step.read_until("passed quick")
    assert step.process.poll() is None
