"""What an image is built from: a Dockerfile and the files beside it, as a digest and as an archive.

Both go through the files one by one, so that neither holds more than a piece of one. What the
archive says of a file is what the digest covers, its time apart: one digest, one image.
"""

import hashlib
import os
import re
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from runner.model import MIB

MAX_BYTES: Final = 512 * MIB
MAX_FILES: Final = 50_000
_PIECE: Final = 256 * 1024
_IGNORED_MAX: Final = MIB


class ContextChanged(Exception):  # noqa: N818 a state of the files, not a fault
    """The files are no longer those that the digest was made of."""


def digest(dockerfile: Path) -> str:
    """SHA-256 over all that `dockerfile` can take into an image, and where it stands.

    ValueError says what is wrong with the files.
    """
    hashed = hashlib.sha256(dockerfile.name.encode("utf-8", "surrogateescape"))
    try:
        for entry in _entries(dockerfile):
            hashed.update(_head(entry))
            for piece in _pieces(dockerfile.parent / entry.name, entry.size):
                hashed.update(piece)
    except (OSError, ContextChanged) as problem:
        raise ValueError(f"its folder cannot be read: {problem}") from None
    return hashed.hexdigest()


def archive(dockerfile: Path, *, expected: str) -> Iterator[bytes]:
    """The same files as a tar archive, piece by piece.

    ContextChanged in place of its end where they don't have the digest that is `expected`.
    """
    hashed = hashlib.sha256(dockerfile.name.encode("utf-8", "surrogateescape"))
    for entry in _entries(dockerfile):
        hashed.update(_head(entry))
        yield entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
        for piece in _pieces(dockerfile.parent / entry.name, entry.size):
            hashed.update(piece)
            yield piece
        yield bytes(-entry.size % tarfile.BLOCKSIZE)
    if hashed.hexdigest() != expected:
        raise ContextChanged("a file was changed meanwhile")
    yield bytes(2 * tarfile.BLOCKSIZE)


def _head(entry: tarfile.TarInfo) -> bytes:
    fields = (entry.name, entry.type.decode(), str(entry.mode), entry.linkname, str(entry.size))
    return "\0".join((*fields, "")).encode("utf-8", "surrogateescape")


def _entries(dockerfile: Path) -> Iterator[tarfile.TarInfo]:
    """Every file, folder and link by its name; ValueError where they are too much."""
    total = 0
    for number, name in enumerate(_names(dockerfile)):
        entry = _entry(dockerfile.parent, name)
        if entry is None:
            continue
        total += entry.size
        if total > MAX_BYTES or number >= MAX_FILES:
            raise ValueError(
                f"its folder has more than {MAX_BYTES // MIB} MB or {MAX_FILES} files;"
                " leave out what is not needed with a .dockerignore"
            )
        yield entry


def _entry(folder: Path, name: str) -> tarfile.TarInfo | None:
    """None for what is neither file nor folder nor link.

    Owner and mode are made the same everywhere: whoever checked the files out, the image is one,
    and the unprivileged user of a sandbox can read it.
    """
    status = (folder / name).lstat()
    entry = tarfile.TarInfo(name)
    entry.mtime = max(0, int(status.st_mtime))
    entry.mode = 0o755
    if stat.S_ISLNK(status.st_mode):
        entry.type, entry.linkname = tarfile.SYMTYPE, str((folder / name).readlink())
    elif stat.S_ISDIR(status.st_mode):
        entry.type = tarfile.DIRTYPE
    elif stat.S_ISREG(status.st_mode):
        entry.size = status.st_size
        entry.mode = 0o755 if status.st_mode & stat.S_IXUSR else 0o644
    else:
        return None
    return entry


def _names(dockerfile: Path) -> list[str]:
    """What the .dockerignore leaves, in an order that depends on the names alone."""
    from docker.utils.build import exclude_paths  # noqa: PLC0415 100 ms, for builds alone

    try:
        patterns, folder = _ignored(dockerfile), str(dockerfile.parent)
        return sorted(exclude_paths(folder, patterns, dockerfile=dockerfile.name))
    except (re.error, RecursionError) as problem:
        raise ValueError(f"its .dockerignore cannot be understood: {problem}") from None


def _ignored(dockerfile: Path) -> list[str]:
    """The patterns of the Dockerfile's own .dockerignore where it has one, else of the folder's."""
    for path in (
        dockerfile.with_name(f"{dockerfile.name}.dockerignore"),
        dockerfile.with_name(".dockerignore"),
    ):
        if path.is_file():
            with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
                lines = file.read(_IGNORED_MAX).splitlines()
            return [line.strip() for line in lines if line.strip() and line[0] != "#"]
    return []


def _pieces(path: Path, size: int) -> Iterator[bytes]:
    """Exactly `size` bytes: an archive has said so before."""
    if not size:
        return
    # Should a pipe have taken the file's place since it was looked at, it is not waited for.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as file:
        while size:
            piece = file.read(min(size, _PIECE))
            if not piece:
                raise ContextChanged(f"'{path.name}' became shorter")
            size -= len(piece)
            yield piece
