"""Manifest in YAML -> snippets with nothing left to look up, or every problem with its place."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runner.errors import UsageError
from runner.languages import IMAGE_SETS
from runner.manifest.documents import NamedDocument, named
from runner.manifest.files import contents, shown
from runner.manifest.folder import Folder
from runner.manifest.problems import Problems, choice
from runner.manifest.sections import Outer, checked, ground, resolved
from runner.model import Snippet
from runner.yaml_reader import Data, Document, Node
from runner.yaml_reader import read as read_yaml

__all__ = ["Contents", "NamedDocument", "read", "read_whole", "schema"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What stands in a manifest."""

    snippets: tuple[Snippet, ...]
    documents: tuple[NamedDocument, ...]
    outer: Outer
    """What holds in these documents."""


def read(
    path: Path,
    *,
    images: str | None = None,
    text: bytes | None = None,
    allow_outside: bool = False,
) -> list[Snippet]:
    """The snippets of the manifest at `path`, in its order, those of its documents apart.

    `-` is standard input. `images` names an image set and beats the manifest's own; `text` is taken
    for the file's contents; `allow_outside` lets it name files outside of its folder (the current
    one for `-`).
    UsageError lists every problem as `path:line:column: where: what is wrong; what would be right`.
    """
    found = read_whole(path, images=images, text=text, allow_outside=allow_outside)
    return list(found.snippets)


def read_whole(
    path: Path,
    *,
    images: str | None = None,
    text: bytes | None = None,
    allow_outside: bool = False,
) -> Contents:
    """All that stands in the manifest at `path`; otherwise as `read`."""
    if images is not None and images not in IMAGE_SETS:
        raise UsageError(f"unknown image set '{images}'; {choice(images, IMAGE_SETS)}")
    name = shown(path)
    document = _as_mapping(read_yaml(contents(path) if text is None else text, str(name)))
    problems = Problems(document)
    sections = checked(_data(document, problems), problems)
    folder = Folder(name.parent, allow_outside=allow_outside)
    on = ground(sections, images=images, folder=folder)
    snippets = resolved(sections, on=on, document=document, problems=problems, folder=folder)
    documents = named(sections.documents, document=document, problems=problems, folder=folder)
    whole = Contents(
        snippets=tuple(snippets),
        documents=tuple(documents),
        outer=Outer(sections=sections, folder=folder),
    )
    problems.raise_any()
    return whole


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 7) of a manifest, for editors."""
    from runner.manifest.json_schema import schema as build  # noqa: PLC0415 - slow, and for this alone

    return build()


def _data(document: Document, problems: Problems) -> dict[str, Data]:
    """The manifest as a mapping; UsageError where it is none."""
    data = None if document.root is None else document.root.data()
    if isinstance(data, dict):
        return data
    if data is not None:
        problems.add((), "must be a list of snippets, or a mapping with 'snippets'")
    elif not document.problems:
        problems.add((), "the file is empty; write a list of snippets")
    problems.raise_any()
    raise AssertionError("no mapping, and nothing wrong with it")


def _as_mapping(document: Document) -> Document:
    """A list of snippets is short for a mapping that holds nothing else."""
    root = document.root
    if root is None or not isinstance(root.value, list):
        return document
    return replace(
        document,
        root=Node({"snippets": root}, root.line, root.column),
        problems=tuple(
            replace(problem, where=("snippets", *problem.where)) for problem in document.problems
        ),
    )
