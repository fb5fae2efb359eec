"""What would run and where: a line for each case of a plan."""

from collections.abc import Iterator

from runner.cache import Cache
from runner.model import Snippet, case_name
from runner.sharding import Plan
from runner.text import inert, one_line


def listing(plan: Plan, *, cache: Cache | None = None) -> Iterator[str]:
    """`FILE:LINE: NAME (LANGUAGE, IMAGE, ...)` for each case, in the order of the manifests.

    Looks into the cache, and asks no engine.
    """
    shard = [] if plan.shard is None else [f"shard {plan.shard}"]
    for session in plan.sessions:
        notes = [f"session {session.id}"] if session.id else []
        notes += shard
        notes += ["cached"] if cache is not None and cache.find(session) is not None else []
        for snippet in session.snippets:
            yield from _lines(snippet, notes)


def _lines(snippet: Snippet, notes: list[str]) -> Iterator[str]:
    language = snippet.language
    told = [language.name, language.image_reference, *notes]
    told += [f"skipped: {snippet.skip}"] if snippet.skip is not None else []
    for case in snippet.cases:
        where = f"{snippet.source.path}:{snippet.source.line}"
        yield inert(one_line(f"{where}: {case_name(snippet, case)} ({', '.join(told)})"))
