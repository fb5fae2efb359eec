"""However a runner ends: no container is left, and a report is complete or not there."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
from docker import DockerClient
from docker.errors import APIError
from docker.models.containers import Container
from lateness import ENDED_WITHIN, eventually

from runner.sandbox.settings import LABEL

ROUNDS: Final = int(os.environ.get("RUNNER_END_ROUNDS", "2"))
"""Of each signal, each at a moment of chance: `make soak` asks for more."""
LONGEST: Final = 4.0
"""Seconds that a run of ours takes when nobody ends it, about."""
CASES: Final = 40
MANIFEST: Final = "snippets:\n" + "".join(
    f"  - {{name: s{number}, language: bash, code: sleep 0.1; echo {number},"
    f" expect: {{stdout: '{number}'}}}}\n"
    for number in range(CASES)
)
START: Final = """
import os, secrets, sys
from runner.cli import main

open("begun", "x").close()
secrets.token_hex = lambda _: sys.argv[1]
os._exit(main(sys.argv[2:]))
"""
"""The command line under a run id that is given to it; before it begins, signals are Python's."""
SIGNALS: Final = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]


class Runner:
    """A run whose containers can be told from all others."""

    def __init__(self, client: DockerClient, folder: Path, *words: str, out: int) -> None:
        self._client = client
        self.id = uuid4().hex
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, self.id, "m.yml", "--jobs", "2", *words],
            env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
            cwd=folder,
            stdout=out,
            stderr=subprocess.PIPE,
        )
        assert eventually((folder / "begun").exists, patience=ENDED_WITHIN)

    def left(self) -> list[str]:
        """The states of the containers that are still there after a while.

        One that was made and not yet started when its runner was killed waits for a later sweep.
        """
        eventually(lambda: self._states() == [])
        return self._states()

    def clean_up(self) -> None:
        self.process.kill()
        self.process.communicate()
        for container in self._containers():
            with contextlib.suppress(APIError):
                container.remove(force=True)

    def _states(self) -> list[str]:
        killed = self.process.returncode == -signal.SIGKILL
        states = [container.status for container in self._containers()]
        return [state for state in states if not (killed and state == "created")]

    def _containers(self) -> list[Container]:
        found: list[Container] = self._client.containers.list(
            all=True, filters={"label": f"{LABEL}={self.id}"}, ignore_removed=True
        )
        return found


@pytest.fixture
def start(client: DockerClient, tmp_path: Path) -> Iterator[Callable[..., Runner]]:
    """Starts runs with a report of each kind; ends what a failed test leaves of them."""
    (tmp_path / "m.yml").write_text(MANIFEST)
    started: list[Runner] = []

    def start(*words: str, out: int = subprocess.DEVNULL) -> Runner:
        started.append(Runner(client, tmp_path, *words, out=out))
        return started[-1]

    yield start
    for one in started:
        one.clean_up()


def complete(folder: Path) -> list[int]:
    """How many cases each report that is there tells of; one that is half there is an error."""
    junit, json_ = folder / "junit.xml", folder / "report.json"
    counts = []
    if junit.exists():
        counts.append(len(list(ET.parse(junit).iter("testcase"))))
    if json_.exists():
        counts.append(len(json.loads(json_.read_text())["results"]))
    return counts


@pytest.mark.parametrize("attempt", range(ROUNDS))
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: signal.Signals(number).name)
def test_a_signal_at_any_moment_leaves_whole_reports_and_no_container(
    start: Callable[..., Runner], tmp_path: Path, number: int, attempt: int
) -> None:
    moment = random.Random(f"{number} {attempt}").uniform(0.5, LONGEST)
    runner = start("--junit", "junit.xml", "--report", "json=report.json")

    time.sleep(moment)
    runner.process.send_signal(number)
    _, said = runner.process.communicate(timeout=ENDED_WITHIN)

    assert runner.process.returncode in (130, 0, -number), said
    assert b"Traceback" not in said
    assert runner.left() == []
    assert len(set(complete(tmp_path))) <= 1
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == [] or (
        number == signal.SIGKILL
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_mid_run_is_130_with_the_report_of_what_had_finished(
    start: Callable[..., Runner], tmp_path: Path, number: int
) -> None:
    runner = start("--junit", "junit.xml", "--report", "json=report.json")
    assert runner.process.stderr is not None
    runner.process.stderr.readline()

    runner.process.send_signal(number)
    runner.process.communicate(timeout=ENDED_WITHIN)

    assert runner.process.returncode == 130
    (count,) = set(complete(tmp_path))
    assert 1 <= count < CASES
    assert runner.left() == []


def test_a_hang_up_that_is_to_be_ignored_is(tmp_path: Path) -> None:
    (tmp_path / "m.yml").write_text("snippets: [{language: bash, code: sleep 1}]\n")
    shell = 'trap "" HUP; touch trapped; exec "$0" -m runner m.yml --junit junit.xml'
    process = subprocess.Popen(
        ["bash", "-c", shell, sys.executable],
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )

    try:
        assert eventually((tmp_path / "trapped").exists, patience=ENDED_WITHIN)
        time.sleep(0.6)
        process.send_signal(signal.SIGHUP)

        assert process.wait(ENDED_WITHIN) == 0
    finally:
        process.kill()
        process.wait()
    assert complete(tmp_path) == [1]


def test_an_output_that_nobody_reads_ends_nothing(
    start: Callable[..., Runner], tmp_path: Path
) -> None:
    reader, writer = os.pipe()
    runner = start("--junit", "junit.xml", "--report", "table", out=writer)
    os.close(writer)
    os.close(reader)

    _, said = runner.process.communicate(timeout=ENDED_WITHIN)

    assert (runner.process.returncode, b"Traceback" in said) == (0, False)
    assert complete(tmp_path) == [CASES]
    assert runner.left() == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 64 KB that is nearly full."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)]
    if subprocess.run(mounted, check=False, capture_output=True).returncode:
        pytest.skip("may not mount a tmpfs here")
    (folder / "ballast").write_bytes(bytes(60 * 1024))
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_full_leaves_the_report_of_before(
    start: Callable[..., Runner], small_disk: Path, tmp_path: Path
) -> None:
    old = small_disk / "report.json"
    old.write_text('{"results": []}')
    runner = start("--report", f"json={old}", "--junit", "junit.xml")

    _, said = runner.process.communicate(timeout=ENDED_WITHIN)

    assert runner.process.returncode == 2
    assert f"cannot write the json report to {old}: No space left on device".encode() in said
    assert old.read_text() == '{"results": []}'
    assert sorted(path.name for path in small_disk.iterdir()) == ["ballast", "report.json"]
    assert complete(tmp_path) == [CASES]
    assert runner.left() == []


@pytest.mark.parametrize(
    ("path", "problem"),
    [("m.yml/x.json", "Not a directory"), ("/proc/x.json", "No such file or directory")],
    ids=["below a file", "where nothing can be made"],
)
def test_a_report_that_cannot_be_written_is_known_before_the_run(
    start: Callable[..., Runner], path: str, problem: str
) -> None:
    runner = start("--report", f"json={path}")

    _, said = runner.process.communicate(timeout=ENDED_WITHIN)

    assert runner.process.returncode == 2
    assert said.decode() == f"exec-action: cannot write the json report to {path}: {problem}\n"
    assert runner.left() == []
