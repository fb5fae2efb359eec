"""The Docker Engine: the one place where it is asked for something, and its faults are named.

Its API: https://docs.docker.com/reference/api/engine/
"""

import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote

from runner.errors import EngineError, SandboxError
from runner.languages import Build
from runner.sandbox.address import address
from runner.sandbox.client import Client, NotFound, Refused
from runner.sandbox.credentials import NoCredentials, for_build, for_pull
from runner.sandbox.messages import Lost, Request, delete, get, post
from runner.sandbox.presence import Presence

_NOT_RUNNING: Final = ("created", "configured", "dead", "exited")
"""Not asked for by a filter: of these words each engine knows some, and refuses the others."""


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
            self._client = Client(address())
        except (Lost, Refused, OSError, ValueError) as problem:
            raise EngineError(_unreachable(problem)) from None
        self.version = self._client.version
        self._presence = Presence(self._client.answers)
        self.refused = frozenset[Extra]()
        """What the engine has said no to: it is not asked for that again."""
        self.unheld = frozenset[str]()
        """Limits that it has been seen not to hold a sandbox to: who wants one need not try."""

    @property
    def name(self) -> str:
        """`Docker Engine 20.10.24`, `Podman Engine 4.3.1`."""
        components = self.version.get("Components") or [{}]
        name = components[0].get("Name", "Engine")
        return f"{'Docker Engine' if name == 'Engine' else name} {self.version.get('Version', '')}"

    def info(self) -> Mapping[str, Any]:
        """What `docker info` says."""
        with self._asking("ask for its state"):
            info: Mapping[str, Any] = self._client.json(get("/info"))
        return info

    def inspect_image(self, reference: str) -> Mapping[str, Any]:
        """What the engine knows of an image; ImageMissing where it has none of that name."""
        with self._asking(f"look for image '{reference}'"):
            try:
                wanted = get(f"/images/{_quoted(reference)}/json")
                image: Mapping[str, Any] = self._client.json(wanted)
            except NotFound:
                raise ImageMissing(reference) from None
        return image

    def pull(self, reference: str) -> Iterator[Mapping[str, Any]]:
        """Pull an image; yields the engine's progress reports.

        SandboxError says what went wrong.
        """
        repository, tag = _split_tag(reference)
        with self._asking(f"pull image '{reference}'"):
            request = Request(
                method="POST",
                path="/images/create",
                query={"tag": tag, "fromImage": repository},
                headers=for_pull(repository),
                timeout=None,
            )
            for line in self._lines(request):
                if "error" in line:
                    said = str(line["error"]).strip()
                    raise SandboxError(f"cannot pull image '{reference}': {said}")
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
        query = {
            "t": how.tag,
            "dockerfile": how.dockerfile.name,
            "labels": json.dumps(dict(labels)),
            "pull": int(pull),
            "rm": 1,
            "forcerm": 1,
        }
        with self._asking(f"build {how.shown}"):
            request = Request(
                method="POST",
                path="/build",
                query=query,
                headers=for_build() | {"Content-Type": "application/x-tar"},
                body=archive,
                timeout=None,
            )
            yield from self._lines(request)

    def create(self, config: Mapping[str, Any], host_config: Mapping[str, Any]) -> str:
        """Make a container; its id."""
        with self._asking("create a container"):
            told = {**config, "HostConfig": dict(host_config)}
            container: str = self._client.json(post("/containers/create", told=told))["Id"]
        return container

    def require_runtime(self, container: str, wanted: str) -> None:
        """SandboxError where a container that was made would run in another runtime.

        Podman has one for all, and does not say that it heeds no other.
        """
        with self._asking("look at a container"):
            had = self._client.json(get(f"{_path(container)}/json"))["HostConfig"].get("Runtime")
        if wanted not in (had, self.info().get("DefaultRuntime")):
            raise SandboxError(
                f"{self.name} takes no runtime for a container: make '{wanted}' its own"
            )

    def attach(self, container: str) -> tuple[socket.socket, bytes]:
        """The container's stream, to be opened before it starts, and what came of it already."""
        with self._asking("attach to a container"):
            query = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            attach = Request(method="POST", path=f"{_path(container)}/attach", query=query)
            return self._client.taken_over(attach)

    def start(self, container: str) -> None:
        """Start a container."""
        with self._asking("start a container"):
            self._client.said(post(f"{_path(container)}/start"))

    def processes(self, container: str) -> int:
        """How many processes a container has; 0 too where the engine can't be asked."""
        if not self._client.answers():
            self._presence.miss()
            return 0
        try:
            with self._asking("list processes"):
                return len(self._client.json(get(f"{_path(container)}/top"))["Processes"] or ())
        except SandboxError:
            return 0

    def lift_cpus(self, container: str) -> None:
        """Let a container use all processors; quiet where that can't be."""
        with suppress(SandboxError), self._asking("change a container"):
            told = {"CpuQuota": -1}
            self._client.said(post(f"{_path(container)}/update", told=told))

    def remove(self, container: str) -> None:
        """End and remove a container; quiet where it is gone already or the engine is."""
        if not self._presence.missed:
            with suppress(SandboxError), self._asking("remove a container"):
                self._client.said(delete(_path(container), v=1, force=1))

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
            found = get("/containers/json", all=1, filters=json.dumps({"label": [label]}))
            for container in self._client.json(found):
                old = time.time() - container["Created"] >= older_than
                if old and container["State"] in _NOT_RUNNING:
                    self.remove(container["Id"])

    def _events(self, since: float, filters: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """What has become of containers since then."""
        request = get(
            "/events",
            since=int(since) - 1,
            until=int(time.time()) + 1,
            filters=json.dumps(filters),
        )
        with self._asking("ask for events"):
            return list(self._lines(request))

    def _lines(self, request: Request) -> Iterator[Mapping[str, Any]]:
        with self._client.asked(request) as answer:
            yield from answer.lines()

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        try:
            self._presence.require()
            yield
        except (Refused, NoCredentials) as problem:
            raise SandboxError(f"cannot {what}: {problem}") from None
        except Lost as problem:
            self._presence.miss()
            raise SandboxError(f"cannot {what}: the engine does not answer ({problem})") from None


def _path(container: str) -> str:
    return f"/containers/{_quoted(container)}"


def _quoted(name: str) -> str:
    return quote(name, safe="/:")


def _split_tag(reference: str) -> tuple[str, str]:
    """Repository and tag, or digest; no tag means `latest`."""
    name, at, digest = reference.rpartition("@")
    if at:
        return name, digest
    name, colon, tag = reference.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (reference, "latest")


def _unreachable(problem: Exception) -> str:
    where = os.environ.get("DOCKER_HOST") or "its usual socket"
    return (
        f"Docker cannot be reached at {where}: {problem}."
        " Start the engine or set DOCKER_HOST; `python -m runner doctor` tells more."
    )
