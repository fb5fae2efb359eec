"""A manifest's sections -> snippets; what is wrong in one hides no fault of another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from runner.languages import IMAGE_SETS
from runner.manifest import rules
from runner.manifest.comparison import Entry
from runner.manifest.documents import DocumentEntry
from runner.manifest.folder import Folder
from runner.manifest.models import LanguageEntry, Manifest, Settings, SnippetEntry
from runner.manifest.problems import Problems
from runner.manifest.resolve import Defaults, Resolver
from runner.manifest.rows import Rows, rows
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
    documents: Sequence[str | DocumentEntry] = ()


def checked(data: dict[str, Data], problems: Problems) -> Sections:
    """The sections of the mapping `data`; what is not valid is left out and added to `problems`."""
    if not data.keys() & {"snippets", "documents"}:
        problems.add((), "'snippets' is missing; list them, or name 'documents'")
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError:
        manifest = None
    if manifest is None:
        return _piece_by_piece(data, problems)
    return Sections(
        images=manifest.images,
        defaults=manifest.defaults,
        languages=manifest.languages or {},
        snippets=dict(enumerate(manifest.snippets or ())),
        documents=manifest.documents or (),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    """A manifest around the file: what holds where the file's own sections say nothing else."""

    sections: Sections
    folder: Folder
    """The manifest's, where its Dockerfiles are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a manifest names a document."""

    outer: Outer | None = None
    only_marked: bool = False
    """Only fences count that have an option of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What holds for all snippets of a file."""

    languages: Rows
    defaults: Defaults


def ground(
    sections: Sections, *, images: str | None, folder: Folder, outer: Outer | None = None
) -> Ground:
    """What the file's sections say over those of `outer`; `images` beats the set stated in both."""
    around = outer.sections if outer else None
    stated = sections.images or (around.images if around else None)
    table = IMAGE_SETS[images or stated or "classic"]
    if outer is not None:
        own = outer.sections
        table = rows(table, own.languages, own.broken, folder=outer.folder).table
    return Ground(
        languages=rows(table, sections.languages, sections.broken, folder=folder),
        defaults=Defaults().with_(around.defaults if around else None).with_(sections.defaults),
    )


def resolved(
    sections: Sections, *, on: Ground, document: Document, problems: Problems, folder: Folder
) -> list[Snippet]:
    """The snippets that nothing is wrong with."""
    for location, message in on.languages.problems:
        problems.add(("languages", *location), message)
    defaults = sections.defaults
    for location, message in rules.of_defaults(defaults) if defaults else ():
        problems.add(("defaults", *location), message)
    resolver = Resolver(
        document=document,
        problems=problems,
        folder=folder,
        defaults=on.defaults,
        table=on.languages.table,
        broken=on.languages.broken,
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


def _piece_by_piece(data: Mapping[str, Data], problems: Problems) -> Sections:
    languages = _mapping(data.get("languages"))
    parts = data.get("snippets")
    snippets = parts if isinstance(parts, list) else []
    top, _ = _valid(Manifest, _without_entries(data), (), problems)
    defaults, _ = _valid(Settings, _mapping(data.get("defaults")), ("defaults",), problems)
    rows = {
        name: _valid(LanguageEntry, entry, ("languages", name), problems)
        for name, entry in languages.items()
    }
    found: dict[int, SnippetEntry] = {}
    faulty: dict[int, frozenset[str]] = {}
    for index, part in enumerate(snippets):
        if problems.full:
            break
        entry, faulty[index] = _valid(SnippetEntry, part, ("snippets", index), problems)
        if entry is not None:
            found[index] = entry
    return Sections(
        images=top.images if top else None,
        documents=(top.documents if top else None) or (),
        defaults=defaults,
        languages={name: row for name, (row, fields) in rows.items() if row and not fields},
        broken=frozenset(name for name, (row, fields) in rows.items() if fields or not row),
        snippets=found,
        faulty=faulty,
    )


def _mapping(data: "Data | None") -> dict[str, Data]:
    return data if isinstance(data, dict) else {}


def _without_entries(data: Mapping[str, Data]) -> dict[str, Data]:
    """`data` with something valid in place of all entries, so that only their sections are seen."""
    top = dict(data)
    if isinstance(data.get("defaults"), dict):
        top["defaults"] = {}
    if isinstance(data.get("languages"), dict):
        top["languages"] = {name: {} for name in _mapping(data["languages"])}
    if isinstance(data.get("snippets"), list) and data["snippets"]:
        top["snippets"] = [{"language": "any"}]
    return top


def _valid(
    model: type[_Entry], data: Data, within: Location, problems: Problems
) -> tuple[_Entry | None, frozenset[str]]:
    """The entry without its fields that are not valid, if there is one then; and those fields."""
    try:
        return model.model_validate(data), frozenset()
    except ValidationError as error:
        fields = problems.add_invalid(error, model, within)
    kept = {name: value for name, value in _mapping(data).items() if name not in fields}
    try:
        return model.model_validate(kept), fields
    except ValidationError:
        return None, fields
