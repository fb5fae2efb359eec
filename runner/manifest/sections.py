"""A manifest's sections, each checked by itself: what is wrong in one hides no fault of another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from runner.languages import IMAGE_SETS
from runner.manifest import rules
from runner.manifest.folder import Folder
from runner.manifest.models import Entry, LanguageEntry, Manifest, Settings, SnippetEntry
from runner.manifest.problems import Problems
from runner.manifest.resolve import Defaults, Resolver
from runner.manifest.rows import Rows
from runner.manifest.sessions import disagreements, name_clashes
from runner.model import Snippet
from runner.yaml_reader import Data, Document, Location

_Entry = TypeVar("_Entry", bound=Entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """One file's contents on their way to snippets; what is wrong is added to `problems`."""

    document: Document
    problems: Problems
    folder: Folder

    def snippets(self, data: Data, images: str | None) -> list[Snippet]:
        """The snippets that nothing is wrong with; `images` beats the manifest's own set."""
        if isinstance(data, list):
            return self._snippets({"snippets": data}, images, within=())
        if isinstance(data, dict):
            return self._snippets(data, images, within=("snippets",))
        message = "must be a list of snippets, or a mapping with 'snippets'"
        self.problems.add((), message)
        return []

    def _snippets(
        self, sections: dict[str, Data], images: str | None, *, within: Location
    ) -> list[Snippet]:
        top = self._top(sections)
        own = top.images if top else None
        rows = self._rows(sections.get("languages"), images or own or "classic")
        resolver = Resolver(
            document=self.document,
            problems=self.problems,
            folder=self.folder,
            defaults=self._defaults(sections.get("defaults")),
            table=rows.build(),
            broken=frozenset(rows.broken),
        )
        for location, message in rows.problems:
            self.problems.add(("languages", *location), message)
        found = list(self._resolved(sections.get("snippets"), resolver, within))
        self._compare([snippet for snippet, _ in found], dict(found))
        return [snippet for snippet, _ in found]
