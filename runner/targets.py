"""Where reports go: checked before the run, written whole or not at all after it."""

import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO
from urllib.parse import quote

from runner.errors import UsageError
from runner.model import Report
from runner.options import View

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


def load(targets: Iterable[Target]) -> None:
    """Import what will write the reports, which takes a while."""
    from runner import reporters

    for target in targets:
        reporters.load(target.format)


def write(target: Target, report: Report, *, view: View | None = None) -> None:
    """Render and write a report; a file appears under its name only when it is complete.

    UsageError where it cannot be written after all. Who stops reading a pipe has what they wanted.
    """
    try:
        _write(target, report, view or View())
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


def replace_file(
    path: Path, content: Iterable[bytes], *, like: os.stat_result | None = None
) -> None:
    """Put `content` under `path` at once: who reads meanwhile sees the old file or the new one.

    It gets the mode, and from root the owner, of the file that `like` is the status of.
    """
    if _is_stream(path):
        _append(path, content)
        return
    handle, name = tempfile.mkstemp(prefix=_PREFIX, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(content)
        if like is not None and os.geteuid() == 0:
            os.chown(temporary, like.st_uid, like.st_gid)
        temporary.chmod(0o666 & ~_umask() if like is None else stat.S_IMODE(like.st_mode))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _write(target: Target, report: Report, view: View) -> None:
    if target.path is None:
        _print(target.format, report, view)
        return
    pieces = _rendered(target, report, view)
    replace_file(target.path, (piece.encode(errors="backslashreplace") for piece in pieces))


def _rendered(target: Target, report: Report, view: View) -> Iterable[str]:
    """A report, as long ones are made: in pieces."""
    match target.format:
        case "table":
            from runner.reporters import table

            return [table.render(report, view=view)]
        case "summary":
            from runner.reporters import summary

            return [summary.render(report, base=view.base, slowest=view.slowest)]
        case "github":
            from runner.reporters import github

            return [github.render(report, view=view)]
        case "html":
            from runner.reporters import html

            base = view.base or _here_from(target.path)
            return [html.render(report, base=base, slowest=view.slowest)]
        case _:
            from runner.reporters import in_pieces

            return in_pieces(target.format, report)


def _here_from(path: Path | None) -> str:
    """The address of the current folder, which documents are named from, in a page at `path`."""
    if path is None:
        return ""
    folders = os.path.relpath(Path.cwd(), path.absolute().parent)
    return f"{quote(os.fsencode(folders))}/"


def _is_stream(path: Path) -> bool:
    """A pipe or a device; /dev/stdout even where standard output is a file."""
    absolute = path.absolute()
    return (path.exists() and not path.is_file()) or any(map(absolute.is_relative_to, _DEVICES))


def _append(path: Path, content: Iterable[bytes]) -> None:
    """Add to a stream; to standard output after what was printed, and before what will be."""
    sys.stdout.flush()
    own = [number for number in (1, 2) if path.exists() and _is_open_as(number, path)]
    with open(own[0], "ab", closefd=False) if own else path.open("ab") as file:
        file.write(b"".join(content))  # all of it is made first: nobody takes back a half


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


def _print(format_: str, report: Report, view: View) -> None:
    if format_ == "table":
        text = _table(report, view)
    else:
        text = "".join(_rendered(Target(format=format_), report, view))
    sys.stdout.buffer.write(text.encode(sys.stdout.encoding or "utf-8", errors="backslashreplace"))
    sys.stdout.flush()


def _table(report: Report, view: View) -> str:
    """The table as the terminal takes it: its width and colours; 120 columns and none elsewhere."""
    from runner.reporters.table import render

    terminal = sys.stdout.isatty()
    color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    fallback = (80, 24) if terminal else (_WIDTH, 0)
    width = shutil.get_terminal_size(fallback).columns
    return render(report, color=terminal and color, width=width, view=view)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
