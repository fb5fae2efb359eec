"""On a Dask worker: one run's engine, images and warm sandboxes, and a session run in one of them.

What comes in is a session, what goes out is what happened: it is judged where the run was started,
next to the files that it may be compared with.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Final

from distributed import Reschedule, Worker, WorkerPlugin, get_worker

from runner.attempts import breaks
from runner.errors import EngineError, SandboxError
from runner.judge import judge
from runner.lending import GetsImages, LendsSandboxes, Runs
from runner.model import Case, Outcome, Session
from runner.options import Options
from runner.sandbox.settings import Settings
from runner.sandboxes import ImageWatcher, Sandboxes

_IDLE: Final = 60.0
"""Seconds without a session after which a run's sandboxes go: it may have ended unheard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What happened to a session's cases, as far as it was run."""

    outcomes: tuple[Outcome, ...]
    fault: SandboxError | None = None
    """Why there are no more of them."""
    warm_up: float | None = None
    """Seconds that the last warm-up of such a sandbox took on that worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a worker says of its engine: its name, or why there is none."""

    engine: str
    fault: str = ""


def holding_of(run: str) -> str:
    """The name under which a worker holds what the run has there; of the topic of its news too."""
    return f"exec-action-{run}"


class Holding(WorkerPlugin):
    """What a worker holds for one run. Dask makes one on each worker, and wants this base class."""

    def __init__(self, run: str, options: Options) -> None:
        """`jobs` of the options is each worker's own."""
        self.name = holding_of(run)
        self.over = False
        self._run = run
        self._options = options

    async def setup(self, worker: Worker) -> None:
        """Connect to the worker's engine. Where there is none, `state` says so."""
        self._worker = worker
        self._options = replace(self._options, jobs=worker.state.nthreads)
        self._lock = threading.Lock()
        self._at_work = 0
        self._last = time.monotonic()
        self._sandboxes: Sandboxes | None = None
        self.state = await asyncio.to_thread(self._connect)
        self._watch = asyncio.create_task(self._close_when_idle())

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002 Dask's signature
        """The run, or the worker, is over."""
        self.over = True
        self._watch.cancel()
        await asyncio.to_thread(self._close)

    @contextmanager
    def lent(self, settings: Settings, *, fresh: bool) -> Iterator[tuple[Runs, LendsSandboxes]]:
        """A sandbox for as long as a session takes. SandboxError where there is none."""
        with self._lock:
            self._at_work += 1
        try:
            _, pool = self._opened()
            with pool.lent(settings, fresh=fresh) as sandbox:
                yield sandbox, pool
        finally:
            with self._lock:
                self._at_work -= 1
                self._last = time.monotonic()

    def digest_here(self, reference: str) -> str:
        """The digest of an image as the engine has it; empty where it has none."""
        images, _ = self._opened()
        return images.digest_here(reference)

    def _connect(self) -> State:
        try:
            self._opened()
        except SandboxError as problem:
            return State(engine="", fault=str(problem))
        assert self._sandboxes is not None  # noqa: S101 just opened
        self._sandboxes.sweep()
        return State(engine=self._sandboxes.engine)

    def _opened(self) -> tuple[GetsImages, LendsSandboxes]:
        with self._lock:
            if self.over:
                raise SandboxError(f"worker {self._worker.address} is closing")
            if self._sandboxes is None:
                sandboxes = Sandboxes(self._options)
                try:
                    sandboxes.open(run=self._run, tell=self._tell)
                except EngineError as problem:
                    raise SandboxError(f"worker {self._worker.address}: {problem}") from None
                self._sandboxes = sandboxes
            return self._sandboxes.open(run=self._run, tell=self._tell)

    def _tell(self, news: Callable[[ImageWatcher], None]) -> None:
        news(_Teller(self._worker, topic=self.name))

    async def _close_when_idle(self) -> None:
        while True:
            await asyncio.sleep(_IDLE / 4)
            if not self._at_work and time.monotonic() - self._last > _IDLE:
                await asyncio.to_thread(self._close)

    def _close(self) -> None:
        with self._lock:
            sandboxes, self._sandboxes = self._sandboxes, None
        if sandboxes is not None:
            sandboxes.close(kill=self._at_work > 0)


def state_of(run: str, *, dask_worker: Worker) -> State:
    """What a worker says of its engine; Dask says which it is."""
    return _holding(dask_worker, run).state


async def digest_here(run: str, reference: str, *, dask_worker: Worker) -> str:
    """The digest of an image as a worker's engine has it; empty where it has none."""
    return await asyncio.to_thread(_holding(dask_worker, run).digest_here, reference)


def run_session(run: str, session: Session, settings: Settings, *, fresh: bool) -> Ran:
    """Run a session in a sandbox of this worker, up to a member after which it can't go on.

    Where the worker is ended meanwhile, another one is asked to.
    """
    holding = _holding(get_worker(), run)
    outcomes: list[Outcome] = []
    pool: LendsSandboxes | None = None
    fault = None
    try:
        with (
            holding.lent(settings, fresh=fresh) as (sandbox, pool),
            closing(sandbox.run(session)) as happening,
        ):
            for outcome in _up_to_the_break(session, happening):
                outcomes.append(outcome)  # noqa: PERF402 those before a fault are kept
    except SandboxError as problem:
        if holding.over:
            raise Reschedule from None
        fault = problem
    warm_up = None if pool is None else pool.warm_up_time(settings)
    return Ran(outcomes=tuple(outcomes), fault=fault, warm_up=warm_up)


def _up_to_the_break(session: Session, happening: Iterator[Outcome]) -> Generator[Outcome]:
    cases = [(snippet, case) for snippet in session.snippets for case in snippet.cases]
    for (snippet, case), outcome in zip(cases, happening, strict=False):
        yield outcome
        if session.id is not None and breaks(judge(snippet, _without_texts(case), outcome)):
            return


def _without_texts(case: Case) -> Case:
    """A case of which only the ending is judged: that alone decides whether a session goes on."""
    return replace(case, expect=replace(case.expect, stdout=None, stderr=None, files={}))


def _holding(worker: Worker, run: str) -> Holding:
    holding = worker.plugins.get(holding_of(run))
    if not isinstance(holding, Holding):
        raise SandboxError(f"worker {worker.address} knows nothing of this run")
    return holding


class _Teller:
    """Passes on what becomes of images to where the run was started."""

    def __init__(self, worker: Worker, *, topic: str) -> None:
        self._worker = worker
        self._topic = topic

    def pulling(self, image: str) -> None:
        self._worker.log_event(self._topic, f"{image} (on {self._worker.address})")

    def building(self, dockerfile: str) -> None:
        """Never: what is built is refused before."""

    def not_built(self, dockerfile: str, log: Sequence[str]) -> None:
        """As above."""
