"""Connections to where an engine listens: a Unix socket, a network with or without TLS, SSH."""

import socket
from typing import Final

from runner.sandbox.address import Address, Scheme, Tls

_SSH: Final[tuple[str, ...]] = ("ssh", "-T", "-o", "ConnectTimeout=30")


def connect(to: Address, *, timeout: float | None) -> socket.socket:
    """A connection, whose operations take `timeout` seconds at most.

    OSError or ValueError says why there is none.
    """
    match to.scheme:
        case Scheme.UNIX:
            return _unix(to.path, timeout)
        case Scheme.TCP:
            return _tcp(to, timeout)
        case Scheme.SSH:
            return _ssh(to, timeout)


def _unix(path: str, timeout: float | None) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(timeout)
        connection.connect(path)
    except BaseException:
        connection.close()
        raise
    return connection


def _tcp(to: Address, timeout: float | None) -> socket.socket:
    connection = socket.create_connection((to.host, to.port or 0), timeout)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection if to.tls is None else _secured(connection, to.tls, to.host)
    except BaseException:
        connection.close()
        raise


def _secured(connection: socket.socket, tls: Tls, host: str) -> socket.socket:
    import ssl  # noqa: PLC0415 - 8 ms, for engines behind TLS alone

    context = ssl.create_default_context()
    if tls.folder is not None and (tls.folder / "ca.pem").exists():
        context = ssl.create_default_context(cafile=str(tls.folder / "ca.pem"))
    if tls.folder is not None and (tls.folder / "cert.pem").exists():
        context.load_cert_chain(tls.folder / "cert.pem", tls.folder / "key.pem")
    if not tls.verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection, server_hostname=host)


def _ssh(to: Address, timeout: float | None) -> socket.socket:
    """Docker's own command on the other machine carries the bytes to the engine there.

    In a session of its own: Ctrl-C is the runner's, which still has sandboxes to end.
    """
    import subprocess  # noqa: PLC0415 - 4 ms, for engines behind SSH alone
    import threading  # noqa: PLC0415

    port = ("-p", str(to.port)) if to.port else ()
    user = ("-l", to.user) if to.user else ()
    words = (*_SSH, *port, *user, "--", to.host, "docker", "system", "dial-stdio")
    ours, theirs = socket.socketpair()
    with theirs:
        end = theirs.fileno()
        try:
            process = subprocess.Popen(words, stdin=end, stdout=end, start_new_session=True)  # noqa: S603 see above
        except BaseException:
            ours.close()
            raise
    threading.Thread(target=process.wait, name="ssh", daemon=True).start()
    ours.settimeout(timeout)
    return ours
