"""Images: is it there, else pull it; what a sandbox must know of it."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from runner.errors import SandboxError
from runner.options import Pull
from runner.sandbox.engine import Engine, ImageMissing

_AT_ONCE: Final = 4
STAND_IN_LABEL: Final = "org.codomyrmex.exec-action.stand-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image that the engine has."""

    reference: str
    digest: str
    """The registry's digest where there is one, else the engine's own id."""
    architecture: str
    env: tuple[tuple[str, str], ...]
    volumes: tuple[str, ...]
    """Paths that the image declares as volumes: the engine would make each writable."""
    stand_in: str
    """What is really inside, for an image that was not pulled but built under its name.

    Else empty.
    """


class Images:
    """The images of one run, found or pulled side by side, each once.

    `again`: for a process that lives on, an image is looked for anew whenever it is asked for.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        pull: Pull,
        on_pull: Callable[[str], None],
        again: bool = False,
    ) -> None:
        self._engine = engine
        self._pull = pull
        self._on_pull = on_pull
        self._again = again
        self._turns = threading.Semaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._images: dict[str, Future[Image]] = {}

    def want(self, references: Iterable[str]) -> None:
        """Begin to get these images."""
        for reference in references:
            self.future(reference)

    def future(self, reference: str) -> Future[Image]:
        """The image when it is there; SandboxError says why it can't be had."""
        with self._lock:
            if reference in self._images:
                return self._images[reference]
            self._images[reference] = future = Future[Image]()
        threading.Thread(
            target=self._fulfil, args=(reference, future), name=reference, daemon=True
        ).start()
        return future

    def _fulfil(self, reference: str, future: Future[Image]) -> None:
        """In a thread of its own, a daemon: nobody waits for a pull when the run is over."""
        try:
            with self._turns:
                image = self._ensure(reference)
        except BaseException as problem:  # noqa: BLE001 it is raised where the image is asked for
            self._forget(reference)
            future.set_exception(problem)
        else:
            self._forget(reference)
            future.set_result(image)

    def _forget(self, reference: str) -> None:
        if self._again:
            with self._lock:
                del self._images[reference]

    def _ensure(self, reference: str) -> Image:
        if self._pull is not Pull.ALWAYS:
            try:
                return self._inspect(reference)
            except ImageMissing:
                if self._pull is Pull.NEVER:
                    raise SandboxError(
                        f"image '{reference}' is not here, and pulling is off (--pull never)"
                    ) from None
        self._on_pull(reference)
        for _ in self._engine.pull(reference):
            pass
        try:
            return self._inspect(reference)
        except ImageMissing:
            raise SandboxError(f"image '{reference}' was pulled but is not there") from None

    def _inspect(self, reference: str) -> Image:
        found = self._engine.inspect_image(reference)
        config = found.get("Config") or {}
        digests = found.get("RepoDigests") or []
        pairs = (entry.partition("=") for entry in config.get("Env") or [])
        return Image(
            reference=reference,
            digest=digests[0].partition("@")[2] if digests else found.get("Id", ""),
            architecture=found.get("Architecture", ""),
            env=tuple((name, value) for name, _, value in pairs),
            volumes=tuple(sorted(config.get("Volumes") or ())),
            stand_in=(config.get("Labels") or {}).get(STAND_IN_LABEL, ""),
        )


def init_for(architecture: str) -> bytes:
    """The init program for an image's architecture; SandboxError where there is none."""
    binary = files("runner.sandbox").joinpath("bin", f"init-{architecture}")
    if not binary.is_file():
        raise SandboxError(
            f"no init for the architecture '{architecture}' of the image: this installation has "
            f"{', '.join(architectures()) or 'none'} (reinstall with `ziglang` for both)"
        )
    return binary.read_bytes()


def architectures() -> list[str]:
    """The architectures that this installation has an init for."""
    folder = files("runner.sandbox").joinpath("bin")
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    return sorted(name.removeprefix("init-") for name in names if name.startswith("init-"))
