"""Block scalars of YAML: where one ends, and its lines for another text."""

import re
from dataclasses import dataclass
from typing import Final

from runner.update.scalars import UNRAW

_HEADER: Final = re.compile(r"([|>])([-+]?)([1-9]?)([-+]?)([ \t]*(?:[ \t]#[^\r\n]*)?)(?=\r?\n|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block scalar as it stands; `indent` is that of its lines, 0 where it has none."""

    start: int
    header_end: int
    end: int
    """After its last line's last character; of a kept one (`+`) the blank lines' after it."""
    folded: bool
    chomp: str
    stated: bool
    """Whether its header states the indentation."""
    comment: str
    indent: int
    lines: tuple[str, ...]


def block_at(text: str, start: int, *, parent: int) -> Block | None:
    """The block scalar whose header begins at `start`, below something indented by `parent`."""
    header = _HEADER.match(text, start)
    if header is None:
        return None
    chomp = header[2] or header[4]
    indent = parent + int(header[3]) if header[3] else 0
    at = end = header.end()
    lines: list[str] = []
    pending: list[str] = []
    while (begin := _next_line(text, at)) is not None:
        at = _line_stop(text, begin)
        line = text[begin:at]
        blank = not line.strip(" ")
        if not indent and not blank:
            indent = _leading(line)
            if indent <= parent:
                indent = 0
                break
        if blank and (not indent or len(line) <= indent):
            pending.append(line)
            if begin == len(text):
                pending.pop()
            elif chomp == "+":
                end = at
            continue
        if _leading(line) < indent:
            break
        lines += [*pending, line]
        pending, end = [], at
    if chomp == "+":
        lines += pending
    return Block(
        start=start,
        header_end=header.end(),
        end=end,
        folded=header[1] == ">",
        chomp=chomp,
        stated=bool(header[3]),
        comment=header[5],
        indent=indent,
        lines=tuple(lines),
    )


def chomps(text: str, *, keep: bool) -> str | None:
    """The chomping indicator with which a block literal can hold `text`; None: it cannot.

    `keep` says that `+` may be used: it changes what blank lines below the block mean.
    """
    body = text.rstrip("\n")
    if not body or UNRAW.search(text):
        return None
    ends = len(text) - len(body)
    if keep and ends:
        return "+"
    return ("-", "")[ends] if ends <= 1 else None


def needs_indicator(lines: list[str]) -> bool:
    """Whether the indentation of a block of `lines` would not be understood by its first one."""
    first = next((at for at, line in enumerate(lines) if line.strip(" ")), len(lines))
    return any(line.startswith((" ", "\t")) for line in lines[: first + 1])


def swallows(text: str, at: int, indent: int) -> bool:
    """Whether a block indented by `indent` would go on in what follows the line at `at`."""
    at = _line_stop(text, at)
    while (begin := _next_line(text, at)) is not None:
        at = _line_stop(text, begin)
        line = text[begin:at]
        if line.strip(" "):
            return _leading(line) >= indent
        if len(line) > indent:
            return True
    return False


def _next_line(text: str, at: int) -> int | None:
    """Where the line after the line that stops at `at` begins."""
    begin = text.find("\n", at) + 1
    return begin or None


def _line_stop(text: str, at: int) -> int:
    """Where the line around `at` stops, its end apart."""
    stop = text.find("\n", at)
    if stop < 0:
        return len(text)
    return stop - 1 if stop > at and text[stop - 1] == "\r" else stop


def _leading(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
