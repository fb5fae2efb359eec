"""What may outlive a run: the connection to the engine, the images, the warm sandboxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from runner.model import ImagePull
from runner.options import Options, default_jobs

if TYPE_CHECKING:
    from runner.sandbox.engine import Engine
    from runner.sandbox.images import Images
    from runner.sandbox.pool import Pool

_STALE: Final = 120.0
"""Seconds after which a container that was made and never started belongs to a run that is dead."""


class ImageWatcher(Protocol):
    """Who is told what becomes of images."""

    def pulling(self, image: str) -> None:
        """An image is not there and is being pulled."""

    def building(self, dockerfile: str) -> None:
        """An image of the project's own is being built."""

    def not_built(self, dockerfile: str, log: Sequence[str]) -> None:
        """An image can't be built; the last lines of what the engine said of it."""


Tell = Callable[[Callable[[ImageWatcher], None]], None]
"""Passes on what a watcher is to be told."""


class Sandboxes:
    """Everything of an engine that runs need, one after another; from one thread at a time."""

    def __init__(self, options: Options) -> None:
        """Connects to nothing yet: what is all known or skipped needs no engine."""
        self._options = options
        self._opened: tuple[Engine, Images, Pool] | None = None
        self._tell: Tell = lambda _: None

    @property
    def engine(self) -> str:
        """The engine's name and version; empty where none was needed."""
        return self._opened[0].name if self._opened else ""

    @property
    def jobs(self) -> int:
        """Sandboxes at once."""
        return self._options.jobs or default_jobs()

    @property
    def closed(self) -> bool:
        """Whether `close` was called: what sandboxes do then is no result."""
        return self._opened is not None and self._opened[2].closed

    def open(self, *, run: str, tell: Tell) -> tuple[Images, Pool]:
        """Make ready for a run: connect if need be, let go of what has ended since the last one.

        EngineError where there is no engine.
        """
        self._tell = tell
        if self._opened is None:
            self._opened = self._connected(run)
        else:
            self._opened[1].forget_failures()
            self._opened[2].tend()
        return self._opened[1], self._opened[2]

    def sweep(self) -> None:
        """Remove what a dead run has left."""
        from runner.sandbox.settings import LABEL

        if self._opened is not None:
            self._opened[0].sweep(LABEL, older_than=_STALE)

    def pulls(self, *, since: float) -> tuple[ImagePull, ...]:
        """The images that were pulled or built since then, by the monotonic clock."""
        pulled = self._opened[1].pulled() if self._opened else ()
        return tuple(
            ImagePull(image=one.name, started=one.began - since, duration=one.duration)
            for one in pulled
            if one.began >= since
        )

    def close(self, *, kill: bool = False) -> None:
        """End every sandbox."""
        if self._opened is not None:
            self._opened[2].close(kill=kill)

    def _connected(self, run: str) -> tuple[Engine, Images, Pool]:
        # They are not needed to tell what is known already.
        from runner.sandbox.engine import Engine
        from runner.sandbox.images import Images, Listener
        from runner.sandbox.pool import Pool

        engine = Engine()
        images = Images(
            engine,
            pull=self._options.pull,
            listener=Listener(
                pulling=lambda image: self._tell(lambda watcher: watcher.pulling(image)),
                building=lambda path: self._tell(lambda watcher: watcher.building(path)),
                not_built=lambda path, log: self._tell(
                    lambda watcher: watcher.not_built(path, log)
                ),
            ),
        )
        return engine, images, Pool(engine, images, jobs=self.jobs, run=run)
