"""A server on a Unix socket that says what a test has it say, byte by byte."""

import contextlib
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from runner.sandbox.address import Address, Scheme

END: Final = b"\r\n\r\n"


class ScriptedServer:
    """Each connection has its script: what is said to its first request, its second, and so on.

    Then it ends. What was asked is kept, whole.
    """

    def __init__(self, folder: Path, *scripts: Sequence[bytes]) -> None:
        self.asked: list[bytes] = []
        self.connections = 0
        self._scripts = scripts
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / "scripted.sock"))
        self._listener.listen()
        self._ended = [threading.Event() for _ in scripts]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self.address = Address(scheme=Scheme.UNIX, path=str(folder / "scripted.sock"))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def wait_for_end(self, connection: int) -> None:
        """Wait until the server has ended that connection, the first is 0."""
        assert self._ended[connection].wait(240)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            for script, ended in zip(self._scripts, self._ended, strict=True):
                connection, _ = self._listener.accept()
                self.connections += 1
                with connection:
                    self._talk(connection, script)
                ended.set()

    def _talk(self, connection: socket.socket, script: Sequence[bytes]) -> None:
        with contextlib.suppress(OSError):
            for answer in script:
                self.asked.append(_request(connection))
                connection.sendall(answer)


def _request(connection: socket.socket) -> bytes:
    content = b""
    while END not in content or not _is_whole(content):
        piece = connection.recv(65536)
        if not piece:
            raise OSError
        content += piece
    return content


def _is_whole(content: bytes) -> bool:
    head, _, body = content.partition(END)
    if b"Transfer-Encoding: chunked" in head:
        return body.endswith(b"0" + END)
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return len(body) >= int(length or b"0")
