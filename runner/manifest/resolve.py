"""A checked entry -> a `Snippet` with nothing left to look up: defaults under it, files read."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from runner.languages import Language, find
from runner.manifest import rules
from runner.manifest.expectations import Find, Report, expectation, laid_over, matching, stated
from runner.manifest.folder import Folder
from runner.manifest.models import CaseEntry, FileEntry, Settings, SnippetEntry
from runner.manifest.problems import Problems
from runner.model import Case, Isolation, Limits, Match, Snippet, Source
from runner.yaml_reader import Document, Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for a snippet that states nothing else."""

    limits: Limits = field(default_factory=Limits)
    isolation: Isolation = Isolation.REUSE
    match: Match = field(default_factory=Match)
    retries: int = 0
    versions: tuple[str, ...] | None = None
    """None: those of the language."""

    def with_(self, stated: Settings | None) -> "Defaults":
        """These, with what is stated in their place."""
        if stated is None or stated.model_fields_set.isdisjoint(_SETTINGS):
            return self
        return Defaults(
            limits=_limits(self.limits, stated),
            isolation=self.isolation if stated.isolation is None else Isolation(stated.isolation),
            match=matching(self.match, stated.match),
            retries=self.retries if stated.retries is None else stated.retries,
            versions=self.versions if stated.versions is None else tuple(stated.versions),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """What the snippets of one file have in common while they are resolved."""

    document: Document
    problems: Problems
    folder: Folder
    defaults: Defaults
    table: Mapping[str, Language]
    broken: frozenset[str]
    """Languages that are known and have problems of their own."""
    counts: Counter[str] = field(default_factory=Counter)

    def snippet(
        self, entry: SnippetEntry, index: int, *, without: frozenset[str] | None = None
    ) -> Snippet | None:
        """The snippet; None where something is wrong with it, which is then among the problems.

        `without` are fields of it that are not valid, which was reported.
        """
        location: Location = ("snippets", index)
        report = _Reporter(self.problems, location, without=without or frozenset())
        language = self._language(entry.language, report)
        default_name = self._default_name(entry.language, language)
        for where, message in rules.of_snippet(entry, language):
            report(where, message)
        code, files = self._code(entry, report), self._files(entry, report)
        settings = self.defaults.with_(entry)
        source = self.document.source(location)
        cases = self._cases(entry, settings.limits.timeout, source, report)
        versions = _versions(entry, settings, language, report)
        if report.called or without or language is None:
            return None
        return Snippet(
            name=entry.name or default_name,
            source=source,
            code_source=self._code_source(entry, location),
            language=language,
            code=code,
            cases=cases,
            description=entry.description or "",
            tags=tuple(dict.fromkeys(entry.tags or ())),
            files=files,
            limits=settings.limits,
            isolation=settings.isolation,
            match=settings.match,
            session=entry.session,
            versions=versions,
            run=entry.run is not False,
            retries=settings.retries,
            skip=entry.skip,
            xfail=entry.xfail,
        )

    def _language(self, name: str, report: Report) -> Language | None:
        if name.partition("@")[0] in self.broken:
            return None
        try:
            return find(name, self.table)
        except LookupError as problem:
            report(("language",), str(problem.args[0]))
            return None

    def _default_name(self, word: str, language: Language | None) -> str:
        """Counts the named ones too: naming one snippet renames no other."""
        base = language.name if language else word
        self.counts[base] += 1
        return f"{base} {self.counts[base]}"

    def _code(self, entry: SnippetEntry, report: Report) -> bytes:
        if entry.code is not None:
            return entry.code.encode()
        return self._read(entry.file, ("file",), report)

    def _code_source(self, entry: SnippetEntry, location: Location) -> Source:
        if entry.code is not None:
            return self.document.text_source((*location, "code"))
        return Source(path=str(self.folder.shown(entry.file or "")), line=1)

    def _files(self, entry: SnippetEntry, report: Report) -> dict[str, bytes]:
        return {
            path: self._content(content, ("files", path), report)
            for path, content in (entry.files or {}).items()
        }

    def _content(self, content: str | FileEntry, location: Location, report: Report) -> bytes:
        if isinstance(content, str):
            return content.encode()
        if content.base64 is not None:
            return content.base64
        return self._read(content.file, (*location, "file"), report)

    def _read(self, name: str | None, location: Location, report: Report) -> bytes:
        try:
            return b"" if name is None else self.folder.read(name)
        except ValueError as problem:
            report(location, str(problem))
            return b""

    def _cases(
        self, entry: SnippetEntry, timeout: float, source: Source, report: "_Reporter"
    ) -> tuple[Case, ...]:
        location = report.location
        said = stated(entry, self.folder, report, self._find(location))
        base = Case(
            source=source,
            stdin=self._stdin(entry, report) or b"",
            args=tuple(entry.args or ()),
            env=entry.env or {},
            timeout=timeout,
            expect=expectation(said),
        )
        if entry.cases is None:
            return (base,)
        cases: list[Case] = []
        for index, case in enumerate(entry.cases):
            below = _below(report, "cases", index)
            name = case.name or str(index + 1)
            at: Location = (*location, "cases", index)
            own = stated(case, self.folder, below, self._find(at))
            expect = expectation(laid_over(said, own))
            stdin = self._stdin(case, below)
            cases.append(
                replace(
                    base,
                    source=self.document.source(at),
                    name=name,
                    stdin=base.stdin if stdin is None else stdin,
                    args=base.args if case.args is None else tuple(case.args),
                    env={**base.env, **(case.env or {})},
                    timeout=base.timeout if case.timeout is None else case.timeout,
                    expect=expect,
                )
            )
        for index, message in _same_names(cases):
            report(("cases", index), message)
        return tuple(cases)

    def _find(self, location: Location) -> Find:
        return lambda below: self.document.source((*location, *below))

    def _stdin(self, entry: SnippetEntry | CaseEntry, report: Report) -> bytes | None:
        if entry.stdin is not None:
            return entry.stdin.encode()
        if entry.stdin_file is None:
            return None
        return self._read(entry.stdin_file, ("stdin_file",), report)


class _Reporter:
    """Adds problems below one place, and remembers whether there were any."""

    def __init__(
        self, problems: Problems, location: Location, *, without: frozenset[str] = frozenset()
    ) -> None:
        self._problems = problems
        self.location = location
        self._without = without
        self.called = False

    def __call__(self, location: Location, message: str) -> None:
        self.called = True
        follows_from_another = self._without and (not location or location[0] in self._without)
        if not follows_from_another:
            self._problems.add((*self.location, *location), message)


def _below(report: Report, *steps: str | int) -> Report:
    return lambda location, message: report((*steps, *location), message)


_SETTINGS: Final = frozenset(Settings.model_fields)
_LIMITS: Final = {
    name: name for name in ("timeout", "compile_timeout", "memory", "cpus", "pids", "disk")
} | {"output_limit": "output"}


def _limits(base: Limits, stated: Settings) -> Limits:
    changes = {
        name: getattr(stated, field)
        for field, name in _LIMITS.items()
        if getattr(stated, field) is not None
    }
    return replace(base, **changes) if changes else base


def _versions(
    entry: SnippetEntry, settings: Defaults, language: Language | None, report: Report
) -> tuple[str, ...]:
    """The snippet's own, else those of the defaults, else of the language.

    `name@version` is one of its own.
    """
    pinned = entry.versions is None and "@" in entry.language
    if language is None or pinned:
        return ()
    versions = language.versions if settings.versions is None else settings.versions
    for where, message in rules.of_fanning_out(entry, language, versions):
        report(where, message)
    return versions


def _same_names(cases: Iterable[Case]) -> Iterator[tuple[int, str]]:
    firsts: dict[str, Source] = {}
    for index, case in enumerate(cases):
        first = firsts.setdefault(case.name, case.source)
        if first is not case.source:
            at = f"{first.line}:{first.column}"
            yield index, f"the case at {at} has the name '{case.name}' too; choose another"
