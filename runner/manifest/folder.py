"""The files that a manifest names: found and read, as long as they are inside its folder."""

import os
import stat
from pathlib import Path
from typing import Final

from runner.model import MIB
from runner.text import one_line

MAX_BYTES: Final = 16 * MIB


class Folder:
    """A manifest's folder. Its methods raise ValueError with what is wrong with a name."""

    def __init__(self, path: Path, *, allow_outside: bool) -> None:
        self._path = path
        self._root = Path(os.path.realpath(path))
        self._allow_outside = allow_outside
        self._contents: dict[Path, bytes] = {}

    def shown(self, name: str) -> Path:
        """The file's path for people."""
        return self._path / name

    def find(self, name: str) -> Path:
        """The real path of an existing regular file of at most 16 MB."""
        real, status = self._located(name)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(f"{_quoted(name)} is no regular file")
        if status.st_size > MAX_BYTES:
            raise ValueError(f"{_quoted(name)} is larger than 16 MB")
        return real

    def locate(self, name: str) -> Path:
        """The real path of an existing file or folder."""
        real, status = self._located(name)
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            raise ValueError(f"{_quoted(name)} is neither a regular file nor a folder")
        return real

    def _located(self, name: str) -> tuple[Path, os.stat_result]:
        if Path(name).is_absolute() and not self._allow_outside:
            raise ValueError(f"{_quoted(name)} is absolute; write it relative to the manifest")
        try:
            real = Path(os.path.realpath(self._path / name, strict=True))
            status = real.stat()
        except OSError as problem:
            raise ValueError(_unreadable(name, problem)) from None
        if not (self._allow_outside or real.is_relative_to(self._root)):
            raise ValueError(f"{_quoted(name)} is outside of the manifest's folder; move it there")
        return real, status

    def read(self, name: str) -> bytes:
        """The contents of a file that `find` accepts; read once, however often it is named."""
        real = self.find(name)
        if real not in self._contents:
            self._contents[real] = _read(real, name)
        return self._contents[real]


def _read(path: Path, name: str) -> bytes:
    try:
        # Not blocking: should a pipe have taken the file's place since it was looked at.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            content = file.read(MAX_BYTES + 1) if regular else b""
    except OSError as problem:
        raise ValueError(_unreadable(name, problem)) from None
    if not regular:
        raise ValueError(f"{_quoted(name)} is no regular file")
    if len(content) > MAX_BYTES:
        raise ValueError(f"{_quoted(name)} is larger than 16 MB")
    return content


def _unreadable(name: str, problem: OSError) -> str:
    what = problem.strerror or "cannot be read"
    return f"{_quoted(name)}: {what[0].lower()}{what[1:]}; paths are relative to the manifest"


def _quoted(name: str) -> str:
    return f"'{one_line(name, limit=200)}'"
