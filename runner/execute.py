"""Runs a plan: threads over sessions, each in a sandbox lent from the pool.

Results as they come, a report at the end.
"""

import hashlib
import queue
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Final, Protocol

from runner.errors import SandboxError
from runner.judge import judge
from runner.model import (
    Case,
    Ending,
    Isolation,
    Outcome,
    Report,
    Result,
    Session,
    Snippet,
    Verdict,
)
from runner.options import Options, default_jobs
from runner.sandbox.engine import Engine
from runner.sandbox.images import Image, Images
from runner.sandbox.pool import Pool
from runner.sandbox.sandbox import Sandbox
from runner.sandbox.settings import LABEL, Settings, settings_for

_STALE: Final = 120.0
"""Seconds after which a container that was made and never started belongs to a run that is dead."""
_TRIES: Final = 2


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


@dataclass(frozen=True, slots=True)
class _Job:
    """A session, where its results belong in the report."""

    session: Session
    first: int


@dataclass(slots=True)
class _Backlog:
    """The sessions that wait, by the settings of the sandbox they need."""

    images: Images
    changed: threading.Condition = field(default_factory=threading.Condition)
    jobs: dict[Settings, deque[_Job]] = field(default_factory=dict)
    at_work: dict[Settings, int] = field(default_factory=dict)
    stopped: bool = False

    def add(self, settings: Settings, job: _Job) -> None:
        """Put a session in; its image is wanted from now on."""
        if settings not in self.jobs:
            self.images.future(settings.image).add_done_callback(self._wake)
        self.jobs.setdefault(settings, deque()).append(job)

    def take(self, pool: Pool) -> tuple[Settings, _Job] | None:
        """The next session whose image is there, one with a warm sandbox first.

        None when none is left.
        """
        with self.changed:
            while not self.stopped:
                ready = [key for key in self.jobs if self.images.future(key.image).done()]
                if ready:
                    return self._take_from(self._best(ready, pool.warm()))
                if not self.jobs:
                    return None
                self.changed.wait()
            return None

    def done(self, settings: Settings) -> None:
        """A session that was taken is over."""
        with self.changed:
            self.at_work[settings] -= 1

    def stop(self) -> list[_Job]:
        """Give no more out; what was still waiting."""
        with self.changed:
            self.stopped = True
            self.changed.notify_all()
            waiting = [job for jobs in self.jobs.values() for job in jobs]
            self.jobs.clear()
        return waiting

    def _best(self, ready: list[Settings], warm: set[Settings]) -> Settings:
        """A warm sandbox costs nothing.

        Else what nobody works on yet, else where most is waiting.
        """
        return max(
            ready,
            key=lambda key: (key in warm, -self.at_work.get(key, 0), len(self.jobs[key])),
        )

    def _take_from(self, settings: Settings) -> tuple[Settings, _Job]:
        job = self.jobs[settings].popleft()
        if not self.jobs[settings]:
            del self.jobs[settings]
        self.at_work[settings] = self.at_work.get(settings, 0) + 1
        return settings, job

    def _wake(self, _: Future[Image]) -> None:
        with self.changed:
            self.changed.notify_all()


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
        self._images: Images | None = None
        self._pool: Pool | None = None
        self._backlog: _Backlog | None = None
        self._threads: list[threading.Thread] = []
        self._jobs = options.jobs or default_jobs()

    # ------------------------------------------------------------ from the calling thread

    def begin(self) -> None:
        """Connect to the engine if anything needs it, and start the threads."""
        jobs = self._lay_out()
        runnable = [job for job in jobs if _to_run(job.session)]
        for job in jobs:
            if not _to_run(job.session):
                self._skip(job, None)
        if not runnable:
            return
        self._engine = Engine()
        self._images = Images(
            self._engine,
            pull=self._options.pull,
            on_pull=lambda image: self._events.put(lambda watcher: watcher.pulling(image)),
        )
        self._pool = Pool(self._engine, self._images, jobs=self._jobs, run=self._id)
        self._backlog = _Backlog(self._images)
        for job in runnable:
            settings = settings_for(_to_run(job.session)[0], runtime=self._options.runtime)
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
        if self._images is not None:
            self._images.close()
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

    def _lay_out(self) -> list[_Job]:
        jobs = []
        for session in self._sessions:
            jobs.append(_Job(session, len(self._results)))
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
        finally:
            self._events.put(None)

    def _run_job(self, settings: Settings, job: _Job, pool: Pool) -> None:
        work = _SessionWork(job.session, settings, pool, self._clock, self._id)
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

    def _skip(self, job: _Job, reason: str | None) -> None:
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


def _to_run(session: Session) -> tuple[Snippet, ...]:
    return tuple(snippet for snippet in session.snippets if snippet.skip is None)


class _SessionWork:
    """One session on its way through sandboxes.

    Faults of ours are tried again once, failures as `retries` says.
    """

    def __init__(
        self, session: Session, settings: Settings, pool: Pool, clock: float, run: str
    ) -> None:
        self._session = session
        self._settings = settings
        self._pool = pool
        self._clock = clock
        self._run = run
        self._queued = 0.0
        self._hashes = {
            snippet.name: hashlib.sha256(snippet.code).hexdigest() for snippet in session.snippets
        }

    def results(self) -> Iterator[tuple[int, Result]]:
        """A result per case of the session, with its number in it; each exactly once."""
        self._queued = time.monotonic() - self._clock
        retries = max(snippet.retries for snippet in self._session.snippets)
        if not retries:
            yield from enumerate(self._attempt())
            return
        results = list(self._attempt())
        for _ in range(retries):
            if not any(_worth_another_try(result) for result in results):
                break
            results = [
                _retried(before, now) for before, now in zip(results, self._attempt(), strict=True)
            ]
        yield from enumerate(results)

    def _attempt(self) -> Iterator[Result]:
        """Run the session once: outcomes judged, what can't be run any more skipped."""
        broken_by: Result | None = None
        runnable = replace(self._session, snippets=_to_run(self._session))
        with closing(self._outcomes(runnable)) as outcomes:
            for snippet in self._session.snippets:
                for case in snippet.cases:
                    began = time.monotonic() - self._clock
                    if snippet.skip is not None:
                        outcome = Outcome(ending=Ending.NOT_RUN, reason=snippet.skip)
                    elif broken_by is not None:
                        outcome = _not_run_after(broken_by)
                    else:
                        outcome = next(outcomes)
                    result = self._judged(snippet, case, outcome, began)
                    if self._session.id is not None and broken_by is None and _breaks(result):
                        broken_by = result
                    yield result

    def _judged(self, snippet: Snippet, case: Case, outcome: Outcome, began: float) -> Result:
        return replace(
            judge(snippet, case, outcome),
            code_sha256=self._hashes[snippet.name],
            queued=self._queued,
            started=began,
        )

    def _outcomes(self, session: Session) -> Generator[Outcome]:
        """An outcome per case. A sandbox that fails or is used up is followed by another one.

        The session begins anew there (its state is gone), and what is known of it already
        is not told twice.
        """
        total = sum(len(snippet.cases) for snippet in session.snippets)
        known = failures = 0
        while known < total:
            before = known
            try:
                with self._sandbox() as sandbox, closing(sandbox.run(session)) as outcomes:
                    for outcome in islice(outcomes, known, None):
                        known += 1
                        yield outcome
            except SandboxError as problem:
                failures = failures + 1 if known == before else 0
                if failures == _TRIES:
                    fault = Outcome(ending=Ending.SANDBOX_ERROR, reason=str(problem))
                    yield from (fault for _ in range(total - known))
                    return

    @contextmanager
    def _sandbox(self) -> Iterator[Sandbox]:
        sandbox = self._pool.lend(self._settings)
        fresh = any(s.isolation is Isolation.FRESH for s in self._session.snippets)
        try:
            yield sandbox
        finally:
            self._pool.give_back(sandbox, fresh=fresh)


def _worth_another_try(result: Result) -> bool:
    return not result.verdict.fine and result.verdict is not Verdict.XPASSED


def _retried(before: Result, now: Result) -> Result:
    flaky = _worth_another_try(before) and now.verdict is Verdict.PASSED
    if flaky or before.verdict is Verdict.FLAKY:
        now = replace(now, verdict=Verdict.FLAKY, reason=f"passed after: {before.reason}")
    return replace(now, attempts=before.attempts + 1)


def _breaks(result: Result) -> bool:
    """Whether the session cannot go on after this member.

    It ended otherwise than was expected, or by a limit.
    """
    if result.outcome.ending not in (Ending.EXITED, Ending.SIGNALED):
        return True
    return any(mismatch.subject in ("exit_code", "verdict") for mismatch in result.mismatches)


def _not_run_after(cause: Result) -> Outcome:
    reason = f"not run: the session's snippet '{cause.name}' ended with {cause.verdict}"
    return Outcome(ending=Ending.NOT_RUN, reason=reason)
