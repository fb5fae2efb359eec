"""Images: is it there, else pull or build it; what a sandbox must know of it."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runner.errors import SandboxError
from runner.languages import Build, Language
from runner.options import Pull
from runner.sandbox.engine import Engine, ImageMissing

_AT_ONCE: Final = 4
_BIN: Final = Path(__file__).with_name("bin")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """An image that was pulled, or the Dockerfile of one that was built; `began` is monotonic."""

    name: str
    began: float
    duration: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who is told what becomes of images, in whatever thread that happens."""

    pulling: Callable[[str], None] = lambda _: None
    building: Callable[[str], None] = lambda _: None
    """Takes the Dockerfile."""
    not_built: Callable[[str, Sequence[str]], None] = lambda _, __: None
    """Takes the Dockerfile and the last lines of what the engine said of it."""


class Images:
    """The images of one run, found, pulled or built side by side, each once.

    `again`: for a process that lives on, an image is looked for anew whenever it is asked for.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        pull: Pull,
        listener: Listener,
        again: bool = False,
    ) -> None:
        self._engine = engine
        self._pull = pull
        self._listener = listener
        self._builds: dict[str, Build] = {}
        self._again = again
        self._turns = threading.Semaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._images: dict[str, Future[Image]] = {}
        self._pulled: list[Pulled] = []

    def want(self, languages: Iterable[Language]) -> None:
        """Begin to get the images of these languages."""
        for language in languages:
            if language.build is not None:
                self._builds[language.image_reference] = language.build
            self.future(language.image_reference)

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

    def pulled(self) -> list[Pulled]:
        """What has been pulled and built so far."""
        return list(self._pulled)

    def forget_failures(self) -> None:
        """What could not be had is tried again when it is next asked for."""
        with self._lock:
            for reference, future in list(self._images.items()):
                if future.done() and future.exception() is not None:
                    del self._images[reference]

    def digest_here(self, reference: str) -> str:
        """The digest of an image as the engine has it; empty where it has none. Pulls nothing."""
        try:
            return self._inspect(reference).digest
        except (ImageMissing, SandboxError):
            return ""

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
        if reference in self._builds:
            return self._built(reference, self._builds[reference])
        if self._pull is not Pull.ALWAYS:
            try:
                return self._inspect(reference)
            except ImageMissing:
                if self._pull is Pull.NEVER:
                    raise SandboxError(
                        f"image '{reference}' is not here, and pulling is off (--pull never)"
                    ) from None
        self._listener.pulling(reference)
        with self._timed(reference):
            for _ in self._engine.pull(reference):
                pass
        try:
            return self._inspect(reference)
        except ImageMissing:
            raise SandboxError(f"image '{reference}' was pulled but is not there") from None

    def _built(self, reference: str, how: Build) -> Image:
        if self._pull is not Pull.ALWAYS:
            try:
                return self._inspect(reference)
            except ImageMissing:
                if self._pull is Pull.NEVER:
                    raise SandboxError(
                        f"the image of {how.shown} is not built yet, and --pull never builds none:"
                        " a build may use the network (`python -m runner images` builds it)"
                    ) from None
        from runner.sandbox.building import BuildFailed, build  # noqa: PLC0415 - 7 ms, for archives

        self._listener.building(how.shown)
        try:
            with self._timed(how.shown):
                build(self._engine, how, pull=self._pull is Pull.ALWAYS)
        except BuildFailed as problem:
            self._listener.not_built(how.shown, problem.log)
            raise
        try:
            return self._inspect(reference)
        except ImageMissing:
            raise SandboxError(f"{how.shown} was built but its image is not there") from None

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._pulled.append(Pulled(name=name, began=began, duration=time.monotonic() - began))

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
    binary = _BIN / f"init-{architecture}"
    if not binary.is_file():
        raise SandboxError(
            f"no init for the architecture '{architecture}' of the image: this installation has "
            f"{', '.join(architectures()) or 'none'} (reinstall with `ziglang` for both)"
        )
    return binary.read_bytes()


def architectures() -> list[str]:
    """The architectures that this installation has an init for."""
    names = [entry.name for entry in _BIN.iterdir()] if _BIN.is_dir() else []
    return sorted(name.removeprefix("init-") for name in names if name.startswith("init-"))
