"""The frames between runner and init."""

import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as some

from runner.sandbox import protocol
from runner.sandbox.protocol import (
    CHUNK,
    FRAME_MAX,
    AnswerReader,
    Clean,
    Content,
    Dirty,
    Done,
    Failed,
    FileEnd,
    FileStatus,
    Limit,
    ProtocolError,
    Ready,
    Stage,
    Stderr,
    Stdout,
    Window,
)

ANSWERS: Final = (
    (
        b"Y\x1a\0\0\0\x01\x02" + struct.pack("<QQQ", 1 << 20, 64, (1 << 64) - 1),
        Ready(1, 2, memory=1 << 20, pids=64, quota=(1 << 64) - 1),
    ),
    (b"o\x03\0\0\0out", Stdout(b"out")),
    (b"e\x00\0\0\0", Stderr(b"")),
    (b"w\x04\0\0\0\0\x80\0\0", Window(32768)),
    (b"f\x02\0\0\0\0\xff", Content(b"\0\xff")),
    (b"g\x01\0\0\0\x02", FileEnd(FileStatus.IRREGULAR)),
    (b"c\0\0\0\0", Clean()),
    (b"d\x05\0\0\0files", Dirty("files")),
    (b"!\x08\0\0\0\x03\x02\0\0\0/no", Failed(Stage.EXEC, 2, "/no")),
    (
        b"x"
        + struct.pack("<I", 48)
        + struct.pack("<BBHIQQQQQ", 1, 1, 9, 0, 1_500_000, 250_000, 50_000, 400_000, 4096),
        Done(
            signaled=True,
            limit=Limit.TIME,
            code=9,
            oom_kills=0,
            wall=1.5,
            user=0.25,
            system=0.05,
            cpu=0.4,
            peak_memory=4096,
        ),
    ),
)


def frames(stream: bytes) -> list[tuple[bytes, bytes]]:
    """A stream of requests cut into (type, payload)."""
    cut = []
    while stream:
        kind, length = struct.unpack_from("<cI", stream)
        cut.append((kind, stream[5 : 5 + length]))
        stream = stream[5 + length :]
    return cut


def program(**fields: object) -> protocol.Program:
    values: dict[str, object] = {
        "uid": 12345,
        "argv": ["python", "main.py"],
        "env": {"A": "1"},
        "directory": "/work/run",
        "timeout": 1.5,
        "output": 1000,
        "memory": 2000,
        "file_size": 3000,
        "keep_background": False,
    }
    return protocol.Program(**(values | fields))  # type: ignore[arg-type]


# ------------------------------------------------------------------ requests


def test_a_program_is_its_numbers_and_its_strings() -> None:
    ((kind, payload),) = frames(protocol.run(program()))

    assert kind == b"R"
    assert struct.unpack_from("<IIIIIQQQ", payload) == (12345, 1500, 0, 2, 1, 1000, 2000, 3000)
    assert payload[44:].split(b"\0") == [b"/work/run", b"python", b"main.py", b"A=1", b""]


def test_a_program_of_a_session_leaves_its_background_processes() -> None:
    ((_, payload),) = frames(protocol.run(program(keep_background=True)))

    assert struct.unpack_from("<III", payload)[2] == 1


def test_arguments_that_no_frame_holds_are_refused() -> None:
    with pytest.raises(ValueError, match="longer than 256 KiB"):
        protocol.run(program(argv=["x" * FRAME_MAX]))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 1])
def test_a_file_is_put_in_pieces_that_together_are_the_file(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    content = content[:size]

    (first, head), *more = frames(protocol.put("/work/run/ü", content, uid=7, mode=0o600))

    uid, mode, length = struct.unpack_from("<IHH", head)
    assert (first, uid, mode, head[8 : 8 + length].decode()) == (b"P", 7, 0o600, "/work/run/ü")
    assert head[8 + length :] + b"".join(payload for _, payload in more) == content
    assert {kind for kind, _ in more} <= {b"A"}
    assert max(len(payload) for _, payload in [(b"", head), *more]) <= FRAME_MAX


def test_the_other_requests() -> None:
    stream = (
        protocol.make_directory("/work/run", uid=7)
        + protocol.stdin(b"in")
        + protocol.END_OF_INPUT
        + protocol.get("/work/run/x", uid=7, most=9)
        + protocol.scrub(2, [7, 8], seal=True)
    )

    assert frames(stream) == [
        (b"M", b"\7\0\0\0/work/run"),
        (b"I", b"in"),
        (b"E", b""),
        (b"G", b"\7\0\0\0\t\0\0\0\0\0\0\0/work/run/x"),
        (b"S", b"\2\1\2\0\7\0\0\0\x08\0\0\0"),
    ]


# ------------------------------------------------------------------ answers


@pytest.mark.parametrize(("frame", "answer"), ANSWERS, ids=[repr(a)[:12] for _, a in ANSWERS])
def test_a_frame_is_its_answer(frame: bytes, answer: protocol.Answer) -> None:
    assert list(AnswerReader().feed(frame)) == [answer]


@given(
    chosen=some.lists(some.sampled_from(ANSWERS), max_size=12),
    cuts=some.lists(some.integers(0, 600), max_size=30),
)
def test_however_a_stream_is_cut_the_answers_are_the_same(
    chosen: Sequence[tuple[bytes, protocol.Answer]], cuts: Sequence[int]
) -> None:
    stream = b"".join(frame for frame, _ in chosen)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    reader = AnswerReader()

    got = [answer for start, end in pairwise(edges) for answer in reader.feed(stream[start:end])]

    assert got == [answer for _, answer in chosen]


@pytest.mark.parametrize(
    "frame",
    [
        b"?\0\0\0\0",
        b"o" + struct.pack("<I", FRAME_MAX + 1),
        b"Y\x01\0\0\0\x01",
        b"w\x01\0\0\0\x01",
        b"x\x01\0\0\0\x01",
        b"g\x01\0\0\0\x09",
        b"g\0\0\0\0",
        b"!\x05\0\0\0\x63\0\0\0\0",
    ],
    ids=["type", "length", "ready", "window", "done", "status", "no status", "stage"],
)
def test_what_no_init_sends_is_an_error(frame: bytes) -> None:
    with pytest.raises(ProtocolError):
        list(AnswerReader().feed(frame))


@given(some.binary(max_size=200))
def test_noise_is_an_error_or_nothing_and_never_a_crash(noise: bytes) -> None:
    try:
        answers = list(AnswerReader().feed(noise))
    except ProtocolError:
        answers = []

    assert len(answers) <= len(noise)


def test_answers_before_a_bad_frame_are_had() -> None:
    answers = AnswerReader().feed(b"c\0\0\0\0?\0\0\0\0")

    assert next(answers) == Clean()
    with pytest.raises(ProtocolError):
        next(answers)
