"""Manifest in YAML -> snippets in which nothing is left to look up, or every problem with its place in the file."""

import os
import sys
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from runner.errors import UsageError
from runner.languages import CLASSIC, IMAGE_SETS, Language
from runner.manifest import rules
from runner.manifest.folder import Folder
from runner.manifest.models import LanguageEntry, Manifest, Settings, SnippetEntry
from runner.manifest.problems import Problems, choice
from runner.manifest.resolve import Defaults, Resolver
from runner.manifest.rows import Rows
from runner.manifest.sessions import disagreements, name_clashes
from runner.model import Snippet
from runner.yaml_reader import MAX_BYTES, Data, Document, Location
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
    """The snippets of the manifest at `path` (`-`: standard input, based at the current folder), in its order.

    `images` names an image set and beats the manifest's own; `text` is taken for the file's contents; `allow_outside`
    lets it name files outside of its folder. UsageError lists every problem as `path:line:column: where: what`.
    """
    if images is not None and images not in IMAGE_SETS:
        raise UsageError(f"unknown image set '{images}'; {choice(images, IMAGE_SETS)}")
    document = read_yaml(_contents(path) if text is None else text, _shown(path))
    problems = Problems(document)
    folder = Folder(Path(_shown(path)).parent, allow_outside=allow_outside)
    snippets = [] if document.root is None else _Sections(document, problems, folder, images).snippets()
    if document.root is None and not document.problems:
        problems.add((), "the file is empty; write a list of snippets")
    problems.raise_any()
    return snippets


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 7) of a manifest, for editors."""
    from runner.manifest.schema import schema as build  # noqa: PLC0415 - 20 ms, for this alone

    return build()
