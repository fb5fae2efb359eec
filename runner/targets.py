"""Where reports go: checked before the run, written whole or not at all after it."""

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from runner.errors import UsageError
from runner.model import Report

_WIDTH: Final = 120
_PREFIX: Final = ".exec-action-"
_DEVICES: Final = ("/dev/stdout", "/dev/stderr", "/dev/fd", "/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A format, and the file that takes it; None: standard output."""

    format: str
    path: Path | None = None


def check(targets: Iterable[Target]) -> None:
    """Make the targets' folders; UsageError names every path that could not be written to later."""
    problems = [
        f"exec-action: cannot write the {target.format} report to {target.path}: {problem}"
        for target in targets
        if target.path is not None and (problem := _obstacle(target.path))
    ]
    if problems:
        raise UsageError(problems)


def write(target: Target, report: Report) -> None:
    """Render and write a report; a file appears under its name only when it is complete.

    UsageError where it cannot be written after all. Who stops reading a pipe has what they wanted.
    """
    try:
        _write(target, report)
    except BrokenPipeError:
        if target.path is None:
            let_go(sys.stdout)
    except OSError as problem:
        where = target.path or "standard output"
        raise UsageError(
            f"exec-action: cannot write the {target.format} report to {where}: {problem.strerror}"
        ) from None


def let_go(stream: TextIO) -> None:
    """What is left in a stream that nobody takes goes nowhere: Python must not complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` under `path` at once: who reads meanwhile sees the old file or the new one."""
    if _is_stream(path):
        _append(path, content)
        return
    handle, name = tempfile.mkstemp(prefix=_PREFIX, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _write(target: Target, report: Report) -> None:
    if target.path is None:
        _print(target.format, report)
        return
    from runner.reporters import REPORTERS

    text = REPORTERS[target.format](report)
    replace_file(target.path, text.encode(errors="backslashreplace"))


def _is_stream(path: Path) -> bool:
    """A pipe or a device; /dev/stdout even where standard output is a file."""
    absolute = path.absolute()
    return (path.exists() and not path.is_file()) or any(map(absolute.is_relative_to, _DEVICES))


def _append(path: Path, content: bytes) -> None:
    """Add to a stream; to standard output after what was printed, and before what will be."""
    sys.stdout.flush()
    own = [number for number in (1, 2) if path.exists() and _is_open_as(number, path)]
    with open(own[0], "ab", closefd=False) if own else path.open("ab") as file:
        file.write(content)


def _is_open_as(number: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(number), path.stat())
    except OSError:
        return False


def _obstacle(path: Path) -> str:
    """Why a file cannot be written, in the system's words; empty where it can."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            return "Is a directory"
        if path.exists() and not os.access(path, os.W_OK):
            return "Permission denied"
        if path.exists() and _is_stream(path):
            return ""
        with tempfile.TemporaryFile(prefix=_PREFIX, dir=path.parent):
            return ""
    except FileExistsError:  # where a folder should be
        return os.strerror(errno.ENOTDIR)
    except OSError as problem:
        return problem.strerror or str(problem)


def _print(format_: str, report: Report) -> None:
    if format_ == "table":
        text = _table(report)
    else:
        from runner.reporters import REPORTERS

        text = REPORTERS[format_](report)
    sys.stdout.buffer.write(text.encode(sys.stdout.encoding or "utf-8", errors="backslashreplace"))
    sys.stdout.flush()


def _table(report: Report) -> str:
    """The table as the terminal takes it: its width and colours; 120 columns and none elsewhere."""
    from runner.reporters.table import render

    if not sys.stdout.isatty():
        return render(report, width=shutil.get_terminal_size((_WIDTH, 0)).columns)
    color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return render(report, color=color, width=shutil.get_terminal_size().columns)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
