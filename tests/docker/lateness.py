"""How late is too late.

Machines of CI are busy with others' work and stand still for seconds. So the suite tells what is
late from what would never come, and `make soak`, on a quiet machine, holds it to what is promised.
"""

import os
import time
from collections.abc import Callable
from typing import Final

_AS_PROMISED: Final = "SOAK" in os.environ

LATE: Final = 1.0 if _AS_PROMISED else 30.0
"""Seconds past its limit by which a case has ended."""

CANCELLED_WITHIN: Final = 7.5 if _AS_PROMISED else 30.0
"""Seconds from SIGINT; GitHub's runner sends SIGTERM after 7.5."""

GONE_WITHIN: Final = 3.0 if _AS_PROMISED else 30.0
"""Seconds after a runner's end by which its containers are gone, whatever ended it."""

ENDED_WITHIN: Final = 240
"""Seconds in which a command that is not stuck has come to its end."""


def eventually(holds: Callable[[], bool], *, patience: float = GONE_WITHIN) -> bool:
    """Whether that comes true within so many seconds; it is looked at once more after them."""
    end = time.monotonic() + patience
    while True:
        last = time.monotonic() > end
        if holds():
            return True
        if last:
            return False
        time.sleep(0.05)
