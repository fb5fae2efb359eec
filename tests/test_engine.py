"""The client of the engine, against a daemon on a Unix socket that says what a test has it say."""

import base64
import hashlib
import json
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Final

import pytest

from runner.errors import EngineError, SandboxError
from runner.options import Pull
from runner.sandbox.address import endpoint
from runner.sandbox.engine import Engine, ImageMissing
from runner.sandbox.images import Images, Listener

CUT: Final = b"{"
"""At the end of an answer: it is not all of it, and the connection ends."""
UPGRADE: Final = (
    b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
    b"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
)


class Daemon(socketserver.ThreadingUnixStreamServer):
    """Answers `METHOD /path` (without its version) with what `answers` has for it; else 404."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        self.host = f"unix://{path}"
        self.answers: dict[str, tuple[int, Any]] = {}
        self.asked: list[str] = []
        self.started = threading.Event()
        self.headers: list[Mapping[str, str]] = []
        self._connections: list[socket.socket] = []
        super().__init__(str(path), _Conversation)
        self.speak(api="1.41", oldest="1.12")

    def speak(self, *, api: str, oldest: str) -> None:
        """Be an engine of these API versions."""
        version = {"Version": "7.8", "ApiVersion": api, "MinAPIVersion": oldest}
        self.answers["GET /version"] = (200, version)

    def hang_up(self) -> None:
        """End the connections that are kept."""
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_: object) -> None:
        """A client that is gone before its answer is none of the test's concern."""

    def get_request(self) -> tuple[socket.socket, Any]:
        accepted = super().get_request()
        self._connections.append(accepted[0])
        return accepted


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Daemon

    def setup(self) -> None:
        super().setup()
        self.client_address = ("", 0)

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer()

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append(f"{self.command} {self.path}")
        self.server.headers.append(dict(self.headers))
        _, _, unversioned = (
            path.removeprefix("/v").partition("/") if "/v1" in path else ("", "", "")
        )
        question = f"{self.command} /{unversioned or path.lstrip('/')}"
        if question.endswith("/attach"):
            self._attach()
            return
        if question.endswith("/start"):
            self.server.started.set()
        status, said = self.server.answers.get(question, (404, {"message": f"no {question}"}))
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for line in body.splitlines(keepends=True):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.close_connection = body.endswith(CUT)
        self.wfile.write(b"" if self.close_connection else b"0\r\n\r\n")

    def _attach(self) -> None:
        """As an engine does: the container has nothing to say before it is started."""
        self.wfile.write(UPGRADE)
        self.server.started.wait(10)
        self.wfile.write(b"".join(struct.pack(">BxxxI", 1, 3) + text for text in (b"one", b"two")))
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    """A daemon that DOCKER_HOST names."""
    with Daemon(tmp_path / "docker.sock") as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        monkeypatch.setenv("DOCKER_HOST", server.host)
        yield server
        server.shutdown()
        server.hang_up()


@pytest.fixture
def context(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Path]:
    """Makes a context that leads to the daemon, in a configuration of its own; its folder."""
    folder = tmp_path / "configuration"
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))

    def context(name: str) -> Path:
        meta = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
        meta.mkdir(parents=True)
        endpoints = {"docker": {"Host": daemon.host, "SkipTLSVerify": False}}
        told = {"Name": name, "Metadata": {}, "Endpoints": endpoints}
        (meta / "meta.json").write_text(json.dumps(told))
        (folder / "config.json").write_text("{}")
        return folder

    return context


def pull(reference: str) -> list[Any]:
    return list(Engine().pull(reference))


# ------------------------------------------------------------------ where it is


def test_docker_host_says_where_it_is(daemon: Daemon) -> None:
    assert Engine().name == "Docker Engine 7.8"
    assert endpoint() == f"{daemon.host} (DOCKER_HOST)"


def test_docker_context_says_where_it_is(
    context: Callable[[str], Path], daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    context("elsewhere")
    monkeypatch.setenv("DOCKER_CONTEXT", "elsewhere")

    assert Engine().name == "Docker Engine 7.8"
    assert endpoint() == f"{daemon.host} (context 'elsewhere')"


def test_the_current_context_of_the_configuration_says_where_it_is(
    context: Callable[[str], Path], daemon: Daemon
) -> None:
    folder = context("current")
    (folder / "config.json").write_text('{"currentContext": "current"}')

    assert Engine().name == "Docker Engine 7.8"
    assert endpoint() == f"{daemon.host} (context 'current')"


def test_docker_host_beats_a_context(
    context: Callable[[str], Path], daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    context("elsewhere")
    monkeypatch.setenv("DOCKER_CONTEXT", "no-such-context")
    monkeypatch.setenv("DOCKER_HOST", daemon.host)

    assert Engine().name == "Docker Engine 7.8"


def test_a_context_that_is_not_there_is_named(
    context: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    context("elsewhere")
    monkeypatch.setenv("DOCKER_CONTEXT", "no-such-context")

    with pytest.raises(EngineError, match="there is no Docker context 'no-such-context'"):
        Engine()


def test_a_current_context_that_is_not_there_is_named(context: Callable[[str], Path]) -> None:
    folder = context("elsewhere")
    (folder / "config.json").write_text('{"currentContext": "gone"}')

    with pytest.raises(EngineError, match="there is no Docker context 'gone'"):
        Engine()


def test_a_context_that_cannot_be_read_is_an_engine_error(
    context: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = context("broken")
    next(folder.rglob("meta.json")).write_text("{")
    monkeypatch.setenv("DOCKER_CONTEXT", "broken")

    with pytest.raises(EngineError, match="context 'broken' cannot be read: "):
        Engine()


@pytest.mark.parametrize(
    "host",
    [
        "unix:///nowhere/docker.sock",
        "tcp://127.0.0.1:1",
        "nonsense",
        "tcp://",
        "ftp://x",
    ],
)
def test_where_nothing_is_an_engine_error_in_one_sentence_says_so(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)

    with pytest.raises(EngineError) as caught:
        Engine()

    assert str(caught.value).startswith(f"Docker cannot be reached at {host}: ")
    assert "\n" not in str(caught.value)


# ------------------------------------------------------------------ what it speaks


@pytest.mark.parametrize(
    ("api", "oldest", "spoken"),
    [
        ("1.24", "1.12", "1.24"),
        ("1.41", "1.12", "1.41"),
        ("1.51", "1.24", "1.51"),
        ("1.60", "1.44", "1.51"),
        ("1.60", "1.53", "1.53"),
        ("2.1", "1.44", "1.51"),
        ("1.41", "", "1.41"),
    ],
)
def test_the_newest_api_version_that_both_know_is_spoken(
    daemon: Daemon, api: str, oldest: str, spoken: str
) -> None:
    daemon.speak(api=api, oldest=oldest)
    daemon.answers["GET /info"] = (200, {"Name": "there"})

    info = Engine().info()

    assert info == {"Name": "there"}
    assert daemon.asked == ["GET /version", f"GET /v{spoken}/info"]


@pytest.mark.parametrize("api", ["1.23", "1", "", "new"])
def test_an_engine_of_no_known_version_is_an_engine_error(daemon: Daemon, api: str) -> None:
    daemon.speak(api=api, oldest="1.12")

    with pytest.raises(EngineError, match=f"has API version {api}, at least 1.24 is needed"):
        Engine()


@pytest.mark.parametrize(
    "said",
    [(500, {"message": "out of order"}), (200, b"<html>a proxy</html>"), (200, {}), (403, b"no")],
    ids=["fault", "no JSON", "nothing", "forbidden"],
)
def test_what_is_no_engine_is_an_engine_error(daemon: Daemon, said: tuple[int, Any]) -> None:
    daemon.answers["GET /version"] = said

    with pytest.raises(EngineError, match=r"^Docker cannot be reached at "):
        Engine()


def test_podman_is_called_by_its_name(daemon: Daemon) -> None:
    version = {"Version": "4.3", "ApiVersion": "1.41", "Components": [{"Name": "Podman Engine"}]}
    daemon.answers["GET /version"] = (200, version)

    assert Engine().name == "Podman Engine 4.3"


def test_the_engines_words_are_a_sandbox_errors(daemon: Daemon) -> None:
    daemon.answers["POST /containers/create"] = (400, {"message": "unknown runtime: nope"})

    with pytest.raises(SandboxError, match=r"^cannot create a container: unknown runtime: nope$"):
        Engine().create({}, {})


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ((404, {"message": "no such container"}), "no such container"),
        ((409, {"message": "it is being removed"}), "it is being removed"),
        ((502, b" Bad gateway, says a proxy \n"), "Bad gateway, says a proxy"),
        ((500, b""), "500 Internal Server Error"),
        ((500, b"[]"), "[]"),
        ((301, b""), "301 Moved Permanently"),
    ],
    ids=str,
)
def test_who_refuses_is_heard_whoever_it_is(
    daemon: Daemon, said: tuple[int, Any], words: str
) -> None:
    daemon.answers["POST /containers/c/start"] = said

    with pytest.raises(SandboxError) as caught:
        Engine().start("c")

    assert str(caught.value) == f"cannot start a container: {words}"


def test_a_container_that_is_started_already_is_started(daemon: Daemon) -> None:
    daemon.answers["POST /containers/c/start"] = (304, b"")

    Engine().start("c")

    assert daemon.asked[-1] == "POST /v1.41/containers/c/start"


def test_all_is_asked_on_one_connection(daemon: Daemon) -> None:
    daemon.answers["GET /info"] = (200, {})
    engine = Engine()

    engine.info()
    engine.info()

    assert len(daemon._connections) == 1


def test_an_engine_that_went_away_is_a_sandbox_error(daemon: Daemon) -> None:
    engine = Engine()
    daemon.shutdown()
    daemon.server_close()
    daemon.hang_up()
    Path(daemon.host.removeprefix("unix://")).unlink()

    with pytest.raises(
        SandboxError, match=r"^cannot start a container: the engine does not answer"
    ):
        engine.start("c")


# ------------------------------------------------------------------ images


def test_a_pull_tells_its_progress_and_asks_for_the_tag(daemon: Daemon) -> None:
    daemon.answers["POST /images/create"] = (
        200,
        b'{"status": "Pulling"}\r\n{"status": "Done"}\r\n',
    )

    told = pull("localhost:5000/a/b:1.2")

    assert told == [{"status": "Pulling"}, {"status": "Done"}]
    assert daemon.asked[-1].endswith("?tag=1.2&fromImage=localhost%3A5000%2Fa%2Fb")


@pytest.mark.parametrize(
    ("reference", "asked"),
    [
        ("bash", "?tag=latest&fromImage=bash"),
        ("localhost:5000/bash", "?tag=latest&fromImage=localhost%3A5000%2Fbash"),
        ("bash@sha256:00", "?tag=sha256%3A00&fromImage=bash"),
    ],
)
def test_what_a_pull_asks_for(daemon: Daemon, reference: str, asked: str) -> None:
    daemon.answers["POST /images/create"] = (200, b"")

    pull(reference)

    assert daemon.asked[-1].endswith(asked)


def test_a_registry_is_told_who_asks(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.answers["POST /images/create"] = (200, b"")
    auth = base64.b64encode(b"me:secret").decode()
    told = {"auths": {"localhost:5000": {"auth": auth}}, "HttpHeaders": {"X-Mine": "yes"}}
    (tmp_path / "config.json").write_text(json.dumps(told))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))

    pull("localhost:5000/a:1")

    sent = json.loads(base64.urlsafe_b64decode(daemon.headers[-1]["X-Registry-Auth"]))
    assert (sent["username"], sent["password"]) == ("me", "secret")
    assert daemon.headers[-1]["X-Mine"] == "yes"


def test_credentials_that_cannot_be_had_are_told(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.answers["POST /images/create"] = (200, b"")
    (tmp_path / "config.json").write_text('{"credsStore": "exec-action-none"}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))

    with pytest.raises(SandboxError, match=r"^cannot pull image 'bash:5': its registry's cred"):
        pull("bash:5")

    assert not any("/images/create" in asked for asked in daemon.asked)


@pytest.mark.parametrize(
    "said",
    [
        (200, b'{"status": "Pulling"}\r\n{"errorDetail": {}, "error": "no space left\\n"}\r\n'),
        (404, {"message": "no space left"}),
        (500, {"message": "no space left"}),
    ],
    ids=["in a line of 200", "404", "500"],
)
def test_what_went_wrong_in_a_pull_is_told(daemon: Daemon, said: tuple[int, Any]) -> None:
    daemon.answers["POST /images/create"] = said

    with pytest.raises(SandboxError, match=r"^cannot pull image 'bash:5': no space left$"):
        pull("bash:5")


def test_a_pull_that_is_cut_is_told(daemon: Daemon) -> None:
    daemon.answers["POST /images/create"] = (200, b'{"status": "Pulling"}\r\n' + CUT)

    with pytest.raises(SandboxError, match=r"^cannot pull image 'bash:5': "):
        pull("bash:5")


def test_an_image_that_is_not_there_is_missing(daemon: Daemon) -> None:
    daemon.answers["GET /images/bash:5/json"] = (404, {"message": "No such image: bash:5"})

    with pytest.raises(ImageMissing):
        Engine().inspect_image("bash:5")


def test_a_run_asks_once_for_an_image_and_a_process_that_lives_on_again(daemon: Daemon) -> None:
    inspect = "GET /v1.41/images/bash:5/json"
    daemon.answers["GET /images/bash:5/json"] = (404, {"message": "No such image: bash:5"})
    once = Images(Engine(), pull=Pull.NEVER, listener=Listener())
    again = Images(Engine(), pull=Pull.NEVER, listener=Listener(), again=True)

    failed = [images.future("bash:5").exception() for images in (once, again)]
    daemon.answers["GET /images/bash:5/json"] = (200, {"Id": "sha256:1", "Architecture": "amd64"})

    assert str(failed[0]) == "image 'bash:5' is not here, and pulling is off (--pull never)"
    assert once.future("bash:5").exception() is failed[0]
    assert again.future("bash:5").result().digest == "sha256:1"
    assert daemon.asked.count(inspect) == 3


def test_an_image_that_a_pull_does_not_bring_is_told(daemon: Daemon) -> None:
    daemon.answers["POST /images/create"] = (200, b'{"status": "Done"}')
    daemon.answers["GET /images/bash:5/json"] = (404, {"message": "No such image: bash:5"})
    pulled: list[str] = []

    problem = (
        Images(Engine(), pull=Pull.MISSING, listener=Listener(pulling=pulled.append))
        .future("bash:5")
        .exception()
    )

    assert str(problem) == "image 'bash:5' was pulled but is not there"
    assert pulled == ["bash:5"]


# ------------------------------------------------------------------ the stream


def test_nothing_that_a_container_says_from_its_start_is_lost(daemon: Daemon) -> None:
    daemon.answers["POST /containers/c/start"] = (204, b"")
    engine = Engine()

    stream, said = engine.attach("c")
    engine.start("c")
    while more := stream.recv(1000):
        said += more
    stream.close()

    assert said == b"".join(struct.pack(">BxxxI", 1, 3) + text for text in (b"one", b"two"))
    attached, started = daemon.asked[-2:]
    assert attached.startswith("POST /v1.41/containers/c/attach?stdin=1&stdout=1&stderr=1&stream=1")
    assert started == "POST /v1.41/containers/c/start"
