"""The files of a folder that count, as Git would see them: what is ignored is left out."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from runner.errors import UsageError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_LEFT_OUT: Final = frozenset({".git", "node_modules", ".venv"})
_IGNORE: Final = ".gitignore"
_MAX_BYTES: Final = 1024 * 1024


def files_of(path: Path, *, ends: Sequence[str]) -> list[Path]:
    """`path`, or where it is a folder the files below it whose names end so, in order.

    UsageError where a folder holds none, or cannot be read. Links are not followed.
    """
    if not path.is_dir():
        return [path]
    found = list(_below(path, tuple(ends)))
    if not found:
        raise UsageError(f"{path}: no {' or '.join(f'*{end}' for end in ends)} in this folder")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """A .gitignore, and the folder that its patterns are relative to."""

    folder: str
    spec: "GitIgnoreSpec"

    def say(self, path: str, *, end: str = "") -> bool | None:
        """Whether `path` is ignored; None where no pattern is about it. A folder ends in `/`."""
        return self.spec.check_file(os.path.relpath(path, self.folder) + end).include


def _below(top: Path, ends: tuple[str, ...]) -> Iterator[Path]:
    """Depth first, the files of each folder before its folders, both by name."""
    outer = [rules for rules in _above(top) if not rules.say(_whole(top / "x"))]
    waiting = [(top, outer)]
    while waiting:
        folder, rules = waiting.pop()
        rules = [*rules, *_rules_in(folder)]
        files, folders = _entries(folder)
        for file in files:
            if file.name.lower().endswith(ends) and not _ignored(file, rules):
                yield file
        waiting += [
            (inner, rules)
            for inner in reversed(folders)
            if inner.name not in _LEFT_OUT and not _ignored(inner, rules, end="/")
        ]


def _entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """The plain files and the folders in `folder`, both by name."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as problem:
        raise UsageError(f"{folder}: {(problem.strerror or 'cannot be read').lower()}") from None
    files = [folder / entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    folders = [folder / entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    return files, folders


def _ignored(path: Path, rules: Sequence[_Rules], *, end: str = "") -> bool:
    """What the innermost .gitignore says that says anything."""
    whole = _whole(path)
    said = (one.say(whole, end=end) for one in reversed(rules))
    return next((word for word in said if word is not None), False)


def _above(top: Path) -> Iterator[_Rules]:
    """The rules of the folders above, from the repository's own on; none outside of one."""
    parents = Path(_whole(top)).parents
    if (top / ".git").exists():
        return
    depth = next((at for at, parent in enumerate(parents) if (parent / ".git").exists()), None)
    if depth is not None:
        for parent in reversed(parents[: depth + 1]):
            yield from _rules_in(parent)


def _whole(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - links stay as they are


def _rules_in(folder: Path) -> Iterator[_Rules]:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - for folders alone

    file = folder / _IGNORE
    if not file.is_file():
        return
    try:
        with file.open("rb") as stream:
            lines = stream.read(_MAX_BYTES).decode(errors="replace").splitlines()
    except OSError:
        return
    yield _Rules(folder=_whole(folder), spec=GitIgnoreSpec.from_lines(lines))
