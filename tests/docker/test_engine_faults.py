"""Whatever the engine does, a run ends, each case has one result, and nothing is left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from lateness import ENDED_WITHIN, eventually
from own_engine import CONTROLLERS, OwnEngine, can_be_started
from proxy import Cut, Faults, Proxy, Spoils, changed_after, cut_after, late

pytestmark = pytest.mark.skipif(
    not can_be_started(), reason="needs root and dockerd, for an engine that may be broken"
)
rather_long = pytest.mark.skipif("SOAK" not in os.environ, reason="rather long: make soak")
COMES_BACK: Final = 10.0
"""Seconds within which a runner still awaits its engine, of its 15: a machine may stand still."""
MIB: Final = 1024 * 1024
LIMIT: Final = 6 if "SOAK" in os.environ else 60
"""Seconds that a slow program may take; an engine that hangs is waited for as long."""
SLOW: Final = tuple(f"slow {number}" for number in range(4))
MANIFEST: Final = (
    "snippets:\n"
    "  - {name: quick, language: bash, code: echo, expect: {stdout: ''}}\n"
    "  - {name: wrong, language: bash, code: exit 3}\n"
    + "".join(
        f"  - {{name: {name}, language: bash, code: sleep 1.5; echo {name}, timeout: {LIMIT},"
        f" expect: {{stdout: {name}}}}}\n"
        for name in SLOW
    )
)
FINE: Final = {"quick": "passed", "wrong": "runtime_error", **dict.fromkeys(SLOW, "passed")}
LOST: Final = FINE | dict.fromkeys(SLOW, "sandbox_error")
REFUSAL: Final = (
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
    b'Content-Length: 28\r\n\r\n{"message": "out of order"}\r\n'
)


@dataclass(frozen=True, slots=True)
class Ended:
    """What a run came to."""

    code: int
    said: str
    results: Sequence[dict[str, Any]]

    @property
    def verdicts(self) -> dict[str, str]:
        names = [result["name"] for result in self.results]
        assert len(set(names)) == len(names)
        return {result["name"]: result["verdict"] for result in self.results}

    def reason(self, name: str) -> str:
        (reason,) = (result["reason"] for result in self.results if result["name"] == name)
        return str(reason)


class Runner:
    """A run of its own, against an engine or what stands before it."""

    def __init__(self, host: str, folder: Path, text: str) -> None:
        self._report = folder / "report.json"
        manifest = folder / "m.yml"
        manifest.write_text(text)
        words: list[str | Path] = [manifest, "--jobs", "2", "--report", f"json={self._report}"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "runner", *words],
            env={**os.environ, "PYTHONPATH": ":".join(sys.path), "DOCKER_HOST": host},
            stderr=subprocess.PIPE,
            text=True,
        )

    def is_at_work(self) -> bool:
        """Whether it has done what is quick, and its sandboxes have begun what is slow."""
        assert self.process.stderr is not None
        awaited = {"quick", "wrong"}
        while awaited and (line := self.process.stderr.readline()):
            awaited.discard(line.rpartition(" (")[0].rpartition(" ")[2])
        time.sleep(0.7)
        return not awaited

    def ended(self) -> Ended:
        _, said = self.process.communicate(timeout=ENDED_WITHIN)
        results = json.loads(self._report.read_text())["results"]
        return Ended(code=self.process.returncode, said=said, results=results)


@pytest.fixture(scope="module")
def own() -> Iterator[OwnEngine]:
    engine = OwnEngine()
    try:
        engine.start()
        engine.load("bash:5.1")
        yield engine
    finally:
        engine.remove()


@pytest.fixture
def engine(own: OwnEngine) -> Iterator[OwnEngine]:
    """One that answers before the test, and that the test leaves no container in."""
    own.ensure()
    yield own
    own.ensure()
    assert eventually(lambda: own.containers() == [])


@pytest.fixture
def proxy(engine: OwnEngine, tmp_path: Path) -> Iterator[Proxy]:
    one = Proxy(engine.host, tmp_path)
    yield one
    one.close()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Runner]]:
    """Starts runners; ends what a failed test leaves of them."""
    started: list[Runner] = []

    def run(host: str, text: str = MANIFEST) -> Runner:
        started.append(Runner(host, tmp_path, text))
        return started[-1]

    yield run
    for one in started:
        one.process.kill()
        one.process.communicate()


# ------------------------------------------------------------------ the engine itself


@rather_long
def test_an_engine_that_goes_away_in_a_run_is_at_fault(
    engine: OwnEngine, run: Callable[..., Runner]
) -> None:
    runner = run(engine.host)
    assert runner.is_at_work()

    engine.end(signal.SIGKILL)

    ended = runner.ended()
    assert (ended.code, ended.verdicts) == (3, LOST)
    assert "the engine does not answer" in ended.reason("slow 3")


@pytest.mark.parametrize(
    "number",
    [pytest.param(signal.SIGTERM, marks=rather_long), signal.SIGKILL],
    ids=["stopped", "killed"],
)
def test_an_engine_that_comes_back_costs_no_verdict(
    engine: OwnEngine, run: Callable[..., Runner], number: int
) -> None:
    def without_it_for_a_while() -> tuple[Ended, float]:
        runner = run(engine.host)
        assert runner.is_at_work()
        began = time.monotonic()
        engine.end(number)
        engine.start()
        away = time.monotonic() - began
        return runner.ended(), away

    ended, away = without_it_for_a_while()
    if away > COMES_BACK:
        ended, _ = without_it_for_a_while()

    assert (ended.code, ended.verdicts) == (1, FINE)


@rather_long
def test_an_engine_that_hangs_is_at_fault(engine: OwnEngine, run: Callable[..., Runner]) -> None:
    runner = run(engine.host)
    assert runner.is_at_work()

    engine.signal(signal.SIGSTOP)

    ended = runner.ended()
    engine.signal(signal.SIGCONT)
    assert (ended.code, ended.verdicts) == (3, LOST)


def test_an_engine_that_hangs_for_a_while_costs_no_verdict(
    engine: OwnEngine, run: Callable[..., Runner]
) -> None:
    runner = run(engine.host)
    assert runner.is_at_work()

    engine.signal(signal.SIGSTOP)
    time.sleep(3)
    engine.signal(signal.SIGCONT)

    ended = runner.ended()
    assert (ended.code, ended.verdicts) == (1, FINE)


# ------------------------------------------------------------------ what lies between


STREAM_FAULTS: Final[dict[str, Spoils]] = {
    "cut before init is ready": cut_after(0),
    "cut after it": cut_after(1),
    "an answer that is half there": changed_after(3, lambda piece: piece[: len(piece) // 2]),
    "a byte lost": changed_after(3, lambda piece: piece[1:]),
    "a header of noise": changed_after(3, lambda piece: b"\xff" * 8 + piece),
    "noise within": changed_after(3, lambda piece: piece[:8] + b"\xff" * len(piece[8:])),
}
LONG_STREAM_FAULTS: Final = [
    "cut after it",
    "an answer that is half there",
    "a byte lost",
    "noise within",
]


@pytest.mark.parametrize(
    "fault",
    [
        "cut before init is ready",
        "a header of noise",
        *(pytest.param(fault, marks=rather_long) for fault in LONG_STREAM_FAULTS),
    ],
)
def test_a_stream_that_is_cut_or_spoilt_costs_no_verdict(
    proxy: Proxy, run: Callable[..., Runner], fault: str
) -> None:
    proxy.faults = Faults(streams=[STREAM_FAULTS[fault]])

    ended = run(proxy.host).ended()

    assert (ended.code, ended.verdicts) == (1, FINE)


@rather_long
def test_streams_that_are_always_cut_are_ours(proxy: Proxy, run: Callable[..., Runner]) -> None:
    proxy.faults = Faults(every_stream=_cut_soon)

    ended = run(proxy.host).ended()

    assert (ended.code, set(ended.verdicts.values())) == (3, {"sandbox_error"})
    assert len(ended.results) == len(FINE)


def _cut_soon(_: bytes) -> bytes:
    raise Cut


def test_a_slow_engine_and_a_slow_stream_change_nothing(
    proxy: Proxy, run: Callable[..., Runner]
) -> None:
    proxy.faults = Faults(every_stream=late(1.0), every_answer=late(0.5))

    ended = run(proxy.host).ended()

    assert (ended.code, ended.verdicts) == (1, FINE)
    assert min(result["outcome"]["wall"] for result in ended.results[:2]) < 1.0


@pytest.mark.parametrize(
    "call",
    [b"/containers/create", pytest.param(b"/start", marks=rather_long)],
    ids=["create", "start"],
)
def test_an_error_of_the_engine_is_tried_again(
    proxy: Proxy, run: Callable[..., Runner], call: bytes
) -> None:
    proxy.faults = Faults(answers={call: [REFUSAL]})

    ended = run(proxy.host).ended()

    assert (ended.code, ended.verdicts) == (1, FINE)


@pytest.mark.parametrize(
    "call",
    [b"/containers/create", pytest.param(b"/start", marks=rather_long)],
    ids=["create", "start"],
)
def test_errors_without_end_are_ours_in_the_engines_words(
    proxy: Proxy, run: Callable[..., Runner], call: bytes
) -> None:
    proxy.faults = Faults(answers={call: [REFUSAL] * 100})

    ended = run(proxy.host).ended()

    assert (ended.code, set(ended.verdicts.values())) == (3, {"sandbox_error"})
    assert ended.reason("quick").endswith("a container: out of order")


@pytest.mark.parametrize(
    "call",
    [
        b"/containers/create",
        *(pytest.param(one, marks=rather_long) for one in (b"/attach?", b"/start")),
    ],
    ids=["create", "attach", "start"],
)
def test_an_answer_that_is_lost_leaves_no_container(
    proxy: Proxy, run: Callable[..., Runner], call: bytes
) -> None:
    proxy.faults = Faults(lost=[call])

    ended = run(proxy.host).ended()

    assert (ended.code, ended.verdicts) == (1, FINE)


# ------------------------------------------------------------------ a sandbox


def test_init_killed_from_outside_costs_no_verdict(
    engine: OwnEngine, run: Callable[..., Runner]
) -> None:
    runner = run(engine.host)
    assert runner.is_at_work()

    client = engine.client()
    first = client.containers.list()[0]
    init = first.attrs["State"]["Pid"]
    client.close()
    assert init > 0
    os.kill(init, signal.SIGKILL)

    ended = runner.ended()
    assert (ended.code, ended.verdicts) == (1, FINE)


EATER: Final = """
snippets:
  - name: eater
    language: bash
    memory: 64m
    disk: 32m
    code: |
      [ "$1" = little ] && { echo little; exit; }
      kill -STOP $$
      tail -c 500m </dev/zero
    cases:
      - {name: before, args: [little], expect: {stdout: little}}
      - {name: all, args: [all]}
      - {name: after, args: [little], expect: {stdout: little}}
  - {name: other, language: bash, code: echo other, expect: {stdout: other}}
"""


def test_init_killed_for_want_of_memory_is_its_cases_memory_limit_and_no_other_ones(
    engine: OwnEngine, run: Callable[..., Runner]
) -> None:
    runner = run(engine.host, EATER)

    have_init_killed(engine)

    ended = runner.ended()
    verdicts = ["passed", "memory_limit", "passed", "passed"]
    assert (ended.code, list(ended.verdicts.values())) == (1, verdicts)
    first, second, third, _ = (result["outcome"]["sandbox"] for result in ended.results)
    assert first == second != third


@rather_long
def test_init_killed_twice_for_want_of_memory_unheard_is_ours_and_costs_no_other_snippet(
    engine: OwnEngine, proxy: Proxy, run: Callable[..., Runner]
) -> None:
    proxy.faults = Faults(answers={b"/events": [REFUSAL] * 100})
    runner = run(proxy.host, EATER)

    have_init_killed(engine)
    have_init_killed(engine)

    ended = runner.ended()
    verdicts = ["passed", "sandbox_error", "sandbox_error", "passed"]
    assert (ended.code, list(ended.verdicts.values())) == (3, verdicts)


def have_init_killed(engine: OwnEngine) -> None:
    """Let the one program that has stopped itself go on, and the kernel end init in its place."""
    assert eventually(lambda: stopped_programs(engine) != [])
    ((init, program),) = stopped_programs(engine)
    Path(f"/proc/{init}/oom_score_adj").write_text("1000")
    Path(f"/proc/{program}/oom_score_adj").write_text("0")
    os.kill(init, signal.SIGSTOP)  # else it ends the program before the kernel must choose
    os.kill(program, signal.SIGCONT)


def stopped_programs(engine: OwnEngine) -> list[tuple[int, int]]:
    """Those in its sandboxes, each after the init that has started it."""
    client = engine.client()
    inits = [one.attrs["State"]["Pid"] for one in client.containers.list(ignore_removed=True)]
    client.close()
    started = [(init, child) for init in inits for child in children(init)]
    return [pair for pair in started if state(pair[1]) == "T"]


def children(process: int) -> list[int]:
    return [int(one) for one in in_proc(process, f"task/{process}/children").split()]


def state(process: int) -> str:
    return in_proc(process, "stat").rpartition(") ")[2][:1]


def in_proc(process: int, name: str) -> str:
    """What is there; empty where the process is gone."""
    try:
        return Path(f"/proc/{process}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


# ------------------------------------------------------------------ limits

UNLIMITED: Final = ("memory", "pids")


@pytest.fixture
def unlimiting() -> Iterator[OwnEngine]:
    """One that can limit neither memory nor processes."""
    engine = OwnEngine(without=UNLIMITED)
    try:
        engine.start()
        engine.load("bash:5.1")
        yield engine
        assert eventually(lambda: engine.containers() == [])
    finally:
        engine.remove()


@pytest.mark.skipif(
    not all((CONTROLLERS / name).is_dir() for name in UNLIMITED),
    reason="needs cgroup v1, of which an engine can be shown a part",
)
def test_an_engine_that_does_not_limit_runs_nothing_and_doctor_says_why(
    unlimiting: OwnEngine, run: Callable[..., Runner]
) -> None:
    ended = run(unlimiting.host).ended()
    doctor = subprocess.run(
        [sys.executable, "-m", "runner", "doctor"],
        env={**os.environ, "PYTHONPATH": ":".join(sys.path), "DOCKER_HOST": unlimiting.host},
        stdout=subprocess.PIPE,
        text=True,
        timeout=ENDED_WITHIN,
        check=False,
    )

    assert (ended.code, ended.verdicts) == (3, dict.fromkeys(FINE, "sandbox_error"))
    assert "the engine does not hold it to `memory` and `pids`" in ended.reason("quick")
    assert doctor.returncode == 3
    assert " x  the engine cannot limit memory\n" in doctor.stdout
    assert " x  the engine cannot limit processes\n" in doctor.stdout


# ------------------------------------------------------------------ images

PORT: Final = 5000
PULLS: Final = {
    "half": "expected HTTP 206 from byte range request",
    "wrong": "filesystem layer verification failed",
    "denied": "not for you",
    "broken": "unexpected HTTP status: 500",
    "gone": "not for you",
}
"""Why each image of the broken registry cannot be pulled, in the engine's words."""


@pytest.fixture
def registry(engine: OwnEngine) -> Iterator[None]:
    program = str(Path(__file__).parent / "broken_registry.py")
    process = engine.inside(sys.executable, program, str(PORT))
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield
    process.kill()
    process.communicate()


def pulling(names: Iterable[str]) -> str:
    """A manifest with a case for each of these images, and one for an image that is here."""
    languages = [
        f"  {name}: {{image: '127.0.0.1:{PORT}/{name}:1', source: x, run: [sh, x]}}\n"
        for name in names
    ]
    snippets = [f"  - {{name: {name}, language: {name}, code: echo}}\n" for name in names]
    here = "  - {name: here, language: bash, code: echo}\n"
    return "".join(["languages:\n", *languages, "snippets:\n", *snippets, here])


@pytest.mark.usefixtures("registry")
def test_a_pull_that_fails_is_ours_in_the_engines_words_and_others_go_on(
    engine: OwnEngine, run: Callable[..., Runner]
) -> None:
    ended = run(engine.host, pulling(PULLS)).ended()

    assert ended.code == 3
    assert ended.verdicts == {**dict.fromkeys(PULLS, "sandbox_error"), "here": "passed"}
    reasons = {name: ended.reason(name) for name in PULLS}
    assert {name: said.partition(": ")[0] for name, said in reasons.items()} == {
        name: f"cannot pull image '127.0.0.1:{PORT}/{name}:1'" for name in PULLS
    }
    assert {name: words for name, words in PULLS.items() if words not in reasons[name]} == {}
    assert all("\n" not in said for said in reasons.values())


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("image", ["long", "big"], ids=["on its way", "unpacked"])
def test_an_image_that_fills_the_engines_disk_is_ours_and_leaves_the_disk_as_it_was(
    engine: OwnEngine, run: Callable[..., Runner], image: str
) -> None:
    free = engine.free_disk()

    ended = run(engine.host, pulling([image])).ended()

    assert (ended.code, ended.verdicts) == (3, {image: "sandbox_error", "here": "passed"})
    reason = ended.reason(image)
    assert reason.startswith(f"cannot pull image '127.0.0.1:{PORT}/{image}:1': ")
    assert "no space left on device" in reason
    assert "\n" not in reason
    assert eventually(lambda: engine.free_disk() > free - MIB)
