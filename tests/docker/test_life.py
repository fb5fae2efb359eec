"""Nothing is left behind, and a lost sandbox costs no verdict."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final
from uuid import uuid4

import pytest
from docker import DockerClient
from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.types import Ulimit
from lateness import CANCELLED_WITHIN, ENDED_WITHIN, GONE_WITHIN, eventually
from requests.exceptions import JSONDecodeError
from snippets import Runs, bash, prints

from runner.model import Isolation, Report, Verdict
from runner.sandbox.engine import Engine
from runner.sandbox.settings import LABEL, PROCESSES

RUNNER: Final = """
import secrets, signal, sys
from runner.execute import execute
from runner.options import Options
from snippets import alone, bash

def interrupt(*_):
    raise KeyboardInterrupt

class Told:
    def pulling(self, image): pass
    def started(self, name): pass
    def finished(self, result): print(result.snippet.name, flush=True)

secrets.token_hex = lambda _: sys.argv[1]
signal.signal(signal.SIGTERM, interrupt)
work = [bash("true", name="quick"), *(bash("sleep 100", name=f"slow {n}") for n in range(3))]
report = execute([alone(one) for one in work], options=Options(jobs=3), watcher=Told())
print(report.interrupted, [(r.snippet.name, str(r.verdict)) for r in report.results], flush=True)
"""
"""Runs one quick and three slow snippets under a run id that is given to it."""
LIMITS: Final = [
    Ulimit(name="nofile", soft=1024, hard=1024),
    Ulimit(name="nproc", soft=PROCESSES, hard=PROCESSES),
]
"""For an engine that starts nothing under limits of its own choice (engines.md, Podman)."""
MOMENTS: Final = (0.1, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2)
"""Seconds from a runner's start: before, while and after it starts its containers."""


class Runner:
    """A process with a run of its own."""

    def __init__(self, client: DockerClient) -> None:
        self._client = client
        self.run = uuid4().hex
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUNNER, self.run],
            env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
            stdout=subprocess.PIPE,
            text=True,
        )

    def containers(self) -> dict[str, str]:
        """The states of its containers; as listed, for each may be gone when it is looked at."""
        found = self._client.api.containers(all=True, filters={"label": f"{LABEL}={self.run}"})
        return {one["Id"]: one["State"] for one in found}

    def states(self) -> list[str]:
        """Of its containers."""
        return list(self.containers().values())

    def clean_up(self) -> None:
        """End it, and remove what it had made and not started: the sweep of a later run would."""
        self.process.kill()
        self.process.communicate()
        for container in self.containers():
            with contextlib.suppress(APIError):
                self._client.api.remove_container(container, force=True)

    def is_at_work(self) -> bool:
        """Whether it has done what is quick and works on all that is slow."""
        assert self.process.stdout is not None
        return self.process.stdout.readline() == "quick\n" and eventually(
            lambda: self.states().count("running") == 3
        )

    def has(self, count: int, *, patience: float) -> bool:
        """Whether there are so many containers within that time."""
        return eventually(lambda: len(self.states()) == count, patience=patience)

    def end(self, number: int) -> str:
        """Send it that signal; what it prints then."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=ENDED_WITHIN)
        return rest


@pytest.fixture
def start(client: DockerClient) -> Iterator[Callable[[], Runner]]:
    """Starts runners; ends what a failed test leaves of them."""
    runners: list[Runner] = []

    def start() -> Runner:
        runners.append(Runner(client))
        return runners[-1]

    yield start
    for one in runners:
        one.clean_up()


@pytest.fixture
def killed(start: Callable[[], Runner]) -> list[Runner]:
    """Runners that were killed, each at another moment."""

    def kill(moment: float) -> Runner:
        runner = start()
        time.sleep(moment)
        runner.end(signal.SIGKILL)
        return runner

    return [kill(moment) for moment in MOMENTS]


def test_a_runner_killed_at_any_moment_leaves_no_container_that_was_started(
    killed: list[Runner],
) -> None:
    def states() -> set[str]:
        return {state for runner in killed for state in runner.states()}

    time.sleep(3)  # the engine still does what it had been asked for
    assert eventually(lambda: states() <= {"created"})


@pytest.mark.parametrize("attempt", range(3))
def test_a_runner_killed_at_work_leaves_no_container(
    start: Callable[[], Runner], attempt: int
) -> None:
    runner = start()
    assert runner.is_at_work()

    runner.end(signal.SIGKILL)

    assert runner.has(0, patience=GONE_WITHIN), f"attempt {attempt}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_interrupted_run_tells_what_finished_and_leaves_nothing(
    start: Callable[[], Runner], number: signal.Signals
) -> None:
    runner = start()
    assert runner.is_at_work()

    began = time.monotonic()
    told = runner.end(number)

    assert time.monotonic() - began < CANCELLED_WITHIN
    assert told == "True [('quick', 'passed')]\n"
    assert runner.has(0, patience=GONE_WITHIN)
    assert runner.process.returncode == 0


def test_a_finished_run_leaves_nothing(run: Runs, client: DockerClient) -> None:
    report = run(bash("true"), bash("sleep 100", timeout=0.5), bash("yes"), jobs=3)

    assert nothing_is_left_of(report, client)


def test_a_run_that_stops_early_leaves_nothing_of_what_it_started_ahead(
    run: Runs, client: DockerClient
) -> None:
    first, later = (bash(code, isolation=Isolation.FRESH) for code in ("false", "true"))

    report = run(first, *[later] * 9, jobs=2, fail_fast=True)

    assert report.results[0].verdict is Verdict.RUNTIME_ERROR
    assert nothing_is_left_of(report, client)


def nothing_is_left_of(report: Report, client: DockerClient) -> bool:
    """Whether the engine soon has no container of that run."""
    label = f"{LABEL}={report.results[0].run_id.partition('-')[0]}"
    return eventually(lambda: not client.api.containers(all=True, filters={"label": label}))


# ------------------------------------------------------------------ the sweep


@pytest.fixture
def never_started(client: DockerClient) -> Iterator[Container]:
    """A container that a dead runner made, under a label that no real runner sweeps."""
    container = client.containers.create("bash:5.1", "true", labels=[f"test-{uuid4()}"])
    yield container
    with contextlib.suppress(APIError):
        container.remove(force=True)


def test_a_container_that_was_made_long_ago_and_never_started_is_swept(
    never_started: Container,
) -> None:
    label = next(name for name in never_started.labels if name.startswith("test-"))

    Engine().sweep(label, older_than=0)

    with pytest.raises(NotFound):
        never_started.reload()


def test_one_that_was_made_just_now_is_not_swept(never_started: Container) -> None:
    label = next(name for name in never_started.labels if name.startswith("test-"))

    Engine().sweep(label, older_than=120)

    never_started.reload()


def test_one_that_runs_is_not_swept(client: DockerClient) -> None:
    label = f"test-{uuid4()}"
    container = client.containers.run(
        "bash:5.1", "sleep 100", labels=[label], detach=True, ulimits=LIMITS
    )

    Engine().sweep(label, older_than=0)

    container.reload()
    container.remove(force=True)


# ------------------------------------------------------------------ sandboxes that go away


@pytest.mark.parametrize("act", ["remove", "kill"])
@pytest.mark.parametrize("mode", list(Isolation), ids=str)
def test_a_case_whose_sandbox_went_away_is_run_again_in_another(
    run: Runs, client: DockerClient, act: str, mode: Isolation
) -> None:
    name = f"life-{uuid4()}"
    ending = threading.Thread(target=end_first, args=(client, name, act))
    ending.start()

    report = run(
        bash(f"echo {name}; bash -c 'sleep 1.5; :' {name}", expect=prints(name), isolation=mode),
        jobs=1,
    )
    ending.join()

    (result,) = report.results
    assert result.verdict is Verdict.PASSED
    assert result.attempts == 1
    assert report.duration < 90


def listed(client: DockerClient) -> list[Container]:
    """Ours that run; none where the engine has no answer while one goes."""
    with contextlib.suppress(APIError):
        return client.containers.list(filters={"label": LABEL}, ignore_removed=True)
    return []


def end_first(client: DockerClient, name: str, act: str) -> None:
    """End the first container in which a program of that name runs."""
    for _ in range(400):
        for container in listed(client):
            try:
                processes = container.top()["Processes"] or []
                if not any(name in " ".join(process) for process in processes):
                    continue
                if act == "remove":
                    container.remove(force=True)
                else:
                    container.kill()
            except (
                APIError,
                JSONDecodeError,
            ):  # it ends while it is looked at: Podman says nothing
                continue
            else:
                return
        time.sleep(0.05)
