"""Report -> what manifests, documents and expected files hold where the actual output is right.

Only expectations of cases that ended as they should and printed something else are rewritten, each
only if the new one holds for all who share it. What comes out is read again: nothing else may have
changed by it. `rewritten` decides and writes nothing, `writing.write` writes what it found.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import path as paths
from pathlib import Path
from typing import Final

from runner.model import MARKDOWN, Report, Result, Snippet, Verdict
from runner.update.edits import LeftAlone
from runner.update.files import by_file, new_content
from runner.update.in_markdown import InMarkdown
from runner.update.in_yaml import InYaml
from runner.update.rewriting import Kept, Rewritten, rewrite
from runner.update.uses import Key, Use, by_run, key, uses
from runner.update.writing import Change

ReadText = Callable[[str, bytes], Sequence[Snippet]]
"""The snippets of the file at a path, if it held these bytes."""
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """All that is to be written, and what is left alone though it does not hold."""

    files: tuple[Change, ...]
    kept: tuple[Kept, ...]
    mended: frozenset[Key]
    """The runs that fail now and pass with what is written."""

    def mends(self, result: Result) -> bool:
        """Whether the result would be fine with what is written."""
        return result.verdict.fine or key(result) in self.mended


def rewritten(
    report: Report, originals: Mapping[str, bytes], read: ReadText, *, add: bool = False
) -> Changes:
    """What `report` says of the files in `originals`, which hold what was read before the run.

    With `add`, outputs that are missing are added to documents.
    """
    results = by_run(report.results)
    found: list[Use] = []
    files: list[Change] = []
    kept: list[Kept] = []
    mended_places: set[object] = set()
    for path, content in originals.items():
        own = [use for use in uses(read(path, content), results) if _is_in(use, path)]
        found += own
        text, change = _rewritten(path, content, own, read, add=add)
        kept += text.kept
        mended_places.update(edit.place for edit in text.edits if not edit.adds)
        files += [change] if change.before != change.after else []
    run = {Path(paths.realpath(path)) for path in originals}
    for file, group in by_file(found).items():
        try:
            files.append(_of_file(file, group, run))
            mended_places.add(file)
        except LeftAlone as why:
            broken = next(use for use in group if use.broken)
            place = broken.expected.source or broken.case.source
            kept.append(Kept(place=place, name=broken.name, why=str(why)))
    mended = _mended(found, mended_places)
    return Changes(
        files=tuple(files),
        kept=(*sorted(kept, key=_order), *_others(report.results, found)),
        mended=mended,
    )


def _is_in(use: Use, path: str) -> bool:
    return (use.expected.source or use.snippet.source).path == path


def _rewritten(
    path: str, content: bytes, found: Sequence[Use], read: ReadText, *, add: bool
) -> tuple[Rewritten, Change]:
    mark = _BOM if content.startswith(_BOM) else b""
    text = content.removeprefix(mark).decode()

    def read_text(text: str) -> Sequence[Snippet]:
        return read(path, mark + text.encode())

    if path.lower().endswith(MARKDOWN):
        form = InMarkdown(text, mdx=path.lower().endswith(".mdx"))
        new = rewrite(text, read_text, found, form, add=form.add if add else None)
    else:  # a manifest says what is compared: nothing is added to it
        new = rewrite(text, read_text, found, InYaml(text), add=None)
    change = Change(
        path=Path(paths.realpath(path)),
        shown=path,
        before=content,
        after=mark + new.text.encode(),
        places=len(new.edits),
    )
    return new, change


def _of_file(file: Path, group: Sequence[Use], run: set[Path]) -> Change:
    if file in run:
        raise LeftAlone("it names a manifest or document that is run itself")
    try:
        old = file.read_bytes()
    except OSError as problem:
        raise LeftAlone(f"'{file}': {problem.strerror}") from None
    here = Path.cwd()
    shown = file.relative_to(here) if file.is_relative_to(here) else file
    new = new_content(file, old, group)
    return Change(path=file, shown=str(shown), before=old, after=new, places=1)


def _mended(found: Sequence[Use], places: set[object]) -> frozenset[Key]:
    broken = [use for use in found if use.broken]
    unmended = {_run(use) for use in broken if not _is_mended(use, places)}
    return frozenset(_run(use) for use in broken) - unmended


def _run(use: Use) -> Key:
    version = None if use.result is None else use.result.snippet.version
    return use.snippet.source, use.case.source, version


def _is_mended(use: Use, places: set[object]) -> bool:
    """A use is broken by what stands at its place, by the file that this names, or by both."""
    return use.expected.source in places or use.expected.file in places


def _others(results: Sequence[Result], found: Sequence[Use]) -> list[Kept]:
    """What fails for another reason than its output, and what is no longer where it was read."""
    known = {_run(use) for use in found if use.result is not None}
    others: list[Kept] = []
    for result in results:
        why = result.reason or str(result.verdict)
        if result.verdict is Verdict.WRONG_OUTPUT:
            why = "its file was changed before it was run" if key(result) not in known else ""
        if why and not result.verdict.fine:
            others.append(Kept(place=result.case.source, name=result.name, why=why))
    return others


def _order(kept: Kept) -> tuple[str, int, int]:
    return kept.place.path, kept.place.line, kept.place.column
