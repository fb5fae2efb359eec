"""Connections to an engine: on a network, with TLS, through SSH."""

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from scripted_server import ScriptedServer

from runner.sandbox.address import Address, Scheme, Tls
from runner.sandbox.messages import Lost, get
from runner.sandbox.wire import Wire

FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"
SSH = f"""\
#!{sys.executable}
import os, socket, sys, threading
open(os.environ["SSH_TOLD"], "w").write(" ".join(sys.argv[1:]))
engine = socket.socket(socket.AF_UNIX)
engine.connect(os.environ["SSH_LEADS_TO"])
def back():
    while piece := engine.recv(1000):
        os.write(1, piece)
    os._exit(0)
threading.Thread(target=back).start()
while piece := os.read(0, 1000):
    engine.sendall(piece)
engine.shutdown(socket.SHUT_WR)
"""


def ask(to: Address) -> bytes:
    with closing(Wire(to)) as wire:
        return wire.ask(get("/")).read()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as DOCKER_CERT_PATH names it: who signs, and who is signed, for both ends."""
    folder = tmp_path_factory.mktemp("certificates")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    alternative = ["-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["-x509", "-subj", "/CN=there", "-keyout", "key.pem", "-out", "cert.pem"]
    words = ["openssl", "req", *curve, *alternative, *made]
    subprocess.run(words, cwd=folder, capture_output=True, check=True)
    (folder / "ca.pem").write_bytes((folder / "cert.pem").read_bytes())
    return folder


@pytest.fixture
def secured(certificates: Path) -> Iterator[Address]:
    """Where a server asks for a certificate, and says `fine` to one who has it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=certificates / "ca.pem")
    context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=_serve, args=(listener, context), daemon=True)
        serving.start()
        yield Address(scheme=Scheme.TCP, host="127.0.0.1", port=listener.getsockname()[1])
        serving.join(10)


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    plain, _ = listener.accept()
    with plain:
        try:
            with context.wrap_socket(plain, server_side=True) as one:
                one.recv(1000)
                one.sendall(FINE)
        except (ssl.SSLError, OSError):
            return


@pytest.mark.parametrize("verified", [True, False])
def test_both_ends_prove_who_they_are(
    secured: Address, certificates: Path, *, verified: bool
) -> None:
    to = replace(secured, tls=Tls(folder=certificates, verified=verified))

    assert ask(to) == b"fine"


def test_an_engine_that_does_not_prove_who_it_is_is_lost(secured: Address) -> None:
    with pytest.raises(Lost, match="certificate verify failed: self-signed certificate"):
        ask(replace(secured, tls=Tls(folder=None, verified=True)))


def test_an_engine_whose_name_is_another_is_lost(secured: Address, certificates: Path) -> None:
    to = replace(secured, host="localhost", tls=Tls(folder=certificates, verified=True))

    with pytest.raises(Lost, match="certificate is not valid for 'localhost'"):
        ask(to)


def test_who_speaks_without_tls_where_it_is_needed_is_not_answered(secured: Address) -> None:
    with pytest.raises(Lost):
        ask(secured)


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Address], Path]:
    """A stand-in for ssh, that leads to an address; the file in which it writes its words."""
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(SSH)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))

    def ssh(to: Address) -> Path:
        monkeypatch.setenv("SSH_LEADS_TO", to.path)
        monkeypatch.setenv("SSH_TOLD", str(tmp_path / "told"))
        return tmp_path / "told"

    return ssh


def test_an_engine_is_reached_through_ssh(tmp_path: Path, ssh: Callable[[Address], Path]) -> None:
    server = ScriptedServer(tmp_path, [FINE])
    told = ssh(server.address)

    with closing(server):
        said = ask(Address(scheme=Scheme.SSH, host="there", port=2222, user="me"))

    assert said == b"fine"
    assert told.read_text() == (
        "-T -o ConnectTimeout=30 -p 2222 -l me -- there docker system dial-stdio"
    )


def test_an_engine_behind_an_ssh_that_is_not_there_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Lost, match=r"^No such file or directory$"):
        ask(Address(scheme=Scheme.SSH, host="there"))
