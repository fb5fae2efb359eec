"""Build hook: compiles `init`, PID 1 of every sandbox, to a static binary per architecture.

The machine's own architecture is built by `cc -static`; with the package `ziglang` installed, both
are (releases,
and machines without a C compiler or with another system than Linux).
"""

import os
import platform
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = "runner/sandbox/init/*.c"
BINARIES = Path("runner/sandbox/bin")
FLAGS = ["-std=gnu11", "-static", "-Os", "-Wall", "-Wextra", "-Werror", "-s"]
ZIG_TARGETS = {"amd64": "x86_64-linux-musl", "arm64": "aarch64-linux-musl"}
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class InitBuildHook(BuildHookInterface):
    """Compiles init before a wheel or an editable install is made."""

    PLUGIN_NAME = "init"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compile what can be compiled here.

        No compiler at all is an error that says what to install.
        """
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        (root / BINARIES).mkdir(exist_ok=True)
        commands = compilers()
        if not commands:
            sys.exit(
                "exec-action: no C compiler for the sandbox's init: install gcc and libc6-dev"
                " (or `pip install ziglang`), then install again"
            )
        for architecture, command in commands.items():
            target = root / BINARIES / f"init-{architecture}"
            subprocess.run(  # noqa: S603 our own words
                [*command, *FLAGS, "-o", target, *sorted(root.glob(SOURCES))], check=True
            )


def compilers() -> dict[str, list[str]]:
    """The command that compiles for each architecture that this machine can compile for."""
    if find_spec("ziglang") is not None:
        return {
            architecture: [sys.executable, "-m", "ziglang", "cc", "-target", target]
            for architecture, target in ZIG_TARGETS.items()
        }
    compiler = os.environ.get("CC") or next(filter(shutil.which, ("cc", "gcc", "clang")), None)
    native = MACHINES.get(platform.machine().lower())
    if compiler is None or native is None or sys.platform != "linux":
        return {}
    return {native: [compiler]}
