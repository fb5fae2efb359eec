"""Runs a plan: threads over sessions, each in a sandbox lent from the pool.

Results as they come, a report at the end.
"""

from __future__ import annotations

import queue
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from runner.attempts import Attempts, replayed, to_run
from runner.backlog import Backlog, Job
from runner.cache import Cache, pinned
from runner.identity import image_of
from runner.judge import judge
from runner.lending import Lender, LendsSandboxes
from runner.model import (
    Ending,
    Isolation,
    Outcome,
    Report,
    Result,
    Session,
    in_file_order,
)
from runner.options import Options, default_jobs
from runner.sandboxes import ImageWatcher, Sandboxes

if TYPE_CHECKING:
    from runner.sandbox.settings import Settings


_END_PATIENCE: Final = 5.0
"""Seconds for all threads to find that the run is over."""


class Watcher(ImageWatcher, Protocol):
    """Who is told what happens, in the thread that called `execute`."""

    def started(self, name: str) -> None:
        """A snippet has been taken up."""

    def finished(self, result: Result) -> None:
        """A case has its result."""


def execute(
    sessions: Sequence[Session],
    *,
    options: Options,
    watcher: Watcher,
    sandboxes: Lender | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Report:
    """Run every session; do what there is to do `meanwhile`, as the first sandboxes start.

    The report is complete, or says that it was interrupted (KeyboardInterrupt). `sandboxes` are
    used and left as warm as they are, for the next run; without, the run has its own.

    EngineError where there is no engine to begin with.
    """
    run = _Run(sessions, options, sandboxes or lender(options))
    interrupted = False
    try:
        run.begin()
        meanwhile()
        run.attend(watcher)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        run.end(close=sandboxes is None or interrupted, kill=interrupted)
    return run.report(interrupted=interrupted)


def lender(options: Options) -> Lender:
    """Who lends sandboxes: the workers of a cluster, or this machine's engine."""
    if options.cluster is None:
        return Sandboxes(options)
    from runner.cluster import connection

    return connection(options)


@dataclass(frozen=True, slots=True)
class _Known:
    """A session that was run before, the digest of its image then, and its results now."""

    job: Job
    digest: str
    results: Sequence[Result]


class _Run:
    """One run's state: what waits, who works, what is known already."""

    def __init__(self, sessions: Sequence[Session], options: Options, sandboxes: Lender) -> None:
        self._options = options
        self._sessions = sessions
        self._results: list[Result | None] = []
        self._id = secrets.token_hex(8)
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()
        self._events: queue.SimpleQueue[Callable[[Watcher], None] | None] = queue.SimpleQueue()
        self._sandboxes = sandboxes
        self._cache = Cache.of(options)
        self._pool: LendsSandboxes | None = None
        self._backlog: Backlog | None = None
        self._threads: list[threading.Thread] = []
        self._jobs = options.jobs or default_jobs()

    # ------------------------------------------------------------ from the calling thread

    def begin(self) -> None:
        """Tell what needs no sandbox; for the rest, connect to the engine and start the threads."""
        if self._cache is not None:
            self._cache.make()
        jobs = self._lay_out()
        for job in jobs:
            if not to_run(job.session):
                self._skip(job, None)
        waiting = self._replay([job for job in jobs if to_run(job.session)])
        if waiting:
            self._start(sorted(waiting, key=lambda job: -(job.session.seconds or 0.0)))

    def _replay(self, jobs: Sequence[Job]) -> list[Job]:
        """Tell the results of those that are known; what is left to be run."""
        known = [] if self._cache is None else self._known(jobs, self._cache)
        for one in known:
            for number, result in enumerate(one.results):
                self._keep(one.job, number, result)
            cause = next((result for result in one.results if not result.verdict.fine), None)
            if self._options.fail_fast and cause is not None:
                self._stop_early(cause, [job for job in jobs if self._results[job.first] is None])
                break
        return [job for job in jobs if self._results[job.first] is None]

    def _known(self, jobs: Sequence[Job], cache: Cache) -> list[_Known]:
        """What needs no sandbox. Where others need the engine, no tag must have been moved."""
        known = [
            _Known(job, replay.image_digest, results)
            for job in jobs
            if (replay := cache.find(job.session)) is not None
            and (results := replayed(job.session, replay, self._clock)) is not None
        ]
        if len(known) == len(jobs):
            return known
        images, _ = self._sandboxes.open(run=self._id, tell=self._events.put)
        tags = {image_of(one.job.session) for one in known if not pinned(one.job.session)}
        here = {tag: images.digest_here(tag) for tag in tags}
        return [one for one in known if here.get(image_of(one.job.session), "") in ("", one.digest)]

    def _start(self, runnable: Sequence[Job]) -> None:
        from runner.sandbox.settings import settings_of

        images, self._pool = self._sandboxes.open(run=self._id, tell=self._events.put)
        images.want(snippet.language for job in runnable for snippet in to_run(job.session))
        self._jobs = self._sandboxes.jobs
        self._backlog = Backlog(images)
        settings = settings_of(
            [to_run(job.session) for job in runnable],
            jobs=self._jobs,
            idle=self._pool.warm(),
            runtime=self._options.runtime,
        )
        for key, job in zip(settings, runnable, strict=True):
            self._backlog.add(key, job)
        self._backlog.look()
        for number in range(min(self._jobs, len(runnable))):
            thread = threading.Thread(target=self._work, name=f"sandbox {number}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._sandboxes.sweep()

    def attend(self, watcher: Watcher) -> None:
        """Pass on what happens until every thread is done."""
        at_work = len(self._threads)
        while at_work or not self._events.empty():
            event = self._events.get()
            if event is None:
                at_work -= 1
            else:
                event(watcher)

    def end(self, *, close: bool, kill: bool) -> None:
        """Take up nothing more, and where it is to `close`, end every sandbox."""
        if self._backlog is not None:
            self._backlog.stop()
        if close:
            self._sandboxes.close(kill=kill)
        deadline = time.monotonic() + _END_PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if self._cache is not None:
            self._cache.trim()

    def report(self, *, interrupted: bool) -> Report:
        """What is known by now."""
        return Report(
            results=in_file_order(result for result in self._results if result is not None),
            started=self._started.isoformat(timespec="seconds"),
            duration=time.monotonic() - self._clock,
            jobs=self._jobs,
            engine=self._sandboxes.engine,
            pulls=self._sandboxes.pulls(since=self._clock),
            interrupted=interrupted,
        )

    def _lay_out(self) -> list[Job]:
        jobs = []
        for session in self._sessions:
            jobs.append(Job(session, len(self._results)))
            self._results += [None] * session.case_count
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

    def _run_job(self, settings: Settings, job: Job, pool: LendsSandboxes) -> None:
        assert self._backlog is not None  # noqa: S101 there are threads
        fresh = any(one.isolation is Isolation.FRESH for one in job.session.snippets)
        if fresh and self._backlog.waiting(settings) > self._jobs:  # so it will not be in vain
            pool.prepare(settings)
        work = Attempts(job.session, lambda: pool.lent(settings, fresh=fresh), self._clock)
        name = job.session.snippets[0].name
        self._events.put(lambda watcher: watcher.started(name))
        results: list[Result] = []
        for number, result in work.results():
            if self._stopped():
                return
            self._keep(job, number, result)
            results.append(result)
            if self._options.fail_fast and not result.verdict.fine:
                self._stop_early(result, self._backlog.stop())
        if self._cache is not None:
            self._cache.keep(job.session, results)

    def _stopped(self) -> bool:
        """Whether the pool was closed under the threads: what happens then is no result."""
        return self._sandboxes.closed

    def _stop_early(self, cause: Result, waiting: Sequence[Job]) -> None:
        for job in waiting:
            self._skip(job, f"not run: '{cause.name}' failed before (--fail-fast)")

    def _skip(self, job: Job, reason: str | None) -> None:
        number = 0
        for snippet in job.session.snippets:
            for case in snippet.cases:
                outcome = Outcome(ending=Ending.NOT_RUN, reason=snippet.skip or reason or "")
                self._keep(job, number, judge(snippet, case, outcome))
                number += 1

    def _keep(self, job: Job, number: int, result: Result) -> None:
        result = replace(
            result,
            run_id=f"{self._id}-{job.first + number + 1}",
            position=job.session.position + number,
        )
        self._results[job.first + number] = result
        self._events.put(lambda watcher: watcher.finished(result))


def _raise(bug: BaseException, _: Watcher) -> None:
    raise bug
