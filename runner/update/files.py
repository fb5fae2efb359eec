"""Expected files: another text for a file that an expectation names."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from runner.model import TextExpectation
from runner.text import decoded
from runner.update.edits import LeftAlone, line_end
from runner.update.uses import Use, all_hold
from runner.update.wording import texts


def by_file(found: Iterable[Use]) -> dict[Path, list[Use]]:
    """Uses by the file that holds what is expected of them; only of files that are not right."""
    groups: dict[Path, list[Use]] = {}
    for use in found:
        if use.expected.file is not None:
            groups.setdefault(use.expected.file, []).append(use)
    return {path: group for path, group in groups.items() if any(map(_is_wrong, group))}


def new_content(path: Path, old: bytes, group: Sequence[Use]) -> bytes:
    """What the file has to hold so that it is right for all; LeftAlone where nothing would be."""
    for use in group:
        use.usable()
        folder = Path(os.path.realpath(Path(use.snippet.source.path).parent))
        if not path.is_relative_to(folder):
            raise LeftAlone(f"'{path}' is outside of the manifest's folder")
    first = next(use for use in group if _is_wrong(use))
    for text in _wordings(decoded(old), first):
        if all_hold(group, TextExpectation(equals=text)):
            return text.encode(errors="surrogateescape")
    raise LeftAlone(f"no text in '{path.name}' would match the output of all that name it")


def _is_wrong(use: Use) -> bool:
    return use.broken and not use.holds(TextExpectation(file=use.expected.file))


def _wordings(old: str, use: Use) -> Iterator[str]:
    match, raw = use.snippet.match, use.raw or b""
    if match.ignore_line_endings and line_end(old) == "\r\n":
        for text in texts(old.replace("\r\n", "\n"), raw, match):
            yield text.replace("\r\n", "\n").replace("\n", "\r\n")
    yield from texts(old, raw, match)
