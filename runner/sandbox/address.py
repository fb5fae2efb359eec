"""Where the engine is: what DOCKER_HOST and its relatives, or a Docker context, say of it.

Read as Docker's own command line reads them, from the environment and the files in `~/.docker`:
https://docs.docker.com/engine/manage-resources/contexts/. That needs no more than this; Docker's
SDK, which could tell it too, takes longer to import than a small run takes.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

_USUAL: Final = "unix:///var/run/docker.sock"
_WOULD_BE_RIGHT: Final = "unix:///path, tcp://host:port or ssh://user@host would be one"


class Scheme(StrEnum):
    """How an engine is reached."""

    UNIX = "unix"
    TCP = "tcp"
    SSH = "ssh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How the two ends of a connection prove who they are."""

    folder: Path | None
    """With ca.pem, cert.pem and key.pem, as far as they are there."""
    verified: bool
    """Whether the engine has to prove it, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where an engine listens, and what it is to be told with each request."""

    scheme: Scheme
    path: str = ""
    """Of a Unix socket."""
    host: str = ""
    port: int | None = None
    user: str = ""
    prefix: str = ""
    """What comes before each request's own path."""
    tls: Tls | None = None
    headers: tuple[tuple[str, str], ...] = ()


def address() -> Address:
    """Where the engine is to be looked for. ValueError or OSError says why nobody knows."""
    told = os.environ.get("DOCKER_HOST")
    if told:
        return parsed(told, tls=_tls_of_environment(), headers=_headers())
    told, tls = _context(_context_name())
    return parsed(told, tls=tls or _tls_of_environment(), headers=_headers())


def endpoint() -> str:
    """Where the engine is looked for, and who says so: `unix:///run/docker.sock (DOCKER_HOST)`."""
    if os.environ.get("DOCKER_HOST"):
        return f"{os.environ['DOCKER_HOST']} (DOCKER_HOST)"
    name = _context_name()
    try:
        told, _ = _context(name)
    except (OSError, ValueError) as problem:
        return f"nowhere: {problem}"
    return f"{told} (context '{name}')"


def parsed(
    told: str, *, tls: Tls | None = None, headers: tuple[tuple[str, str], ...] = ()
) -> Address:
    """The address that is written so; ValueError where it is none."""
    scheme, separator, rest = told.strip().rpartition("://")
    match scheme if separator else "tcp":
        case "unix" | "http+unix":
            path = f"/{rest.lstrip('/')}" if rest else _USUAL.removeprefix("unix://")
            return Address(scheme=Scheme.UNIX, path=path, headers=headers)
        case "tcp" | "http":
            return _on_network(Scheme.TCP, rest, tls=tls, headers=headers)
        case "https":
            secured = tls or Tls(folder=None, verified=True)
            return _on_network(Scheme.TCP, rest, tls=secured, headers=headers)
        case "ssh":
            return _on_network(Scheme.SSH, rest, tls=None, headers=headers)
        case _:
            raise ValueError(f"that is no address of an engine; {_WOULD_BE_RIGHT}")


def _on_network(
    scheme: Scheme, rest: str, *, tls: Tls | None, headers: tuple[tuple[str, str], ...]
) -> Address:
    parts = urlsplit(f"//{rest}")
    port = parts.port  # ValueError where it is none
    by_ssh = scheme is Scheme.SSH
    if (
        not (parts.hostname if by_ssh else port)
        or parts.password is not None
        or (parts.path.strip("/") if by_ssh else parts.username)
        or parts.query
        or parts.fragment
    ):
        raise ValueError(f"that is no address of an engine; {_WOULD_BE_RIGHT}")
    return Address(
        scheme=scheme,
        prefix=parts.path.rstrip("/"),
        host=parts.hostname or "127.0.0.1",
        port=port,
        user=parts.username or "",
        tls=tls,
        headers=headers,
    )


def _tls_of_environment() -> Tls | None:
    verified = bool(os.environ.get("DOCKER_TLS_VERIFY"))
    told = os.environ.get("DOCKER_CERT_PATH")
    if not told and not verified:
        return None
    folder = Path(told) if told else _folder()
    if not folder.is_dir():
        raise ValueError(f"there is no folder '{folder}' with certificates (DOCKER_CERT_PATH)")
    return Tls(folder=folder, verified=verified)


def _context_name() -> str:
    name = os.environ.get("DOCKER_CONTEXT") or _configuration().get("currentContext")
    return str(name or "default")


def _context(name: str) -> tuple[str, Tls | None]:
    """The host that a context names, and how to speak with it."""
    if name == "default":
        return _USUAL, None
    from hashlib import sha256  # noqa: PLC0415 - 20 ms, where there is a context

    key = sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    contexts = _folder() / "contexts"
    try:
        told = json.loads((contexts / "meta" / key / "meta.json").read_bytes())
        docker = told["Endpoints"].get("docker") or {}
        host, verified = str(docker.get("Host") or _USUAL), not docker.get("SkipTLSVerify")
    except FileNotFoundError:
        raise ValueError(f"there is no Docker context '{name}'") from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        raise ValueError(f"the Docker context '{name}' cannot be read: {problem}") from None
    certificates = contexts / "tls" / key / "docker"
    return host, Tls(folder=certificates, verified=verified) if certificates.is_dir() else None


def _headers() -> tuple[tuple[str, str], ...]:
    """What the user's configuration has every request say."""
    told = _configuration().get("HttpHeaders")
    headers = told.items() if isinstance(told, dict) else ()
    if any(not f"{name}{text}".isprintable() for name, text in headers):
        raise ValueError("HttpHeaders of the Docker configuration are no headers")
    return tuple((str(name), str(text)) for name, text in headers)


def _configuration() -> Mapping[str, Any]:
    """Empty where it cannot be read: an engine may be there all the same."""
    try:
        told = json.loads((_folder() / "config.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _folder() -> Path:
    told = os.environ.get("DOCKER_CONFIG")
    return Path(told or os.path.expanduser("~/.docker"))  # noqa: PTH111 it fails where no home is
