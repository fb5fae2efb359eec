"""Where a run is started: the workers' sandboxes, lent as those of this machine are."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

import dask
from distributed import Client
from distributed.comm.addressing import get_address_host_port

from runner import __version__
from runner.cluster.slots import Slots
from runner.cluster.worker import Holding, State, digest_here, holding_of, state_of
from runner.errors import EngineError, UsageError
from runner.languages import Language
from runner.model import ImagePull
from runner.options import Options
from runner.sandbox.images import Image
from runner.sandboxes import Tell

_PATIENCE: Final = 10
"""Seconds in which the scheduler must answer and have a worker."""
_CONFIGURATION: Final = {"distributed.admin.large-graph-warning-threshold": "1GB"}
"""A program may have 16 MB, which Dask would comment on."""


class Cluster:
    """The workers of a Dask scheduler, for runs one after another; from one thread at a time."""

    def __init__(self, options: Options) -> None:
        """Connects to nothing yet: what is all known or skipped needs no cluster."""
        self._options = options
        self._opened: _Opened | None = None
        self._tell: Tell = lambda _: None
        self._closed = False

    @property
    def engine(self) -> str:
        """The engines' names, and how many workers there are; empty where none was needed."""
        if self._opened is None:
            return ""
        count = len(self._opened.states)
        names = ", ".join(sorted({state.engine for state in self._opened.states.values()}))
        return f"{names} on {count} worker{'' if count == 1 else 's'}"

    @property
    def jobs(self) -> int:
        """Sandboxes at once, on all workers together."""
        return self._opened.slots.count if self._opened else self._options.jobs or 1

    @property
    def closed(self) -> bool:
        """Whether `close` was called: what sandboxes do then is no result."""
        return self._closed

    def open(self, *, run: str, tell: Tell) -> "tuple[Images, Slots]":
        """Make ready for a run: connect if need be, and see that each worker can run snippets.

        EngineError says what is missing, and on which worker.
        """
        self._tell = tell
        if self._opened is None:
            self._opened = self._connected(run)
        return Images(self._opened.client, self._opened.run), self._opened.slots

    def sweep(self) -> None:
        """Each worker has done so for itself."""

    def pulls(self, *, since: float) -> tuple[ImagePull, ...]:  # noqa: ARG002 the protocol's
        """Not known: each worker pulls what it needs, when it needs it."""
        return ()

    def close(self, *, kill: bool = False) -> None:
        """End every sandbox on every worker, at once whatever runs there where it is to `kill`."""
        self._closed = True
        if self._opened is None:
            return
        if kill:
            self._opened.slots.cancel()
        _leave(self._opened.client, self._opened.run)

    def _connected(self, run: str) -> "_Opened":
        address = self._options.cluster or ""
        client = _client(address)
        try:
            threads = _threads(client, address)
            _check_versions(client)
            client.register_plugin(Holding(run, replace(self._options, cluster=None, cache=None)))
            states: dict[str, State] = client.run(state_of, run)
            _check_engines(states.values())
            client.subscribe_topic(holding_of(run), self._hear)  # type: ignore[no-untyped-call]
        except BaseException:
            _leave(client, run)
            raise
        slots = Slots(client, run, threads, most=self._options.jobs)
        return _Opened(client=client, run=run, states=states, slots=slots)

    def _hear(self, event: tuple[float, str]) -> None:
        _, image = event
        self._tell(lambda watcher: watcher.pulling(image))


class Images:
    """The workers get images for themselves: seen from here, all are there."""

    def __init__(self, client: Client, run: str) -> None:
        self._client = client
        self._run = run

    def want(self, languages: Iterable[Language]) -> None:
        """UsageError for those that no worker can get."""
        built = {one.name: one.build.shown for one in languages if one.build is not None}
        if built:
            raise UsageError(
                f"{path}: the image of language '{name}' is built of it here, and workers of a "
                "cluster have images of a registry alone: push it there, and name it as 'image'"
                for name, path in built.items()
            )

    def future(self, reference: str) -> Future[Image]:
        """Done at once."""
        there = Future[Image]()
        there.set_result(
            Image(reference=reference, digest="", architecture="", env=(), volumes=(), stand_in="")
        )
        return there

    def digest_here(self, reference: str) -> str:
        """The digest that workers have; empty where none has one, no digest where they differ."""
        found = self._client.run(digest_here, self._run, reference)
        digests = {digest for digest in found.values() if digest}
        return ", ".join(sorted(digests))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A connection, and the workers that were there when it was made."""

    client: Client
    run: str
    states: Mapping[str, State]
    slots: Slots


def _client(address: str) -> Client:
    dask.config.set(_CONFIGURATION)
    try:
        get_address_host_port(address)  # before a client's thread is there to be left behind
        return Client(address, timeout=_PATIENCE, set_as_default=False, name="exec-action")  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError) as problem:
        message = f"cannot reach a Dask scheduler at {address}: {problem}"
        raise EngineError(f"{message}; start one there with `dask scheduler`") from None


def _threads(client: Client, address: str) -> dict[str, int]:
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError:
        message = f"the cluster at {address} has no workers"
        raise EngineError(f"{message}; start some with `dask worker {address}`") from None
    return dict(client.nthreads())  # type: ignore[no-untyped-call]


def _check_versions(client: Client) -> None:
    """EngineError for the workers that have another exec-action than this one, or none.

    A lambda goes there as it is, where a function would be looked up in what is installed.
    """
    found: dict[str, object] = client.run(
        lambda: __import__("runner").__version__, on_error="return"
    )
    wrong = [
        f"worker {address} has {'no exec-action' if isinstance(version, Exception) else version}"
        for address, version in sorted(found.items())
        if version != __version__
    ]
    if wrong:
        pip = f"pip install 'codomyrmex-exec-action[cluster]=={__version__}'"
        raise EngineError("\n".join([*wrong, f"all must have {__version__}: {pip}"]))


def _check_engines(states: Iterable[State]) -> None:
    """EngineError for the workers that have no engine."""
    faults = sorted({state.fault for state in states if state.fault})
    if faults:
        raise EngineError("\n".join(faults))


def _leave(client: Client, run: str) -> None:
    if client.status == "running":
        with suppress(Exception):  # of workers and schedulers that are lost by then: they are left
            client.unregister_worker_plugin(holding_of(run))  # type: ignore[no-untyped-call]
    client.close()  # type: ignore[no-untyped-call]
