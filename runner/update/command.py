"""`--update` and `--check` after a run: what is written or shown, and the exit code then."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TextIO

from runner.errors import UsageError
from runner.model import Report, Verdict
from runner.options import Update
from runner.text import decoded, one_line
from runner.update import Changes, ReadText, rewritten
from runner.update.differences import unified
from runner.update.writing import ALLOWED, Change, in_ci, snapshot, write

_REFUSED: Final = (
    "exec-action: --update: this is CI (CI is set), where nobody sees what is written; run it on"
    f" your machine, use --check, or set {ALLOWED}=1"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Updating:
    """What is asked for, and what the files held before the run."""

    update: Update
    check: bool
    originals: Mapping[str, bytes]
    read: ReadText

    def conclude(self, report: Report, *, code: int, out: TextIO, log: TextIO) -> int:
        """Write, or show, what follows from `report`; `code` is its exit code, and comes back."""
        if report.interrupted:
            return code
        changes = rewritten(report, self.originals, self.read, add=self.update is Update.ALL)
        if self.check:
            _show(changes.files, out)
        else:
            log.writelines(f"updated: {one_line(str(change))}\n" for change in write(changes.files))
        log.writelines(f"left alone: {one_line(str(kept))}\n" for kept in changes.kept)
        return self._code(report, changes, code)

    def _code(self, report: Report, changes: Changes, code: int) -> int:
        if report.counts[Verdict.SANDBOX_ERROR]:
            return code
        if self.check:
            return 1 if changes.files else code
        return 0 if all(map(changes.mends, report.results)) else code


def before_run(update: Update, *, check: bool, paths: Sequence[str], read: ReadText) -> Updating:
    """Keep what the files hold now; UsageError where nothing may be written, or nothing can be."""
    if not check and in_ci(os.environ):
        raise UsageError(_REFUSED)
    return Updating(update=update, check=check, originals=snapshot(paths), read=read)


def _show(changes: Sequence[Change], out: TextIO) -> None:
    for change in changes:
        lines = unified(change.shown, decoded(change.before), decoded(change.after))
        text = "".join(f"{line}\n" for line in lines)
        encoding = out.encoding or "utf-8"
        out.write(text.encode(encoding, errors="backslashreplace").decode(encoding))
    out.flush()
