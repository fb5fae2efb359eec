"""What reporters show of a result beyond its verdict: its place, and the texts of a failure."""

from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import nlargest
from typing import Final

from runner.diff import diff
from runner.model import Mismatch, Result, Source
from runner.places import locate
from runner.text import capped, decoded, one_line, safe

_CONTINUATION: Final = bytes(range(0x80, 0xC0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled text of a failure, safe and capped; a diff's lines begin with their mark."""

    title: str
    text: str
    is_diff: bool = False


def place(result: Result) -> Source:
    """Where a reader should look: at the case if it is one of several, else at its snippet."""
    return result.case.source if result.case.name else result.snippet.source


def spot(result: Result) -> Source | None:
    """The line of its code where a failure arose, as far as its output tells."""
    return None if result.verdict.fine else locate(result.snippet, result.outcome)


def by_path(results: Iterable[Result]) -> dict[str, list[Result]]:
    """Results by the file of their snippet, in the order first seen."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.snippet.source.path, []).append(result)
    return groups


def slowest(results: Iterable[Result], number: int) -> list[tuple[int, Result]]:
    """The slowest of what was really run, slowest first, each with its number from 1 on."""
    timed = [
        (at, result)
        for at, result in enumerate(results, 1)
        if result.outcome.wall and not result.cached
    ]
    return nlargest(number, timed, key=lambda pair: (pair[1].outcome.wall, -pair[0]))


def sections(result: Result, *, limit: int) -> Iterator[Section]:
    """Everything to be shown of a failure, each text capped to about `limit` characters."""
    if result.case.stdin:
        yield Section(title="stdin", text=stream(result.case.stdin, limit=limit))
    for mismatch in result.mismatches:
        yield from _compared(mismatch, limit)
    compared = {fault.subject for fault in result.mismatches if fault.actual is not None}
    for title, raw in (("stdout", result.outcome.stdout), ("stderr", result.outcome.stderr)):
        if raw and title not in compared:
            yield Section(title=title, text=stream(raw, limit=limit))


def stream(raw: bytes, *, limit: int) -> str:
    """What a program wrote, safe; of more than `limit` bytes the first and the last half."""
    if len(raw) <= limit:
        return safe(decoded(raw))
    # An incremental decoder drops a character that the cut divides; its rest begins the tail.
    head = getincrementaldecoder("utf-8")("surrogateescape").decode(raw[: limit // 2])
    tail = raw[-(limit // 2) :]
    tail = tail[:3].lstrip(_CONTINUATION) + tail[3:]
    left_out = len(raw) - limit // 2 * 2
    return f"{safe(head)}\n[... {left_out} bytes left out ...]\n{safe(decoded(tail))}"


def _compared(mismatch: Mismatch, limit: int) -> Iterator[Section]:
    subject = one_line(mismatch.subject)
    if mismatch.expected is not None:
        yield _section(f"expected {subject}", mismatch.expected, limit)
    if mismatch.actual is not None:
        yield _section(f"actual {subject}", mismatch.actual, limit)
    if mismatch.expected is not None and mismatch.actual is not None:
        text = "\n".join(str(line) for line in diff(mismatch.expected, mismatch.actual))
        text = capped(text, head=limit, tail=0)
        yield Section(title=f"diff of {subject}", text=text, is_diff=True)


def _section(title: str, text: str, limit: int) -> Section:
    return Section(title=title, text=safe(capped(text, head=limit // 2, tail=limit // 2)))
