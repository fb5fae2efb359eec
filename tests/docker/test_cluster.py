"""Runs on a Dask cluster: a scheduler and workers as processes of their own, on the real engine."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from distributed import Client
from docker import DockerClient
from lateness import ENDED_WITHIN, eventually
from snippets import alone, bash, case, prints, python, snippet, together

from runner import __version__, recorded
from runner.cluster import client as cluster_client
from runner.cluster import slots as cluster_slots
from runner.errors import EngineError, UsageError
from runner.execute import execute
from runner.languages import Build, Language
from runner.model import Expectation, Report, Result, Session, TextExpectation, Verdict
from runner.options import CacheOptions, Options, Pull
from runner.sandbox.settings import LABEL

CASES: Final = [case("x", stdin="1"), case("y", stdin="2")]
ENVIRON: Final = {**os.environ, "PYTHONPATH": ":".join(sys.path)}


class Listener:
    """Remembers what it is told, and wakes who waits for sessions to begin."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.finished_names: list[str] = []

    def pulling(self, image: str) -> None:
        raise AssertionError(f"image {image} is not here: run images/ensure")

    def building(self, dockerfile: str) -> None:
        raise AssertionError(dockerfile)

    def not_built(self, dockerfile: str, log: Sequence[str]) -> None:
        raise AssertionError(dockerfile, log)

    def started(self, name: str) -> None:  # noqa: ARG002 the protocol's name
        self.begun.release()

    def finished(self, result: Result) -> None:
        self.finished_names.append(result.name)


class Dask:
    """A scheduler and its workers; two threads each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "scheduler.json"
        self._started: list[subprocess.Popen[bytes]] = []
        self.address = ""

    def start(self, **environ: str) -> None:
        """Start the scheduler, and wait until its file tells where it listens."""
        self._process("scheduler", "--host", "127.0.0.1", "--port", "0", **environ)
        # The file is there a moment before its text is.
        assert eventually(
            lambda: self._file.exists() and self._file.read_text().endswith("\n}"),
            patience=ENDED_WITHIN,
        )
        self.address = json.loads(self._file.read_text())["address"]

    def worker(self, **environ: str) -> subprocess.Popen[bytes]:
        """Start a worker, and wait until it is there."""
        options = ("--no-nanny", "--nthreads", "2", "--local-directory", str(self._folder))
        worker = self._process("worker", *options, **environ)
        with Client(self.address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            client.wait_for_workers(len(self._started) - 1, timeout=ENDED_WITHIN)
        return worker

    def has_given(self) -> bool:
        """Whether a worker has been given something to do."""
        with Client(self.address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            return any(client.processing().values())

    def end(self) -> None:
        for process in self._started:
            process.kill()
            process.wait()

    def kill_scheduler(self) -> None:
        self._started[0].kill()

    def _process(self, *words: str, **environ: str) -> subprocess.Popen[bytes]:
        words = (*words, "--no-dashboard", "--scheduler-file", str(self._file))
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *words],
            cwd=self._folder,
            env=ENVIRON | environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._started.append(process)
        return process


@contextmanager
def scheduler(folder: Path, **environ: str) -> Iterator[Dask]:
    """A scheduler without workers; in the end, whatever happens, none of its processes is left."""
    dask = Dask(folder)
    try:
        dask.start(**environ)
        yield dask
    finally:
        dask.end()


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    """A cluster of two workers."""
    with scheduler(tmp_path_factory.mktemp("dask")) as dask:
        dask.worker()
        dask.worker()
        yield dask


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Dask]:
    """A scheduler without workers, to do with as one likes."""
    with scheduler(tmp_path) as own:
        yield own


def run(dask: Dask, *sessions: Session, listener: Listener | None = None, **more: object) -> Report:
    options = Options(pull=Pull.NEVER, cluster=dask.address, **more)  # type: ignore[arg-type]
    return execute(sessions, options=options, watcher=listener or Listener())


def containers(client: DockerClient, run: str) -> list[str]:
    found = client.containers.list(
        all=True, filters={"label": f"{LABEL}={run}"}, ignore_removed=True
    )
    return [container.name or "" for container in found]


def told(report: Report) -> list[tuple[str, Verdict, str, bytes, int | None, int]]:
    """What is the same wherever a plan is run."""
    return [
        (
            result.name,
            result.verdict,
            result.reason,
            result.outcome.stdout,
            result.outcome.exit_code,
            result.attempts,
        )
        for result in report.results
    ]


# ------------------------------------------------------------------ the same report


def test_the_report_is_the_same_as_without_a_cluster(dask: Dask, tmp_path: Path) -> None:
    (tmp_path / "expected.txt").write_text("here")
    of_file = Expectation(stdout=TextExpectation(file=tmp_path / "expected.txt"))
    sessions = [
        alone(python("print(input())", name="a", cases=CASES)),
        alone(bash("echo here", name="file", expect=of_file)),
        alone(bash("echo there", name="other file", expect=of_file)),
        alone(bash("echo 1", name="wrong", expect=prints("2"), retries=1)),
        alone(bash("sleep 9", name="slow", timeout=1.0)),
        alone(bash("exit 3", name="skipped", skip="not now")),
        alone(bash("cat own", name="own", files={"own": b"\0\xff"})),
        together(
            bash("echo 1 >kept; echo x", expect=prints("y")),
            bash("cat kept", expect=prints("1")),
            bash("exit 1", name="breaks"),
            bash("touch /work/never; sleep 9", name="after"),
        ),
        alone(snippet("c", "int main(void) { return 4; }", name="c")),
        alone(snippet("c", "int main(void) { ", name="not c")),
    ]
    here = execute(sessions, options=Options(pull=Pull.NEVER, jobs=2), watcher=Listener())
    listener = Listener()

    there = run(dask, *sessions, listener=listener)

    assert told(there) == told(here)
    assert sorted(listener.finished_names) == sorted(result.name for result in there.results)
    assert here.engine in there.engine
    assert there.engine.endswith(" on 2 workers")
    assert there.jobs == 4


def test_sandboxes_stay_warm_and_go_when_the_run_ends(dask: Dask, client: DockerClient) -> None:
    report = run(dask, *(alone(bash("true", name=str(number))) for number in range(40)))

    name = report.results[0].run_id.partition("-")[0]
    assert report.counts == {Verdict.PASSED: 40}
    assert 1 <= len({result.outcome.sandbox for result in report.results}) <= 4
    assert eventually(lambda: containers(client, name) == [])


def test_no_more_run_at_once_than_was_said(dask: Dask) -> None:
    sessions = [alone(bash("true", name=str(number))) for number in range(4)]

    report = run(dask, *sessions, jobs=1)

    assert report.jobs == 1
    assert len({result.outcome.sandbox for result in report.results}) == 1


def test_after_a_failure_nothing_new_begins_where_that_is_asked_for(dask: Dask) -> None:
    sessions = [alone(bash("exit 1", name=str(number))) for number in range(20)]

    report = run(dask, *sessions, jobs=1, fail_fast=True)

    assert report.counts == {Verdict.RUNTIME_ERROR: 1, Verdict.SKIPPED: 19}


def test_an_image_that_no_worker_has_is_the_fault_of_its_cases_alone(dask: Dask) -> None:
    nowhere = Language(name="no", image="localhost/exec-action/none:1", source="x", run=("x",))

    report = run(dask, alone(snippet(nowhere, "", name="no")), alone(bash("true", name="yes")))

    assert [result.verdict for result in report.results] == [Verdict.SANDBOX_ERROR, Verdict.PASSED]
    assert "localhost/exec-action/none:1" in report.results[0].reason


def test_a_large_program_gets_there_and_a_large_output_back(dask: Dask) -> None:
    code = b"# " + b"x" * 12_000_000 + b"\nprint('y' * 900_000)"

    report = run(dask, alone(python(code, files={"big": b"z" * 1_000_000})))

    assert report.results[0].verdict is Verdict.PASSED
    assert len(report.results[0].outcome.stdout) == 900_001


def test_what_is_known_is_not_run_again(dask: Dask, tmp_path: Path) -> None:
    cache = CacheOptions(folder=tmp_path, max_age=600.0)
    session = alone(bash("echo 1; date +%N", name="a"))

    first = run(dask, session, cache=cache)
    second = run(dask, session, alone(bash("echo 2", name="b")), cache=cache)

    assert [result.cached for result in first.results] == [False]
    assert [result.cached for result in second.results] == [True, False]
    assert second.results[0].outcome.stdout == first.results[0].outcome.stdout


# ------------------------------------------------------------------ losses


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_sessions_of_a_lost_worker_are_run_by_another(own: Dask, number: int) -> None:
    first, _ = own.worker(), own.worker()
    names = ["a", "b", "c", "d"]
    sessions = [alone(bash("sleep 3; echo 1", name=name, expect=prints("1"))) for name in names]
    listener = Listener()
    with ThreadPoolExecutor() as pool:
        report = pool.submit(run, own, *sessions, listener=listener)
        assert all(listener.begun.acquire(timeout=60) for _ in names)
        time.sleep(1.5)  # two of them are at work there

        first.send_signal(number)

    assert [result.name for result in report.result().results] == names
    assert report.result().counts == {Verdict.PASSED: 4}
    assert sorted(listener.finished_names) == names
    assert report.result().engine.endswith(" on 2 workers")


def test_a_session_at_which_workers_are_lost_is_not_given_to_all_of_them(tmp_path: Path) -> None:
    listener = Listener()
    with (
        scheduler(tmp_path, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as own,
        ThreadPoolExecutor() as pool,
    ):
        worker = own.worker()
        report = pool.submit(run, own, alone(bash("sleep 30", cases=CASES)), listener=listener)
        assert listener.begun.acquire(timeout=60)
        assert eventually(own.has_given, patience=ENDED_WITHIN)

        worker.kill()

        results = report.result().results
    assert [result.verdict for result in results] == [Verdict.SANDBOX_ERROR] * 2
    assert [result.reason for result in results] == [
        "it cost 1 worker, and is given to no more"
    ] * 2


def test_a_cluster_that_loses_all_workers_ends_the_run(
    own: Dask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_slots, "_LOOK", 0.2)
    worker = own.worker()
    listener = Listener()
    with ThreadPoolExecutor() as pool:
        report = pool.submit(run, own, alone(bash("sleep 30")), listener=listener)
        assert listener.begun.acquire(timeout=60)
        time.sleep(1.0)

        worker.kill()

        with pytest.raises(EngineError, match=r"^the cluster has lost all of its workers$"):
            report.result()


def test_a_scheduler_that_is_lost_ends_the_run(own: Dask) -> None:
    own.worker()
    listener = Listener()
    with ThreadPoolExecutor() as pool:
        report = pool.submit(run, own, alone(bash("sleep 30")), listener=listener)
        assert listener.begun.acquire(timeout=60)
        time.sleep(1.0)

        own.kill_scheduler()

        with pytest.raises(EngineError, match="the connection to the cluster's scheduler was lost"):
            report.result()


def test_an_interrupted_run_leaves_nothing_on_the_workers(
    dask: Dask, client: DockerClient, tmp_path: Path
) -> None:
    (tmp_path / "m.yml").write_text(
        "- {name: quick, language: bash, code: echo 1}\n"
        "- {name: slow, language: bash, code: sleep 100}\n"
    )
    words = ["m.yml", "--cluster", dask.address, "--report", "json=out.json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", *words],
        cwd=tmp_path,
        env=ENVIRON,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "passed quick" in process.stderr.readline()

    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=ENDED_WITHIN)

    assert (process.returncode, said) == (130, "")
    (quick,) = recorded.read(tmp_path / "out.json").results
    run = quick.run_id.partition("-")[0]
    assert eventually(lambda: containers(client, run) == [])


# ------------------------------------------------------------------ what is missing


def test_a_worker_without_an_engine_is_named(own: Dask) -> None:
    own.worker()
    own.worker(DOCKER_HOST="unix:///nowhere.sock")

    with pytest.raises(EngineError, match=r"^worker tcp://127[.]0[.]0[.]1:\d+: .*/nowhere[.]sock"):
        run(own, alone(bash("true")))


@pytest.mark.parametrize(
    ("text", "what"),
    [("__version__ = '0.0.1'", "0.0.1"), ("raise ImportError", "no exec-action")],
    ids=["another version", "none"],
)
def test_a_worker_with_another_version_is_named(
    own: Dask, tmp_path: Path, text: str, what: str
) -> None:
    (tmp_path / "runner").mkdir()
    (tmp_path / "runner" / "__init__.py").write_text(text)
    own.worker(PYTHONPATH=str(tmp_path))

    with pytest.raises(EngineError) as caught:
        run(own, alone(bash("true")))

    first, second = str(caught.value).splitlines()
    assert first.startswith("worker tcp://127.0.0.1:")
    assert first.endswith(f" has {what}")
    pip = f"pip install 'codomyrmex-exec-action[cluster]=={__version__}'"
    assert second == f"all must have {__version__}: {pip}"


def test_a_cluster_without_workers_is_no_cluster(
    own: Dask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_client, "_PATIENCE", 1)

    with pytest.raises(EngineError, match=f"^the cluster at {own.address} has no workers; start"):
        run(own, alone(bash("true")))


def test_an_image_that_is_built_here_is_not_there(dask: Dask) -> None:
    build = Build(dockerfile=Path("Dockerfile"), shown="docs/Dockerfile", digest="0" * 64)
    built = Language(name="docs", image=build.tag, build=build, source="x", run=("x",))

    with pytest.raises(
        UsageError, match=r"^docs/Dockerfile: the image of language 'docs' is built"
    ):
        run(dask, alone(snippet(built, "")))
