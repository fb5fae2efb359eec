"""Outcomes kept in a folder, by a hash of everything that can change them.

What is kept is what happened, never what it meant: an edited expectation is judged anew. Each
session is a file, put in its place at once, so that runs may share a folder; a file that is not
whole, or not ours, is as good as none.
"""

import errno
import hashlib
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from runner import __version__
from runner.errors import UsageError
from runner.identity import Json, digest, image_of, inputs
from runner.model import MIB, Outcome, Result, Session
from runner.options import Options, Pull
from runner.replay import Replay, packed, unpacked
from runner.sandbox import PROTOCOL_VERSION

SIZE: Final = 500 * MIB
"""Of all that is kept; past it, what was not used for the longest time goes."""
_ENTRY: Final = 16 * MIB
_LEFT: Final = 0.9
"""How full a folder is after that: it shall not be looked through after every run."""
_HOUR: Final = 3600.0
_DRIVERS: Final = Path(__file__).parent / "sandbox" / "drivers"
_DIGITS: Final = frozenset("0123456789abcdef")
_KEY: Final = 64
_TEMPORARY: Final = ".exec-action-"


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file of ours in the folder."""

    path: str
    size: int
    used: float


class Cache:
    """What is known of earlier runs; safe for threads, and for runs side by side."""

    def __init__(
        self,
        folder: Path,
        *,
        max_age: float | None,
        runtime: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`max_age`: seconds for which an outcome holds whose image may change under its name.

        None: it never holds.
        """
        self._folder = folder
        self._max_age = max_age
        self._clock = clock
        self._about = digest(
            [__version__, PROTOCOL_VERSION, os.uname().machine, runtime, _drivers()]
        )
        self._grown = False

    @classmethod
    def of(cls, options: Options) -> "Cache | None":
        """The one that is asked for; its folder need not be there."""
        if options.cache is None:
            return None
        # Whoever wants every tag asked for anew cannot be told what another image did.
        max_age = None if options.pull is Pull.ALWAYS else options.cache.max_age
        return cls(options.cache.folder, max_age=max_age, runtime=options.runtime)

    def make(self) -> None:
        """Make its folder, which version control leaves alone; UsageError where it can't be."""
        try:
            if not self._folder.is_dir():
                self._folder.mkdir(parents=True, exist_ok=True)
                (self._folder / ".gitignore").write_text("*\n")
            writable = os.access(self._folder, os.W_OK | os.X_OK)
            problem = None if writable else os.strerror(errno.EACCES)
        except OSError as error:
            problem = error.strerror
        if problem is not None:
            raise UsageError(
                f"exec-action: --cache: outcomes cannot be kept in {self._folder}: {problem}"
            )

    def find(self, session: Session) -> Replay | None:
        """What happened to all cases of `session` that are run; None where that is not known."""
        key = self._key(session)
        try:
            replay = unpacked(_contents(self._path(key), now=self._clock()), key=key)
        except (OSError, ValueError):
            return None
        cases = sum(len(one.cases) for one in session.snippets if one.skip is None)
        return replay if len(replay.outcomes) == cases and self._holds(session, replay) else None

    def keep(self, session: Session, results: Sequence[Result]) -> None:
        """Remember the outcomes of a session that was run; forget them where they may change.

        A disk that is full, or a folder that is gone, costs the next run its replay and no more.
        """
        ran = [result for result in results if result.snippet.skip is None]
        key = self._key(session)
        path = Path(self._path(key))
        with suppress(OSError):
            if not all(one.outcome.ending.by_itself and one.attempts == 1 for one in ran):
                path.unlink(missing_ok=True)
                return
            outcomes = tuple(_apart(result) for result in ran)
            content = packed(Replay(outcomes=outcomes, stored=self._clock()), key=key)
            if len(content) <= _ENTRY:
                _put(path, content)
                self._grown = True

    def trim(self, *, size: int = SIZE) -> None:
        """Where something was added and there is more than `size` bytes: drop what is oldest."""
        if not self._grown:
            return
        kept = list(_kept(self._folder, now=self._clock()))
        total = sum(one.size for one in kept)
        if total <= size:
            return
        for one in sorted(kept, key=lambda one: one.used):
            if total <= size * _LEFT:
                break
            with suppress(OSError):
                Path(one.path).unlink()
            total -= one.size

    def _holds(self, session: Session, replay: Replay) -> bool:
        """An image that is named by its digest is the same for ever; a tag may be moved."""
        if pinned(session):
            return True
        age = self._clock() - replay.stored
        return self._max_age is not None and -_HOUR <= age <= self._max_age

    def _key(self, session: Session) -> str:
        return digest([self._about, inputs(session)])

    def _path(self, key: str) -> str:
        return f"{self._folder}/{key[:2]}/{key}"


def pinned(session: Session) -> bool:
    """Whether its image is named by its content."""
    return "@sha256:" in image_of(session)


def _apart(result: Result) -> Outcome:
    """The outcome without what was true of that run alone."""
    return replace(result.outcome, sandbox="", reason="")


def _contents(path: str, *, now: float) -> bytes:
    """What a regular file of a reasonable size holds; its time says that it was used."""
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _ENTRY:
            raise ValueError("no entry of ours")
        content = os.read(number, status.st_size)
    finally:
        os.close(number)
    if abs(now - status.st_mtime) > _HOUR:
        with suppress(OSError):  # of a folder that can only be read
            os.utime(path, (now, now))
    return content


def _put(path: Path, content: bytes) -> None:
    """Put a file in its place at once: who reads meanwhile sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f"{_TEMPORARY}{secrets.token_hex(8)}"
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _kept(folder: Path, *, now: float) -> Iterator[_Kept]:
    """Every file of ours; those that a run left half written an hour ago are as old as can be."""
    for below in _entries(folder):
        if len(below.name) != 2 or not below.is_dir(follow_symlinks=False):  # noqa: PLR2004
            continue
        for entry in _entries(below.path):
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                left = entry.name.startswith(_TEMPORARY) and now - status.st_mtime > _HOUR
                if left or (len(entry.name) == _KEY and _DIGITS.issuperset(entry.name)):
                    used = 0.0 if left else status.st_mtime
                    yield _Kept(entry.path, status.st_size, used)


def _entries(folder: Path | str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _drivers() -> Json:
    """What keeps an interpreter's state between snippets, file by file."""
    files = sorted(path for path in _DRIVERS.rglob("*") if path.suffix != ".pyc" and path.is_file())
    return [[path.name, hashlib.sha256(path.read_bytes()).hexdigest()] for path in files]
