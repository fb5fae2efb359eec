"""The sessions that wait for a sandbox, and which of them comes next."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from runner.lending import GetsImages, LendsSandboxes
from runner.model import Session

if TYPE_CHECKING:
    from concurrent.futures import Future

    from runner.sandbox.images import Image
    from runner.sandbox.settings import Settings

_COMPILED_SESSION: Final = 0.25
"""Seconds that a session of a language with a warm-up takes, about: a compilation."""
_LOOK: Final = 0.2
"""Seconds in which an engine has told of the images that it has."""
_START: Final = 0.25
"""Seconds of processor time that another container costs, about."""


@dataclass(frozen=True, slots=True)
class Job:
    """A session, where its results belong in the report."""

    session: Session
    first: int


@dataclass(slots=True)
class Backlog:
    """The sessions that wait, by the settings of the sandbox they need."""

    images: GetsImages
    changed: threading.Condition = field(default_factory=threading.Condition)
    jobs: dict[Settings, deque[Job]] = field(default_factory=dict)
    at_work: dict[Settings, int] = field(default_factory=dict)
    stopped: bool = False

    def add(self, settings: Settings, job: Job) -> None:
        """Put a session in; its image is wanted from now on."""
        if settings not in self.jobs:
            self.images.future(settings.image).add_done_callback(self._wake)
        self.jobs.setdefault(settings, deque()).append(job)

    def look(self) -> None:
        """Wait a moment for the images that are here: the longest session is to be the first."""
        from concurrent.futures import wait  # noqa: PLC0415 - 5 ms, where all is in the cache

        wait([self.images.future(settings.image) for settings in self.jobs], timeout=_LOOK)

    def take(self, pool: LendsSandboxes) -> tuple[Settings, Job] | None:
        """The next session whose image is there, one with a warm sandbox first.

        None when none is left.
        """
        with self.changed:
            while not self.stopped:
                warm = pool.warm()
                ready = [key for key in self.jobs if self._can_go_on(key, warm, pool)]
                if ready:
                    return self._take_from(self._best(ready, warm))
                if not self.jobs:
                    return None
                self.changed.wait()
            return None

    def waiting(self, settings: Settings) -> int:
        """How many sessions wait for a sandbox with these settings."""
        with self.changed:
            return len(self.jobs.get(settings, ()))

    def done(self, settings: Settings) -> None:
        """A session that was taken is over."""
        with self.changed:
            self.at_work[settings] -= 1
            self.changed.notify_all()

    def stop(self) -> list[Job]:
        """Give no more out; what was still waiting."""
        with self.changed:
            self.stopped = True
            self.changed.notify_all()
            waiting = [job for jobs in self.jobs.values() for job in jobs]
            self.jobs.clear()
        return waiting

    def _can_go_on(self, key: Settings, warm: set[Settings], pool: LendsSandboxes) -> bool:
        """Whether the image is there, and a sandbox too or worth its warm-up.

        A second one is where more is waiting than the first can do in the time of a warm-up.
        """
        if not self.images.future(key.image).done():
            return False
        if key.warm is None or key in warm or not self.at_work.get(key):
            return True
        cost = pool.warm_up_time(key)
        return cost is not None and len(self.jobs[key]) * _COMPILED_SESSION > cost

    def _best(self, ready: list[Settings], warm: set[Settings]) -> Settings:
        """What takes longest, so that nothing long begins when all else is done.

        Of what is about as long: what has a warm sandbox, which costs nothing; else what nobody
        works on yet, else where most is waiting.
        """
        return max(
            ready,
            key=lambda key: (
                self._length(key) + (key in warm),
                key in warm,
                -self.at_work.get(key, 0),
                len(self.jobs[key]),
            ),
        )

    def _length(self, key: Settings) -> int:
        """Of its next session: one that is a container's start longer is worth one."""
        return int((self.jobs[key][0].session.seconds or 0.0) / _START)

    def _take_from(self, settings: Settings) -> tuple[Settings, Job]:
        job = self.jobs[settings].popleft()
        if not self.jobs[settings]:
            del self.jobs[settings]
        self.at_work[settings] = self.at_work.get(settings, 0) + 1
        return settings, job

    def _wake(self, _: Future[Image]) -> None:
        with self.changed:
            self.changed.notify_all()
