"""Where in a document a program failed: compilers' and tracebacks' line numbers, mapped back. Pure.

A compiler speaks of line 3 of `main.c`; its reader has a manifest or a Markdown document open, and
wants the line there.
"""

import re
from collections.abc import Iterator
from typing import Final

from runner.model import MARKDOWN, Outcome, Snippet, Source

_SEEN: Final = 32 * 1024
"""Bytes that are looked at, of each end of each stream."""


def locate(snippet: Snippet, outcome: Outcome) -> Source | None:
    """The innermost place in the snippet's own code that its output names; None where none is.

    Of a program that exited with 0 nothing is asked.
    """
    if not outcome.exit_code:
        return None
    lines = snippet.code.count(b"\n") + (not snippet.code.endswith(b"\n"))
    for raw in (outcome.stderr, outcome.stdout):
        seen = raw if len(raw) <= 2 * _SEEN else raw[:_SEEN] + b"\n" + raw[-_SEEN:]
        for number in _named(seen.decode(errors="replace"), snippet):
            if 1 <= number <= lines:
                return _mapped(snippet, number)
    return None


def _mapped(snippet: Snippet, number: int) -> Source | None:
    """Line `number` of the code in the file that the code stands in."""
    start = snippet.code_source
    in_one_line = start.column > 1 and not start.path.lower().endswith(MARKDOWN)
    if in_one_line and number > 1:  # `code: "a\\nb"`: its lines are none of the manifest's
        return None
    return Source(path=start.path, line=start.line + number - 1)


def _named(text: str, snippet: Snippet) -> Iterator[int]:
    """Line numbers that `text` names, the most telling first."""
    stem, _, suffix = snippet.language.source.rpartition("/")[2].rpartition(".")
    forms, from_end = _FORMS.get(suffix, (_ANY, False))
    if suffix == "py" and snippet.session is not None:
        forms = _OWN_FRAME  # what earlier members defined has a file of that name too
    for form in forms:
        for name in _names(stem, suffix, snippet):
            found = [int(number) for number in re.findall(form % name, text, re.MULTILINE)]
            yield from reversed(found) if from_end else found


def _names(stem: str, suffix: str, snippet: Snippet) -> Iterator[str]:
    """Patterns of what the file with the code may be called."""
    if suffix == "java":  # after its public class
        declared = re.findall(rb"\b(?:class|record|enum|interface)\s+(\w{1,200})", snippet.code)
        stems = dict.fromkeys([stem, *(name.decode() for name in declared[:_CLASSES])])
        yield rf"(?:{'|'.join(map(re.escape, stems))})\.java"
    elif suffix == "js":
        yield rf"{re.escape(stem)}\.m?js"
    elif snippet.transcript and suffix == "py":
        yield "<stdin>"
    else:
        yield re.escape(f"{stem}.{suffix}" if stem else suffix)


_CLASSES: Final = 100
_NUMBER: Final = r"(\d{1,9})"
_ANY: Final = (rf"(?<![\w.-])%s:{_NUMBER}",)
_C: Final = (rf"(?<![\w.-])%s:{_NUMBER}(?::\d+)?: (?:fatal )?error", *_ANY)
_FRAME: Final = rf'File "[^"\n]*%s", line {_NUMBER}'
_OWN_FRAME: Final = (rf"{_FRAME}(?:, in <module>)?$",)
# For each suffix the forms to look for, the best first, and whether the last of them is innermost.
_FORMS: Final[dict[str, tuple[tuple[str, ...], bool]]] = {
    "py": ((_FRAME,), True),
    "sh": ((rf"(?<![\w.-])%s: line {_NUMBER}:",), True),
    "c": (_C, False),
    "cpp": (_C, False),
    "rs": ((rf"^error[^\n]*\n *--> [^\n]*?%s:{_NUMBER}", rf"^thread [^\n]*?%s:{_NUMBER}"), False),
}
