"""What a failure's texts look like: expected beside actual, and a diff with marked differences."""

import html
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from runner.diff import Line, diff
from runner.model import Mismatch
from runner.reporters.html.escape import block, inline
from runner.text import capped, shared_length

_ELEMENTS: Final = {"-": "del", "+": "ins", " ": "span", "\\": "small"}
_NOTHING: Final = '<p class="nothing">nothing</p>'


def compared(mismatch: Mismatch, *, limit: int) -> str:
    """One broken expectation; empty where its reason says everything."""
    expected, actual = mismatch.expected, mismatch.actual
    sides = [
        f"<div><h4>{title} {inline(mismatch.subject)}</h4>{_text(text, limit=limit)}</div>"
        for title, text in (("expected", expected), ("actual", actual))
        if text is not None
    ]
    if not sides:
        return ""
    shown = f'<div class="pair">{"".join(sides)}</div>'
    if expected and actual:
        shown += _difference(diff(expected, actual), limit=limit)
    return shown


def titled(title: str, text: str) -> str:
    """A text, safe and cut already, below its title."""
    return f"<h4>{html.escape(title)}</h4>{_block(text)}"


def _text(text: str, *, limit: int) -> str:
    return _block(capped(text, head=limit // 2, tail=limit // 2))


def _block(text: str) -> str:
    return f'<pre tabindex="0">{block(text)}</pre>' if text else _NOTHING


def _difference(lines: Sequence[Line], *, limit: int) -> str:
    if not lines:
        return ""
    room = 2 * limit
    shown: list[str] = []
    for line in _marked(lines):
        room -= len(line)
        if room < 0 and shown:
            shown.append("<small>\\ more lines differ</small>")
            break
        shown.append(line)
    legend = '<span class="legend"><del>- expected</del> <ins>+ actual</ins></span>'
    return f'<h4>diff {legend}</h4><pre class="diff" tabindex="0">\n{"".join(shown)}</pre>'


def _marked(lines: Sequence[Line]) -> Iterator[str]:
    """Each line as an element; of a line in place of another, what differs is marked."""
    runs = [list(run) for _, run in groupby(lines, key=lambda line: line.mark)]
    for number, run in enumerate(runs):
        other: list[Line] = []
        if run[0].mark == "-" and number + 1 < len(runs):
            other = runs[number + 1]
        elif run[0].mark == "+" and number:
            other = runs[number - 1]
        replaced = bool(other) and {run[0].mark, other[0].mark} == {"-", "+"}
        for at, line in enumerate(run):
            beside = other[at].text if replaced and at < len(other) else None
            yield _element(line, beside)


def _element(line: Line, beside: str | None) -> str:
    name = _ELEMENTS[line.mark]
    return f"<{name}>{line.mark}{_difference_within(line.text, beside)}</{name}>"


def _difference_within(text: str, beside: str | None) -> str:
    if beside is None:
        return html.escape(text)
    start = shared_length(text, beside)
    rest = min(len(text), len(beside)) - start
    end = min(rest, shared_length(text[::-1], beside[::-1]))
    middle = text[start : len(text) - end]
    if not middle or (not start and not end):
        return html.escape(text)
    before, after = text[:start], text[len(text) - end :]
    return f"{html.escape(before)}<mark>{html.escape(middle)}</mark>{html.escape(after)}"
