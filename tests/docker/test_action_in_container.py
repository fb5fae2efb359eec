"""The action's image, started by the very `docker run` that GitHub's runner issues."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from docker import DockerClient
from docker.errors import NotFound
from github_runner import SOCKET, Job, Step
from lateness import CANCELLED_WITHIN, eventually
from reporters.log_parsers import obeyed

from runner.sandbox.settings import INIT_SPACE, LABEL

ROOT: Final = Path(__file__).parents[2]
IMAGE: Final = "exec-action:under-test"
OWNER: Final = 4242
PASSING: Final = """
- {name: greets, language: python, code: "print('hello')", expected_output: hello}
- {name: reads, language: bash, code: cat data.txt, files: {data.txt: {file: data.txt}}, \
expected_output: beside the manifest}
"""
FAILING: Final = """
- {name: greets, language: bash, code: echo hello, expected_output: hello}
- {name: sums, language: python, code: "print(3)", expected_output: "4"}
"""
SLOW: Final = """
defaults: {timeout: 200, memory: 321m, disk: 16m}
snippets:
- {name: quick, language: bash, code: "true"}
- {name: slow 1, language: bash, code: sleep 100}
- {name: slow 2, language: bash, code: "trap '' TERM INT; sleep 100"}
- {name: slow 3, language: bash, code: sleep 100 & sleep 100}
"""
SLOW_ONES: Final = 3
"""All in one image: so many sandboxes run, none is being made when all do."""
SLOW_MEMORY: Final = (321 << 20) + (16 << 20) + INIT_SPACE
INPUTS: Final = {"manifest": "docs/manifest.yml", "junit": "reports/junit.xml", "pull": "never"}

Start = Callable[..., Step]


@pytest.fixture(scope="session")
def image() -> str:
    """The action's image, built from this checkout by its Dockerfile."""
    built = subprocess.run(
        ["docker", "build", "--quiet", "--tag", IMAGE, ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return IMAGE


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job in whose workspace a manifest and its file lie; it belongs to a user of no name."""
    job = Job(root=tmp_path)
    docs = job.workspace / "docs"
    docs.mkdir(parents=True)
    (docs / "data.txt").write_text("beside the manifest\n")
    os.chown(job.workspace, OWNER, OWNER)
    return job


@pytest.fixture
def start(job: Job, image: str, client: DockerClient) -> Iterator[Start]:
    """Starts a step on a manifest's text, with the usual inputs and what is stated."""
    steps: list[Step] = []

    def start(manifest: str, mounts: list[str] | None = None, **inputs: str) -> Step:
        (job.workspace / "docs" / "manifest.yml").write_text(manifest)
        steps.append(Step(job, image, {**INPUTS, **inputs}, mounts=mounts))
        return steps[-1]

    yield start
    for container in _left(client, job.label):
        client.api.kill(container)
    for step in steps:
        step.process.communicate()


def test_a_passing_step_says_so_everywhere(start: Start, job: Job) -> None:
    ended = start(PASSING).end()

    assert ended.status == 0, ended.log
    assert ended.outputs["conclusion"] == "success"
    assert ended.outputs["passed"] == ended.outputs["total"] == "2"
    assert ended.outputs["junit-path"] == "reports/junit.xml"
    assert "2 cases passed" in ended.summary
    assert "Traceback" not in ended.log
    assert len(ET.parse(job.workspace / "reports/junit.xml").findall(".//testcase")) == 2


def test_a_failing_step_annotates_the_line_of_its_snippet(start: Start) -> None:
    ended = start(FAILING).end()

    errors = [command for command in obeyed(ended.log) if command.name == "error"]
    assert ended.status == 1
    assert (ended.outputs["failed"], ended.outputs["exit-code"]) == ("1", "1")
    assert [error.properties["file"] for error in errors] == ["docs/manifest.yml"]
    assert [error.properties["line"] for error in errors] == ["3"]
    assert "sums" in ended.summary


def test_a_path_of_the_machine_or_a_secret_of_the_job_is_nowhere(start: Start, job: Job) -> None:
    ended = start(FAILING, verbose="true").end()

    told = ended.log + ended.summary + (job.workspace / "reports/junit.xml").read_text()
    assert str(job.root) not in told
    assert "s3cret" not in told


def test_reports_belong_to_the_owner_of_the_workspace(start: Start, job: Job) -> None:
    start(PASSING).end()

    written = [job.workspace / "reports", job.workspace / "reports/junit.xml"]
    assert [(path.stat().st_uid, path.stat().st_gid) for path in written] == [(OWNER, OWNER)] * 2


def test_only_the_path_of_the_report_has_to_be_writable(start: Start, job: Job) -> None:
    reports = job.workspace / "reports"
    reports.mkdir()
    read_only = [f"{mount}:ro" if "/github/workspace" in mount else mount for mount in job.mounts]

    ended = start(PASSING, [*read_only, f"{reports}:/github/workspace/reports"]).end()

    assert ended.status == 0, ended.log
    assert (reports / "junit.xml").is_file()


def test_a_runner_of_the_workspace_is_not_taken_for_ours(start: Start, job: Job) -> None:
    (job.workspace / "runner").mkdir()
    (job.workspace / "runner/__init__.py").write_text("raise SystemExit('imported')")
    (job.workspace / "runner/action.py").write_text("raise SystemExit('imported')")
    (job.workspace / "yaml.py").write_text("raise SystemExit('imported')")

    ended = start(PASSING).end()

    assert ended.status == 0, ended.log


def test_where_there_is_no_socket_it_says_what_to_use(start: Start, job: Job) -> None:
    without = [mount for mount in job.mounts if not mount.startswith(SOCKET)]

    ended = start(PASSING, without).end()

    (error,) = [command for command in obeyed(ended.log) if command.name == "error"]
    assert ended.status == 3
    assert ended.outputs["conclusion"] == "error"
    assert "gives actions no Docker" in error.data
    assert "Traceback" not in ended.log


def test_a_cancelled_step_leaves_nothing(start: Start, job: Job, client: DockerClient) -> None:
    step = start(SLOW, jobs="4")
    step.read_until("passed quick")

    ended = step.cancel()

    assert ended.took < CANCELLED_WITHIN
    assert (ended.status, ended.outputs["conclusion"]) == (130, "cancelled")
    assert eventually(lambda: _left(client, LABEL, _run_id(job)) == [])
    assert eventually(lambda: _left(client, job.label) == [])


def test_a_step_that_is_killed_leaves_nothing(start: Start, job: Job, client: DockerClient) -> None:
    step = start(SLOW, jobs=str(SLOW_ONES))
    step.read_until("passed quick")
    assert eventually(lambda: len(_sandboxes(client, "running")) == SLOW_ONES)

    client.api.kill(_left(client, job.label)[0])
    step.end()

    assert eventually(lambda: not _sandboxes(client))


def test_nothing_that_compiles_is_in_the_image(image: str) -> None:
    looked = subprocess.run(
        ["docker", "run", "--rm", "--entrypoint", "sh", image, "-c", "command -v cc gcc clang zig"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert looked.stdout == ""


def _left(client: DockerClient, *label: str, status: str | None = None) -> list[str]:
    wanted = {"label": "=".join(label), **({"status": status} if status else {})}
    return [found["Id"] for found in client.api.containers(all=True, filters=wanted)]


def _sandboxes(client: DockerClient, status: str | None = None) -> list[str]:
    """Those of the slow snippets, known by their memory: others may run at the same time."""
    return [
        container
        for container in _left(client, LABEL, status=status)
        if _memory(client, container) == SLOW_MEMORY
    ]


def _memory(client: DockerClient, container: str) -> int | None:
    try:
        memory: int = client.api.inspect_container(container)["HostConfig"]["Memory"]
    except NotFound:
        return None
    return memory


def _run_id(job: Job) -> str:
    tree = ET.parse(job.workspace / "reports/junit.xml")
    (identity, *_) = [
        p.get("value", "") for p in tree.iter("property") if p.get("name") == "run_id"
    ]
    return identity.partition("-")[0]
