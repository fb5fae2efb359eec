"""The threads of all workers as sandboxes that are lent; each session goes to one of them."""

import itertools
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

from distributed import Client, KilledWorker

from runner.cluster.worker import Ran, holding_of, run_session
from runner.errors import EngineError, SandboxError
from runner.model import Ending, Outcome, Session
from runner.sandbox.settings import Settings

_LOOK: Final = 10.0
"""Seconds between two looks at whether there still are workers."""
_LOOKS: Final = 3
"""How often there may be none: one that is started anew needs some time."""


@dataclass(slots=True)
class _Slot:
    """A thread of a worker, and the sandbox that it had last."""

    address: str
    settings: Settings | None = None


class Slots:
    """The threads of all workers, one for each session that runs at a time."""

    def __init__(
        self, client: Client, run: str, threads: Mapping[str, int], *, most: int | None
    ) -> None:
        """`threads` by the worker's address; of all of them at most `most` are used."""
        turns = [[address] * number for address, number in sorted(threads.items())]
        taken = [address for turn in itertools.zip_longest(*turns) for address in turn if address]
        self._free = [_Slot(address) for address in taken[:most]]
        self.count = len(self._free)
        self._client = client
        self._run = run
        self._lock = threading.Lock()
        self._asked: set[Any] = set()
        self._numbers = itertools.count(1)
        self._warm_ups: dict[Settings, float] = {}
        self._cancelled = False

    def warm(self) -> set[Settings]:
        """The settings of the sandboxes that wait for work."""
        with self._lock:
            return {slot.settings for slot in self._free if slot.settings is not None}

    def warm_up_time(self, settings: Settings) -> float | None:
        """Seconds that the last warm-up for these settings took; None where there was none yet."""
        return self._warm_ups.get(settings)

    @contextmanager
    def lent(self, settings: Settings, *, fresh: bool) -> "Iterator[_Remote]":
        """A sandbox on some worker, a warm one if there is one.

        SandboxError where the run is over.
        """
        slot = self._take(settings)
        try:
            yield _Remote(partial(self._ask, slot, settings, fresh=fresh))
        finally:
            slot.settings = None if fresh else settings
            with self._lock:
                self._free.append(slot)

    def prepare(self, settings: Settings) -> None:
        """Nothing to do here: which worker's it would be is not known."""

    def cancel(self) -> None:
        """Wait for nothing more."""
        with self._lock:
            self._cancelled = True
            asked = list(self._asked)
        self._client.cancel(asked, force=True)  # type: ignore[no-untyped-call]

    def _take(self, settings: Settings) -> _Slot:
        with self._lock:
            if self._cancelled or not self._free:
                raise SandboxError("the run is over")
            for wanted in (settings, None):
                for slot in self._free:
                    if slot.settings == wanted:
                        self._free.remove(slot)
                        return slot
            return self._free.pop(0)

    def _ask(self, slot: _Slot, settings: Settings, session: Session, *, fresh: bool) -> Ran:
        """Have a session run, by another worker where this one is lost.

        A session at which worker after worker is lost is not given to any more of them.
        """
        future = self._submit(slot, settings, session, fresh=fresh)
        try:
            ran = self._await(future)
        except KilledWorker as lost:
            count = lost.allowed_failures + 1
            workers = "1 worker" if count == 1 else f"{count} workers"
            fault = f"it cost {workers}, and is given to no more"
            outcome = Outcome(ending=Ending.SANDBOX_ERROR, reason=fault)
            return Ran(outcomes=(outcome,) * session.case_count)
        except CancelledError:
            if self._cancelled:
                raise SandboxError("the run is over") from None
            raise EngineError("the connection to the cluster's scheduler was lost") from None
        finally:
            with self._lock:
                self._asked.discard(future)
        if ran.warm_up is not None:
            self._warm_ups[settings] = ran.warm_up
        return ran

    def _await(self, future: Any) -> Ran:  # noqa: ANN401 Dask's future has no type of its result
        """What a worker answers. EngineError where for a while there was none to do so."""
        looks = 0
        while looks < _LOOKS:
            try:
                return cast("Ran", future.result(timeout=_LOOK))
            except TimeoutError:
                if future.done():  # just now
                    return cast("Ran", future.result())
                here = self._client.nthreads()  # type: ignore[no-untyped-call]
                looks = 0 if here else looks + 1
        raise EngineError("the cluster has lost all of its workers")

    def _submit(self, slot: _Slot, settings: Settings, session: Session, *, fresh: bool) -> Any:  # noqa: ANN401 Dask's future has no type of its result
        with self._lock:
            if self._cancelled:
                raise SandboxError("the run is over")
            future = self._client.submit(
                run_session,
                self._run,
                session,
                settings,
                fresh=fresh,
                key=f"{holding_of(self._run)}-{next(self._numbers)}",
                workers=[slot.address],
                allow_other_workers=True,
            )
            self._asked.add(future)
        return future


class _Remote:
    """A sandbox of some worker."""

    def __init__(self, ask: Callable[[Session], Ran]) -> None:
        self._ask = ask

    def run(self, session: Session) -> Generator[Outcome]:
        """An outcome per case, in order. SandboxError where the sandbox failed or can't go on."""
        ran = self._ask(session)
        yield from ran.outcomes
        if ran.fault is not None:
            raise ran.fault
        if len(ran.outcomes) < session.case_count:
            raise SandboxError("the worker did not run the whole session")
