"""What a snippet's fields mean to one another: the rules that no single field can tell."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from runner.languages import Language
from runner.manifest.comparison import ExpectEntry, MatchEntry, TextEntry
from runner.manifest.models import CaseEntry, FileEntry, Settings, SnippetEntry
from runner.yaml_reader import Location

Broken = Iterator[tuple[Location, str]]
"""Where below the entry, and what: as many as there are."""


def of_snippet(entry: SnippetEntry, language: Language | None) -> Broken:
    """Rules of a snippet whose language is known, or was reported elsewhere."""
    if entry.code is None and entry.file is None:
        yield (), "'code' is missing; write the program, or name its 'file'"
    if entry.code is not None and entry.file is not None:
        yield ("file",), "stands beside 'code'; keep one of them"
    if entry.session is not None and entry.cases is not None:
        yield ("cases",), "stands beside 'session'; a session's members have no cases"
    yield from of_versions(entry.versions)
    yield from _of_run(entry)
    yield from of_match(entry.match)
    for path, content in (entry.files or {}).items():
        if isinstance(content, FileEntry) and (content.file is None) is (content.base64 is None):
            yield ("files", path), "must have either 'file' or 'base64'"
    if language is not None and entry.files:
        yield from _of_files(entry.files, language.source)
    for index, case in enumerate(entry.cases or ()):
        for location, message in _of_run(case):
            yield ("cases", index, *location), message
    if entry.run is False:
        yield from _of_no_run(entry, language)


def of_defaults(defaults: Settings) -> Broken:
    """Rules of what holds for all snippets."""
    yield from of_match(defaults.match)
    yield from of_versions(defaults.versions)


def of_versions(versions: Sequence[str] | None) -> Broken:
    """Rules of `versions`, whoever states them."""
    seen: set[str] = set()
    for index, version in enumerate(versions or ()):
        if version in seen:
            yield ("versions", index), f"'{version}' is there already; name each version once"
        seen.add(version)


def of_fanning_out(entry: SnippetEntry, language: Language, versions: Sequence[str]) -> Broken:
    """Rules of a snippet that gets these versions, by its own word or another's."""
    if entry.versions and "@" in entry.language:
        yield ("versions",), f"stands beside '{entry.language}', a version too; keep one of them"
    if not versions or "{version}" in language.image:
        return
    message = f"image '{language.image}' has no {{version}} to replace"
    if entry.versions:
        yield ("versions",), f"{message}; leave 'versions' out"
    else:
        yield ("language",), f"{message} by the versions of 'defaults'; write 'versions: []' here"


def of_match(match: MatchEntry | None) -> Broken:
    """Rules of `match`, of a snippet's and of the defaults'."""
    tolerance = match.float_tolerance if match else None
    if tolerance is not None and tolerance.abs is None and tolerance.rel is None:
        yield ("match", "float_tolerance"), "must have 'abs', 'rel' or both"


def _of_run(entry: SnippetEntry | CaseEntry) -> Broken:
    if entry.stdin is not None and entry.stdin_file is not None:
        yield ("stdin_file",), "stands beside 'stdin'; keep one of them"
    expect = entry.expect
    if expect is None:
        return
    if entry.expected_output is not None and expect.stdout is not None:
        yield ("expect", "stdout"), "stands beside 'expected_output'; keep one of them"
    if expect.exit_code is not None and expect.verdict not in (None, "runtime_error"):
        yield (
            ("expect", "exit_code"),
            (f"stands beside 'verdict: {expect.verdict}'; it goes with runtime_error alone"),
        )
    for location, text in _texts(expect):
        if isinstance(text, TextEntry) and not text.model_fields_set:
            yield ("expect", *location), "checks nothing; write what must hold, or leave it out"


def _texts(expect: ExpectEntry) -> Iterator[tuple[Location, object]]:
    yield ("stdout",), expect.stdout
    yield ("stderr",), expect.stderr
    for path, text in (expect.files or {}).items():
        yield ("files", path), text


def _of_files(paths: Collection[str], source: str) -> Broken:
    above = None
    # In this order, what is below a file follows it at once: "/" goes before all else.
    for path in sorted({source, *paths}, key=lambda path: path.replace("/", "\0")):
        if above is None or not path.startswith(f"{above}/"):
            above = path
        elif path == source:
            yield ("files", above), f"is the folder of the program's own file '{source}'"
        else:
            yield ("files", path), f"'{above}' is a file here, not a folder; choose another name"
    if source in paths:
        yield ("files", source), "is the name of the program's own file; choose another"


def _of_no_run(entry: SnippetEntry, language: Language | None) -> Broken:
    if language is not None and not language.compile and not language.check:
        yield ("run",), f"language '{language.name}' has nothing that compiles or checks it"
    for name in ("stdin", "stdin_file", "args", "env", "cases"):
        if getattr(entry, name) is not None:
            yield (name,), _NO_MEANING
    if entry.expected_output is not None and (entry.expect is None or not entry.expect.verdict):
        yield ("expected_output",), _NO_OUTPUT
    for name, message in _unexpectable(entry.expect) if entry.expect else ():
        yield ("expect", name), message


def _unexpectable(expect: ExpectEntry) -> Iterator[tuple[str, str]]:
    if expect.verdict == "runtime_error":
        yield "verdict", "nothing is run with 'run: false'; compile_error may be meant"
    for name in ("exit_code", "files"):
        if getattr(expect, name) is not None:
            yield name, _NO_MEANING
    for name in ("stdout", "stderr"):
        if expect.verdict is None and getattr(expect, name) is not None:
            yield name, _NO_OUTPUT


_NO_MEANING: Final = "has no meaning with 'run: false'; leave it out"
_NO_OUTPUT: Final = (
    "nothing is run with 'run: false'; what a compiler prints goes with 'expect.verdict'"
)
