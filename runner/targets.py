"""Where reports go: checked before the run, written whole or not at all after it."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runner.errors import UsageError
from runner.model import Report

_WIDTH: Final = 120


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
    """Render and write a report; a file appears under its name only when it is complete."""
    if target.path is None:
        _print(target.format, report)
        return
    from runner.reporters import REPORTERS

    text = REPORTERS[target.format](report)
    replace_file(target.path, text.encode(errors="backslashreplace"))


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` under `path` at once: who reads meanwhile sees the old file or the new one."""
    if path.exists() and not path.is_file():  # /dev/stdout, a pipe
        path.write_bytes(content)
        return
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _obstacle(path: Path) -> str:
    """Why a file cannot be written, in the system's words; empty where it can."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            return "Is a directory"
        if path.exists():
            return "" if os.access(path, os.W_OK) else "Permission denied"
        with tempfile.TemporaryFile(dir=path.parent):
            return ""
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
        return render(report, width=int(os.environ.get("COLUMNS", "0") or 0) or _WIDTH)
    color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return render(report, color=color, width=shutil.get_terminal_size().columns)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
