"""What the command line or a caller asks of a run, beside the manifests."""

import os
from dataclasses import dataclass
from enum import StrEnum

from runner.model import Isolation


class Pull(StrEnum):
    """When to pull: only what is missing, every image once a run, or none."""

    MISSING = "missing"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to run: `jobs` sandboxes at once (None: by the machine's processors)."""

    jobs: int | None = None
    pull: Pull = Pull.MISSING
    runtime: str | None = None
    fail_fast: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What is said for every snippet; None leaves the manifest's word."""

    isolation: Isolation | None = None
    timeout_scale: float = 1.0


def default_jobs() -> int:
    """As many sandboxes at once as this process may use processors: more only take turns."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
