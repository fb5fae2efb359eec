"""A proxy between a runner and its engine, that does to their talk what a test wants."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

CHUNK: Final = 65536
STREAM: Final = b"/attach?"
"""In the request that makes a connection the stream to a container."""


class Cut(Exception):  # noqa: N818 what is to happen, not a fault of the test
    """The connection is to be closed."""


Spoils = Callable[[bytes], bytes]
"""What becomes of a piece that comes from the engine; may sleep, and may raise Cut."""


def untouched(piece: bytes) -> bytes:
    return piece


@dataclass(slots=True)
class Faults:
    """What happens to the connections that are made from now on, in their order; then nothing."""

    streams: Sequence[Spoils] = ()
    """A fault for each stream to a container, of what comes after the engine's answer to attach."""
    every_stream: Spoils = untouched
    every_answer: Spoils = untouched
    """Of what comes on all other connections."""
    answers: dict[bytes, list[bytes]] = field(default_factory=dict)
    """By a part of the request's first line: what is said in the engine's place, each once."""
    lost: list[bytes] = field(default_factory=list)
    """Parts of requests' first lines: they reach the engine, the answer is lost; each once."""


class Proxy:
    """Listens on a Unix socket beside the engine's."""

    def __init__(self, engine: str, folder: Path) -> None:
        self._engine = engine.removeprefix("unix://")
        self._listener = socket.socket(socket.AF_UNIX)
        path = folder / "proxy.sock"
        self.host = f"unix://{path}"
        self.faults = Faults()
        self.streams = 0
        self._lock = threading.Lock()
        self._listener.bind(str(path))
        self._listener.listen(64)
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                theirs = socket.socket(socket.AF_UNIX)
                theirs.connect(self._engine)
                threading.Thread(target=_Talk(self, ours, theirs).run, daemon=True).start()

    def spoils_of_stream(self) -> Spoils:
        with self._lock:
            number, self.streams = self.streams, self.streams + 1
        faults = self.faults
        return faults.streams[number] if number < len(faults.streams) else faults.every_stream

    def said_instead(self, first_line: bytes) -> bytes | None:
        with self._lock:
            for part, answers in self.faults.answers.items():
                if part in first_line and answers:
                    return answers.pop(0)
        return None

    def loses(self, first_line: bytes) -> bool:
        with self._lock:
            found = next((part for part in self.faults.lost if part in first_line), None)
            if found is not None:
                self.faults.lost.remove(found)
        return found is not None


class _Talk:
    """One connection: a thread for each direction."""

    def __init__(self, proxy: Proxy, ours: socket.socket, theirs: socket.socket) -> None:
        self._proxy = proxy
        self._runner = ours
        self._engine = theirs
        self._spoil = proxy.faults.every_answer
        self._next: Spoils | None = None

    def run(self) -> None:
        back = threading.Thread(target=self._back, daemon=True)
        back.start()
        with contextlib.suppress(OSError):
            while piece := self._runner.recv(CHUNK):
                self._pass_on(piece)
        with contextlib.suppress(OSError):
            self._engine.shutdown(socket.SHUT_WR)
        back.join()
        self._runner.close()
        self._engine.close()

    def _pass_on(self, piece: bytes) -> None:
        first_line = piece.partition(b"\r\n")[0]
        asked = first_line.endswith(b" HTTP/1.1")
        if asked and (said := self._proxy.said_instead(first_line)) is not None:
            self._runner.sendall(said)
            return
        if asked and STREAM in first_line:
            self._next = self._proxy.spoils_of_stream()
        if asked and self._proxy.loses(first_line):
            self._spoil = _cut
        self._engine.sendall(piece)

    def _back(self) -> None:
        with contextlib.suppress(OSError, Cut):
            while piece := self._engine.recv(CHUNK):
                self._runner.sendall(self._spoil(piece))
                if self._next is not None:  # that was the answer to attach
                    self._spoil, self._next = self._next, None
        for one in (self._runner, self._engine):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _cut(_: bytes) -> bytes:
    raise Cut


# ------------------------------------------------------------------ what can become of a stream


def cut_after(pieces: int) -> Spoils:
    """The connection ends after so many pieces."""
    left = [pieces]

    def spoil(piece: bytes) -> bytes:
        left[0] -= 1
        if left[0] < 0:
            raise Cut
        return piece

    return spoil


def changed_after(pieces: int, change: Callable[[bytes], bytes]) -> Spoils:
    """The first piece after so many is changed."""
    left = [pieces]

    def spoil(piece: bytes) -> bytes:
        left[0] -= 1
        return change(piece) if left[0] == -1 else piece

    return spoil


def late(seconds: float) -> Spoils:
    def spoil(piece: bytes) -> bytes:
        time.sleep(seconds)
        return piece

    return spoil
