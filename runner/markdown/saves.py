"""Fences that are stored as files for the snippets after them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic_core import PydanticCustomError

from runner.manifest.checks import file_name
from runner.model import Snippet

MAX_SAVES: Final = 200
"""In one document: each of its snippets may get them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """A file for the snippets from the index `after` on: of a session, or of the document."""

    name: str
    content: bytes
    session: str | None
    after: int


def refused(name: str, before: Sequence[Save]) -> str | None:
    """Why a file cannot be stored under this name beside those before; None where it can."""
    try:
        file_name(name)
    except PydanticCustomError as problem:
        return problem.message()
    if len(before) >= MAX_SAVES:
        return f"more than {MAX_SAVES} files in one document; put them into a manifest's 'files'"
    for other in (save.name for save in before):
        if name.startswith(f"{other}/") or other.startswith(f"{name}/"):
            return f"'{min(name, other)}' is a file here, not a folder; choose another name"
    return None


def shared(snippets: Sequence[Snippet], saves: Sequence[Save]) -> Iterator[Mapping[str, bytes]]:
    """The files of each snippet, in order.

    The members of a session share a folder: each file goes to the first of them that is run after
    it, and what that makes of it is what the next one finds.
    """
    if not saves:
        yield from ({} for _ in snippets)
        return
    taken: dict[str, int] = {}
    everywhere: dict[str, bytes] = {}
    upcoming = 0
    for index, snippet in enumerate(snippets):
        while upcoming < len(saves) and saves[upcoming].after <= index:
            save = saves[upcoming]
            everywhere = {**everywhere, **({save.name: save.content} if not save.session else {})}
            upcoming += 1
        if snippet.session is None:
            yield everywhere
        elif snippet.skip is not None or not snippet.run:
            yield {}
        else:
            due = saves[taken.get(snippet.session, 0) : upcoming]
            taken[snippet.session] = upcoming
            yield {s.name: s.content for s in due if s.session in (None, snippet.session)}


def clashes(snippets: Sequence[Snippet], saves: Sequence[Save]) -> Iterator[tuple[Save, str]]:
    """Files that have the name of the program's own in a snippet that gets them."""
    by_name = {save.name: save for save in saves}
    seen: set[str] = set()
    for snippet, files in zip(snippets, shared(snippets, saves), strict=True):
        source = snippet.language.source
        if source in files and source not in seen:
            seen.add(source)
            line = snippet.source.line
            message = (
                f"'{source}' is the name of the program's own file of the snippet on line {line}; "
                "choose another, or name a session"
            )
            yield by_name[source], message
