"""Manifest in YAML -> snippets with nothing left to look up, or every problem with its place."""

import sys
from dataclasses import replace
from os.path import abspath
from pathlib import Path
from typing import Any, Final

from runner.errors import UsageError
from runner.languages import IMAGE_SETS
from runner.manifest.folder import Folder
from runner.manifest.problems import Problems, choice
from runner.manifest.sections import checked, resolved
from runner.model import Snippet
from runner.yaml_reader import MAX_BYTES, Document, Node
from runner.yaml_reader import read as read_yaml

__all__ = ["read", "schema"]

STDIN: Final = Path("-")


def read(
    path: Path,
    *,
    images: str | None = None,
    text: bytes | None = None,
    allow_outside: bool = False,
) -> list[Snippet]:
    """The snippets of the manifest at `path`, in its order; `-` is standard input.

    `images` names an image set and beats the manifest's own; `text` is taken for the file's
    contents; `allow_outside` lets it name files outside of its folder (the current one for `-`).
    UsageError lists every problem as `path:line:column: where: what is wrong; what would be right`.
    """
    if images is not None and images not in IMAGE_SETS:
        raise UsageError(f"unknown image set '{images}'; {choice(images, IMAGE_SETS)}")
    shown = _shown(path)
    contents = _contents(path) if text is None else text
    document = _as_mapping(read_yaml(contents, str(shown)))
    problems = Problems(document)
    data = None if document.root is None else document.root.data()
    snippets: list[Snippet] = []
    if isinstance(data, dict):
        sections = checked(data, problems)
        folder = Folder(shown.parent, allow_outside=allow_outside)
        snippets = resolved(
            sections, images=images, document=document, problems=problems, folder=folder
        )
    elif data is not None:
        problems.add((), "must be a list of snippets, or a mapping with 'snippets'")
    elif not document.problems:
        problems.add((), "the file is empty; write a list of snippets")
    problems.raise_any()
    return snippets


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 7) of a manifest, for editors."""
    from runner.manifest.json_schema import schema as build  # noqa: PLC0415 - slow, and for this alone

    return build()


def _shown(path: Path) -> Path:
    """The path as given, or relative to the current folder where it is inside of it."""
    whole, here = Path(abspath(path)), Path.cwd()  # noqa: PTH100 - links stay as they are
    return whole.relative_to(here) if whole.is_relative_to(here) else path


def _contents(path: Path) -> bytes:
    try:
        if path == STDIN:
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as problem:
        what = problem.strerror or "cannot be read"
        raise UsageError(f"{path}: {what[0].lower()}{what[1:]}") from None
    except ValueError:
        raise UsageError(f"{path!r}: a path holds no NUL character") from None


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
