"""What the command line names -> every snippet there is, or every problem of every file.

A path is a manifest, a Markdown document, `-` for a manifest on standard input, or a folder, of
which the documents and the manifests called `*.snippets.yml` count. A manifest may name documents
in turn. Each file is read once, however often it is named; as a document of a manifest with what
that manifest says, else by itself.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from runner import manifest
from runner.errors import UsageError
from runner.folders import files_of
from runner.manifest import Contents, NamedDocument
from runner.manifest.sections import Terms
from runner.model import MARKDOWN, Snippet

MANIFESTS: Final = (".snippets.yml", ".snippets.yaml")
"""Ends of the names by which a folder's manifests are known."""
_STDIN: Final = Path("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All snippets in the order of the paths, and the files that were read for them."""

    snippets: tuple[Snippet, ...]
    files: tuple[Path, ...]
    again: Callable[[str, bytes], Sequence[Snippet]] = field(compare=False)
    """The snippets of one of the files, by its path in their sources, if it held these bytes."""


def read(
    paths: Sequence[str], *, images: str | None = None, allow_outside: bool = False
) -> Reading:
    """Read all of `paths`; UsageError lists the problems of all of them at once."""
    reader = _Reader(images=images, allow_outside=allow_outside)
    for path in paths:
        reader.find(Path(path))
    reader.read()
    if reader.problems:
        raise UsageError(reader.problems)
    return Reading(
        snippets=tuple(reader.snippets), files=tuple(reader.files.values()), again=reader.again
    )


@dataclass(slots=True, kw_only=True)
class _Reader:
    images: str | None
    allow_outside: bool
    files: dict[str, Path] = field(default_factory=dict)
    """By real path, so that each counts once, in the order first named."""
    terms: dict[str, Terms] = field(default_factory=dict)
    """Of documents that a manifest names; the first such one counts."""
    manifests: dict[str, Contents] = field(default_factory=dict)
    snippets: list[Snippet] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def find(self, path: Path) -> None:
        """Take note of what `path` names; manifests are read at once, for their documents."""
        try:
            found = files_of(path, ends=(*MARKDOWN, *MANIFESTS))
        except UsageError as problem:
            self.problems += problem.problems
            return
        for file in found:
            real = _real(file)
            if real in self.files:
                continue
            self.files[real] = file
            if not _is_document(file):
                self._manifest(file, real)

    def read(self) -> None:
        """Read the documents, and put all snippets in their order."""
        for real, path in self.files.items():
            if real in self.manifests:
                self.snippets += self.manifests[real].snippets
            elif _is_document(path):
                self._document(path, self.terms.get(real, Terms()))

    def again(self, path: str, text: bytes) -> list[Snippet]:
        """The snippets of the file at `path`, one of those read, with `text` for its contents."""
        file = Path(path)
        if not _is_document(file):
            return manifest.read(
                file, images=self.images, allow_outside=self.allow_outside, text=text
            )
        return self._of_document(file, self.terms.get(_real(file), Terms()), text=text)

    def _manifest(self, path: Path, real: str) -> None:
        try:
            found = manifest.read_whole(path, images=self.images, allow_outside=self.allow_outside)
        except UsageError as problem:
            self.problems += problem.problems
            return
        self.manifests[real] = found
        for document in found.documents:
            self._named_by(found, document)

    def _named_by(self, found: Contents, document: NamedDocument) -> None:
        try:
            files = files_of(document.path, ends=MARKDOWN)
        except UsageError as problem:
            self.problems += [f"{document.source}: documents: {text}" for text in problem.problems]
            return
        for file in files:
            if not _is_document(file):
                self.problems.append(f"{document.source}: documents: {_NO_DOCUMENT.format(file)}")
                continue
            real = _real(file)
            self.files.setdefault(real, file)
            terms = Terms(outer=found.outer, only_marked=document.only_marked)
            self.terms.setdefault(real, terms)

    def _document(self, path: Path, terms: Terms) -> None:
        try:
            self.snippets += self._of_document(path, terms)
        except UsageError as problem:
            self.problems += problem.problems

    def _of_document(self, path: Path, terms: Terms, *, text: bytes | None = None) -> list[Snippet]:
        from runner import markdown  # noqa: PLC0415 - 50 ms, for documents alone

        return markdown.read(
            path,
            images=self.images,
            allow_outside=self.allow_outside,
            terms=terms,
            text=text,
        )


_NO_DOCUMENT: Final = "'{}' is no Markdown; its name must end in .md, .markdown or .mdx"


def _is_document(path: Path) -> bool:
    return path.suffix.lower() in MARKDOWN


def _real(path: Path) -> str:
    try:
        return str(path) if path == _STDIN else os.path.realpath(path)
    except ValueError:  # a NUL character, which reading it will tell
        return str(path)
