"""Runs a plan: threads over sessions, each in a sandbox lent from the pool.

Results as they come, a report at the end.
"""

import queue
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final, Protocol

from runner.attempts import Attempts, to_run
from runner.backlog import Backlog, Job
from runner.judge import judge
from runner.model import (
    Ending,
    Outcome,
    Report,
    Result,
    Session,
)
from runner.options import Options, default_jobs
from runner.sandbox.engine import Engine
from runner.sandbox.images import Images
from runner.sandbox.pool import Pool
from runner.sandbox.settings import LABEL, Settings, settings_for

_STALE: Final = 120.0
"""Seconds after which a container that was made and never started belongs to a run that is dead."""


class Watcher(Protocol):
    """Who is told what happens, in the thread that called `execute`."""

    def pulling(self, image: str) -> None:
        """An image is not there and is being pulled."""

    def started(self, name: str) -> None:
        """A snippet has been taken up."""

    def finished(self, result: Result) -> None:
        """A case has its result."""


def execute(sessions: Sequence[Session], *, options: Options, watcher: Watcher) -> Report:
    """Run every session.

    The report is complete, or says that it was interrupted (KeyboardInterrupt).

    EngineError where there is no engine to begin with.
    """
    run = _Run(sessions, options)
    interrupted = False
    try:
        run.begin()
        run.attend(watcher)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        run.end(kill=interrupted)
    return run.report(interrupted=interrupted)


class _Run:
    """One run's state: what waits, who works, what is known already."""

    def __init__(self, sessions: Sequence[Session], options: Options) -> None:
        self._options = options
        self._sessions = sessions
        self._results: list[Result | None] = []
        self._id = secrets.token_hex(8)
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()
        self._events: queue.SimpleQueue[Callable[[Watcher], None] | None] = queue.SimpleQueue()
        self._engine: Engine | None = None
        self._pool: Pool | None = None
        self._backlog: Backlog | None = None
        self._threads: list[threading.Thread] = []
        self._jobs = options.jobs or default_jobs()

    # ------------------------------------------------------------ from the calling thread

    def begin(self) -> None:
        """Connect to the engine if anything needs it, and start the threads."""
        jobs = self._lay_out()
        runnable = [job for job in jobs if to_run(job.session)]
        for job in jobs:
            if not to_run(job.session):
                self._skip(job, None)
        if not runnable:
            return
        self._engine = Engine()
        images = Images(
            self._engine,
            pull=self._options.pull,
            on_pull=lambda image: self._events.put(lambda watcher: watcher.pulling(image)),
        )
        self._pool = Pool(self._engine, images, jobs=self._jobs, run=self._id)
        self._backlog = Backlog(images)
        for job in runnable:
            settings = settings_for(to_run(job.session)[0], runtime=self._options.runtime)
            self._backlog.add(settings, job)
        for number in range(min(self._jobs, len(runnable))):
            thread = threading.Thread(target=self._work, name=f"sandbox {number}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._engine.sweep(LABEL, older_than=_STALE)

    def attend(self, watcher: Watcher) -> None:
        """Pass on what happens until every thread is done."""
        at_work = len(self._threads)
        while at_work or not self._events.empty():
            event = self._events.get()
            if event is None:
                at_work -= 1
            else:
                event(watcher)

    def end(self, *, kill: bool) -> None:
        """End every sandbox."""
        if self._backlog is not None:
            self._backlog.stop()
        if self._pool is not None:
            self._pool.close(kill=kill)
        for thread in self._threads:
            thread.join(timeout=5)

    def report(self, *, interrupted: bool) -> Report:
        """What is known by now."""
        return Report(
            results=tuple(result for result in self._results if result is not None),
            started=self._started.isoformat(timespec="seconds"),
            duration=time.monotonic() - self._clock,
            jobs=self._jobs,
            engine=self._engine.name if self._engine else "",
            interrupted=interrupted,
        )

    def _lay_out(self) -> list[Job]:
        jobs = []
        for session in self._sessions:
            jobs.append(Job(session, len(self._results)))
            self._results += [None] * sum(len(snippet.cases) for snippet in session.snippets)
        return jobs

    # ------------------------------------------------------------ in the threads

    def _work(self) -> None:
        assert self._backlog is not None  # noqa: S101 begin() made both before the thread
        assert self._pool is not None  # noqa: S101 as above
        try:
            while (taken := self._backlog.take(self._pool)) is not None:
                settings, job = taken
                try:
                    self._run_job(settings, job, self._pool)
                finally:
                    self._backlog.done(settings)
        except BaseException as bug:  # noqa: BLE001 to be raised where it ends the run
            self._events.put(partial(_raise, bug))
        finally:
            self._events.put(None)

    def _run_job(self, settings: Settings, job: Job, pool: Pool) -> None:
        work = Attempts(job.session, settings, pool, self._clock, self._id)
        name = job.session.snippets[0].name
        self._events.put(lambda watcher: watcher.started(name))
        for number, result in work.results():
            if self._stopped():
                return
            self._keep(job.first + number, result)
            if self._options.fail_fast and not result.verdict.fine:
                self._stop_early(result)

    def _stopped(self) -> bool:
        """Whether the pool was closed under the threads: what happens then is no result."""
        return self._pool is not None and self._pool.closed

    def _stop_early(self, cause: Result) -> None:
        assert self._backlog is not None  # noqa: S101 there are threads
        for job in self._backlog.stop():
            self._skip(job, f"not run: '{cause.name}' failed before (--fail-fast)")

    def _skip(self, job: Job, reason: str | None) -> None:
        number = job.first
        for snippet in job.session.snippets:
            for case in snippet.cases:
                outcome = Outcome(ending=Ending.NOT_RUN, reason=snippet.skip or reason or "")
                self._keep(number, judge(snippet, case, outcome))
                number += 1

    def _keep(self, number: int, result: Result) -> None:
        result = replace(result, run_id=f"{self._id}-{number + 1}")
        self._results[number] = result
        self._events.put(lambda watcher: watcher.finished(result))


def _raise(bug: BaseException, _: Watcher) -> None:
    raise bug
