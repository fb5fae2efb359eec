"""What GitHub's runner does with a Docker container action, to test it where there is no GitHub.

From actions/runner: ContainerActionHandler.cs, DockerCommandManager.cs, StreamReader.cs.
"""

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lateness import CANCELLED_WITHIN, ENDED_WITHIN

SOCKET: Final = "/var/run/docker.sock"
TO_SIGTERM: Final = 7.5
"""Seconds from SIGINT, with which a runner cancels a step, to SIGTERM."""
TO_KILL: Final = 2.5 if "SOAK" in os.environ else CANCELLED_WITHIN
"""Seconds from SIGTERM to the end of its patience, 2.5; a busy machine needs more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A step that has ended."""

    status: int
    log: str
    outputs: Mapping[str, str]
    summary: str
    took: float
    """Seconds, of a cancelled step from its cancelling on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job's folders on the machine that a runner works on; none is known to a container so."""

    root: Path
    label: str = field(default_factory=lambda: uuid.uuid4().hex[:6])

    @property
    def workspace(self) -> Path:
        return self.root / "work" / "repo" / "repo"

    @property
    def folders(self) -> Mapping[Path, str]:
        """Where each is in the container, the longest first, as the runner compares them."""
        temp = self.root / "work" / "_temp"
        return {
            temp / "_github_home": "/github/home",
            temp / "_github_workflow": "/github/workflow",
            temp / "_runner_file_commands": "/github/file_commands",
            temp: "/github/runner_temp",
            self.workspace: "/github/workspace",
        }

    @property
    def mounts(self) -> Sequence[str]:
        """All that the runner mounts, as sources and places in the container."""
        return [f"{SOCKET}:{SOCKET}", *(f"{source}:{to}" for source, to in self.folders.items())]

    def command(self, image: str, environ: Mapping[str, str], mounts: Sequence[str]) -> list[str]:
        """The runner's `docker run`; values are not on it but in the client's environment."""
        name = f"{uuid.uuid4().hex}_{self.label}"
        run = ["docker", "run", "--name", name, "--label", self.label]
        run += ["--workdir", "/github/workspace", "--rm"]
        run += [word for key in environ for word in ("-e", key)]
        run += ["-e", "GITHUB_ACTIONS=true", "-e", "CI=true"]
        return [*run, *(word for mount in mounts for word in ("-v", mount)), image]

    def translated(self, value: str) -> str:
        """A value as the container gets it: one of our folders, or below it, is its own there."""
        for source, to in self.folders.items():
            if value == str(source) or value.startswith(f"{source}/"):
                return to + value.removeprefix(str(source))
        return value


class Step:
    """A step under way: as the runner starts it, or with other mounts."""

    def __init__(
        self,
        job: Job,
        image: str,
        inputs: Mapping[str, str],
        *,
        mounts: Sequence[str] | None = None,
    ) -> None:
        for folder in job.folders:
            folder.mkdir(parents=True, exist_ok=True)
        commands = job.root / "work" / "_temp" / "_runner_file_commands"
        suffix = uuid.uuid4()
        self._output = commands / f"set_output_{suffix}"
        self._summary = commands / f"step_summary_{suffix}"
        self._output.touch()
        self._summary.touch()
        said = self._environ(job, inputs)
        environ = {name: job.translated(value) for name, value in said.items()}
        self.process = subprocess.Popen(
            job.command(image, environ, job.mounts if mounts is None else mounts),
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def cancel(self) -> Ended:
        """SIGINT, then SIGTERM, then the end, as long after each other as with the runner."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        if not self._ends_within(TO_SIGTERM):
            self.process.send_signal(signal.SIGTERM)
            if not self._ends_within(TO_KILL):
                self.process.kill()
        return self._ended(began)

    def end(self) -> Ended:
        """Wait for its end."""
        return self._ended(time.monotonic())

    def read_until(self, text: str) -> None:
        """Wait for a line of the log that holds `text`."""
        assert self.process.stdout is not None
        assert any(text in line for line in self.process.stdout)

    def _ends_within(self, seconds: float) -> bool:
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _ended(self, began: float) -> Ended:
        log, _ = self.process.communicate(timeout=ENDED_WITHIN)
        lines = self._output.read_text().splitlines()
        return Ended(
            status=self.process.returncode,
            log=log,
            outputs=dict(line.split("=", 1) for line in lines),
            summary=self._summary.read_text(),
            took=time.monotonic() - began,
        )

    def _environ(self, job: Job, inputs: Mapping[str, str]) -> Mapping[str, str]:
        return {
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
            "HOME": str(job.root / "work" / "_temp" / "_github_home"),
            "GITHUB_WORKSPACE": str(job.workspace),
            "GITHUB_OUTPUT": str(self._output),
            "GITHUB_STEP_SUMMARY": str(self._summary),
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": "o/repo",
            "GITHUB_SHA": "0123abc",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_TOKEN": "s3cret-0f-the-job",
            "ACTIONS_RUNTIME_TOKEN": "s3cret-0f-the-job",
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(job.root / "work" / "_temp"),
            "RUNNER_WORKSPACE": str(job.workspace.parent),
        }
