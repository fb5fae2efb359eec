"""A manifest's own table of languages: the built-in rows with what `languages` changes and adds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from runner.languages import Language
from runner.manifest.models import LanguageEntry
from runner.manifest.problems import choice, near
from runner.yaml_reader import Location

_NEEDED: Final = ("image", "source", "run")
_LONGEST_CHAIN: Final = 32


@dataclass(slots=True)
class Rows:
    """The table under construction: `problems` are found on the way, `broken` are rows that have one."""

    built_in: Mapping[str, Language]
    entries: Mapping[str, LanguageEntry]
    table: dict[str, Language] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    problems: list[tuple[Location, str]] = field(default_factory=list)

    def build(self) -> dict[str, Language]:
        """The table; what is wrong is in `problems`, each with its place below `languages`."""
        self.table = dict(self.built_in)
        done: set[str] = set()
        for name in self.entries:
            self._row(name, done, ())
        self.problems += _alias_clashes(self.entries, self.table)
        return self.table

    def _row(self, name: str, done: set[str], chain: tuple[str, ...]) -> None:
        if name in done:
            return
        entry = self.entries[name]
        base = entry.extends
        if base in self.entries and base != name:
            if base in chain or len(chain) > _LONGEST_CHAIN:
                done.add(name)
                self._problem(
                    (name, "extends"), f"'{base}' extends this one in turn; break the circle"
                )
                return
            self._row(base, done, (*chain, name))
        done.add(name)
        if base in self.broken:
            self.broken.add(name)
            return
        row = self._changed(name, entry)
        if row is not None:
            self.table[name] = row

    def _changed(self, name: str, entry: LanguageEntry) -> Language | None:
        parent = self._parent(name, entry)
        if parent is None:
            return None
        changes = entry.model_dump(include=set(_PLAIN), exclude_none=True)
        row = replace(
            parent,
            name=name,
            **{key: _frozen(value) for key, value in changes.items()},
            env={**parent.env, **(entry.env or {})},
            aliases=tuple(entry.aliases or (parent.aliases if parent.name == name else ())),
        )
        return self._versioned(name, entry, row)

    def _parent(self, name: str, entry: LanguageEntry) -> Language | None:
        if entry.extends is None and name in self.built_in:
            return self.built_in[name]
        if entry.extends is not None:
            table = self.built_in if entry.extends == name else self.table
            if entry.extends in table:
                return table[entry.extends]
            message = f"unknown language '{entry.extends}'; {choice(entry.extends, table)}"
            self._problem((name, "extends"), message)
            return None
        missing = [key for key in _NEEDED if getattr(entry, key) is None]
        if not missing:
            return Language(name=name, image="", source="", run=())
        self._problem((name,), f"a new language needs {', '.join(missing)}{self._hint(name)}")
        return None

    def _hint(self, name: str) -> str:
        meant = next((row.name for row in self.built_in.values() if name in row.aliases), None)
        meant = meant or near(name, self.built_in)
        return f"; or is '{meant}' meant?" if meant else ""

    def _versioned(self, name: str, entry: LanguageEntry, row: Language) -> Language | None:
        if entry.version is not None:
            try:
                return row.at(entry.version)
            except ValueError as problem:
                self._problem((name, "version"), str(problem))
                return None
        if "{version}" not in row.image:
            return replace(row, version=None)
        if row.version is None:
            self._problem((name, "image"), "holds {version}; say which with 'version'")
            return None
        return row

    def _problem(self, location: Location, message: str) -> None:
        self.broken.add(str(location[0]))
        self.problems.append((location, message))


_PLAIN: Final = ("image", "source", "compile", "run", "check")


def _frozen(value: str | list[str]) -> str | tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else value


def _alias_clashes(
    entries: Mapping[str, LanguageEntry], table: Mapping[str, Language]
) -> Iterator[tuple[Location, str]]:
    owners: dict[str, str] = {}
    for row in table.values():
        for alias in row.aliases:
            owners.setdefault(alias, row.name)
    for name, entry in entries.items():
        for index, alias in enumerate(entry.aliases or ()):
            owner = alias if alias in table else owners.get(alias, name)
            if owner != name:
                message = f"'{alias}' is a name of '{owner}' already; choose another"
                yield (name, "aliases", index), message
