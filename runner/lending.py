"""What a run needs of whoever lends it sandboxes: this machine's engine, or a cluster's workers."""

from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from runner.languages import Language
from runner.model import ImagePull, Outcome, Session

if TYPE_CHECKING:  # with these comes the engine's client, which not every run needs
    from concurrent.futures import Future

    from runner.sandbox.images import Image
    from runner.sandbox.settings import Settings
    from runner.sandboxes import Tell


class Runs(Protocol):
    """A sandbox, or what already knows the answers."""

    def run(self, session: Session) -> Generator[Outcome]:
        """An outcome per case, in order."""


class GetsImages(Protocol):
    """Sees to it that images are there."""

    def want(self, languages: Iterable[Language]) -> None:
        """Begin to get the images of these languages."""

    def future(self, reference: str) -> "Future[Image]":
        """The image when it is there; SandboxError says why it can't be had."""

    def digest_here(self, reference: str) -> str:
        """The digest of an image that is there; empty where it is not."""


class LendsSandboxes(Protocol):
    """Warm sandboxes by their settings."""

    def warm(self) -> "set[Settings]":
        """The settings of the sandboxes that wait for work."""

    def warm_up_time(self, settings: "Settings") -> float | None:
        """Seconds that the last warm-up for these settings took; None where there was none yet."""

    def lent(self, settings: "Settings", *, fresh: bool) -> AbstractContextManager[Runs]:
        """A sandbox for as long as a session takes.

        `fresh`: it had none before, and gets none afterwards.
        """

    def prepare(self, settings: "Settings") -> None:
        """Another sandbox will be wanted soon, one that nobody had."""


class Lender(Protocol):
    """What may outlive a run: connections, images, warm sandboxes."""

    @property
    def engine(self) -> str:
        """The engine's name and version; empty where none was needed."""

    @property
    def jobs(self) -> int:
        """Sandboxes at once, of what has been opened."""

    @property
    def closed(self) -> bool:
        """Whether `close` was called: what sandboxes do then is no result."""

    def open(self, *, run: str, tell: "Tell") -> tuple[GetsImages, LendsSandboxes]:
        """Make ready for a run; EngineError where there is no engine."""

    def sweep(self) -> None:
        """Remove what a dead run has left."""

    def pulls(self, *, since: float) -> tuple[ImagePull, ...]:
        """The images that were pulled or built since then, by the monotonic clock."""

    def close(self, *, kill: bool = False) -> None:
        """End every sandbox."""
