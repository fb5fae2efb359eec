"""What the command line or a caller asks of a run, beside the manifests."""

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from runner.model import Isolation


class Pull(StrEnum):
    """When to pull: only what is missing, every image once a run, or none."""

    MISSING = "missing"
    ALWAYS = "always"
    NEVER = "never"


class Update(StrEnum):
    """Which expectations are rewritten: those that differ, or those that are missing too."""

    DIFFERING = "differing"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheOptions:
    """Where outcomes are kept, and for how many seconds those of a floating tag hold."""

    folder: Path
    max_age: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to run: `jobs` sandboxes at once (None: by the machine's processors)."""

    jobs: int | None = None
    pull: Pull = Pull.MISSING
    runtime: str | None = None
    fail_fast: bool = False
    cache: CacheOptions | None = None
    cluster: str | None = None
    """Address of a Dask scheduler whose workers run the sessions; None: here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What is said for every snippet; None leaves the manifest's word."""

    isolation: Isolation | None = None
    timeout_scale: float = 1.0
    retries: int | None = None


def default_jobs() -> int:
    """As many sandboxes at once as this process may use processors: more only take turns."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How much of a report its readers want to see."""

    quiet: bool = False
    """Of the table, the failures and the upshot alone."""
    verbose: bool = False
    """In the table, a line for each case, however many there are."""
    slowest: int = 0
    """So many of the slowest cases are listed; 0: what the format does by itself."""
    base: str = ""
    """Where the documents can be seen, ending in a slash; empty: beside the report."""
