"""Whether a sandbox is held to its limits, by what init sees of them."""

from dataclasses import replace
from typing import Final

import pytest

from runner.errors import SandboxError
from runner.model import MIB
from runner.sandbox.held import require, unheld
from runner.sandbox.protocol import Ready
from runner.sandbox.settings import CPU_PERIOD, Settings

NONE: Final = (1 << 64) - 1
SETTINGS: Final = Settings(
    image="bash:5.1", memory=64 * MIB, cpus=0.5, pids=16, disk=8 * MIB, compiles=False
)
HELD: Final = Ready(
    3, 1, memory=SETTINGS.container_memory, pids=SETTINGS.pids + 1, quota=CPU_PERIOD // 2
)


@pytest.mark.parametrize(
    "ready",
    [
        HELD,
        replace(HELD, memory=HELD.memory - 4095),
        replace(HELD, quota=HELD.quota - 1),
        replace(HELD, memory=0, pids=0, quota=0),
    ],
    ids=["exactly", "to whole pages", "to less of a processor", "to nothing"],
)
def test_a_sandbox_that_gets_no_more_than_asked_for_is_held(ready: Ready) -> None:
    assert unheld(SETTINGS, ready) == frozenset()


@pytest.mark.parametrize(
    ("ready", "limit"),
    [
        (replace(HELD, memory=NONE), "memory"),
        (replace(HELD, memory=0x7FFFFFFFFFFFF000), "memory"),
        (replace(HELD, memory=SETTINGS.container_memory * 2), "memory"),
        (replace(HELD, pids=NONE), "pids"),
        (replace(HELD, quota=NONE), "cpus"),
    ],
    ids=["no memory", "memory of cgroup v1", "memory of a group around it", "pids", "cpus"],
)
def test_a_limit_that_is_not_seen_is_named(ready: Ready, limit: str) -> None:
    assert unheld(SETTINGS, ready) == {limit}


def test_a_quota_that_systemd_rounds_up_is_held() -> None:
    third = replace(SETTINGS, cpus=1 / 3)

    assert unheld(third, replace(HELD, quota=34_000)) == frozenset()
    assert unheld(third, replace(HELD, quota=35_000)) == {"cpus"}


def test_processors_without_limit_need_none() -> None:
    assert unheld(replace(SETTINGS, cpus=None), replace(HELD, quota=NONE)) == frozenset()


def test_another_runtime_is_believed() -> None:
    nothing = Ready(3, 1, memory=NONE, pids=NONE, quota=NONE)

    assert unheld(replace(SETTINGS, runtime="runsc"), nothing) == frozenset()


def test_who_wants_a_limit_that_is_not_held_is_told_which() -> None:
    with pytest.raises(SandboxError, match="does not hold it to `memory` and `cpus`; a rootless"):
        require(SETTINGS, {"cpus", "memory"})


def test_who_does_not_want_the_limit_is_served() -> None:
    require(replace(SETTINGS, cpus=None), {"cpus"})
