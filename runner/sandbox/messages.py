"""What is asked of an engine, and what it says."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from runner.model import MIB

TIMEOUT: Final = 60.0
"""Seconds for one call: create and start are slow on a machine under load."""
_ANSWER_MAX: Final = 64 * MIB


class Lost(Exception):  # noqa: N818 a state of the connection; its message says which
    """The engine does not answer, or not as an engine does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of the engine."""

    method: str
    path: str
    """Quoted where it has to be."""
    query: Mapping[str, object] = field(default_factory=dict)
    body: bytes | Iterator[bytes] = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float | None = TIMEOUT
    """Seconds without a byte; None for what takes as long as it takes."""

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


def get(path: str, **query: object) -> Request:
    """Ask for something."""
    return Request(method="GET", path=path, query=query)


def post(path: str, *, told: object = None) -> Request:
    """Have something done; `told` goes as JSON."""
    if told is None:
        return Request(method="POST", path=path)
    headers = {"Content-Type": "application/json"}
    return Request(method="POST", path=path, headers=headers, body=json.dumps(told).encode())


def delete(path: str, **query: object) -> Request:
    """Have something removed."""
    return Request(method="DELETE", path=path, query=query)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the engine says; to be read before its connection is asked anything else."""

    status: int
    reason: str
    pieces: Iterator[bytes]

    def read(self) -> bytes:
        """All of it."""
        content = bytearray()
        for piece in self.pieces:
            content += piece
            _check_size(content)
        return bytes(content)

    def lines(self) -> Iterator[Mapping[str, Any]]:
        """Its lines as they come, each a JSON object."""
        rest = bytearray()
        for piece in self.pieces:
            *whole, last = piece.split(b"\n")
            for line in whole:
                yield from _object(rest + line)
                rest.clear()
            rest += last
            _check_size(rest)
        yield from _object(rest)


def as_json(content: bytes) -> Any:  # noqa: ANN401 whatever the engine says
    """What the engine means; Lost where it is no engine."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise Lost("its answer is no JSON") from None


def _object(line: bytearray) -> Iterator[Mapping[str, Any]]:
    if line.strip():
        told = as_json(bytes(line))
        if not isinstance(told, dict):
            raise Lost("its answer is no JSON object")
        yield told


def _check_size(content: bytearray) -> None:
    if len(content) > _ANSWER_MAX:
        raise Lost("its answer is too long")
