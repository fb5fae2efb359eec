"""HTTP as an engine speaks it, against a server that says it byte by byte."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from scripted_server import ScriptedServer

from runner.model import MIB
from runner.sandbox.address import Address, Scheme
from runner.sandbox.messages import Answer, Lost, Request, as_json, delete, get, post
from runner.sandbox.wire import Wire

FINE: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"
CHUNKED: Final = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
UPGRADED: Final = b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
Serves = Callable[..., tuple[ScriptedServer, Wire]]


@pytest.fixture
def serves(tmp_path: Path) -> Iterator[Serves]:
    """Starts a server that has these scripts, and a wire to it."""
    opened: list[Any] = []

    def serves(*scripts: list[bytes]) -> tuple[ScriptedServer, Wire]:
        server = ScriptedServer(tmp_path, *scripts)
        wire = Wire(server.address)
        opened.extend([wire, server])
        return server, wire

    yield serves
    for one in opened:
        one.close()


def read(wire: Wire, request: Request) -> bytes:
    content = wire.ask(request).read()
    wire.settle()
    return content


# ------------------------------------------------------------------ what is asked


def test_a_request_is_one_line_its_headers_and_its_body(serves: Serves) -> None:
    server, wire = serves([FINE])

    read(wire, post("/containers/create", told={"Image": "bash"}))

    (asked,) = server.asked
    assert asked == (
        b"POST /containers/create HTTP/1.1\r\nHost: docker\r\nUser-Agent: exec-action\r\n"
        b"Content-Length: 17\r\nContent-Type: application/json\r\n\r\n"
        b'{"Image": "bash"}'
    )


def test_a_query_is_quoted(serves: Serves) -> None:
    server, wire = serves([FINE])

    read(wire, get("/events", since=1, filters='{"a": ["b c&d"]}'))

    assert server.asked[0].startswith(
        b"GET /events?since=1&filters=%7B%22a%22%3A+%5B%22b+c%26d%22%5D%7D HTTP/1.1\r\n"
    )


def test_what_the_address_has_every_request_say_is_said(tmp_path: Path) -> None:
    server = ScriptedServer(tmp_path, [FINE])
    to = Address(
        scheme=Scheme.UNIX, path=server.address.path, prefix="/engine", headers=(("X-A", "b"),)
    )

    with closing(server), closing(Wire(to)) as wire:
        read(wire, get("/info"))

    assert server.asked[0].startswith(b"GET /engine/info HTTP/1.1\r\n")
    assert b"\r\nX-A: b\r\n" in server.asked[0]


def test_a_body_without_a_length_goes_in_chunks(serves: Serves) -> None:
    server, wire = serves([FINE])

    read(wire, Request(method="POST", path="/build", body=iter([b"one", b"", b"x" * 17])))

    assert b"Transfer-Encoding: chunked\r\n" in server.asked[0]
    assert server.asked[0].endswith(b"\r\n\r\n3\r\none\r\n11\r\n" + b"x" * 17 + b"\r\n0\r\n\r\n")


def test_why_an_upload_is_refused_is_heard_before_its_end(tmp_path: Path) -> None:
    refusal = b"HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\nfull"
    server = ScriptedServer(tmp_path, [refusal])

    def body() -> Iterator[bytes]:
        yield b"0\r\n"  # as a chunk, it looks like the end
        server.wait_for_end(0)
        yield from [b"x" * MIB] * 4

    with closing(server), closing(Wire(server.address)) as wire:
        answer = wire.ask(Request(method="POST", path="/build", body=body()))

        assert (answer.status, answer.read()) == (500, b"full")


def test_what_goes_wrong_with_what_is_sent_is_no_fault_of_the_connection(serves: Serves) -> None:
    server, wire = serves([FINE], [FINE])

    def body() -> Iterator[bytes]:
        yield b"a"
        raise FileNotFoundError("gone")

    with pytest.raises(FileNotFoundError):
        wire.ask(Request(method="POST", path="/build", body=body()))
    wire.settle()
    after = read(wire, get("/info"))

    assert after == b"fine"
    assert server.connections == 2


# ------------------------------------------------------------------ what is answered


@pytest.mark.parametrize(
    "said",
    [
        FINE,
        b"HTTP/1.1 200 OK\r\ncontent-length:4\r\n\r\nfine",
        b"HTTP/1.1 200\nContent-Length: 4\n\nfine",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine",
        CHUNKED + b"4\r\nfine\r\n0\r\n\r\n",
        CHUNKED + b"1\r\nf\r\n03;name=value\r\nine\r\n0\r\nTrailer: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nfine",
        b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\nfine",
    ],
    ids=[
        "length",
        "case",
        "bare lines",
        "continue",
        "chunk",
        "chunks",
        "until its end",
        "HTTP/1.0",
    ],
)
def test_an_answer_is_read_whole(serves: Serves, said: bytes) -> None:
    _, wire = serves([said])

    answer = wire.ask(get("/"))

    assert (answer.status, answer.read()) == (200, b"fine")


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_is_empty(serves: Serves, status: int) -> None:
    server, wire = serves([b"HTTP/1.1 %d X\r\n\r\n" % status, FINE])

    answer = wire.ask(post("/start"))

    assert (answer.status, answer.read(), read(wire, get("/"))) == (status, b"", b"fine")
    assert server.connections == 1


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", "the connection was closed without an answer"),
        (b"HTTP/1.1 20", "the connection was closed in the middle of an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "the connection was closed in the middle of an answer"),
        (FINE[:-1], "the connection was closed in the middle of an answer"),
        (CHUNKED + b"4\r\nfi", "the connection was closed in the middle of an answer"),
        (CHUNKED + b"4\r\nfine\r\n", "the connection was closed in the middle of an answer"),
        (CHUNKED + b"4\r\nfine\r\n0\r\n", "the connection was closed in the middle of an answer"),
        (CHUNKED + b"-4\r\nfine\r\n0\r\n\r\n", "what answers does not speak HTTP"),
        (CHUNKED + b"4_0\r\nfine\r\n0\r\n\r\n", "what answers does not speak HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "what answers does not speak HTTP"),
        (b"HTTP/2 200\r\n\r\n", "what answers does not speak HTTP"),
        (b"x" * 100_000, "what answers does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000, "what answers does not speak HTTP"),
    ],
)
def test_what_is_no_whole_answer_is_lost(serves: Serves, said: bytes, why: str) -> None:
    _, wire = serves([said])

    with pytest.raises(Lost) as caught:
        read(wire, get("/"))

    assert str(caught.value) == why


def test_who_does_not_answer_in_time_is_lost(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent.sock"))
        silent.listen()
        to = Address(scheme=Scheme.UNIX, path=str(tmp_path / "silent.sock"))

        with pytest.raises(Lost, match=r"^timed out$"):
            Wire(to).ask(Request(method="GET", path="/", timeout=0.05))


def test_an_answer_without_end_is_lost() -> None:
    answer = Answer(status=200, reason="", pieces=iter([bytes(MIB)] * 100))

    with pytest.raises(Lost, match="too long"):
        answer.read()


def test_a_line_without_end_is_lost() -> None:
    answer = Answer(status=200, reason="", pieces=iter([bytes(MIB)] * 100))

    with pytest.raises(Lost, match="too long"):
        list(answer.lines())


@pytest.mark.parametrize(
    "pieces",
    [
        [b'{"a": 1}\r\n{"b": "\xc3\xa4"}\r\n'],
        [b'{"a"', b": 1}\n", b'\n{"b": "\xc3', b'\xa4"}'],
    ],
    ids=["as one", "in pieces"],
)
def test_lines_are_objects_however_they_come(pieces: list[bytes]) -> None:
    answer = Answer(status=200, reason="", pieces=iter(pieces))

    assert list(answer.lines()) == [{"a": 1}, {"b": "ä"}]


@pytest.mark.parametrize("line", [b"1", b"[]", b"{", b"<html>", b"\xff", b"[" * 100_000], ids=str)
def test_a_line_that_is_no_object_is_lost(line: bytes) -> None:
    answer = Answer(status=200, reason="", pieces=iter([line]))

    with pytest.raises(Lost, match=r"^its answer is no JSON( object)?$"):
        list(answer.lines())


def test_what_is_no_json_is_lost() -> None:
    with pytest.raises(Lost, match=r"^its answer is no JSON$"):
        as_json(b"<html>a proxy</html>")


# ------------------------------------------------------------------ a connection that is kept


def test_a_connection_is_kept(serves: Serves) -> None:
    server, wire = serves([FINE, FINE, FINE])

    said = [read(wire, get("/")), read(wire, post("/")), read(wire, delete("/"))]

    assert said == [b"fine"] * 3
    assert server.connections == 1


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nfine",
        b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nfine",
        b"HTTP/1.1 200 OK\r\n\r\nfine",
    ],
    ids=["said", "HTTP/1.0", "until its end"],
)
def test_a_connection_that_ends_with_its_answer_is_replaced(serves: Serves, said: bytes) -> None:
    server, wire = serves([said], [FINE])

    assert [read(wire, post("/")), read(wire, post("/"))] == [b"fine", b"fine"]
    assert server.connections == 2


def test_a_kept_connection_that_has_ended_is_replaced_before_it_is_used(serves: Serves) -> None:
    server, wire = serves([FINE], [FINE])

    read(wire, post("/first"))
    server.wait_for_end(0)
    read(wire, post("/second"))

    assert server.connections == 2
    assert len(server.asked) == 2


def test_what_is_said_beyond_an_answer_is_not_the_next_ones(serves: Serves) -> None:
    server, wire = serves([FINE + b"\r\n" + FINE], [FINE.replace(b"fine", b"next")])

    assert [read(wire, post("/")), read(wire, post("/"))] == [b"fine", b"next"]
    assert server.connections == 2


def test_what_a_kept_connection_did_not_answer_at_all_is_asked_again(serves: Serves) -> None:
    server, wire = serves([FINE, b""], [FINE])

    read(wire, get("/first"))
    said = read(wire, get("/second"))

    assert said == b"fine"
    assert [line.partition(b" HTTP")[0] for line in server.asked] == [
        b"GET /first",
        b"GET /second",
        b"GET /second",
    ]


def test_what_may_have_been_done_is_not_asked_again(serves: Serves) -> None:
    server, wire = serves([FINE, b""], [FINE])

    read(wire, get("/first"))
    with pytest.raises(Lost, match=r"^the connection was closed without an answer$"):
        wire.ask(post("/second"))

    assert len(server.asked) == 2


def test_what_was_half_answered_is_not_asked_again(serves: Serves) -> None:
    server, wire = serves([FINE, b"H"], [FINE])

    read(wire, get("/first"))
    with pytest.raises(Lost, match="in the middle of an answer"):
        wire.ask(get("/second"))

    assert server.connections == 1


def test_a_new_connection_is_not_asked_again(serves: Serves) -> None:
    server, wire = serves([b""], [FINE])

    with pytest.raises(Lost, match=r"^the connection was closed without an answer$"):
        wire.ask(get("/"))

    assert server.connections == 1


def test_an_answer_that_nobody_read_is_nobody_elses(serves: Serves) -> None:
    server, wire = serves([CHUNKED + b"5\r\nstale\r\n"], [FINE])

    next(wire.ask(get("/events")).pieces)
    wire.settle()

    assert read(wire, get("/")) == b"fine"
    assert server.connections == 2


# ------------------------------------------------------------------ a connection that is taken over


@pytest.mark.parametrize(
    "early", [b"", b"\x01\x00\x00\x00\x00\x00\x00\x03one"], ids=["none", "some"]
)
def test_no_byte_is_lost_of_a_connection_that_is_taken_over(serves: Serves, early: bytes) -> None:
    server, wire = serves([UPGRADED + early, b" and the rest"])

    status = wire.ask(post("/attach")).status
    taken, said = wire.taken_over()
    with taken:
        taken.sendall(b"from here on\r\n\r\n")
        while more := taken.recv(100):
            said += more

    assert status == 101
    assert said == early + b" and the rest"
    assert server.asked[1] == b"from here on\r\n\r\n"


def test_a_connection_that_was_taken_over_is_not_asked_again(serves: Serves) -> None:
    server, wire = serves([UPGRADED], [FINE])

    wire.ask(post("/attach"))
    taken, _ = wire.taken_over()
    taken.close()

    assert read(wire, get("/")) == b"fine"
    assert server.connections == 2
