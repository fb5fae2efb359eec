"""How a run ends: the exit code of a report, and of whatever else may end it."""

from __future__ import annotations

import contextlib
import errno
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from runner.errors import EngineError, UsageError

if TYPE_CHECKING:
    from runner.model import Report

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
INTERRUPTED: Final = 130
BUG: Final = 70


def guarded(work: Callable[[], int], *, tell: Callable[[Sequence[str]], None]) -> int:
    """The exit code of `work`, or of what ended it; `tell` takes what people should know of that.

    Nothing gets past it but SystemExit (--help).
    """
    lines: Sequence[str] = ()
    try:
        return work()
    except UsageError as problem:
        lines, code = problem.problems, problem.exit_code
    except EngineError as problem:
        lines, code = [f"exec-action: {problem}"], problem.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:  # whoever read our output has gone, which is no failure of ours
        code = _without_stdout()
    except Exception as problem:  # noqa: BLE001 the disk is full, or it is a bug of ours
        lines, code = _unexpected(problem)
    if lines:
        tell(lines)
    return code


def exit_code(report: Report) -> int:
    """0 all fine, 1 a case failed, 3 a sandbox was at fault (beats 1), 130 interrupted."""
    from runner.model import Verdict

    if report.interrupted:
        return INTERRUPTED
    if report.counts[Verdict.SANDBOX_ERROR]:
        return EngineError.exit_code
    return 0 if all(result.verdict.fine for result in report.results) else 1


def complain(lines: Sequence[str]) -> None:
    """Say it on standard error, where that is still there."""
    with contextlib.suppress(OSError):
        print(*lines, sep="\n", file=sys.stderr)


def _unexpected(problem: Exception) -> tuple[Sequence[str], int]:
    """What to say of a disk that is full; of a bug of ours, all that a report of it needs."""
    if isinstance(problem, OSError) and problem.errno in _FULL:
        return [f"exec-action: cannot write: {problem.strerror}"], UsageError.exit_code
    import traceback

    about = "exec-action: this is a bug of ours; please report the lines above"
    return ["".join(traceback.format_exception(problem)) + about], BUG


def _without_stdout() -> int:
    from runner.targets import let_go

    let_go(sys.stdout)
    return 0
