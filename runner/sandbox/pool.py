"""Warm sandboxes by their settings: lends them, takes them back, closes what is not needed."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

from runner.errors import SandboxError
from runner.sandbox.container import Container
from runner.sandbox.engine import Engine
from runner.sandbox.images import Images
from runner.sandbox.sandbox import Sandbox
from runner.sandbox.settings import LABEL, Settings

_UID_FIRST: Final = 10_000
_UID_END: Final = 65_000
"""Below 65536: rootless engines map no more."""
_UID_BLOCK: Final = 100
_END_PATIENCE: Final = 5.0
"""Seconds for an engine to remove what the life line should have ended."""


class Pool:
    """At most `jobs` sandboxes at once, lent to one thread each, and half as many ahead of them."""

    def __init__(self, engine: Engine, images: Images, *, jobs: int, run: str) -> None:
        self._engine = engine
        self._images = images
        self._jobs = jobs
        self._run = run
        self._lock = threading.Lock()
        self._idle: list[Sandbox] = []
        self._new: list[Sandbox] = []
        """Idle too, and nobody had them yet."""
        self._starting: list[threading.Thread] = []
        """Those that start one ahead."""
        self._open: set[Sandbox] = set()
        self._warm_ups: dict[Settings, float] = {}
        self._closed = False
        self._failed = False
        self._blocks = deque(range(_UID_FIRST, _UID_END, _UID_BLOCK))
        self._blocks.rotate(random.SystemRandom().randrange(len(self._blocks)))

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def warm(self) -> set[Settings]:
        """The settings of the sandboxes that wait for work."""
        with self._lock:
            return {sandbox.settings for sandbox in self._idle}

    def warm_up_time(self, settings: Settings) -> float | None:
        """Seconds that the last warm-up for these settings took; None where there was none yet."""
        return self._warm_ups.get(settings)

    @contextmanager
    def lent(self, settings: Settings, *, fresh: bool) -> Iterator[Sandbox]:
        """A sandbox for as long as a session takes, which may be the only one it gets."""
        sandbox = self.lend(settings, fresh=fresh)
        try:
            yield sandbox
        finally:
            self.give_back(sandbox, fresh=fresh)

    def lend(self, settings: Settings, *, fresh: bool = False) -> Sandbox:
        """A sandbox with these settings: a warm one, else a new one; `fresh`: nobody had it yet.

        SandboxError where none can be started.
        """
        with self._lock:
            if self._closed:
                raise SandboxError("the run is over")
            for waiting in (self._new,) if fresh else (self._idle, self._new):
                for sandbox in waiting:
                    if sandbox.settings == settings:
                        waiting.remove(sandbox)
                        return sandbox
            full = len(self._open) - len(self._new) >= self._jobs
            surplus = self._idle.pop(0) if full and self._idle else None
        if surplus is not None:
            self._discard(surplus)
        return self._start(settings)

    def prepare(self, settings: Settings) -> None:
        """Begin to start a sandbox that will be wanted soon: an engine mostly waits meanwhile."""
        with self._lock:
            self._starting = [thread for thread in self._starting if thread.is_alive()]
            ahead = len(self._new) + len(self._starting)
            if self._closed or ahead >= max(1, self._jobs // 2):
                return
            thread = threading.Thread(target=self._start_ahead, args=[settings], daemon=True)
            self._starting.append(thread)
            thread.start()

    def give_back(self, sandbox: Sandbox, *, fresh: bool) -> None:
        """Take a sandbox back for the next session.

        Or end it where it is spent or was for one only.
        """
        if sandbox.spent or fresh or self._closed:
            self._discard(sandbox)
            return
        with self._lock:
            self._idle.append(sandbox)

    def tend(self) -> None:
        """Let go of the sandboxes that ended while they waited for work."""
        with self._lock:
            ended = [sandbox for sandbox in (*self._idle, *self._new) if sandbox.has_ended()]
            self._idle = [sandbox for sandbox in self._idle if sandbox not in ended]
            self._new = [sandbox for sandbox in self._new if sandbox not in ended]
        for sandbox in ended:
            self._discard(sandbox)

    def close(self, *, kill: bool = False) -> None:
        """End every sandbox, lent ones too: their threads find them gone."""
        with self._lock:
            self._closed = True
            idle = [*self._idle, *self._new]
            lent = self._open.difference(idle)
            self._idle, self._new, self._open = [], [], set()
            starting = self._starting
        for sandbox in lent:
            sandbox.hang_up()
        for sandbox in idle:
            sandbox.close()
        if kill:
            _side_by_side([sandbox.kill for sandbox in (*lent, *idle)])
        _await(starting)
        if self._failed:  # the engine may have made a container and not been able to say so
            _side_by_side([partial(self._engine.sweep, f"{LABEL}={self._run}", older_than=0)])

    def _start(self, settings: Settings) -> Sandbox:
        image = self._images.future(settings.image).result()
        try:
            container = Container(self._engine, settings, image, run=self._run)
        except SandboxError:
            self._failed = True
            raise
        began = time.monotonic()
        try:
            sandbox = Sandbox(container, settings, image, self._uids())
        except BaseException:
            container.close(kill=True)
            raise
        with self._lock:
            self._warm_ups[settings] = time.monotonic() - began
            self._open.add(sandbox)
            closed = self._closed
        if closed:
            self._discard(sandbox)
        return sandbox

    def _start_ahead(self, settings: Settings) -> None:
        with suppress(SandboxError):  # who wants one will try, and tell
            sandbox = self._start(settings)
            with self._lock:
                if not self._closed:
                    self._new.append(sandbox)

    def _discard(self, sandbox: Sandbox) -> None:
        with self._lock:
            self._open.discard(sandbox)
        sandbox.close()

    def _uids(self) -> Iterator[int]:
        """User ids for a sandbox, block after block, that it never had.

        Others get them only when all blocks have had their turn: the kernel counts some things by
        uid.
        """
        had = set[int]()
        while True:
            while (first := self._next_block()) in had:
                pass  # with very many sandboxes the turn comes around within one's life
            had.add(first)
            yield from range(first, first + _UID_BLOCK)

    def _next_block(self) -> int:
        with self._lock:
            self._blocks.rotate(-1)
            return self._blocks[-1]


def _side_by_side(tasks: Sequence[Callable[[], None]]) -> None:
    """Do all of them; who takes too long is left to it, in a daemon."""
    threads = [threading.Thread(target=task, daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    _await(threads)


def _await(threads: Sequence[threading.Thread]) -> None:
    deadline = time.monotonic() + _END_PATIENCE
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
