"""The Markdown documents that a manifest names: their field, and what it comes to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field

from runner.manifest import kinds
from runner.manifest.comparison import Entry
from runner.manifest.folder import Folder
from runner.manifest.problems import Problems
from runner.model import Source
from runner.yaml_reader import Document


class DocumentEntry(Entry):
    """A document, or a folder of them, and which of its fences count."""

    path: kinds.OutsidePath = Field(description="The document or folder, relative to the manifest.")
    only: Literal["marked"] | None = Field(
        default=None, description="marked: only fences that have an option of a snippet."
    )


DocumentEntries: TypeAlias = Annotated[
    list[
        Annotated[
            Annotated[kinds.OutsidePath, kinds.TEXT_FORM]
            | Annotated[DocumentEntry, kinds.MAPPING_FORM],
            Discriminator(kinds.form),
        ]
    ],
    Field(min_length=1),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDocument:
    """A document, or a folder of them, that is there."""

    path: Path
    source: Source
    """Where the manifest names it."""
    only_marked: bool = False


def named(
    entries: Sequence[str | DocumentEntry],
    *,
    document: Document,
    problems: Problems,
    folder: Folder,
) -> Iterator[NamedDocument]:
    """The documents that are there; of the others what is wrong is added to `problems`."""
    for index, entry in enumerate(entries):
        name = entry if isinstance(entry, str) else entry.path
        where = ("documents", index) if isinstance(entry, str) else ("documents", index, "path")
        try:
            folder.locate(name)
        except ValueError as problem:
            problems.add(where, str(problem))
            continue
        yield NamedDocument(
            path=folder.shown(name),
            source=document.source(where),
            only_marked=isinstance(entry, DocumentEntry) and entry.only is not None,
        )
