"""Cases that were run with several versions of a language: a row for each, a column a version."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from runner.model import Result, Verdict

COLUMNS: Final = 20
"""Of more versions nobody reads a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case, and what came of it with each version."""

    name: str
    """`snippet / case`, without a version."""
    first: Result
    verdicts: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """All such cases, and all their versions, both in the order first seen."""

    versions: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()


def grid(results: Iterable[Result]) -> Grid:
    """The results that have a version, by file, snippet and case; empty where none has."""
    groups: dict[tuple[str, str, str], list[tuple[str, Result]]] = {}
    for result in results:
        snippet, case = result.snippet, result.case
        if snippet.version is not None:
            key = (snippet.source.path, snippet.name, case.name)
            groups.setdefault(key, []).append((snippet.version, result))
    versions = dict.fromkeys(version for group in groups.values() for version, _ in group)
    rows = [_row(group) for group in groups.values()]
    return Grid(versions=tuple(versions)[:COLUMNS], rows=tuple(rows))


def _row(group: list[tuple[str, Result]]) -> Row:
    first = group[0][1]
    name = f"{first.snippet.name} / {first.case.name}" if first.case.name else first.snippet.name
    verdicts = {version: result.verdict for version, result in group}
    return Row(name=name, first=first, verdicts=verdicts)
