"""The file that a reader is given: its path for people, and its bytes."""

import sys
from os.path import abspath
from pathlib import Path
from typing import Final

from runner.errors import UsageError
from runner.yaml_reader import MAX_BYTES

STDIN: Final = Path("-")


def shown(path: Path) -> Path:
    """The path as given, or relative to the current folder where it is inside of it."""
    whole, here = Path(abspath(path)), Path.cwd()  # noqa: PTH100 - links stay as they are
    return whole.relative_to(here) if whole.is_relative_to(here) else path


def contents(path: Path) -> bytes:
    """What is in the file, up to one byte more than readers take; `-` is standard input."""
    try:
        if path == STDIN:
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as problem:
        what = problem.strerror or "cannot be read"
        raise UsageError(f"{path}: {what[0].lower()}{what[1:]}") from None
    except ValueError:
        raise UsageError(f"{path!r}: a path holds no NUL character") from None
