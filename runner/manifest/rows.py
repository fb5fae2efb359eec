"""A manifest's own table of languages: the built-in rows with what `languages` changes and adds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from runner.languages import Build, Language
from runner.manifest import rules
from runner.manifest.folder import Folder
from runner.manifest.models import LanguageEntry
from runner.manifest.problems import choice, near
from runner.text import one_line
from runner.yaml_reader import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The table, and what is wrong, each with its place below `languages`."""

    table: Mapping[str, Language]
    broken: frozenset[str]
    """Languages that are named and have problems, so that using them is no further one."""
    problems: tuple[tuple[Location, str], ...]


def rows(
    built_in: Mapping[str, Language],
    entries: Mapping[str, LanguageEntry],
    broken: frozenset[str],
    *,
    folder: Folder,
) -> Rows:
    """`built_in` with `entries` laid over it; `broken` are further names that are in use.

    `folder` is where their Dockerfiles are looked for.
    """
    table = _Table(
        built_in=built_in, entries=entries, folder=folder, rows=dict(built_in), broken=set(broken)
    )
    for name in entries:
        table.add(name, ())
    table.problems += _alias_clashes(entries, table.rows)
    return Rows(table=table.rows, broken=frozenset(table.broken), problems=tuple(table.problems))


_NEEDED: Final = ("image", "source", "run")
_LONGEST_CHAIN: Final = 32


@dataclass(slots=True, kw_only=True)
class _Table:
    built_in: Mapping[str, Language]
    entries: Mapping[str, LanguageEntry]
    folder: Folder
    rows: dict[str, Language]
    broken: set[str]
    done: set[str] = field(default_factory=set)
    builds: dict[str, Build] = field(default_factory=dict)
    problems: list[tuple[Location, str]] = field(default_factory=list)

    def add(self, name: str, chain: tuple[str, ...]) -> None:
        """Add the row of `name`, after those that it extends; `chain` are those that extend it."""
        if name in self.done:
            return
        entry = self.entries[name]
        base = entry.extends
        if base in self.entries and base is not None and base != name:
            if base in chain or len(chain) > _LONGEST_CHAIN:
                self.done.add(name)
                self._problem(
                    (name, "extends"), f"'{base}' extends this one in turn; end the circle"
                )
                return
            self.add(base, (*chain, name))
        self.done.add(name)
        if base != name and base in self.broken:
            self.broken.add(name)
            return
        parent = self._parent(name, entry)
        row = None if parent is None else self._built(entry, _changed(parent, name, entry))
        row = None if row is None else self._versioned(entry, row)
        for location, message in rules.of_versions(entry.versions):
            self._problem((name, *location), message)
        if row is not None:
            self.rows[name] = row

    def _parent(self, name: str, entry: LanguageEntry) -> Language | None:
        if entry.extends is not None:
            table = self.built_in if entry.extends == name else self.rows
            if entry.extends in table:
                return table[entry.extends]
            message = f"unknown language '{entry.extends}'; {choice(entry.extends, table)}"
            self._problem((name, "extends"), message)
            return None
        if name in self.built_in:
            return self.built_in[name]
        missing = [key for key in _NEEDED if getattr(entry, key) is None]
        if entry.build is not None and "image" in missing:
            missing.remove("image")
        if not missing:
            return Language(name=name, image="", source="", run=())
        message = f"a language of your own needs {', '.join(missing)}"
        self._problem((name,), message + self._hint(name))
        return None

    def _hint(self, name: str) -> str:
        meant = next((row.name for row in self.built_in.values() if name in row.aliases), None)
        meant = meant or near(name, self.built_in)
        return f"; or is '{meant}' meant?" if meant else " (or 'extends')"

    def _built(self, entry: LanguageEntry, row: Language) -> Language | None:
        """The row with an image of its own, where the entry has a Dockerfile for it."""
        if entry.build is None:
            return row
        if entry.image is not None:
            self._problem((row.name, "build"), "stands beside 'image'; keep one of them")
            return None
        try:
            build = self.builds.get(entry.build) or self._build(entry.build)
        except ValueError as problem:
            self._problem((row.name, "build"), str(problem))
            return None
        return replace(row, image=build.tag, build=build)

    def _build(self, name: str) -> Build:
        from runner import context  # noqa: PLC0415 - 4 ms, where an image is to be built

        dockerfile = self.folder.find(name)
        try:
            digest = context.digest(dockerfile)
        except ValueError as problem:
            raise ValueError(f"'{one_line(name, limit=200)}': {problem}") from None
        shown = str(self.folder.shown(name))
        build = self.builds[name] = Build(dockerfile=dockerfile, shown=shown, digest=digest)
        return build

    def _versioned(self, entry: LanguageEntry, row: Language) -> Language | None:
        if entry.version is not None:
            try:
                return row.at(entry.version)
            except ValueError as problem:
                self._problem((row.name, "version"), str(problem))
                return None
        if "{version}" not in row.image:
            if entry.versions:
                message = f"image '{row.image}' has no {{version}} to replace"
                self._problem((row.name, "versions"), message)
            return replace(row, version=None, versions=())
        if row.version is None and row.versions:
            return row.at(row.versions[0])
        if row.version is None:
            self._problem((row.name, "image"), "holds {version}; say which with 'version'")
            return None
        return row

    def _problem(self, location: Location, message: str) -> None:
        self.broken.add(str(location[0]))
        self.problems.append((location, message))


def _changed(parent: Language, name: str, entry: LanguageEntry) -> Language:
    inherited = parent.aliases if parent.name == name else ()
    changed = replace(
        parent,
        name=name,
        image=parent.image if entry.image is None else entry.image,
        build=parent.build if entry.image is None else None,
        source=parent.source if entry.source is None else entry.source,
        compile=parent.compile if entry.compile is None else tuple(entry.compile),
        run=parent.run if entry.run is None else tuple(entry.run),
        check=parent.check if entry.check is None else tuple(entry.check),
        versions=_versions(parent, entry),
        env={**parent.env, **(entry.env or {})},
        aliases=inherited if entry.aliases is None else tuple(entry.aliases),
        driver=None if any(_stated(entry, key) for key in _COMMANDS) else parent.driver,
    )
    return changed if _uses_cache(changed) else replace(changed, warm=(), warm_files={})


def _uses_cache(row: Language) -> bool:
    """Whether a warm-up is of use to it: where no command looks at what one leaves, none is."""
    return any("{cache}" in word for word in (*row.compile, *row.run, *row.check))


_COMMANDS: Final = ("source", "compile", "run", "check")
"""A driver starts the interpreter in its own way: a language with other commands has none."""


def _stated(entry: LanguageEntry, key: str) -> bool:
    return getattr(entry, key) is not None


def _versions(parent: Language, entry: LanguageEntry) -> tuple[str, ...]:
    """Those stated; what is stated as the one `version` takes the place of inherited ones."""
    if entry.versions is None and entry.version is None:
        return parent.versions
    return tuple(entry.versions or ())


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
