"""A manifest's sections -> snippets; what is wrong in one hides no fault of another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from runner.languages import IMAGE_SETS
from runner.manifest import rules
from runner.manifest.folder import Folder
from runner.manifest.models import Entry, LanguageEntry, Manifest, Settings, SnippetEntry
from runner.manifest.problems import Problems
from runner.manifest.resolve import Defaults, Resolver
from runner.manifest.rows import rows
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
    snippets: Mapping[int, SnippetEntry]
    """By position."""
    broken: frozenset[str] = frozenset()
    """Languages whose entry is not valid."""
    faulty: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """By position: fields that were not valid and are left out of the entry."""


def checked(data: Data, problems: Problems) -> Sections:
    """The sections of the mapping `data`; what is not valid is left out and added to `problems`."""
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError as error:
        locations = problems.add_invalid(error, Manifest)
        return _valid_parts(data if isinstance(data, dict) else {}, locations)
    return Sections(
        images=manifest.images,
        defaults=manifest.defaults,
        languages=manifest.languages or {},
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
    image_set = IMAGE_SETS[images or sections.images or "classic"]
    languages = rows(image_set, sections.languages, sections.broken)
    for location, message in languages.problems:
        problems.add(("languages", *location), message)
    defaults = sections.defaults
    for location, message in rules.of_match(defaults.match if defaults else None):
        problems.add(("defaults", *location), message)
    resolver = Resolver(
        document=document,
        problems=problems,
        folder=folder,
        defaults=Defaults().with_(defaults),
        table=languages.table,
        broken=languages.broken,
    )
    found: dict[int, Snippet] = {}
    for index, entry in sections.snippets.items():
        snippet = resolver.snippet(entry, index, without=sections.faulty.get(index))
        if snippet is not None:
            found[index] = snippet
    for index, message in name_clashes(found):
        problems.add(("snippets", index), message)
    for location, message in disagreements(found):
        problems.add(("snippets", *location), message)
    return list(found.values())


def _valid_parts(data: Mapping[str, Data], faults: Iterable[Location]) -> Sections:
    fields: dict[Location, set[str]] = {}
    for fault in faults:
        fields.setdefault(fault[:-1], set()).add(str(fault[-1]))
    languages = {name: _valid(LanguageEntry, entry) for name, entry in _items(data, "languages")}
    snippets = data.get("snippets")
    faulty = {
        index: frozenset(fields.get(("snippets", index), ()))
        for index in range(len(snippets) if isinstance(snippets, list) else 0)
    }
    entries = {
        index: _valid(SnippetEntry, part, without=faulty[index])
        for index, part in enumerate(snippets if isinstance(snippets, list) else ())
    }
    images = data.get("images")
    return Sections(
        images=images if isinstance(images, str) and images in IMAGE_SETS else None,
        defaults=_valid(
            Settings, data.get("defaults", {}), without=fields.get(("defaults",), frozenset())
        ),
        languages={name: entry for name, entry in languages.items() if entry is not None},
        broken=frozenset(name for name, entry in languages.items() if entry is None),
        snippets={index: entry for index, entry in entries.items() if entry is not None},
        faulty=faulty,
    )


def _items(data: Mapping[str, Data], section: str) -> list[tuple[str, Data]]:
    found = data.get(section)
    return list(found.items()) if isinstance(found, dict) else []


def _valid(model: type[_Entry], data: Data, *, without: Iterable[str] = ()) -> _Entry | None:
    if isinstance(data, dict):
        data = {name: value for name, value in data.items() if name not in without}
    try:
        return model.model_validate(data)
    except ValidationError:
        return None  # reported already, with the whole
