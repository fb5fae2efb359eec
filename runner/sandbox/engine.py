"""The Docker Engine: the one place where a client of it is made and its faults are named.

Honours DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH, DOCKER_CONTEXT and the current Docker
context.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from docker import APIClient
from docker.context import ContextAPI
from docker.context.config import get_current_context_name
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.utils import kwargs_from_env
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from runner.errors import EngineError, SandboxError

_TIMEOUT: Final = 120
"""Seconds for one call: create and start are slow on a machine under load."""
_LOST = (RequestException, HTTPError, ConnectionError)
"""Of requests, of urllib3 (an answer that is cut while it is read as a stream), of the socket."""


class ImageMissing(Exception):  # noqa: N818 a state of the engine, not a fault
    """The engine does not have the image."""


class Engine:
    """A connection to a Docker Engine, or to what speaks its API; safe for threads."""

    def __init__(self) -> None:
        """Connect. EngineError says in one sentence why that is not possible."""
        try:
            self._where = _connection()
            client = APIClient(**self._where, version="auto", timeout=_TIMEOUT)
            self.version: Mapping[str, Any] = client.version()
        except (DockerException, *_LOST, OSError, ValueError) as problem:
            raise EngineError(_unreachable(problem)) from None
        self._api_version = client.api_version
        self._local = threading.local()
        self.takes_sysctls = True
        """False once the engine has refused a container's sysctls: some rootless ones do."""

    @property
    def name(self) -> str:
        """`Docker Engine 20.10.24`, `Podman Engine 4.3.1`."""
        components = self.version.get("Components") or [{}]
        name = components[0].get("Name", "Engine")
        return f"{'Docker Engine' if name == 'Engine' else name} {self.version.get('Version', '')}"

    @property
    def _client(self) -> APIClient:
        """This thread's own client: a requests session is not for two threads at once."""
        if not hasattr(self._local, "client"):
            self._local.client = APIClient(
                **self._where, version=self._api_version, timeout=_TIMEOUT
            )
        client: APIClient = self._local.client
        return client

    def info(self) -> Mapping[str, Any]:
        """What `docker info` says."""
        with _named_faults("ask for its state"):
            info: Mapping[str, Any] = self._client.info()
        return info

    def inspect_image(self, reference: str) -> Mapping[str, Any]:
        """What the engine knows of an image; ImageMissing where it has none of that name."""
        with _named_faults(f"look for image '{reference}'"):
            try:
                image: Mapping[str, Any] = self._client.inspect_image(reference)  # type: ignore[no-untyped-call]
            except ImageNotFound:
                raise ImageMissing(reference) from None
        return image

    def pull(self, reference: str) -> Iterator[Mapping[str, Any]]:
        """Pull an image; yields the engine's progress reports.

        SandboxError says what went wrong.
        """
        repository, tag = _split_tag(reference)
        with _named_faults(f"pull image '{reference}'"):
            for line in self._client.pull(repository, tag=tag, stream=True, decode=True):
                if "error" in line:
                    raise SandboxError(f"cannot pull image '{reference}': {line['error'].strip()}")
                yield line

    def create(self, config: Mapping[str, Any], host_config: Mapping[str, Any]) -> str:
        """Make a container; its id."""
        with _named_faults("create a container"):
            answer = self._client.create_container_from_config(  # type: ignore[no-untyped-call]
                {**config, "HostConfig": dict(host_config)}
            )
        container: str = answer["Id"]
        return container

    def attach(self, container: str) -> tuple[Any, socket.socket]:
        """The container's stream, to be opened before it starts.

        (what keeps it open, the socket). The first is the SDK's response, which has the stream: one
        that is collected after its stream was closed has Python 3.13 print a traceback.
        """
        with _named_faults("attach to a container"):
            stream = self._client.attach_socket(
                container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            )
        return getattr(stream, "_response", stream), getattr(stream, "_sock", stream)

    def start(self, container: str) -> None:
        """Start a container."""
        with _named_faults("start a container"):
            self._client.start(container)

    def is_running(self, container: str) -> bool:
        """Whether the engine says that a container runs; False too where it can't be asked."""
        try:
            return bool(self._client.inspect_container(container)["State"]["Running"])
        except (DockerException, *_LOST):
            return False

    def remove(self, container: str) -> None:
        """End and remove a container; quiet where it is gone already or the engine is."""
        try:
            self._client.remove_container(container, v=True, force=True)
        except (DockerException, *_LOST):
            return

    def memory_killed(self, container: str, *, since: float, patience: float = 2.0) -> bool:
        """Whether a container that has just ended, did so because its memory was out.

        Not so where somebody asked the engine to kill it. An automatically removed container
        cannot be inspected, but the engine remembers its latest events.
        """
        deadline = time.monotonic() + patience
        filters = {"container": [container], "event": ["die", "oom", "kill"]}
        while time.monotonic() < deadline:
            try:
                events = list(
                    self._client.events(
                        since=int(since) - 1,
                        until=int(time.time()) + 1,
                        filters=filters,
                        decode=True,
                    )
                )
            except (DockerException, *_LOST):
                return False
            actions = {event.get("Action") for event in events}
            if "oom" in actions:
                return True
            if "die" in actions:
                return "kill" not in actions and any(
                    event.get("Actor", {}).get("Attributes", {}).get("exitCode") == "137"
                    for event in events
                )
            time.sleep(0.05)
        return False

    def sweep(self, label: str, *, older_than: float) -> None:
        """Remove containers with `label`, made `older_than` seconds ago or more and never started.

        A runner that was killed between the two leaves one; init's life line covers all others.
        """
        try:
            stale = self._client.containers(
                all=True, filters={"label": label, "status": ["created", "dead", "exited"]}
            )
        except (DockerException, *_LOST):
            return
        for container in stale:
            if time.time() - container["Created"] >= older_than:
                self.remove(container["Id"])


def endpoint() -> str:
    """Where the engine is looked for, and who says so: `unix:///run/docker.sock (DOCKER_HOST)`."""
    if os.environ.get("DOCKER_HOST"):
        return f"{os.environ['DOCKER_HOST']} (DOCKER_HOST)"
    try:
        where = _connection().get("base_url", "its usual socket")
        name = os.environ.get("DOCKER_CONTEXT") or get_current_context_name()
    except (DockerException, OSError, ValueError, AttributeError) as problem:
        return f"nowhere: the Docker context cannot be read ({problem})"
    return f"{where} (context '{name}')"


def _connection() -> dict[str, Any]:
    where = dict[str, Any](kwargs_from_env())
    if "base_url" not in where:
        name = os.environ.get("DOCKER_CONTEXT") or get_current_context_name()
        if problem := _context_problem(name):
            raise DockerException(problem)
        where |= ContextAPI.kwargs_from_context(environment=os.environ)
    return where


def _context_problem(name: str) -> str:
    try:
        found: object = ContextAPI.get_context(name)
    except Exception as problem:  # noqa: BLE001 docker 7.2 raises just that
        return f"the Docker context '{name}' cannot be read: {problem}"
    return f"there is no Docker context '{name}'" if found is None else ""


def _split_tag(reference: str) -> tuple[str, str | None]:
    """Repository and tag; a digest stays with the repository, and no tag means `latest`."""
    if "@" in reference:
        return reference, None
    name, colon, tag = reference.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (reference, "latest")


@contextmanager
def _named_faults(what: str) -> Iterator[None]:
    try:
        yield
    except NotFound as problem:
        raise SandboxError(f"cannot {what}: {problem.explanation}") from None
    except APIError as problem:
        raise SandboxError(f"cannot {what}: {problem.explanation or problem}") from None
    except (DockerException, *_LOST) as problem:
        raise SandboxError(
            f"cannot {what}: the engine does not answer ({_root(problem)})"
        ) from None


def _unreachable(problem: Exception) -> str:
    where = os.environ.get("DOCKER_HOST") or "its usual socket"
    return (
        f"Docker cannot be reached at {where}: {_root(problem)}."
        " Start the engine or set DOCKER_HOST; `python -m runner doctor` tells more."
    )


def _root(problem: BaseException) -> str:
    """The innermost reason in plain words: requests wraps an error of the socket four times."""
    seen: BaseException = problem
    while (inner := seen.__cause__ or seen.__context__) is not None:
        seen = inner
    return getattr(seen, "strerror", None) or str(seen)
