"""Reporters: a report as text in one of several formats. Pure: no clock, file, print, environment.

Each module has one `render(report) -> str`, and is imported when its format is asked for.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Final, cast

from runner.model import Report


def _lazily(module: str) -> Callable[[Report], str]:
    def render(report: Report) -> str:
        found = import_module(f"runner.reporters.{module}")
        return cast("Callable[[Report], str]", found.render)(report)

    return render


REPORTERS: Final[dict[str, Callable[[Report], str]]] = {
    "table": _lazily("table"),
    "junit": _lazily("junit"),
    "junit-reruns": _lazily("junit_reruns"),
    "json": _lazily("json"),
    "summary": _lazily("summary"),
    "github": _lazily("github"),
    "html": _lazily("html"),
}
