"""What a program may use, and how far apart from others it runs."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB


class Isolation(StrEnum):
    """Whether sessions may follow one another in a scrubbed sandbox.

    Or each gets a container of its own.
    """

    REUSE = "reuse"
    FRESH = "fresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one sandbox, and each case in it, may use."""

    timeout: float = 30.0
    compile_timeout: float = 60.0
    memory: int = 512 * MIB
    cpus: float | None = None
    """None: all of the machine's."""
    pids: int = 128
    disk: int = 64 * MIB
    output: int = MIB
