"""What is to be seen while a run goes on: a live line on a terminal, plain lines elsewhere.

Both go to standard error, so that a report on standard output stays whole.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Final, Protocol, TextIO

from runner.model import Result
from runner.reporters.figures import seconds
from runner.text import inert, one_line

FEW: Final = 50
_FAILURES: Final = 100
_TENTHS: Final = 10


class Progress(Protocol):
    """Who is told what happens; from one thread at a time."""

    def pulling(self, image: str) -> None:
        """An image is being pulled."""

    def building(self, dockerfile: str) -> None:
        """An image is being built."""

    def not_built(self, dockerfile: str, log: Sequence[str]) -> None:
        """An image can't be built; the last lines of what was said of it."""

    def started(self, name: str) -> None:
        """A snippet has been taken up."""

    def finished(self, result: Result) -> None:
        """A case has its result."""


def progress(
    total: int,
    *,
    verbose: bool = False,
    quiet: bool = False,
    stream: TextIO | None = None,
    environ: Mapping[str, str] = os.environ,
) -> AbstractContextManager[Progress]:
    """The progress of a run of `total` cases, live if `stream` (standard error) is a terminal.

    `quiet`: only why an image could not be built, which no report has in full.
    NO_COLOR is obeyed; CI and a dumb terminal get plain lines.
    """
    stream = sys.stderr if stream is None else stream
    if quiet:
        return nullcontext(QuietProgress(stream))
    if stream.isatty() and not environ.get("CI") and environ.get("TERM") != "dumb":
        return _live(total, stream=stream, color=not environ.get("NO_COLOR"))
    return nullcontext(PlainProgress(total, stream=stream, verbose=verbose))


class PlainProgress:
    """A line for each case of a few; of many for those that fail, and one for each tenth."""

    def __init__(self, total: int, *, stream: TextIO, verbose: bool) -> None:
        self._total = total
        self._stream = stream
        self._every = verbose or total <= FEW
        self._done = self._failed = 0

    def pulling(self, image: str) -> None:
        self._print(f"pulling {one_line(image)}")

    def building(self, dockerfile: str) -> None:
        self._print(f"building {one_line(dockerfile)}")

    def not_built(self, dockerfile: str, log: Sequence[str]) -> None:
        head = [f"cannot build {one_line(dockerfile)}; the end of its log:"] if log else []
        for line in (*head, *log):
            self._print(line)

    def started(self, name: str) -> None:
        """Says nothing: the lines of those that finished tell."""

    def finished(self, result: Result) -> None:
        self._done += 1
        self._failed += not result.verdict.fine
        number = f"{self._done:>{len(str(self._total))}}/{self._total}"
        if self._every or (not result.verdict.fine and self._failed <= _FAILURES):
            self._print(f"[{number}] {_told(result)}")
        elif self._done * _TENTHS // self._total > (self._done - 1) * _TENTHS // self._total:
            self._print(f"[{number}] {self._failed} failed so far")

    def _print(self, line: str) -> None:
        with suppress(OSError):  # who listens no more does not cost the run its reports
            print(inert(line), file=self._stream, flush=True)


class QuietProgress:
    """Nothing but why an image could not be built."""

    def __init__(self, stream: TextIO) -> None:
        self._plain = PlainProgress(0, stream=stream, verbose=False)

    def pulling(self, image: str) -> None:
        """Says nothing."""

    def building(self, dockerfile: str) -> None:
        """Says nothing."""

    def not_built(self, dockerfile: str, log: Sequence[str]) -> None:
        self._plain.not_built(dockerfile, log)

    def started(self, name: str) -> None:
        """Says nothing."""

    def finished(self, result: Result) -> None:
        """Says nothing: the report tells."""


def _told(result: Result) -> str:
    took = f" ({seconds(result.outcome.wall)})" if result.outcome.wall else ""
    reason = f": {one_line(result.reason, limit=200)}" if not result.verdict.fine else ""
    return f"{result.verdict} {one_line(result.name)}{took}{reason}"


@contextmanager
def _live(total: int, *, stream: TextIO, color: bool) -> Iterator[Progress]:
    from runner.live import LiveProgress  # noqa: PLC0415 - rich takes 50 ms, for terminals alone

    with LiveProgress(total, stream=stream, color=color) as live:
        yield live
