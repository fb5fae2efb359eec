"""Executing a plan where no engine is needed, or none is there."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest
from snippets import alone, bash, case, together

from runner.errors import EngineError
from runner.execute import execute
from runner.model import Report, Result, Session, Verdict
from runner.options import Options


class Listener:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pulling(self, image: str) -> None:
        self.told.append(f"pulling {image}")

    def building(self, dockerfile: str) -> None:
        self.told.append(f"building {dockerfile}")

    def not_built(self, dockerfile: str, log: Sequence[str]) -> None:
        self.told.append(f"not built: {dockerfile}, {list(log)}")

    def started(self, name: str) -> None:
        self.told.append(f"started {name}")

    def finished(self, result: Result) -> None:
        self.told.append(f"finished {result.name}")


def run(*sessions: Session) -> tuple[Report, list[str]]:
    listener = Listener()
    report = execute(sessions, options=Options(jobs=3), watcher=listener)
    return report, listener.told


def test_nothing_to_run_is_an_empty_report_without_an_engine() -> None:
    report, told = run()

    assert (report.results, report.engine, report.interrupted, told) == ((), "", False, [])
    assert report.started.endswith("+00:00")


def test_what_is_skipped_needs_no_engine_and_has_one_result_per_case() -> None:
    cases = [case("1"), case("2")]

    report, told = run(
        alone(bash("", name="a", cases=cases, skip="not now")),
        together(bash("", name="b", skip="nor now"), bash("", name="c", skip="nor now")),
    )

    assert [result.name for result in report.results] == ["a / 1", "a / 2", "b", "c"]
    assert {result.verdict for result in report.results} == {Verdict.SKIPPED}
    assert [result.reason for result in report.results] == ["not now"] * 2 + ["nor now"] * 2
    assert told == ["finished a / 1", "finished a / 2", "finished b", "finished c"]
    assert report.engine == ""


def test_each_result_has_an_id_of_its_own() -> None:
    report, _ = run(*(alone(bash("", skip="not now")) for _ in range(3)))

    runs, numbers = zip(*(result.run_id.split("-") for result in report.results), strict=True)
    assert len(set(runs)) == 1
    assert numbers == ("1", "2", "3")


def test_no_engine_is_an_error_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")

    with pytest.raises(EngineError, match=r"^Docker cannot be reached at tcp://127.0.0.1:1: .*doc"):
        run(alone(bash("true")))


def test_the_engines_client_is_loaded_only_when_something_is_to_be_run() -> None:
    code = "import sys, runner.execute; print('docker' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


def test_a_case_knows_its_place_in_the_whole_plan() -> None:
    session = replace(alone(bash("", cases=[case("1"), case("2")], skip="not now")), position=7)

    report, _ = run(session)

    assert [result.position for result in report.results] == [7, 8]
