"""From snippets to the sessions of a run: selection, what the command line overrides, grouping.

Pure.
"""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Final

from runner.fan_out import fan_out
from runner.identity import path_of
from runner.model import Limits, Report, Session, Snippet, case_name
from runner.options import Overrides
from runner.selection import Selection

_TIMEOUT_MAX = 300.0
_NOTHING: Final = Overrides()
CaseId = tuple[str, str]
"""The path of its file, and its name there."""


def plan(
    snippets: Iterable[Snippet],
    *,
    select: Selection,
    overrides: Overrides,
    only: AbstractSet[CaseId] | None = None,
) -> list[Session]:
    """Group `snippets` into sessions in the order first seen, and keep those that are selected.

    Of a session with an id everything up to its last selected member is kept: a member stands
    on the earlier ones. `only`: these cases, and what they stand on.
    """
    groups: dict[object, list[Snippet]] = {}
    for snippet in fan_out(snippets):
        member = (snippet.source.path, snippet.session, snippet.version)
        key: object = member if snippet.session else len(groups)
        groups.setdefault(key, []).append(override(snippet, overrides))
    kept = (_up_to_last(group, select.takes) for group in groups.values())
    if only is not None:
        kept = (_narrowed(group, only) for group in kept)
    return [Session(snippets=tuple(group), id=group[0].session) for group in kept if group]


def failed(report: Report) -> frozenset[CaseId]:
    """The cases that were not fine in `report`."""
    results = (result for result in report.results if not result.verdict.fine)
    return frozenset((path_of(result.snippet), result.name) for result in results)


def override(snippet: Snippet, overrides: Overrides) -> Snippet:
    """`snippet` with what the command line says in place of what the manifest said."""
    if overrides == _NOTHING:
        return snippet
    scale = overrides.timeout_scale
    return replace(
        snippet,
        isolation=overrides.isolation or snippet.isolation,
        retries=snippet.retries if overrides.retries is None else overrides.retries,
        limits=_scaled(snippet.limits, scale),
        cases=tuple(
            replace(case, timeout=min(case.timeout * scale, _TIMEOUT_MAX)) for case in snippet.cases
        ),
    )


def _scaled(limits: Limits, scale: float) -> Limits:
    return replace(
        limits,
        timeout=min(limits.timeout * scale, _TIMEOUT_MAX),
        compile_timeout=min(limits.compile_timeout * scale, _TIMEOUT_MAX),
    )


def _up_to_last(group: list[Snippet], takes: Callable[[Snippet], bool]) -> list[Snippet]:
    last = max((at for at, snippet in enumerate(group) if takes(snippet)), default=-1)
    return group[: last + 1]


def _narrowed(group: list[Snippet], only: AbstractSet[CaseId]) -> list[Snippet]:
    """Of a session its members up to the last of `only`; of a lone snippet those cases of it."""
    if group and group[0].session:
        return _up_to_last(group, lambda snippet: bool(_cases_in(only, snippet).cases))
    return [narrow for snippet in group if (narrow := _cases_in(only, snippet)).cases]


def _cases_in(only: AbstractSet[CaseId], snippet: Snippet) -> Snippet:
    path = path_of(snippet)
    cases = (case for case in snippet.cases if (path, case_name(snippet, case)) in only)
    return replace(snippet, cases=tuple(cases))
