"""Runs everything once, stays, and runs again what the saving of a file has changed.

Files are found changed by looking at them: that needs nothing of the system, and costs little as
long as the pauses are long against the looking.
"""

import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, TextIO

from runner.changes import Key, Known, changed, compared_files, remembered
from runner.errors import UsageError
from runner.exits import INTERRUPTED
from runner.model import Report, Session, in_file_order
from runner.sharding import Plan
from runner.stamps import Stamp, snapshot

_PAUSE: Final = 0.05
_LOOKING_SHARE: Final = 5
"""A pause is so many times as long as the look before it, or more."""
_SETTLING: Final = 0.015
_SETTLED_AFTER: Final = 10
"""Looks, at most: who writes to a file all the time must not keep others from being run."""
_RULE: Final = 78


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What the command line does, each time anew."""

    read: Callable[[], Plan]
    run: Callable[[Plan], Report]
    show: Callable[[Report, Report], None]
    """Tells of what has just been run, and of all that is known."""
    complain: Callable[[Sequence[str]], None]


def watch(paths: Sequence[str], steps: Steps, *, unwatched: Collection[Path], log: TextIO) -> int:
    """Run, wait for a change below `paths`, and so on until Ctrl-C; the exit code.

    `unwatched` are the reports that are written meanwhile. Problems with a file are told, and the
    waiting goes on. 0 where it is waiting that is interrupted, 130 where it is a run.
    """
    turns = _Turns(paths, steps, frozenset(os.path.abspath(path) for path in unwatched), log)  # noqa: PTH100 links stay
    while True:
        if turns.take():
            return INTERRUPTED
        try:
            turns.wait()
        except KeyboardInterrupt:
            return 0


class _Turns:
    """What is known from one turn to the next."""

    def __init__(
        self, paths: Sequence[str], steps: Steps, unwatched: Collection[str], log: TextIO
    ) -> None:
        self._steps = steps
        self._unwatched = unwatched
        self._log = log
        self._named = {place for path in paths for place in _around(Path(path))}
        self._places = self._named
        self._seen: dict[str, Stamp] = {}
        self._known: dict[Key, Known] = {}
        self._problems: Sequence[str] = ()
        self._pause = _PAUSE
        self._news = False

    def take(self) -> bool:
        """Read everything and run what changed; whether that was interrupted."""
        began = time.monotonic()
        self._seen = self._look(self._places)
        try:
            plan = self._steps.read()
        except UsageError as problem:
            self._complain(problem.problems)
            return False
        self._pause = max(_PAUSE, time.monotonic() - began)
        self._watch_more(plan)
        work = changed(plan.sessions, self._known)
        if self._problems and not work:
            self._say("valid again, and nothing has to be run")
        self._problems = ()
        return bool(work) and self._run(plan, work)

    def wait(self) -> None:
        """Until a file is saved, and its writer seems to be done."""
        if self._news:
            self._print("watching for changes; Ctrl-C ends")
        self._news = False
        now = self._look_after(self._pause)
        while now == self._seen:
            now = self._look_after(self._pause)
        touched = [path for path in {*now, *self._seen} if now.get(path) != self._seen.get(path)]
        for _ in range(_SETTLED_AFTER):
            before = self._look(touched)
            time.sleep(_SETTLING)
            if self._look(touched) == before:
                break

    def _run(self, plan: Plan, work: Sequence[Session]) -> bool:
        """Run the part of `plan` that is `work`, and show it; whether that was interrupted."""
        self._news = True
        if self._known:
            self._say(f"{len(work)} of {len(plan.sessions)} to be run")
        report = self._steps.run(replace(plan, sessions=tuple(work)))
        if report.interrupted:
            self._steps.show(report, report)
            return True
        self._known = remembered(plan.sessions, self._known, work, report)
        results = (result for one in self._known.values() for result in one.results)
        self._steps.show(report, replace(report, results=in_file_order(results)))
        return False

    def _complain(self, problems: Sequence[str]) -> None:
        if problems != self._problems:
            self._say("not valid")
            self._steps.complain(problems)
        self._problems = problems

    def _watch_more(self, plan: Plan) -> None:
        """Watch what has come to be named; what was seen before it was read is what counts."""
        places = self._named.union(*(_places(session) for session in plan.sessions))
        self._seen = {**self._look(places - self._places), **self._seen}
        self._places = places

    def _look(self, places: Collection[str]) -> dict[str, Stamp]:
        return snapshot(places, without=self._unwatched)

    def _look_after(self, pause: float) -> dict[str, Stamp]:
        time.sleep(pause)
        began = time.monotonic()
        seen = self._look(self._places)
        self._pause = max(_PAUSE, _LOOKING_SHARE * (time.monotonic() - began))
        return seen

    def _say(self, what: str) -> None:
        """Begin a turn: a rule with the time across a terminal, a plain line elsewhere."""
        self._news = True
        line = f"{datetime.now().astimezone():%H:%M:%S} {what}"
        self._print(f"\n── {line} ".ljust(_RULE, "─") if self._log.isatty() else line)

    def _print(self, line: str) -> None:
        with suppress(OSError):
            print(line, file=self._log, flush=True)


def _around(path: Path) -> Iterator[str]:
    """A path that is named, and its folder: there it is replaced, there are the files it names."""
    yield os.path.abspath(path)  # noqa: PTH100 links stay as they are
    if not path.is_dir():
        yield os.path.abspath(path.parent)  # noqa: PTH100


def _places(session: Session) -> Iterator[str]:
    for snippet in session.snippets:
        yield from _around(Path(snippet.source.path))
        yield os.path.abspath(snippet.code_source.path)  # noqa: PTH100
        if snippet.language.build is not None:
            yield str(snippet.language.build.dockerfile.parent)
        yield from (str(path) for path in compared_files(snippet))
