"""A manifest's sections -> snippets; what is wrong in one hides no fault of another."""

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
    """What is valid of a manifest, section by section."""

    images: str | None
    defaults: Settings | None
    languages: Mapping[str, LanguageEntry]
    broken: frozenset[str]
    """Languages whose entry is not valid."""
    snippets: Mapping[int, SnippetEntry]
    """By position."""


def checked(data: Data, problems: Problems) -> Sections:
    """The sections of the mapping `data`; what is not valid is left out and added to `problems`."""
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError as error:
        problems.add_invalid(error, Manifest)
        return _valid_parts(data if isinstance(data, dict) else {})
    return Sections(
        images=manifest.images,
        defaults=manifest.defaults,
        languages=manifest.languages or {},
        broken=frozenset(),
        snippets=dict(enumerate(manifest.snippets)),
    )


def resolved(
    sections: Sections,
    *,
    images: str | None,
    document: Document,
    problems: Problems,
    folder: Folder,
) -> list[Snippet]:
    """The snippets that nothing is wrong with; `images` beats the manifest's own set."""
    rows = Rows(
        built_in=IMAGE_SETS[images or sections.images or "classic"],
        entries=sections.languages,
        broken=set(sections.broken),
    )
    table = rows.build()
    for location, message in rows.problems:
        problems.add(("languages", *location), message)
    for location, message in rules.of_match(sections.defaults and sections.defaults.match):
        problems.add(("defaults", *location), message)
    resolver = Resolver(
        document=document,
        problems=problems,
        folder=folder,
        defaults=Defaults().with_(sections.defaults),
        table=table,
        broken=frozenset(rows.broken),
    )
    found = {
        index: snippet
        for index, entry in sections.snippets.items()
        if (snippet := resolver.snippet(entry, ("snippets", index))) is not None
    }
    _compare(found, problems)
    return list(found.values())


def _compare(found: Mapping[int, Snippet], problems: Problems) -> None:
    for index, message in name_clashes(found):
        problems.add(("snippets", index), message)
    for location, message in disagreements(found):
        problems.add(("snippets", *location), message)


def _valid_parts(data: dict[str, Data]) -> Sections:
    languages = {name: _valid(LanguageEntry, entry) for name, entry in _items(data, "languages")}
    snippets = data.get("snippets")
    entries = enumerate(snippets if isinstance(snippets, list) else ())
    images = data.get("images")
    return Sections(
        images=images if isinstance(images, str) and images in IMAGE_SETS else None,
        defaults=_valid(Settings, data.get("defaults", {})),
        languages={name: entry for name, entry in languages.items() if entry is not None},
        broken=frozenset(name for name, entry in languages.items() if entry is None),
        snippets={
            index: entry
            for index, part in entries
            if (entry := _valid(SnippetEntry, part)) is not None
        },
    )


def _items(data: dict[str, Data], section: str) -> list[tuple[str, Data]]:
    found = data.get(section)
    return list(found.items()) if isinstance(found, dict) else []


def _valid(model: type[_Entry], data: Data) -> _Entry | None:
    try:
        return model.model_validate(data)
    except ValidationError:
        return None  # reported already, with the whole
