"""Nothing is left behind, and a lost sandbox costs no verdict."""

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
from docker.errors import NotFound
from docker.models.containers import Container

from runner.model import Isolation, Verdict
from runner.sandbox.engine import Engine
from runner.sandbox.settings import LABEL
from snippets import Runs, bash, prints

RUNNER: Final = """
import signal, sys
from runner.execute import execute
from runner.options import Options
from snippets import alone, bash

def interrupt(*_):
    raise KeyboardInterrupt

class Told:
    def pulling(self, image): pass
    def started(self, name): pass
    def finished(self, result):
        print("run", result.run_id.partition("-")[0], flush=True)

signal.signal(signal.SIGTERM, interrupt)
work = [bash("true", name="quick"), *(bash("sleep 100", name=f"slow {n}") for n in range(3))]
report = execute([alone(one) for one in work], options=Options(jobs=3), watcher=Told())
print(report.interrupted, [(r.snippet.name, str(r.verdict)) for r in report.results], flush=True)
"""
GONE_WITHIN: Final = 3.0


class Runner:
    """A process that runs one quick and three slow snippets, and what it made."""

    def __init__(self, client: DockerClient) -> None:
        self._client = client
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUNNER],
            env={"PYTHONPATH": ":".join(sys.path)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.run = self.process.stdout.readline().split()[1]

    @property
    def containers(self) -> list[Container]:
        return self._client.containers.list(
            all=True, filters={"label": f"{LABEL}={self.run}"}, ignore_removed=True
        )

    def wait_for_containers(self, count: int, *, patience: float) -> bool:
        """Whether there are so many within that time."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if len(self.containers) == count:
                return True
            time.sleep(0.05)
        return False

    def finish(self, signal_number: int) -> str:
        """What it prints after that signal."""
        self.process.send_signal(signal_number)
        rest, _ = self.process.communicate(timeout=30)
        return rest


@pytest.fixture
def runner(client: DockerClient) -> Iterator[Callable[[], Runner]]:
    """Starts runners; ends what a failed test leaves of them."""
    runners: list[Runner] = []

    def start() -> Runner:
        runners.append(Runner(client))
        return runners[-1]

    yield start
    for one in runners:
        one.process.kill()
        one.process.communicate()


def test_a_killed_runner_leaves_no_container(runner: Callable[[], Runner]) -> None:
    runners = [runner() for _ in range(2)]
    assert all(one.wait_for_containers(3, patience=20) for one in runners)

    for one in runners:
        one.finish(signal.SIGKILL)

    assert all(one.wait_for_containers(0, patience=GONE_WITHIN) for one in runners)


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8])
def test_a_runner_killed_at_any_time_leaves_no_container_that_was_started(
    runner: Callable[[], Runner], client: DockerClient, delay: float
) -> None:
    one = runner()
    time.sleep(delay)

    one.finish(signal.SIGKILL)

    time.sleep(GONE_WITHIN)
    states = [container.status for container in one.containers]
    assert set(states) <= {"created"}
    for container in one.containers:
        container.remove(force=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_interrupted_run_tells_what_finished_and_leaves_nothing(
    runner: Callable[[], Runner], number: signal.Signals
) -> None:
    one = runner()
    assert one.wait_for_containers(3, patience=20)

    told = one.finish(number)

    assert told == "True [('quick', 'passed')]\n"
    assert one.wait_for_containers(0, patience=GONE_WITHIN)
    assert one.process.returncode == 0


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
        bash(f"echo {name}; exec -a {name} sleep 1.5", expect=prints(name), isolation=mode),
        jobs=1,
    )
    ending.join()

    (result,) = report.results
    assert result.verdict is Verdict.PASSED
    assert result.attempts == 1
    assert report.duration < 20


def end_first(client: DockerClient, name: str, act: str) -> None:
    """End the first container in which a program of that name runs."""
    for _ in range(400):
        for container in client.containers.list(filters={"label": LABEL}, ignore_removed=True):
            try:
                processes = container.top()["Processes"] or []
                if not any(name in " ".join(process) for process in processes):
                    continue
                if act == "remove":
                    container.remove(force=True)
                else:
                    container.kill()
            except NotFound:
                continue
            else:
                return
        time.sleep(0.05)
