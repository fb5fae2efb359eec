"""Files as they stand: what is there, and when each was last changed."""

import os
from collections import deque
from collections.abc import Collection
from itertools import islice
from typing import Final

_ENTRIES: Final = 5000
"""So many files and folders are looked at below what is named; nearer ones first."""
_LEFT_OUT: Final = ("node_modules", "__pycache__")

Stamp = tuple[int, int, int]
"""When a file was last changed, its size, and which file it is; zeros where there is none."""
_NONE: Final[Stamp] = (0, 0, 0)


def snapshot(places: Collection[str], *, without: Collection[str] = ()) -> dict[str, Stamp]:
    """The files that `places` are or that are below them, hidden folders left out."""
    seen: dict[str, Stamp] = {}
    folders: deque[str] = deque()
    for place in places:
        if os.path.isdir(place):  # noqa: PTH112 as below, asked too often for a Path each
            folders.append(place)
        else:
            seen[place] = stamp(place)
    left, looked_into = _ENTRIES, set[str]()
    while folders and left > 0:
        folder = folders.popleft()
        if folder in looked_into:
            continue
        looked_into.add(folder)
        entries = _entries(folder)
        left -= len(entries)
        for entry in entries:
            if not entry.is_dir():
                seen[entry.path] = _stamp_of(entry)
            elif not _is_left_out(entry):
                folders.append(entry.path)
    return {path: stamp for path, stamp in seen.items() if path not in without}


def stamp(path: str) -> Stamp:
    """What a change of a file changes."""
    try:
        return _stamp(os.stat(path))  # noqa: PTH116
    except (OSError, ValueError):
        return _NONE


def _entries(folder: str) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as entries:
            return list(islice(entries, _ENTRIES))
    except OSError:
        return []


def _is_left_out(folder: "os.DirEntry[str]") -> bool:
    return folder.name.startswith(".") or folder.name in _LEFT_OUT or folder.is_symlink()


def _stamp_of(entry: "os.DirEntry[str]") -> Stamp:
    try:
        return _stamp(entry.stat())
    except OSError:
        return _NONE


def _stamp(status: os.stat_result) -> Stamp:
    return (status.st_mtime_ns, status.st_size, status.st_ino)
