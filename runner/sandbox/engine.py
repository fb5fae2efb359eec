"""The Docker Engine: the one place where a client of it is made and its faults are named.

Honours DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH, DOCKER_CONTEXT and the current Docker
context.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Any, Final

from docker import APIClient
from docker.context import ContextAPI
from docker.context.config import get_current_context_name
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.utils import kwargs_from_env
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from runner.errors import EngineError, SandboxError
from runner.languages import Build
from runner.sandbox.presence import Presence

_TIMEOUT: Final = 60
"""Seconds for one call: create and start are slow on a machine under load."""
_PING_TIMEOUT: Final = 5
_NOT_RUNNING: Final = ("created", "configured", "dead", "exited")
"""Not asked for by a filter: of these words each engine knows some, and refuses the others."""
_LOST = (RequestException, HTTPError, ConnectionError)
"""Of requests, of urllib3 (an answer that is cut while it is read as a stream), of the socket."""


class Extra(StrEnum):
    """What a sandbox is better with and can be without; the word that an engine refuses it by."""

    SYSCTLS = "sysctl"  # some rootless engines
    INODES = "nr_inodes"  # Podman 4
    ANY_PROCESSES = "rlimit type 6"  # Podman, as a root that may not raise limits
    BARE_MOUNTS = "unexpected writable mount"  # Podman adds some of its own; init says so


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
        self._presence = Presence(self._answers)
        self.refused = frozenset[Extra]()
        """What the engine has said no to: it is not asked for that again."""

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
        with self._asking("ask for its state"):
            info: Mapping[str, Any] = self._client.info()
        return info

    def inspect_image(self, reference: str) -> Mapping[str, Any]:
        """What the engine knows of an image; ImageMissing where it has none of that name."""
        with self._asking(f"look for image '{reference}'"):
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
        with self._asking(f"pull image '{reference}'"):
            for line in self._client.pull(repository, tag=tag, stream=True, decode=True):
                if "error" in line:
                    raise SandboxError(f"cannot pull image '{reference}': {line['error'].strip()}")
                yield line

    def build(
        self,
        how: Build,
        archive: Iterator[bytes],
        *,
        labels: Mapping[str, str],
        pull: bool,
    ) -> Iterator[Mapping[str, Any]]:
        """Build an image from an archive; yields what the engine says, its errors among it.

        `pull`: ask for newer images to build on, too. SandboxError where the engine refuses it
        as a whole or is lost.
        """
        with self._asking(f"build {how.shown}"):
            yield from self._client.build(
                tag=how.tag,
                fileobj=archive,  # type: ignore[arg-type] # it is handed on to requests as it is
                custom_context=True,
                dockerfile=how.dockerfile.name,
                labels=dict(labels),
                pull=pull,
                rm=True,
                forcerm=True,
                decode=True,
            )

    def create(self, config: Mapping[str, Any], host_config: Mapping[str, Any]) -> str:
        """Make a container; its id."""
        with self._asking("create a container"):
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
        with self._asking("attach to a container"):
            stream = self._client.attach_socket(
                container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            )
        return getattr(stream, "_response", stream), getattr(stream, "_sock", stream)

    def start(self, container: str) -> None:
        """Start a container."""
        with self._asking("start a container"):
            self._client.start(container)

    def processes(self, container: str) -> int:
        """How many processes a container has; 0 too where the engine can't be asked."""
        if not self._answers():
            self._presence.miss()
            return 0
        try:
            with self._asking("list processes"):
                return len(self._client.top(container)["Processes"] or ())
        except SandboxError:
            return 0

    def lift_cpus(self, container: str) -> None:
        """Let a container use all processors; quiet where that can't be."""
        with suppress(SandboxError), self._asking("change a container"):
            self._client.update_container(container, cpu_quota=-1)

    def remove(self, container: str) -> None:
        """End and remove a container; quiet where it is gone already or the engine is."""
        if not self._presence.missed:
            with suppress(SandboxError), self._asking("remove a container"):
                self._client.remove_container(container, v=True, force=True)

    def memory_killed(self, container: str, *, since: float, patience: float = 2.0) -> bool:
        """Whether a container that has just ended, did so because its memory was out.

        An automatically removed container cannot be inspected, but the engine remembers its latest
        events. How it exited tells nothing: who kills init from outside makes it the same 137.
        """
        deadline = time.monotonic() + patience
        filters = {"container": [container], "event": ["die", "oom"]}
        looks = 4  # once it has ended: the event of its memory may come a moment later
        while looks and time.monotonic() < deadline:
            try:
                actions = {event.get("Action") for event in self._events(since, filters)}
            except SandboxError:
                return False
            if "oom" in actions:
                return True
            looks -= "die" in actions
            time.sleep(0.05)
        return False

    def sweep(self, label: str, *, older_than: float) -> None:
        """Remove containers with `label`, made `older_than` seconds ago or more and never started.

        A runner that was killed between the two leaves one; init's life line covers all others.
        """
        with suppress(SandboxError), self._asking("list containers"):
            for container in self._client.containers(all=True, filters={"label": label}):
                old = time.time() - container["Created"] >= older_than
                if old and container["State"] in _NOT_RUNNING:
                    self.remove(container["Id"])

    def _events(self, since: float, filters: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """What has become of containers since then."""
        until = int(time.time()) + 1
        with self._asking("ask for events"):
            return list(
                self._client.events(
                    since=int(since) - 1, until=until, filters=dict(filters), decode=True
                )
            )

    def _answers(self) -> bool:
        try:
            with APIClient(**self._where, version=self._api_version, timeout=_PING_TIMEOUT) as one:
                return bool(one.ping())
        except (DockerException, *_LOST):
            return False

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        try:
            self._presence.require()
            yield
        except NotFound as problem:
            raise SandboxError(f"cannot {what}: {problem.explanation}") from None
        except APIError as problem:
            raise SandboxError(f"cannot {what}: {problem.explanation or problem}") from None
        except (DockerException, *_LOST) as problem:
            self._presence.miss()
            raise SandboxError(
                f"cannot {what}: the engine does not answer ({_root(problem)})"
            ) from None


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
