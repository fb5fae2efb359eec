"""From snippets to the sessions of a run: selection, what the command line overrides, grouping.

Pure.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from runner.model import Limits, Session, Snippet
from runner.options import Overrides
from runner.selection import Selection

_TIMEOUT_MAX = 300.0


def plan(snippets: Iterable[Snippet], *, select: Selection, overrides: Overrides) -> list[Session]:
    """Group `snippets` into sessions in the order first seen, and keep those that are selected.

    Of a session with an id everything up to its last selected member is kept: a member stands
    on the earlier ones.
    """
    groups: dict[object, list[Snippet]] = {}
    for snippet in snippets:
        key: object = (snippet.source.path, snippet.session) if snippet.session else len(groups)
        groups.setdefault(key, []).append(override(snippet, overrides))
    kept = (_up_to_last(group, select.takes) for group in groups.values())
    return [Session(snippets=tuple(group), id=group[0].session) for group in kept if group]


def override(snippet: Snippet, overrides: Overrides) -> Snippet:
    """`snippet` with what the command line says in place of what the manifest said."""
    if overrides == Overrides():
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
