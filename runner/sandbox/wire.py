"""HTTP as an engine speaks it: a connection that is kept, requests and answers, a take-over.

Not `http.client`: that brings e-mail and TLS along, which take longer to import than a small run
takes, and it keeps to itself what it has read of a connection that is taken over.
"""

import re
import select
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from runner.sandbox.address import Address, Scheme
from runner.sandbox.connection import connect
from runner.sandbox.messages import Answer, Lost, Request

_PIECE: Final = 64 * 1024
_LINE_MAX: Final = 64 * 1024
_HEADERS_MAX: Final = 200
_STATUS: Final = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: (.*))?")
_SIZE: Final = re.compile(rb"[0-9A-Fa-f]{1,12}")
_SWITCHED: Final = 101
_SUCCESS: Final = 200
_EMPTY: Final = (204, 304)
_REPEATABLE: Final = ("GET", "DELETE")


class _Unanswered(Lost):
    """The connection ended before a byte of the answer came."""


class Wire:
    """One connection, kept for the next request; for one thread at a time."""

    def __init__(self, to: Address) -> None:
        """Connects when it is first asked."""
        self._to = to
        self._socket: socket.socket | None = None
        self._unread = bytearray()
        self._is_answering = False

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; the next request makes another."""
        if self._socket is not None:
            self._socket.close()
        self._forget()

    def settle(self) -> None:
        """Be ready for the next request: on another connection where an answer was not read."""
        if self._is_answering:
            self.close()

    def ask(self, request: Request) -> Answer:
        """Send a request; its answer, read as far as its headers.

        Lost where there is none. What an engine that ends kept connections has not begun to answer
        is asked again, where that can do no harm.
        """
        if self._unread or (self._socket is not None and _says_something(self._socket)):
            self.close()  # unasked: it has ended, or what it said belongs to no answer
        is_kept = self._socket is not None
        try:
            return self._asked(request)
        except _Unanswered:
            self.close()
            if not is_kept or request.method not in _REPEATABLE:
                raise
        return self._asked(request)

    def taken_over(self) -> tuple[socket.socket, bytes]:
        """The connection for its caller to keep, and what has been read of it beyond the answer."""
        if self._socket is None:
            raise Lost("the connection was closed")
        taken = self._socket, bytes(self._unread)
        self._forget()
        return taken

    def _forget(self) -> None:
        self._socket, self._unread, self._is_answering = None, bytearray(), False

    def _asked(self, request: Request) -> Answer:
        head = _head(self._to, request)
        if self._socket is None:
            with self._watched():
                self._socket = connect(self._to, timeout=request.timeout)
        self._socket.settimeout(request.timeout)
        self._is_answering = True
        if isinstance(request.body, bytes):
            self._send(head + request.body)
        else:
            with suppress(_Unanswered):  # who refuses an upload says why, and listens no longer
                self._upload(head, request.body)
        return self._answer()

    def _upload(self, head: bytes, body: Iterator[bytes]) -> None:
        self._send(head)
        for piece in filter(None, body):
            self._send(b"%x\r\n%b\r\n" % (len(piece), piece))
        self._send(b"0\r\n\r\n")

    def _answer(self) -> Answer:
        status, reason, persists = self._status()
        headers = self._headers()
        while status < _SUCCESS and status != _SWITCHED:
            status, reason, persists = self._status()
            headers = self._headers()
        persists = persists and headers.get("connection", "").lower() != "close"
        pieces = self._body(status, headers, persists=persists)
        return Answer(status=status, reason=reason, pieces=pieces)

    def _status(self) -> tuple[int, str, bool]:
        """Status, reason, and whether the connection is one that is kept."""
        if not self._unread and not self._receive():
            raise _Unanswered("the connection was closed without an answer")
        matched = _STATUS.fullmatch(self._line())
        if matched is None:
            raise Lost("what answers does not speak HTTP")
        minor, status, reason = matched.groups()
        return int(status), (reason or b"").decode(errors="replace"), minor == b"1"

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        for _ in range(_HEADERS_MAX):
            line = self._line()
            if not line:
                return headers
            name, _, value = line.decode(errors="replace").partition(":")
            headers[name.strip().lower()] = value.strip()
        raise Lost("what answers does not speak HTTP")

    def _body(self, status: int, headers: Mapping[str, str], *, persists: bool) -> Iterator[bytes]:
        length = headers.get("content-length", "")
        if status in _EMPTY:
            pass
        elif headers.get("transfer-encoding", "").lower() == "chunked":
            yield from self._chunks()
        elif length.isdecimal():
            yield from self._counted(int(length))
        else:
            persists = False
            yield from self._until_end()
        self._is_answering = False
        if not persists:
            self.close()

    def _chunks(self) -> Iterator[bytes]:
        while True:
            size = self._line().partition(b";")[0].strip()
            if not _SIZE.fullmatch(size):
                raise Lost("what answers does not speak HTTP")
            if not int(size, 16):
                break
            yield from self._counted(int(size, 16))
            self._line()
        while self._line():  # trailers
            pass

    def _counted(self, left: int) -> Iterator[bytes]:
        while left:
            if not self._unread and not self._receive():
                self._cut()
            piece = bytes(self._unread[:left])
            del self._unread[:left]
            left -= len(piece)
            yield piece

    def _until_end(self) -> Iterator[bytes]:
        while self._unread or self._receive():
            piece = bytes(self._unread)
            self._unread.clear()
            yield piece

    def _line(self) -> bytes:
        """The next line without its end."""
        while (end := self._unread.find(b"\n")) < 0:
            if len(self._unread) > _LINE_MAX:
                raise Lost("what answers does not speak HTTP")
            if not self._receive():
                self._cut()
        line = bytes(self._unread[:end])
        del self._unread[: end + 1]
        return line.removesuffix(b"\r")

    def _cut(self) -> None:
        self.close()
        raise Lost("the connection was closed in the middle of an answer")

    def _receive(self) -> bool:
        """Read what has come; False at the end."""
        if self._socket is None:
            return False
        with self._watched():
            try:
                piece = self._socket.recv(_PIECE)
            except ConnectionResetError:
                return False
        self._unread += piece
        return bool(piece)

    def _send(self, content: bytes) -> None:
        if self._socket is None:
            return
        with self._watched():
            try:
                self._socket.sendall(content)
            except (BrokenPipeError, ConnectionResetError) as problem:
                raise _Unanswered(_reason(problem)) from None

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as problem:
            self.close()
            raise Lost(_reason(problem)) from None


def _head(to: Address, request: Request) -> bytes:
    framing = (
        {"Content-Length": str(len(request.body))}
        if isinstance(request.body, bytes)
        else {"Transfer-Encoding": "chunked"}
    )
    host = f"{to.host}:{to.port}" if to.scheme is Scheme.TCP else "docker"
    headers = {"Host": host, "User-Agent": "exec-action", **dict(to.headers)}
    lines = [
        f"{request.method} {to.prefix}{request.target} HTTP/1.1",
        *(
            f"{name}: {value}"
            for name, value in (headers | framing | dict(request.headers)).items()
        ),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _says_something(connection: socket.socket) -> bool:
    """Whether there is something to be read, be it the end."""
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(0))


def _reason(problem: Exception) -> str:
    return getattr(problem, "strerror", None) or str(problem)
