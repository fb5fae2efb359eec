"""Reporters: a report as text in one of several formats. Pure: no clock, file, print, environment.

Each module has one `render(report) -> str`, and is imported when its format is asked for. Where
that is long, `pieces(report) -> Iterator[str]` gives the same without having all of it at once.
"""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Final, cast

from runner.model import Report


def load(name: str) -> ModuleType:
    """The module of the format `name`."""
    return import_module(f"runner.reporters.{name.replace('-', '_')}")


def _lazily(name: str) -> Callable[[Report], str]:
    def render(report: Report) -> str:
        return cast("Callable[[Report], str]", load(name).render)(report)

    return render


REPORTERS: Final[dict[str, Callable[[Report], str]]] = {
    "table": _lazily("table"),
    "junit": _lazily("junit"),
    "junit-reruns": _lazily("junit-reruns"),
    "json": _lazily("json"),
    "summary": _lazily("summary"),
    "github": _lazily("github"),
    "html": _lazily("html"),
}
