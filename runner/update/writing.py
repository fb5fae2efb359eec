"""Files that are written as a whole, under their own name, and only over what was read of them."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runner.errors import UsageError
from runner.targets import replace_file

ALLOWED: Final = "EXEC_ACTION_UPDATE"
_NO: Final = ("", "0", "false", "no", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a file held when it was read, and what it is to hold."""

    path: Path
    """The file itself, not a link to it."""
    shown: str
    before: bytes
    after: bytes
    places: int

    def __str__(self) -> str:
        return f"{self.shown} ({self.places} place{'' if self.places == 1 else 's'})"


def in_ci(environ: Mapping[str, str]) -> bool:
    """Whether this is a CI system, where nobody would see what was written, and none said so."""
    return _is_true(environ.get("CI", "")) and not _is_true(environ.get(ALLOWED, ""))


def snapshot(paths: Iterable[str]) -> dict[str, bytes]:
    """What the files hold; UsageError where one cannot be rewritten, as standard input cannot."""
    contents: dict[str, bytes] = {}
    problems: list[str] = []
    for path in dict.fromkeys(paths):
        if path == "-":
            problems.append("exec-action: --update: standard input cannot be written; name a file")
            continue
        try:
            if Path(path).is_file():
                contents[path] = Path(path).read_bytes()
            else:
                problems.append(f"{path}: --update: no regular file, and cannot be written")
        except OSError as problem:
            problems.append(f"{path}: {problem.strerror}")
    if problems:
        raise UsageError(problems)
    return contents


def write(changes: Iterable[Change]) -> list[Change]:
    """Write each file that still holds what was read, whole and with its mode; those written.

    UsageError names the others, after all have been tried.
    """
    written: list[Change] = []
    problems: list[str] = []
    for change in changes:
        try:
            obstacle = _obstacle(change)
            if not obstacle:
                replace_file(change.path, [change.after], like=change.path.stat())
        except OSError as problem:
            obstacle = f"cannot be written: {problem.strerror}"
        if obstacle:
            problems.append(f"{change.shown}: {obstacle}")
        else:
            written.append(change)
    if problems:
        raise UsageError([*(f"updated: {change}" for change in written), *problems])
    return written


def _obstacle(change: Change) -> str:
    """Why a file must not be replaced, though its folder would let us; empty where it may."""
    if change.path.read_bytes() != change.before:
        return "changed during the run; not written, run again"
    return "" if os.access(change.path, os.W_OK) else "cannot be written: Permission denied"


def _is_true(word: str) -> bool:
    return word.strip().lower() not in _NO
