"""The frames between runner and init, both directions; no I/O. init is the other side.

A frame is one byte of type, four bytes of length (little-endian), the payload. Requests are built
by the functions
below as bytes ready to send; answers come out of an `AnswerReader`.
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

FRAME_MAX = 256 * 1024
CHUNK = 64 * 1024
WINDOW = 512 * 1024
"""So many bytes of standard input may be on their way before init has asked for more."""

_HEADER = struct.Struct("<cI")
_READY = struct.Struct("<BBQQQ")
_PUT = struct.Struct("<IHH")
_RUN = struct.Struct("<IIIIIQQQ")
_GET = struct.Struct("<IQ")
_SCRUB = struct.Struct("<BBH")
_DONE = struct.Struct("<BBHIQQQQQ")
_FAILED = struct.Struct("<Bi")
_KEEP_BACKGROUND = 1


class ProtocolError(Exception):
    """The other side sent what no init sends."""


class Stage(IntEnum):
    """What init was doing when a request failed."""

    START = 0
    PUT = 1
    FORK = 2
    EXEC = 3
    PROTOCOL = 4


class Limit(IntEnum):
    """Which limit ended a program."""

    NONE = 0
    TIME = 1
    OUTPUT = 2
    MEMORY = 3


class FileStatus(IntEnum):
    """How a GET ended."""

    WHOLE = 0
    MISSING = 1
    IRREGULAR = 2
    TOO_LARGE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to start: `memory`, `output` and `file_size` in bytes, `timeout` in seconds.

    0 memory: no own limit.
    """

    uid: int
    argv: Sequence[str]
    env: Mapping[str, str]
    directory: str
    timeout: float
    output: int
    memory: int
    file_size: int
    keep_background: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """Init has begun, and sees what its control group is held to; beyond all numbers: to nothing.

    `memory` in bytes, `quota` in microseconds of processor time in a period.
    """

    version: int
    cgroup: int
    memory: int
    pids: int
    quota: int


@dataclass(frozen=True, slots=True)
class Stdout:
    content: bytes


@dataclass(frozen=True, slots=True)
class Stderr:
    content: bytes


@dataclass(frozen=True, slots=True)
class Window:
    size: int


@dataclass(frozen=True, slots=True)
class Done:
    """A program's end; times in seconds.

    `cpu` is the whole container's, `user` and `system` the main process's.
    """

    signaled: bool
    limit: Limit
    code: int
    oom_kills: int
    wall: float
    user: float
    system: float
    cpu: float
    peak_memory: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A request that could not be carried out; `error` is an errno or 0."""

    stage: Stage
    error: int
    text: str


@dataclass(frozen=True, slots=True)
class Content:
    content: bytes


@dataclass(frozen=True, slots=True)
class FileEnd:
    status: FileStatus


@dataclass(frozen=True, slots=True)
class Clean:
    pass


@dataclass(frozen=True, slots=True)
class Dirty:
    """What a scrub could not remove."""

    trace: str


Answer = Ready | Stdout | Stderr | Window | Done | Failed | Content | FileEnd | Clean | Dirty

END_OF_INPUT = _HEADER.pack(b"E", 0)


def make_directory(path: str, *, uid: int) -> bytes:
    """Make a directory and its parents; absolute path."""
    return _frame(b"M", struct.pack("<I", uid) + path.encode())


def put(path: str, content: bytes, *, uid: int, mode: int = 0o644) -> bytes:
    """Write a file, its parents made where they are missing, a file of that name replaced."""
    name = path.encode()
    head = _PUT.pack(uid, mode, len(name)) + name
    frames = [_frame(b"P", head + content[:CHUNK])]
    frames += [_frame(b"A", content[at : at + CHUNK]) for at in range(CHUNK, len(content), CHUNK)]
    return b"".join(frames)


def run(program: Program) -> bytes:
    """Start a program. ValueError where its arguments and environment are too long for a frame."""
    strings = [program.directory, *program.argv]
    strings += [f"{name}={value}" for name, value in program.env.items()]
    payload = _RUN.pack(
        program.uid,
        round(program.timeout * 1000),
        _KEEP_BACKGROUND if program.keep_background else 0,
        len(program.argv),
        len(program.env),
        program.output,
        program.memory,
        program.file_size,
    ) + b"".join(string.encode(errors="surrogateescape") + b"\0" for string in strings)
    if len(payload) > FRAME_MAX:
        raise ValueError("arguments and environment are longer than 256 KiB together")
    return _frame(b"R", payload)


def stdin(content: bytes) -> bytes:
    """A part of the running program's standard input, at most `WINDOW` bytes."""
    return b"".join(_frame(b"I", content[at : at + CHUNK]) for at in range(0, len(content), CHUNK))


def get(path: str, *, uid: int, most: int) -> bytes:
    """Read a regular file of at most `most` bytes."""
    return _frame(b"G", _GET.pack(uid, most) + path.encode())


def scrub(level: int, uids: Sequence[int], *, seal: bool = False) -> bytes:
    """Remove every trace of `uids`.

    `seal`: keep their files, for others to read and not to write; what is there then is what later
    scrubs to `level` compare with.
    """
    return _frame(b"S", _SCRUB.pack(level, seal, len(uids)) + struct.pack(f"<{len(uids)}I", *uids))


def _frame(kind: bytes, payload: bytes) -> bytes:
    return _HEADER.pack(kind, len(payload)) + payload


class AnswerReader:
    """Cuts a stream of bytes into answers, however it was cut up on its way."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, content: bytes) -> Iterator[Answer]:
        """The answers that `content` completes. ProtocolError on what is none."""
        self._pending += content
        start = 0
        try:
            while len(self._pending) - start >= _HEADER.size:
                kind, length = _HEADER.unpack_from(self._pending, start)
                if length > FRAME_MAX:
                    raise ProtocolError(f"a frame of {length} bytes")
                end = start + _HEADER.size + length
                if len(self._pending) < end:
                    break
                payload = bytes(self._pending[start + _HEADER.size : end])
                start = end
                yield _parse(kind, payload)
        finally:
            del self._pending[:start]


def _parse(kind: bytes, payload: bytes) -> Answer:
    parser = _PARSERS.get(kind)
    if parser is None:
        raise ProtocolError(f"unknown answer {kind!r}")
    try:
        return parser(payload)
    except (struct.error, ValueError, IndexError) as problem:
        raise ProtocolError(f"bad answer {kind!r}: {problem}") from problem


def _parse_done(payload: bytes) -> Done:
    signaled, limit, code, oom, wall, user, system, cpu, peak = _DONE.unpack(payload)
    return Done(
        signaled=bool(signaled),
        limit=Limit(limit),
        code=code,
        oom_kills=oom,
        wall=wall / 1e6,
        user=user / 1e6,
        system=system / 1e6,
        cpu=cpu / 1e6,
        peak_memory=peak,
    )


def _parse_failed(payload: bytes) -> Failed:
    stage, error = _FAILED.unpack_from(payload)
    return Failed(Stage(stage), error, payload[_FAILED.size :].decode(errors="replace"))


_PARSERS: dict[bytes, Callable[[bytes], Answer]] = {
    b"Y": lambda payload: Ready(*_READY.unpack(payload)),
    b"o": Stdout,
    b"e": Stderr,
    b"w": lambda payload: Window(*struct.unpack("<I", payload)),
    b"x": _parse_done,
    b"!": _parse_failed,
    b"f": Content,
    b"g": lambda payload: FileEnd(FileStatus(payload[0])),
    b"c": lambda _: Clean(),
    b"d": lambda payload: Dirty(payload.decode(errors="replace")),
}
