"""Asks an engine: in a version of its API that both know, over connections that are kept."""

import re
import socket
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from typing import Any, Final

from runner.sandbox.address import Address
from runner.sandbox.messages import Answer, Lost, Request, as_json, get
from runner.sandbox.wire import Wire

_PING_TIMEOUT: Final = 5.0
_OLDEST: Final = (1, 24)
_NEWEST: Final = (1, 51)
"""What an engine will mean by versions yet to come, nobody knows."""
_VERSION: Final = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})")
_NOT_FOUND: Final = 404
_REFUSALS: Final = 300
_UNCHANGED: Final = 304
"""A container is started already: fine."""
_UPGRADE: Final = {"Connection": "Upgrade", "Upgrade": "tcp"}


class Refused(Exception):  # noqa: N818 the engine's own words
    """The engine answers that it will not or cannot."""


class NotFound(Refused):
    """The engine has nothing of that name."""


class Client:
    """One engine; for any threads, each of which has a connection to itself while it asks."""

    def __init__(self, to: Address) -> None:
        """Ask it who it is. Lost or Refused where it is no engine."""
        self._to = to
        self._kept: deque[Wire] = deque()
        self._prefix = ""
        version = self.json(get("/version"))
        self.version: Mapping[str, Any] = version if isinstance(version, dict) else {}
        self._prefix = f"/v{_spoken(self.version)}"

    def answers(self) -> bool:
        """Whether it is there; does not take long."""
        try:
            return self.said(replace(get("/_ping"), timeout=_PING_TIMEOUT)) == b"OK"
        except (Lost, Refused):
            return False

    def json(self, request: Request) -> Any:  # noqa: ANN401 whatever the engine says
        """The answer, which is JSON."""
        return as_json(self.said(request))

    def said(self, request: Request) -> bytes:
        """The answer."""
        with self.asked(request) as answer:
            return answer.read()

    @contextmanager
    def asked(self, request: Request) -> Iterator[Answer]:
        """The answer, to be read as it comes. Lost or Refused where there is none."""
        wire = self._wire()
        try:
            yield _accepted(wire.ask(self._versioned(request)))
        finally:
            wire.settle()
            self._kept.append(wire)

    def taken_over(self, request: Request) -> tuple[socket.socket, bytes]:
        """The connection, which an answer makes a stream, and what has come of that already."""
        wanted = self._versioned(replace(request, headers=_UPGRADE))
        with closing(self._wire()) as wire:
            _accepted(wire.ask(wanted))
            return wire.taken_over()

    def _wire(self) -> Wire:
        try:
            return self._kept.pop()
        except IndexError:
            return Wire(self._to)

    def _versioned(self, request: Request) -> Request:
        return replace(request, path=f"{self._prefix}{request.path}")


def _accepted(answer: Answer) -> Answer:
    if answer.status < _REFUSALS or answer.status == _UNCHANGED:
        return answer
    kind = NotFound if answer.status == _NOT_FOUND else Refused
    raise kind(_words(answer.read()) or f"{answer.status} {answer.reason}")


def _words(content: bytes) -> str:
    """What an engine says of a refusal; what lies between says it in words of its own."""
    with suppress(Lost):
        told = as_json(content)
        if isinstance(told, dict) and "message" in told:
            return str(told["message"])
    return content.decode(errors="replace").strip()


def _spoken(version: Mapping[str, Any]) -> str:
    """The API's version that is to be used."""
    newest = _numbers(version.get("ApiVersion"))
    if newest < _OLDEST:
        said = version.get("ApiVersion", "unknown")
        raise Lost(f"what answers has API version {said}, at least 1.24 is needed")
    oldest = _numbers(version.get("MinAPIVersion"))
    major, minor = min(newest, max(_NEWEST, oldest))
    return f"{major}.{minor}"


def _numbers(version: object) -> tuple[int, int]:
    matched = _VERSION.fullmatch(str(version))
    return (int(matched[1]), int(matched[2])) if matched else (0, 0)
