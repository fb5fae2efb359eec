"""The engine's stream of frames, taken apart."""

import socket
import struct
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from runner.sandbox.container import Container, Demultiplexer
from runner.sandbox.protocol import AnswerReader, ProtocolError, Stdout

STDOUT, STDERR = 1, 2


def frame(kind: int, content: bytes) -> bytes:
    return struct.pack(">BxxxI", kind, len(content)) + content


@given(
    parts=some.lists(
        some.tuples(some.sampled_from([STDOUT, STDERR]), some.binary(max_size=40)), max_size=12
    ),
    cuts=some.lists(some.integers(0, 600), max_size=30),
)
def test_however_the_stream_is_cut_standard_output_is_the_same(
    parts: Sequence[tuple[int, bytes]], cuts: Sequence[int]
) -> None:
    stream = b"".join(frame(kind, content) for kind, content in parts)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    demultiplexer = Demultiplexer()

    got = [part for start, end in pairwise(edges) for part in demultiplexer.feed(stream[start:end])]

    assert got == [content for kind, content in parts if kind == STDOUT]
    said = b"".join(content for kind, content in parts if kind == STDERR)
    assert demultiplexer.complaint == said.decode(errors="replace").strip()


def test_byte_by_byte() -> None:
    demultiplexer = Demultiplexer()
    stream = frame(STDOUT, b"one") + frame(STDERR, b"sh: no\n") + frame(STDOUT, b"two")

    got = [part for byte in stream for part in demultiplexer.feed(bytes([byte]))]

    assert got == [b"one", b"two"]
    assert demultiplexer.complaint == "sh: no"


def test_of_a_long_complaint_the_start_is_kept() -> None:
    demultiplexer = Demultiplexer()

    got = list(demultiplexer.feed(b"".join(frame(STDERR, b"x" * 300) for _ in range(10))))

    assert got == []
    assert demultiplexer.complaint == "x" * 1000


@pytest.mark.parametrize("noise", [b"\xff" * 8, frame(3, b"x"), struct.pack(">BxxxI", 1, 1 << 30)])
def test_what_no_engine_sends_is_an_error(noise: bytes) -> None:
    demultiplexer = Demultiplexer()

    with pytest.raises(ProtocolError, match="out of step"):
        list(demultiplexer.feed(frame(STDOUT, b"one") + noise))


# ------------------------------------------------------------------ the stream both ways


def test_what_is_said_is_taken_in_while_what_is_sent_has_no_room() -> None:
    ours, theirs = socket.socketpair()
    container = Container.__new__(Container)
    container._socket, container._answers = ours, deque()
    container._reader, container._demultiplexer = AnswerReader(), Demultiplexer()
    output = struct.pack("<cI", b"o", 1000) + bytes(1000)

    def passes_on_before_it_reads() -> int:
        theirs.sendall(frame(STDOUT, output) * 3000)
        return len(theirs.recv(4_000_000, socket.MSG_WAITALL))

    with ThreadPoolExecutor(1) as engine, ours, theirs:
        read = engine.submit(passes_on_before_it_reads)
        container.send(bytes(4_000_000))

        assert read.result() == 4_000_000
        said = [container.receive(patience=60) for _ in range(3000)]
        assert said == [Stdout(bytes(1000))] * 3000
