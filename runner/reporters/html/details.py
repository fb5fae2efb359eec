"""One result in full, to be unfolded: facts, reasons, texts, code, and its earlier attempts."""

import html
from collections.abc import Iterator
from typing import Final

from runner.model import Result, Verdict
from runner.reporters.details import place as where
from runner.reporters.details import spot, stream
from runner.reporters.figures import count, seconds, size
from runner.reporters.html import escape
from runner.reporters.html.comparison import compared, titled
from runner.reporters.html.escape import inline
from runner.reporters.html.marks import mark
from runner.text import ends

_MISMATCHES: Final = 8
_EARLIER: Final = 10
_CODE: Final = 60
"""Lines of a snippet."""


def details(result: Result, number: int, *, limit: int, base: str, unfolded: bool = False) -> str:
    """The result as an element; `number` counts from 1, each text is cut to about `limit`."""
    source = where(result)
    took = seconds(result.outcome.wall) if result.outcome.wall else ""
    copied = f"{inline(source.path)}:{source.line}"
    return (
        f'<details class="result" id="case-{number}"{" open" if unfolded else ""}>'
        f"<summary>{mark(result.verdict)}<b>{inline(result.name)}</b>"
        f'<span class="verdict {result.verdict}">{result.verdict}</span>'
        f'<span class="at">{copied}</span><span class="took">{took}</span></summary>'
        f'<div class="facts">{escape.place(source.path, source.line, base=base)}'
        f'<button type="button" class="copy" data-copy="{copied}">copy</button>'
        f"<span>{' · '.join(_facts(result))}</span></div>"
        f"{''.join(_reasons(result))}{''.join(_texts(result, limit=limit))}"
        f"{''.join(_earlier(result, limit=limit))}{_code(result, limit=limit)}</details>"
    )


def _facts(result: Result) -> Iterator[str]:
    outcome, language = result.outcome, result.snippet.language
    yield inline(language.name, limit=40)
    yield inline(language.image_reference, limit=120)
    if failed := spot(result):
        yield f"failed at line {failed.line}"
    if outcome.exit_code is not None:
        yield f"exit code {outcome.exit_code}"
    if outcome.wall:
        yield f"{seconds(outcome.wall)}, of it {seconds(outcome.cpu)} on a processor"
    if outcome.compile_wall:
        yield f"compiled in {seconds(outcome.compile_wall)}"
    if outcome.peak_memory:
        yield f"{size(outcome.peak_memory)} at most"
    if result.attempts > 1:
        yield count(result.attempts, "attempt")
    if result.cached:
        yield "cached"
    if result.snippet.session is not None:
        yield f"session {inline(result.snippet.session, limit=80)}"
    if outcome.sandbox:
        yield f"sandbox {inline(outcome.sandbox, limit=20)}"


def _reasons(result: Result) -> Iterator[str]:
    reasons = [result.reason] if result.reason else []
    if result.mismatches and result.verdict is not Verdict.XPASSED:
        reasons = [fault.reason for fault in result.mismatches[:_MISMATCHES]]
    for reason in reasons:
        yield f'<p class="reason">{inline(reason, limit=1000)}</p>'
    if len(result.mismatches) > _MISMATCHES:
        rest = len(result.mismatches) - _MISMATCHES
        yield f'<p class="reason">and {count(rest, "more broken expectation")}</p>'


def _texts(result: Result, *, limit: int) -> Iterator[str]:
    for mismatch in result.mismatches[:_MISMATCHES]:
        yield compared(mismatch, limit=limit)
    told = {fault.subject for fault in result.mismatches if fault.actual is not None}
    streams = (
        ("stdin", result.case.stdin),
        ("stdout", result.outcome.stdout),
        ("stderr", result.outcome.stderr),
    )
    for title, raw in streams:
        if raw and title not in told:
            yield titled(title, stream(raw, limit=limit))


def _earlier(result: Result, *, limit: int) -> Iterator[str]:
    for number, earlier in enumerate(result.earlier[:_EARLIER], 1):
        took = f", {seconds(earlier.outcome.wall)}" if earlier.outcome.wall else ""
        yield (
            f'<details class="earlier"><summary>attempt {number}: {earlier.verdict}{took}'
            f"</summary>{''.join(_reasons(earlier))}{''.join(_texts(earlier, limit=limit))}"
            "</details>"
        )


def _code(result: Result, *, limit: int) -> str:
    """The snippet's own text, numbered as in its document; where it failed is marked."""
    snippet, failed = result.snippet, spot(result)
    lines = stream(snippet.code, limit=limit).removesuffix("\n").split("\n")
    if len(snippet.code) > limit:  # after what is left out, numbers would be wrong
        shown = [html.escape(line) for line in ends(lines, head=_CODE, tail=_CODE // 4)]
    else:
        first = snippet.code_source.line
        at = failed.line - first if failed else -1
        begin = max(0, min(at, len(lines) - 1) - _CODE // 2)
        part = lines[begin : begin + _CODE]
        shown = [
            f"{first + number:>5}  {_line_of_code(line, marked=number == at)}"
            for number, line in enumerate(part, begin)
        ]
        shown += ["[... more lines ...]"] if begin + _CODE < len(lines) else []
    unfolded = " open" if failed else ""
    text = "\n".join(shown)
    return (
        f'<details class="code"{unfolded}><summary>code</summary>'
        f'<pre tabindex="0">\n{text}</pre></details>'
    )


def _line_of_code(line: str, *, marked: bool) -> str:
    return f"<mark>{html.escape(line)}</mark>" if marked else html.escape(line)
