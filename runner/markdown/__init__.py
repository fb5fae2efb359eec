"""Markdown documents -> snippets.

A document becomes the tree that a manifest would be, with the document's own places, and goes
through the manifest's pipeline: one set of checks, messages and rules serves both. What no manifest
can say, that a snippet is a command of a terminal's transcript and which files the fences before it
hold, is set on the snippets that come out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from runner.manifest.files import contents, shown
from runner.manifest.folder import Folder
from runner.manifest.problems import Problems, choice
from runner.manifest.sections import Sections, Terms, checked, ground, resolved
from runner.markdown.documents import decoded
from runner.markdown.drafts import Drafts, drafts, quoted
from runner.markdown.entries import FIELDS
from runner.markdown.fences import Page, lines_of, page
from runner.markdown.front_matter import KEY, front_matter
from runner.markdown.options import directive
from runner.markdown.saves import clashes, shared
from runner.model import Snippet, Source
from runner.text import one_line
from runner.yaml_reader import Data, Document, Node, Plain, Problem
from runner.yaml_reader.tree import location_text

__all__ = ["Terms", "read"]

_SECTIONS: Final = ("images", "defaults", "languages")
_ANY: Final[Data] = [{"language": "any", "code": "any"}]
_FILE: Final = Node({}, 1, 1)
_ALONE: Final = Terms()


def read(
    path: Path,
    *,
    images: str | None = None,
    text: bytes | None = None,
    allow_outside: bool = False,
    terms: Terms = _ALONE,
) -> list[Snippet]:
    """The snippets of the document at `path`, in its order; none where it has none.

    `images`, `text` and `allow_outside` are as for a manifest. UsageError lists every problem with
    its place and its fence.
    """
    name = shown(path)
    lines = lines_of(decoded(contents(path) if text is None else text, str(name)))
    matter = _checked_matter(front_matter(lines, str(name)))
    folder = Folder(name.parent, allow_outside=allow_outside)
    front = _sections(matter, Problems(matter))
    on = ground(front, images=images, folder=folder, outer=terms.outer)
    parts = page("\n".join(lines), mdx=path.suffix.lower() == ".mdx")
    found = drafts(parts, on.languages, title=name.stem, only_marked=terms.only_marked)
    document = _tree(matter, found)
    problems = Problems(document)
    sections = _sections(document, problems)
    snippets = resolved(sections, on=on, document=document, problems=problems, folder=folder)
    told = [_told(problem, found) for problem in problems.found]
    told += _faults(found, parts, snippets, str(name))
    Problems(Document(path=str(name), root=None, problems=tuple(told))).raise_any()
    return list(_finished(snippets, found))


def _checked_matter(matter: Document) -> Document:
    """The front matter as a mapping of the sections that it may have."""
    root = matter.root or _FILE
    if isinstance(root.value, Plain) and root.value.is_null:
        root = _FILE
    problems = Problems(replace(matter, root=root))
    if not isinstance(root.value, dict):
        problems.add((), f"must be a mapping with any of {', '.join(_SECTIONS)}")
        return replace(matter, root=_FILE, problems=problems.found)
    for key in root.value.keys() - set(_SECTIONS):
        problems.add((key,), f"unknown field '{key}'; {choice(key, _SECTIONS)}", at_key=True)
    kept = {key: node for key, node in root.value.items() if key in _SECTIONS}
    return replace(matter, root=root._replace(value=kept), problems=problems.found)


def _tree(matter: Document, found: Drafts) -> Document:
    """The document as a manifest would be."""
    root = matter.root or _FILE
    entries = [Node(dict(draft.entry), *draft.place) for draft in found.drafts]
    sections = root.value if isinstance(root.value, dict) else {}
    value = {**sections, "snippets": Node(entries, 1, 1)}
    return replace(matter, root=root._replace(value=value))


def _sections(document: Document, problems: Problems) -> Sections:
    """The document's sections; a document may have no snippets, where a manifest may not."""
    data = document.root.data() if document.root else {}
    whole = dict(data) if isinstance(data, dict) else {}
    if whole.get("snippets"):
        return checked(whole, problems)
    return replace(checked({**whole, "snippets": _ANY}, problems), snippets={}, faulty={})


def _told(problem: Problem, found: Drafts) -> Problem:
    """A problem of the tree in the words of the document."""
    section, *rest = problem.where or ("",)
    if section != "snippets" or not rest or not isinstance(rest[0], int):
        return replace(problem, where=(KEY, *problem.where))
    draft = found.drafts[rest[0]]
    place = location_text(tuple(rest[1:]))
    place = FIELDS.get(place, place)
    said = f"{place}: {problem.message}" if place else problem.message
    message = f"snippet '{one_line(draft.name, limit=60)}': {said}{quoted(draft.fence)}"
    return replace(problem, where=(), message=message)


def _faults(
    found: Drafts, parts: Page, snippets: Sequence[Snippet], path: str
) -> Iterator[Problem]:
    """What is wrong with options, comments and stored files."""
    for line, column, message in found.faults:
        yield Problem(source=Source(path=path, line=line, column=column), message=message)
    for comment in parts.strays:
        if any(True for _ in directive(comment)):
            line, column = comment.place(0)
            message = "a comment has options and stands before no fence; move it right before one"
            yield Problem(source=Source(path=path, line=line, column=column), message=message)
    if len(snippets) == len(found.drafts):
        fences = {id(save): fence for save, fence in found.saves}
        for save, message in clashes(snippets, [save for save, _ in found.saves]):
            fence = fences[id(save)]
            source = Source(path=path, line=fence.line, column=fence.column)
            yield Problem(source=source, message=f"save: {message}{quoted(fence)}")


def _finished(snippets: Sequence[Snippet], found: Drafts) -> Iterator[Snippet]:
    """The snippets with what only a document has."""
    files = shared(snippets, [save for save, _ in found.saves])
    for snippet, draft, of_fences in zip(snippets, found.drafts, files, strict=True):
        if draft.transcript or of_fences:
            yield replace(snippet, transcript=draft.transcript, files=of_fences)
        else:
            yield snippet
