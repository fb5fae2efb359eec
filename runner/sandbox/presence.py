"""Whether the engine is there: who finds that it does not answer spares all others the wait."""

import threading
import time
from collections.abc import Callable
from typing import Final

from runner.errors import SandboxError

_PATIENCE: Final = 15.0
"""Seconds in which an engine that is started anew answers again."""
_HOPELESS: Final = 5.0
"""Seconds in which nobody waits for an engine that was waited for in vain."""
_PAUSE: Final = 0.1


class Presence:
    """What is known of an engine's presence; for all threads that use it."""

    def __init__(self, answers: Callable[[], bool]) -> None:
        """`answers` asks the engine, and does not take long."""
        self._answers = answers
        self._lock = threading.Lock()
        self._missed = False
        self._hopeless_until = 0.0

    @property
    def missed(self) -> bool:
        """Whether the engine did not answer when it was last asked."""
        return self._missed

    def miss(self) -> None:
        """The engine did not answer."""
        self._missed = True

    def require(self) -> None:
        """Wait for an engine that was missed, once for all who need it.

        SandboxError where it stays away.
        """
        if not self._missed:
            return
        with self._lock:
            if not self._missed:
                return
            if time.monotonic() < self._hopeless_until or not self._comes_back():
                self._hopeless_until = time.monotonic() + _HOPELESS
                raise SandboxError("the engine does not answer any more")
            self._missed = False

    def _comes_back(self) -> bool:
        deadline = time.monotonic() + _PATIENCE
        while not self._answers():
            if time.monotonic() > deadline:
                return False
            time.sleep(_PAUSE)
        return True
