"""What init's answer says of a case."""

import errno
from typing import Any

import pytest

from runner.errors import SandboxError
from runner.model import Ending, Outcome, Phase
from runner.sandbox.endings import outcome_of
from runner.sandbox.protocol import Done, Failed, Limit, Program, Stage


def program(name: str = "python", *, session: bool = False) -> Program:
    return Program(
        uid=12345,
        argv=[name],
        env={},
        directory="/work/run",
        timeout=1.0,
        output=1,
        memory=1,
        file_size=1,
        keep_background=session,
    )


def done(**fields: Any) -> Outcome:  # noqa: ANN401 fields of many types
    values: dict[str, Any] = {
        "signaled": False,
        "limit": Limit.NONE,
        "code": 0,
        "oom_kills": 0,
        "wall": 0.5,
        "user": 0.2,
        "system": 0.1,
        "cpu": 0.0,
        "peak_memory": 4096,
    }
    return outcome_of(Done(**(values | fields)), program())


@pytest.mark.parametrize(
    ("fields", "ending", "exit_code", "signal"),
    [
        ({}, Ending.EXITED, 0, None),
        ({"code": 3}, Ending.EXITED, 3, None),
        ({"code": 137}, Ending.EXITED, 137, None),
        ({"signaled": True, "code": 9}, Ending.SIGNALED, 137, 9),
        ({"signaled": True, "code": 11}, Ending.SIGNALED, 139, 11),
        ({"limit": Limit.TIME, "signaled": True, "code": 9}, Ending.TIMEOUT, None, None),
        ({"limit": Limit.OUTPUT, "signaled": True, "code": 9}, Ending.OUTPUT_LIMIT, None, None),
        ({"limit": Limit.MEMORY, "signaled": True, "code": 9}, Ending.MEMORY_LIMIT, None, None),
        ({"oom_kills": 1, "signaled": True, "code": 9}, Ending.MEMORY_LIMIT, None, None),
        ({"oom_kills": 1, "code": 1}, Ending.MEMORY_LIMIT, None, None),
        ({"oom_kills": 2, "limit": Limit.TIME}, Ending.MEMORY_LIMIT, None, None),
        ({"oom_kills": 1, "code": 0}, Ending.EXITED, 0, None),
    ],
)
def test_how_a_program_ended(
    fields: dict[str, Any], ending: Ending, exit_code: int | None, signal: int | None
) -> None:
    outcome = done(**fields)

    assert (outcome.ending, outcome.exit_code, outcome.signal) == (ending, exit_code, signal)
    assert outcome.phase is Phase.RUN


def test_what_was_measured() -> None:
    outcome = done()

    assert (outcome.wall, outcome.peak_memory) == (0.5, 4096)


@pytest.mark.parametrize(("cpu", "told"), [(0.0, 0.3), (3.0, 3.0)], ids=["one process", "many"])
def test_processor_seconds_are_the_containers_but_never_less_than_the_main_process_had(
    cpu: float, told: float
) -> None:
    assert done(cpu=cpu).cpu == pytest.approx(told)


@pytest.mark.parametrize(
    ("failed", "of"),
    [
        (Failed(Stage.EXEC, errno.ENOENT, "python: No such file"), program()),
        (Failed(Stage.EXEC, errno.EACCES, "python: Permission denied"), program()),
        (Failed(Stage.FORK, errno.EAGAIN, "cannot start a process"), program()),
        (Failed(Stage.PUT, errno.ENOSPC, "cannot write a file"), program()),
        (Failed(Stage.EXEC, errno.ENOENT, "python: No such file"), program(session=True)),
    ],
    ids=["no such command", "no permission", "no process", "no space", "in a session"],
)
def test_what_did_not_start_by_our_fault_is_an_error(failed: Failed, of: Program) -> None:
    with pytest.raises(SandboxError, match=failed.text.split(":")[0]):
        outcome_of(failed, of)


@pytest.mark.parametrize(
    ("failed", "of", "phase", "reason"),
    [
        (Failed(Stage.EXEC, errno.E2BIG, "x"), program(), Phase.RUN, "too long"),
        (Failed(Stage.EXEC, errno.ENOENT, "x"), program("/build/src/main"), Phase.COMPILE, "left"),
        (Failed(Stage.FORK, errno.EAGAIN, "x"), program(session=True), Phase.RUN, "pids"),
        (Failed(Stage.PUT, errno.ENOTDIR, "x"), program(session=True), Phase.RUN, "no place"),
    ],
    ids=["long arguments", "nothing compiled", "session's processes", "session's files"],
)
def test_what_did_not_start_by_the_snippets_fault_is_an_outcome(
    failed: Failed, of: Program, phase: Phase, reason: str
) -> None:
    outcome = outcome_of(failed, of)

    assert (outcome.ending, outcome.exit_code, outcome.phase) == (Ending.EXITED, 126, phase)
    assert reason in outcome.reason
    assert outcome.stderr == f"exec-action: {outcome.reason}\n".encode()
