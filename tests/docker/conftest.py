"""The real engine, never mocked: where there is none, these tests fail."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import docker
import pytest
from docker import DockerClient
from snippets import Runs, alone

from runner.execute import execute
from runner.model import Isolation, Outcome, Report, Result, Session, Snippet
from runner.options import Options, Pull


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "runs(snippet): what a test's `result` is of; all of a module are run as one batch",
    )


class Silence:
    """A watcher that tells nobody."""

    def pulling(self, image: str) -> None:
        raise AssertionError(f"image {image} is not here: run images/ensure")

    def building(self, dockerfile: str) -> None:
        pass

    def not_built(self, dockerfile: str, log: Sequence[str]) -> None:
        pass

    def started(self, name: str) -> None:
        pass

    def finished(self, result: Result) -> None:
        pass


@pytest.fixture(scope="session")
def run() -> Runs:
    """Runs snippets and sessions to a report: `run(snippet, session, jobs=1)`."""

    def run(*work: Snippet | Session, jobs: int = 2, fail_fast: bool = False) -> Report:
        sessions = [alone(one) if isinstance(one, Snippet) else one for one in work]
        options = Options(jobs=jobs, pull=Pull.NEVER, fail_fast=fail_fast)
        return execute(sessions, options=options, watcher=Silence())

    return run


@pytest.fixture(scope="session")
def client() -> Iterator[DockerClient]:
    """The engine as its own client sees it, to look at what the runner did."""
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="module", params=list(Isolation), ids=str)
def isolation(request: pytest.FixtureRequest) -> Isolation:
    """Both modes, one after the other."""
    mode: Isolation = request.param
    return mode


@pytest.fixture(scope="module")
def batch(
    request: pytest.FixtureRequest, run: Runs, isolation: Isolation
) -> Mapping[str, Sequence[Result]]:
    """The results of every snippet that the module's tests are marked with, by the test's id."""
    snippets = {
        item.nodeid: replace(_snippet_of(item), isolation=isolation)
        for item in request.session.items
        if item.path == request.path and _is_in(item, isolation)
    }
    report = run(*snippets.values(), jobs=getattr(request.module, "JOBS", 4))
    results = iter(report.results)
    return {name: [next(results) for _ in snippet.cases] for name, snippet in snippets.items()}


@pytest.fixture
def results(request: pytest.FixtureRequest, batch: Mapping[str, Sequence[Result]]) -> list[Result]:
    """The results of the test's own snippet, one per case."""
    return list(batch[request.node.nodeid])


@pytest.fixture
def result(results: list[Result]) -> Result:
    """The result of the test's own snippet, which has one case."""
    (only,) = results
    return only


@pytest.fixture
def outcome(result: Result) -> Outcome:
    """What happened to the test's own snippet."""
    return result.outcome


def _snippet_of(item: pytest.Item) -> Snippet:
    marker = item.get_closest_marker("runs")
    assert marker is not None
    snippet: Snippet = marker.args[0]
    return snippet


def _is_in(item: pytest.Item, isolation: Isolation) -> bool:
    if item.get_closest_marker("runs") is None:
        return False
    callspec = getattr(item, "callspec", None)
    return callspec is not None and callspec.params.get("isolation") is isolation
