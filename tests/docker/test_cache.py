"""Outcomes that are kept, on the real engine."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from docker import DockerClient
from lateness import ENDED_WITHIN
from snippets import alone, bash, case, prints, python, snippet, together

from runner.execute import execute
from runner.languages import CLASSIC
from runner.model import Ending, Expectation, Outcome, Report, Session, TextExpectation, Verdict
from runner.options import CacheOptions, Options, Pull

ENVIRON: Final = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
NOWHERE: Final = {"DOCKER_HOST": "tcp://127.0.0.1:1"}
MANY: Final = "snippets:\n" + "".join(
    f"  - {{name: n{number}, language: bash, code: echo {number}, expected_output: {number}}}\n"
    for number in range(20)
)
SLOW: Final = (
    "snippets:\n  - {name: quick, language: bash, code: echo 1}\n"
    "  - {name: slow, language: bash, code: sleep 60}\n"
)
TAG: Final = "localhost/exec-action/moved-tag:1"


class Silence:
    """A watcher that tells nobody."""

    def __getattr__(self, _: str) -> Callable[..., None]:
        return lambda *_: None


def run(folder: Path, *sessions: Session) -> Report:
    cache = CacheOptions(folder=folder, max_age=3600.0)
    options = Options(jobs=2, pull=Pull.NEVER, cache=cache)
    return execute(sessions, options=options, watcher=Silence())


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "runner", *words]


def runner(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words), env=ENVIRON | environ, capture_output=True, text=True, check=False
    )


def told(report: str) -> dict[str, tuple[str, bool]]:
    """Verdict and whether it was cached, by name, of a report in JSON."""
    results: list[dict[str, Any]] = json.loads(Path(report).read_text())["results"]
    return {one["name"]: (one["verdict"], one.get("cached", False)) for one in results}


def outcomes(report: Report) -> list[Outcome]:
    return [replace(result.outcome, sandbox="") for result in report.results]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of the test's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tag(client: DockerClient) -> Iterator[Callable[[str], None]]:
    """Puts a tag of the test's own on another image."""

    def move(image: str) -> None:
        assert client.images.get(image).tag(TAG)

    yield move
    client.images.remove(TAG)


def test_a_replay_is_what_happened_byte_for_byte(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Expectation(files={"a": TextExpectation(equals="x"), "b": TextExpectation()})
    sessions = [
        alone(bash("printf '\\377\\0\\r\\n'; printf x >a; echo no >&2; exit 3", expect=written)),
        alone(python("import os; os.kill(os.getpid(), 11)")),
        alone(python("print(input())", cases=[case("1", stdin="a"), case("2", stdin="b")])),
        alone(snippet("cpp", "int main( {")),
        together(bash("echo 1 >f"), bash("cat f", expect=prints("1"))),
    ]
    first = run(folder / "cache", *sessions)
    monkeypatch.setenv("DOCKER_HOST", NOWHERE["DOCKER_HOST"])

    second = run(folder / "cache", *sessions)

    assert outcomes(second) == outcomes(first)
    assert [one.verdict for one in second.results] == [one.verdict for one in first.results]
    assert [one.cached for one in second.results] == [True] * 7
    assert first.results[0].outcome.files == {"a": b"x", "b": None}
    assert second.engine == ""


def test_the_whole_command_needs_no_engine_where_all_is_known(folder: Path) -> None:
    (folder / "m.yml").write_text(MANY)

    first = runner("m.yml", "--cache", "cache", "--report", "json=first.json")
    second = runner(
        "m.yml", "--cache", "cache", "--report", "json=second.json", "--junit", "j.xml", **NOWHERE
    )

    assert (first.returncode, second.returncode) == (0, 0)
    assert set(told("first.json").values()) == {("passed", False)}
    assert set(told("second.json").values()) == {("passed", True)}
    assert (folder / "j.xml").read_text().count('name="cached" value="true"') == 20
    assert "20 from the cache" in second.stdout


@pytest.mark.parametrize("words", [[], ["--cache", "cache", "--no-cache"]], ids=["none", "off"])
def test_without_a_cache_the_engine_is_needed(folder: Path, words: list[str]) -> None:
    (folder / "m.yml").write_text(MANY)
    runner("m.yml", "--cache", "cache")

    done = runner("m.yml", *words, **NOWHERE)

    assert done.returncode == 3


def test_only_what_is_not_known_is_run_and_results_stay_in_order(folder: Path) -> None:
    (folder / "m.yml").write_text(MANY)
    runner("m.yml", "--cache", "cache", "-k", "n1")

    done = runner("m.yml", "--cache", "cache", "--report", "json=r.json")

    results = told("r.json")
    assert done.returncode == 0
    assert list(results) == [f"n{number}" for number in range(20)]
    assert [name for name, (_, cached) in results.items() if cached] == [
        "n1",
        *(f"n{number}" for number in range(10, 20)),
    ]


def test_runs_side_by_side_share_a_folder(folder: Path) -> None:
    (folder / "m.yml").write_text(MANY)
    both = [
        subprocess.Popen(
            command("m.yml", "--cache", "cache", "--report", f"json={name}.json"),
            env=ENVIRON,
            stderr=subprocess.DEVNULL,
        )
        for name in ("a", "b")
    ]

    codes = [process.wait(timeout=ENDED_WITHIN) for process in both]

    assert codes == [0, 0]
    assert runner("m.yml", "--cache", "cache", **NOWHERE).returncode == 0


def test_an_interrupted_run_keeps_what_had_finished(folder: Path) -> None:
    (folder / "m.yml").write_text(SLOW)
    process = subprocess.Popen(
        command("m.yml", "--cache", "cache", "-j", "1"),
        env=ENVIRON,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "passed quick" in process.stderr.readline()

    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=ENDED_WITHIN) == 130
    process.stderr.close()
    assert runner("m.yml", "--cache", "cache", "-k", "quick", **NOWHERE).returncode == 0


def test_limits_are_found_out_each_time_anew(folder: Path) -> None:
    sessions = [
        alone(bash("sleep 9", timeout=1.0)),
        alone(bash("yes", limits=replace(bash("").limits, output=1000))),
    ]

    first, second = run(folder / "cache", *sessions), run(folder / "cache", *sessions)

    assert [one.outcome.ending for one in first.results] == [Ending.TIMEOUT, Ending.OUTPUT_LIMIT]
    assert [one.cached for one in second.results] == [False, False]


def test_a_tag_that_was_moved_is_seen_when_the_engine_is_needed_anyway(
    folder: Path, tag: Callable[[str], None]
) -> None:
    moving = replace(CLASSIC["bash"], image=TAG)
    session = alone(replace(bash("echo $BASH_VERSION"), language=moving))
    tag("bash:5.1")
    run(folder / "cache", session)
    tag("bash:5.3")

    alone_again = run(folder / "cache", session)
    with_another = run(folder / "cache", session, alone(bash("echo new")))

    assert alone_again.results[0].cached
    assert not with_another.results[0].cached
    digests = {one.results[0].outcome.image_digest for one in (alone_again, with_another)}
    assert len(digests) == 2


def test_a_failure_that_may_be_retried_is_run_again(folder: Path) -> None:
    run(folder / "cache", alone(bash("echo 1")))

    report = run(folder / "cache", alone(bash("echo 1", expect=prints("2"), retries=1)))

    (result,) = report.results
    assert (result.verdict, result.attempts, result.cached) == (Verdict.WRONG_OUTPUT, 2, False)
    assert not run(folder / "cache", alone(bash("echo 1"))).results[0].cached
