"""One container with init in it: create, attach, start, speak, close."""

import contextlib
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from runner.errors import SandboxError
from runner.model import MIB
from runner.sandbox import PROTOCOL_VERSION, protocol
from runner.sandbox.engine import Engine, Extra
from runner.sandbox.held import require, unheld
from runner.sandbox.images import Image, init_for
from runner.sandbox.settings import Settings, container_config, host_config

_START_PATIENCE: Final = 60.0
"""Seconds until init must have answered for the first time."""
_SEND_PATIENCE: Final = 60.0
"""Init reads whatever happens: who can't send to it for so long has lost it."""
_SEND_PAUSE: Final = 0.01
_STREAM_HEADER: Final = struct.Struct(">BxxxI")
_STDIN, _STDOUT, _STDERR = 0, 1, 2
_FRAME_MAX: Final = 16 * MIB
"""Engines send some tens of kilobytes at a time."""


class StreamEndedError(SandboxError):
    """The container is gone."""


class SilenceError(SandboxError):
    """Init did not answer in time."""


class Container:
    """A started container, spoken with over the one stream that also keeps it alive."""

    def __init__(self, engine: Engine, settings: Settings, image: Image, *, run: str) -> None:
        """Start one. SandboxError where that fails; nothing is left behind then."""
        self._engine = engine
        self._reader = protocol.AnswerReader()
        self._answers: deque[protocol.Answer] = deque()
        self._demultiplexer = Demultiplexer()
        self._since = time.time()
        without = engine.refused
        require(settings, engine.unheld)
        while True:
            try:
                self._start(settings, image, run, without)
            except SandboxError as problem:
                refused = {extra for extra in Extra if extra in str(problem)} - without
                if not refused:
                    raise
                without |= refused
                engine.refused |= refused
            else:
                return

    def send(self, frames: bytes) -> None:
        """Send requests. StreamEndedError where the container is gone.

        What is answered meanwhile is taken in: Podman reads nothing while it cannot pass on what
        the container says.
        """
        deadline = time.monotonic() + _SEND_PATIENCE
        left = memoryview(frames)
        while left:
            left = left[self._send_some(left) :]
            if left and not self._takes(deadline):
                self._receive_more(deadline)

    def receive(self, *, patience: float) -> protocol.Answer:
        """The next answer, waited for at most `patience` seconds."""
        deadline = time.monotonic() + patience
        while not self._answers:
            self._receive_more(deadline)
        return self._answers.popleft()

    def ended_by_memory(self) -> bool:
        """Whether the container, whose stream has ended, was ended because its memory was out."""
        return self._engine.memory_killed(self.id, since=self._since)

    def has_ended(self) -> bool:
        """Whether the stream of a container that was asked nothing has ended.

        Init says nothing unasked, so there is nothing to be read but the end.
        """
        waiting = select.poll()
        try:
            waiting.register(self._socket, select.POLLIN)
            return bool(waiting.poll(0))
        except (OSError, ValueError):
            return True

    def lift_cpus(self) -> None:
        """Let it use all processors from now on."""
        self._engine.lift_cpus(self.id)

    def still_works(self) -> bool:
        """Whether the engine sees programs beside init in it."""
        return self._engine.processes(self.id) > 1

    @property
    def complaint(self) -> str:
        """What init, or the shell that starts it, has said on its standard error."""
        return self._demultiplexer.complaint

    def hang_up(self) -> None:
        """End the stream, at which init ends and the engine removes the container.

        For any thread: who is reading finds the end. The descriptor stays the reader's to close,
        else its number could be another's while it is waited for.
        """
        with contextlib.suppress(OSError, AttributeError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def kill(self) -> None:
        """Have the engine remove the container: don't trust in its own end."""
        self._engine.remove(self.id)

    def close(self, *, kill: bool = False) -> None:
        """Hang up, and let go of the stream; for the thread that reads it.

        `kill`: and have the engine remove it.
        """
        self.hang_up()
        if kill:
            self.kill()
        with contextlib.suppress(OSError, AttributeError):
            self._socket.close()

    def _start(
        self, settings: Settings, image: Image, run: str, without: AbstractSet[Extra]
    ) -> None:
        init = init_for(image.architecture)
        self.id = self._engine.create(
            container_config(image, run=run, init_size=len(init)),
            host_config(settings, image, without=without),
        )
        try:
            if settings.runtime is not None:
                self._engine.require_runtime(self.id, settings.runtime)
            self._socket, said = self._engine.attach(self.id)
            self._take(said)
            self._engine.start(self.id)
            self.send(init)
            ready = self._ready()
            self._engine.unheld |= unheld(settings, ready)
            require(settings, self._engine.unheld)
        except BaseException:
            self.close(kill=True)
            raise

    def _ready(self) -> protocol.Ready:
        try:
            answer = self.receive(patience=_START_PATIENCE)
        except SandboxError as problem:
            said = self.complaint
            raise SandboxError(f"cannot start a sandbox: {said or problem}") from None
        if isinstance(answer, protocol.Failed):
            raise SandboxError(f"cannot start a sandbox: {answer.text}")
        if not isinstance(answer, protocol.Ready) or answer.version != PROTOCOL_VERSION:
            raise SandboxError(f"cannot start a sandbox: unexpected answer {answer}")
        return answer

    def _takes(self, deadline: float) -> bool:
        """Wait; whether more can be sent then. If not, something is to be read, or time is up."""
        waiting = select.poll()
        waiting.register(self._socket, select.POLLIN | select.POLLOUT)
        seen = waiting.poll(max(0.0, deadline - time.monotonic()) * 1000)
        return any(event & select.POLLOUT for _, event in seen)

    def _send_some(self, content: memoryview) -> int:
        try:
            self._socket.settimeout(_SEND_PAUSE)
            return self._socket.send(content)
        except TimeoutError:  # TLS wants room for all of it, or to read something first
            return 0
        except OSError as problem:
            raise StreamEndedError(f"the sandbox is gone: {problem}") from None

    def _receive_more(self, deadline: float) -> None:
        try:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            content = self._socket.recv(256 * 1024)
        except TimeoutError:
            raise SilenceError("the sandbox does not answer") from None
        except OSError as problem:
            raise StreamEndedError(f"the sandbox is gone: {problem}") from None
        if not content:
            raise StreamEndedError("the sandbox is gone")
        self._take(content)

    def _take(self, content: bytes) -> None:
        try:
            for part in self._demultiplexer.feed(content):
                self._answers.extend(self._reader.feed(part))
        except protocol.ProtocolError as problem:
            raise SandboxError(f"the sandbox sent nonsense: {problem}") from None


class Demultiplexer:
    """Takes standard output out of the engine's stream of frames.

    Keeps the start of standard error.
    """

    _COMPLAINT_MAX = 1000

    def __init__(self) -> None:
        self._pending = bytearray()
        self._complaint = bytearray()

    @property
    def complaint(self) -> str:
        """What the container's shell said when it could not start init."""
        return self._complaint.decode(errors="replace").strip()

    def feed(self, content: bytes) -> Iterator[bytes]:
        """The parts of standard output in `content`, as they come.

        ProtocolError where it is not what an engine sends.
        """
        self._pending += content
        while len(self._pending) >= _STREAM_HEADER.size:
            kind, length = _STREAM_HEADER.unpack_from(self._pending)
            if kind not in (_STDIN, _STDOUT, _STDERR) or length > _FRAME_MAX:
                raise protocol.ProtocolError("the engine's stream is out of step")
            end = _STREAM_HEADER.size + length
            if len(self._pending) < end:
                return
            part = bytes(self._pending[_STREAM_HEADER.size : end])
            del self._pending[:end]
            if kind == _STDOUT:
                yield part
            else:
                self._complaint += part[: self._COMPLAINT_MAX - len(self._complaint)]
