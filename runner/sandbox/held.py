"""Whether a sandbox is held to the limits that it was made with: not every engine can; pure."""

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from runner.errors import SandboxError
from runner.sandbox.protocol import Ready
from runner.sandbox.settings import CPU_PERIOD, Settings

_QUOTA_STEP: Final = CPU_PERIOD // 100
"""To which systemd rounds up."""


def unheld(settings: Settings, ready: Ready) -> frozenset[str]:
    """The limits, in the manifest's words, that init does not see in force."""
    seen = {"memory": ready.memory, "pids": ready.pids, "cpus": ready.quota}
    return frozenset(limit for limit, most in _asked(settings).items() if seen[limit] > most)


def require(settings: Settings, unheld: AbstractSet[str]) -> None:
    """SandboxError where an engine that does not hold sandboxes to these limits won't do."""
    wanted = [f"`{limit}`" for limit in _asked(settings) if limit in unheld]
    if wanted:
        raise SandboxError(
            f"cannot start a sandbox: the engine does not hold it to {' and '.join(wanted)};"
            " a rootless one can with cgroup v2 and controllers that are delegated to it; another"
            " runtime that shows no limits must be named by --runtime"
        )


def _asked(settings: Settings) -> Mapping[str, int]:
    """What the engine was asked for. Another runtime may limit otherwise than by what init sees."""
    if settings.runtime is not None:
        return {}
    asked = {"memory": settings.container_memory, "pids": settings.pids + 1}
    if settings.cpus is not None:
        asked["cpus"] = math.ceil(settings.cpus * CPU_PERIOD / _QUOTA_STEP) * _QUOTA_STEP
    return asked
