"""Builds an image of a project's own from its Dockerfile, and keeps the end of what was said."""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from runner.context import ContextChanged, archive
from runner.errors import SandboxError
from runner.languages import Build
from runner.sandbox.engine import Engine
from runner.text import one_line

LABEL: Final = "org.codomyrmex.exec-action.build"
"""Of every image built here; its value is the Dockerfile's path."""
_LINES: Final = 30
_LINE: Final = 2000
_COLOR: Final = re.compile(r"\x1b\[[0-9;]*m")


class BuildFailed(SandboxError):  # noqa: N818 its message says what failed
    """The Dockerfile cannot be built; `log` has the last lines of what the engine said."""

    def __init__(self, message: str, log: tuple[str, ...]) -> None:
        super().__init__(message)
        self.log = log


def build(engine: Engine, how: Build, *, pull: bool) -> None:
    """Build and tag an image; BuildFailed names the step.

    `pull`: on the newest of what it is built on. The network is on, as it is for a pull.
    """
    log = Log()
    pieces = archive(how.dockerfile, expected=how.digest)
    try:
        for line in engine.build(how, pieces, labels={LABEL: how.shown}, pull=pull):
            log.add(line)
    except SandboxError as problem:
        raise BuildFailed(one_line(str(problem)), tuple(log.lines())) from None
    except (ContextChanged, OSError, ValueError) as problem:
        log.error = f"its folder cannot be sent: {problem}"
    if log.error:
        raise BuildFailed(f"cannot build {how.shown}: {_failure(log)}", tuple(log.lines()))


class Log:
    """What the engine says of one build: its last lines, the step it is at, its error."""

    def __init__(self) -> None:
        self.step = ""
        self.error = ""
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._rest = ""

    def add(self, told: Mapping[str, Any]) -> None:
        """Take one message of the engine's stream."""
        self.error = self.error or str(told.get("error") or "").strip()
        *whole, rest = (self._rest + str(told.get("stream") or "")).split("\n")
        for line in whole[-_LINES:]:
            self._keep(line)
        self._rest = rest[:_LINE]

    def lines(self) -> Iterator[str]:
        """The last lines, each safe to be shown."""
        yield from self._lines
        if self._rest.strip():
            yield _clean(self._rest)

    def _keep(self, line: str) -> None:
        if line.startswith("Step "):
            self.step = _clean(line)
        if line.strip():
            self._lines.append(_clean(line))


def _failure(log: Log) -> str:
    return ": ".join(part for part in (log.step, one_line(log.error)) if part)


def _clean(line: str) -> str:
    shown = line.rstrip("\r").rpartition("\r")[2]
    return one_line(_COLOR.sub("", shown), limit=300)
