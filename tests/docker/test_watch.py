"""`--watch` on the real engine: what is saved is run again, in the sandbox that is still warm."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

import pytest
from docker import DockerClient
from docker.errors import APIError
from lateness import eventually

from runner.sandbox.settings import LABEL

ENVIRON: Final = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
PATIENCE: Final = 60
MANIFEST: Final = """\
defaults: {timeout: 20}
snippets:
  - {name: one, language: bash, file: one.sh, expected_output: 1}
  - {name: two, language: bash, code: echo 2, expected_output: 2}
"""


class Watched:
    """A runner that watches: what it says, line by line, and the report that it writes."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "runner", *words, "--watch", "--report", "json=all.json"],
            cwd=folder,
            env=ENVIRON,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def until(self, part: str) -> list[str]:
        """What is said from now on, up to a line with `part`."""
        said = [self._lines.get(timeout=PATIENCE)]
        while part not in said[-1]:
            said.append(self._lines.get(timeout=PATIENCE))
        return said

    def turn(self) -> list[str]:
        """What is said until it waits again."""
        return self.until("watching for changes")[:-1]

    def results(self) -> dict[str, dict[str, Any]]:
        """All that is known by now, by name."""
        report = json.loads((self.folder / "all.json").read_text())
        return {result["name"]: result for result in report["results"]}

    def save(self, name: str, text: str) -> None:
        """Save a text at once, as editors do: a file half written would be a turn of its own."""
        beside = self.folder.with_name("saved")
        beside.write_text(text)
        beside.replace(self.folder / name)

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._listener.join()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stderr:
            for line in stderr:
                self._lines.put(line)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Callable[..., Watched]]:
    started: list[Watched] = []

    def watch(*words: str) -> Watched:
        (tmp_path / "m.yml").write_text(MANIFEST)
        (tmp_path / "one.sh").write_text("echo 1")
        started.append(Watched(tmp_path, *words))
        return started[-1]

    yield watch
    for one in started:
        one.close()


def test_what_is_saved_is_run_again_in_the_same_sandbox(
    watch: Callable[..., Watched], client: DockerClient
) -> None:
    watched = watch("m.yml", "-j", "1")
    watched.turn()
    first = watched.results()

    watched.save("one.sh", "echo other")
    said = watched.turn()

    then = watched.results()
    sandbox = first["one"]["outcome"]["sandbox"]
    assert [name for name in ("one", "two") if any(f" {name} " in line for line in said)] == ["one"]
    assert (then["one"]["verdict"], then["two"]) == ("wrong_output", first["two"])
    assert then["one"]["outcome"]["sandbox"] == sandbox
    assert watched.end() == 0
    assert eventually(
        lambda: (
            not client.containers.list(filters={"id": sandbox, "label": LABEL}, ignore_removed=True)
        )
    )


def test_a_mistake_is_told_and_what_was_mended_is_run(watch: Callable[..., Watched]) -> None:
    watched = watch("m.yml")
    watched.turn()

    watched.save("m.yml", MANIFEST.replace("echo 2,", "echo 2, timeuot: 1,"))
    mistake = watched.turn()
    watched.save("m.yml", MANIFEST.replace("echo 2,", "echo 3,"))
    watched.turn()

    assert mistake[-1].startswith("m.yml:4:")
    assert watched.results()["two"]["verdict"] == "wrong_output"
    assert watched.end() == 0


def test_a_missing_file_that_comes_into_being_is_run(watch: Callable[..., Watched]) -> None:
    watched = watch("m.yml")
    watched.turn()
    (watched.folder / "one.sh").unlink()
    watched.turn()

    watched.save("one.sh", "echo 1 # again")
    watched.turn()

    assert watched.results()["one"]["verdict"] == "passed"


def test_a_sandbox_that_ended_meanwhile_costs_no_verdict(
    watch: Callable[..., Watched], client: DockerClient
) -> None:
    watched = watch("m.yml", "-j", "1")
    watched.turn()
    sandbox = watched.results()["one"]["outcome"]["sandbox"]
    with contextlib.suppress(APIError):
        client.api.remove_container(sandbox, force=True)

    watched.save("one.sh", "echo 1 # again")
    watched.turn()

    one = watched.results()["one"]
    assert (one["verdict"], one.get("attempts", 1)) == ("passed", 1)
    assert one["outcome"]["sandbox"] != sandbox


def test_documents_are_watched_with_those_that_come_into_being(
    watch: Callable[..., Watched], tmp_path: Path
) -> None:
    watched = watch("docs")
    watched.turn()
    docs = tmp_path.with_name("docs-of-one")
    docs.mkdir()
    (docs / "a.md").write_text("# One\n\n```bash\necho 1\n```\n")
    docs.rename(watched.folder / "docs")
    watched.turn()

    watched.save("docs/b.md", "# Two\n\n```bash\necho 2\n```\n\n```output\n3\n```\n")
    watched.turn()

    assert [one["verdict"] for one in watched.results().values()] == ["passed", "wrong_output"]


def test_interrupting_a_run_that_watches_is_an_interruption(watch: Callable[..., Watched]) -> None:
    watched = watch("m.yml", "-v")
    watched.turn()
    watched.save("m.yml", MANIFEST + "  - {name: slow, language: bash, code: sleep 19}\n")
    watched.until("to be run")

    assert watched.end() == 130
