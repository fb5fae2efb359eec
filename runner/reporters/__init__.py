"""Reporters: a report as text in one of several formats. Pure: no clock, file, print, environment.

Each module has one `render(report) -> str`, and is imported when its format is asked for. One whose
reports are long may have `pieces(report) -> Iterator[str]` too: the same, and nobody joins it.
"""

from collections.abc import Callable, Iterable
from importlib import import_module
from types import ModuleType
from typing import Final, cast

from runner.model import Report


def load(name: str) -> ModuleType:
    """The module of the format `name`."""
    return import_module(f"runner.reporters.{name.replace('-', '_')}")


def in_pieces(name: str, report: Report) -> Iterable[str]:
    """The report in the format `name`, piece by piece where its module makes them, else in one."""
    pieces: Callable[[Report], Iterable[str]] | None = getattr(load(name), "pieces", None)
    return [REPORTERS[name](report)] if pieces is None else pieces(report)


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
