"""What a step leaves to its workflow: outputs, a summary, and files that others can remove."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path


def append_outputs(file: Path, values: Mapping[str, str]) -> None:
    """Add a line for each value to the file that GITHUB_OUTPUT names; values are single lines."""
    broken = [name for name, value in values.items() if len(value.splitlines()) > 1]
    if broken:
        raise ValueError(f"an output of more than one line: {', '.join(broken)}")
    append(file, "".join(f"{name}={value}\n" for name, value in values.items()))


def append(file: Path, text: str) -> None:
    """Add `text` to a file, in UTF-8 and with LF line ends, as the runner wants it."""
    with file.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
        stream.write(text)


def missing_folders(paths: Iterable[Path]) -> list[Path]:
    """The folders that have to be made before files can be written there."""
    folders = {parent for path in paths for parent in path.parents if not parent.exists()}
    return sorted(folders)


def give_to_owner(paths: Iterable[Path], *, of: Path) -> None:
    """Give files and folders to whom `of` belongs, where we are root: others clean up after us."""
    if os.geteuid() != 0:
        return
    owner = of.stat()
    for path in paths:
        if path.exists():
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
