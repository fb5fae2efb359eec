"""The live progress line: a bar, counts by verdict, what runs now; failures stay above it."""

from collections import Counter
from collections.abc import Sequence
from time import monotonic
from types import TracebackType
from typing import Final, Self, TextIO

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from runner.model import Result, Verdict
from runner.reporters.failures import FAILED, STYLES, mark
from runner.text import inert, one_line

_BAR: Final = 20
_PER_SECOND: Final = 10
_FAILURES: Final = 20
"""So many are told at once as they happen; the table has them all."""


class LiveProgress:
    """A context manager; drawn by a thread of its own, so that being told costs next to nothing."""

    def __init__(self, total: int, *, stream: TextIO, color: bool) -> None:
        self._total = total
        self._counts: Counter[Verdict] = Counter()
        self._done = 0
        self._now = ""
        self._began = monotonic()
        self._spinner = Spinner("dots", style="bold")
        self._bar = ProgressBar(total=max(total, 1), width=_BAR)
        self._live = Live(
            get_renderable=self._line,
            console=Console(
                file=stream,
                force_terminal=True,
                no_color=not color,
                markup=False,
                highlight=False,
                emoji=False,
            ),
            refresh_per_second=_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def pulling(self, image: str) -> None:
        self._now = f"pulling {one_line(image)}"

    def building(self, dockerfile: str) -> None:
        self._now = f"building {one_line(dockerfile)}"

    def not_built(self, dockerfile: str, log: Sequence[str]) -> None:
        head = [f"cannot build {one_line(dockerfile)}; the end of its log:"] if log else []
        for line in (*head, *log):
            self._live.console.print(Text(inert(line)), soft_wrap=True)

    def started(self, name: str) -> None:
        self._now = one_line(name)

    def finished(self, result: Result) -> None:
        self._counts[result.verdict] += 1
        self._done += 1
        failed = sum(count for verdict, count in self._counts.items() if not verdict.fine)
        if not result.verdict.fine and failed <= _FAILURES:
            name = (inert(one_line(result.name)), "bold")
            reason = one_line(result.reason, limit=200)
            told = Text.assemble(mark(result), " ", name, f" {reason}", overflow="ellipsis")
            self._live.console.print(told, no_wrap=True, crop=True)

    def _line(self) -> Table:
        line = Table.grid(padding=(0, 1, 0, 0), expand=True)
        line.add_column(width=1)
        line.add_column(width=_BAR)
        line.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        self._bar.update(self._done)
        line.add_row(self._spinner, self._bar, self._words())
        return line

    def _words(self) -> Text:
        """How far, how long, each verdict's count, what runs now: cut at the right if need be."""
        elapsed = int(monotonic() - self._began)
        words = [Text(f"{self._done}/{self._total}"), Text(f"{elapsed} s", style="dim")]
        for verdict in sorted(self._counts, key=list(Verdict).index):
            style = STYLES.get(verdict, FAILED)
            words.append(Text(f"{self._counts[verdict]} {verdict}", style=style))
        return Text("  ").join([*words, Text(self._now, style="dim")])
