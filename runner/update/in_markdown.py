"""A document's expectation -> the splices that give its output fence, or a transcript, other lines.

Lines that stay are taken as they stand, with all that is before them: a list's indentation, the
mark of a quote.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from runner.markdown.fences import Fence, fences
from runner.markdown.transcripts import PROMPTS, Command, commands
from runner.model import Snippet, Source, TextExpectation
from runner.text import escape
from runner.update.edits import Edit, LeftAlone, Splice, line_end
from runner.update.uses import Use, all_hold

_LINE_END: Final = re.compile(r"\r\n?|\n")
_UNRAW: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BLANK: Final = "<BLANKLINE>"


class Pages:
    """A document's text, and where its lines and fences are."""

    def __init__(self, text: str, *, mdx: bool) -> None:
        self.text = text
        self.fences = fences(text, mdx=mdx)
        self._fence_lines = [fence.line for fence in self.fences]
        self._transcripts: dict[int, _Transcript] = {}
        self._ends = [found.span() for found in _LINE_END.finditer(text)]
        self._ends.append((len(text), len(text)))
        self.line_end = line_end(text)

    def start(self, line: int) -> int:
        """Where a line begins, counted from 1; the text's end for one after the last."""
        if line <= 1:
            return 0
        return self._ends[min(line - 2, len(self._ends) - 1)][1]

    def stop(self, line: int) -> int:
        """Where a line stops, its end apart."""
        return self._ends[min(line - 1, len(self._ends) - 1)][0]

    def line(self, number: int) -> str:
        """A line without its end."""
        return self.text[self.start(number) : self.stop(number)]

    def fence_at(self, line: int) -> Fence:
        """The fence around a line; LeftAlone where there is none."""
        at = bisect_right(self._fence_lines, line) - 1
        if at >= 0 and line <= max(self.fences[at].end_line, self.fences[at].first_line):
            return self.fences[at]
        raise LeftAlone("its fence is not found where it was read")

    def following(self, fence: Fence) -> Fence | None:
        """The next fence."""
        at = bisect_right(self._fence_lines, fence.line)
        return self.fences[at] if at < len(self.fences) else None

    def transcript_at(self, line: int) -> "_Transcript":
        """The transcript around a line."""
        fence = self.fence_at(line)
        if fence.line not in self._transcripts:
            self._transcripts[fence.line] = _Transcript(fence)
        return self._transcripts[fence.line]

    def replaced(self, start: int, end: int, lines: Sequence[str]) -> Splice:
        """`lines` in place of those from `start` to before `end`."""
        at, stop = self.start(start), self.start(end)
        written = "".join(f"{line}{self.line_end}" for line in lines)
        if stop == len(self.text) and self.text[-1] not in "\r\n":
            written = written.removesuffix(self.line_end)
            if at == stop:
                written = self.line_end + written
        return Splice(start=at, end=stop, text=written)


class _Transcript:
    """A fence of commands, each found by its prompt's line or that of its output."""

    def __init__(self, fence: Fence) -> None:
        self.fence = fence
        self.python = fence.content.lstrip("\n").startswith(">>> ")
        found = commands("python" if self.python else "bash", fence.content)
        self._lines = fence.content.split("\n")[:-1]
        prompt = PROMPTS["python" if self.python else "bash"]
        begins = (prompt, f"{prompt} ")
        self._starts = [
            at
            for at, line in enumerate(self._lines)
            if line == begins[0] or line.startswith(begins[1])
        ]
        self._by_prompt = {fence.first_line + one.line: one for one in found}
        self._by_output = {fence.first_line + one.output_line: one for one in found}

    def command(self, line: int, *, by_prompt: bool = False) -> Command:
        """The command of a line; LeftAlone where there is none."""
        command = (self._by_prompt if by_prompt else self._by_output).get(line)
        if command is None:
            raise LeftAlone("its command is not found where it was read")
        return command

    def printed(self, command: Command) -> list[str]:
        """The lines after a command that are its output, the exit code apart."""
        following = bisect_left(self._starts, command.output_line)
        end = self._starts[following] if following < len(self._starts) else len(self._lines)
        written = self._lines[command.output_line : end]
        while written and not written[-1].strip():
            written.pop()
        if command.exit_code is not None and not self.python:
            written.pop()
        return written


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Lines of a fence that say what is printed: `first` to before `end`, counted from 1."""

    fence: Fence
    first: int
    end: int
    shown: list[str]
    """As they are understood."""
    blank: str = ""
    """How an empty line is written."""


class InMarkdown:
    """Expectations in the document `text`."""

    def __init__(self, text: str, *, mdx: bool) -> None:
        self._pages = Pages(text, mdx=mdx)

    def complete(self, edit: Edit, group: Sequence[Use]) -> Edit:
        """`edit` with its splices, and with what is read of them."""
        return _completed(self._pages, edit, group)

    def add(self, snippet: Snippet, glob: str) -> Edit:
        """An output fence, or a transcript's lines; LeftAlone where there is no place for them."""
        return _added(self._pages, snippet, glob)


def _completed(pages: Pages, edit: Edit, group: Sequence[Use]) -> Edit:
    snippet, old = group[0].snippet, group[0].expected.glob
    new = edit.becomes.glob
    if old is None or new is None:
        raise LeftAlone("only patterns of lines can be written into a document")
    lines = _readable(new)
    form = "".join(f"{line}\n" for line in lines)
    if not all_hold(group, TextExpectation(glob=form)):
        raise LeftAlone("its lines cannot say how the output ends")
    if snippet.transcript:
        if not lines and old:
            raise LeftAlone("nothing was printed, which a transcript cannot say")
        part = _of_transcript(pages, edit.place)
    else:
        part = _of_fence(pages, edit.place)
    becomes = TextExpectation(glob=form)
    return Edit(place=edit.place, becomes=becomes, splices=_written(pages, part, lines))


def _added(pages: Pages, snippet: Snippet, glob: str) -> Edit:
    lines = _readable(glob)
    edit = Edit(
        place=snippet.source,
        becomes=TextExpectation(glob="".join(f"{line}\n" for line in lines)),
        splices=(),
        adds=True,
    )
    if snippet.transcript:
        transcript = pages.transcript_at(snippet.source.line)
        command = transcript.command(snippet.source.line, by_prompt=True)
        at = transcript.fence.first_line + command.output_line
        part = _Part(fence=transcript.fence, first=at, end=at, shown=[])
        return replace(edit, splices=_written(pages, part, lines))
    fence = pages.fence_at(snippet.source.line)
    following = pages.following(fence)
    if not fence.closed or (following is not None and "output" in following.info.split()[:2]):
        raise LeftAlone("there is no place for an output fence after it")
    marker = "`" * max(3, 1 + max(_run(line, "`") for line in lines))
    body = [fence.prefix + line if line else fence.prefix.rstrip() for line in lines]
    block = [
        fence.prefix.rstrip(),
        f"{fence.prefix}{marker}output",
        *body,
        fence.prefix + marker,
    ]
    at = pages.stop(fence.end_line)
    splice = Splice(start=at, end=at, text="".join(f"{pages.line_end}{line}" for line in block))
    return replace(edit, splices=(splice,))


def _readable(glob: str) -> list[str]:
    """The lines of what is to be written; LeftAlone where Markdown cannot hold them."""
    found = _UNRAW.search(glob)
    if found is not None:
        raise LeftAlone(f"the output has a character '{escape(found[0])}', which no fence holds")
    text = glob.removesuffix("\n")
    return text.split("\n") if text else []


def _of_fence(pages: Pages, place: Source) -> _Part:
    fence = pages.fence_at(place.line)
    lines = fence.content.split("\n")[:-1]
    return _Part(fence=fence, first=fence.first_line, end=fence.end_line, shown=lines)


def _of_transcript(pages: Pages, place: Source) -> _Part:
    transcript = pages.transcript_at(place.line)
    command = transcript.command(place.line)
    return _Part(
        fence=transcript.fence,
        first=place.line,
        end=place.line + len(transcript.printed(command)),
        shown=command.output.split("\n")[:-1] if command.output else [],
        blank=_BLANK if transcript.python else "",
    )


def _written(pages: Pages, part: _Part, lines: Sequence[str]) -> tuple[Splice, ...]:
    fence, prefix = part.fence, part.fence.prefix
    known = _known(pages, part)
    body: list[str] = []
    for line in lines:
        own = prefix + (line or part.blank)
        body += known.get(line, [own if line or part.blank else prefix.rstrip()])
    splices = [pages.replaced(part.first, part.end, body)]
    more = 1 + max((_run(line, fence.marker[0]) for line in lines), default=0) - len(fence.marker)
    if more > 0:
        splices += [_longer(pages, number, fence.marker, more) for number in _marked(fence)]
    return tuple(splices)


def _known(pages: Pages, part: _Part) -> dict[str, list[str]]:
    """By line as it is understood: the lines of the text that say so; a traceback's are several."""
    raw = [pages.line(number) for number in range(part.first, part.end)]
    surplus = len(raw) - len(part.shown)
    folded = part.shown.index("...") if surplus and "..." in part.shown else len(part.shown)
    sizes = [1 + surplus if at == folded else 1 for at in range(len(part.shown))]
    ends = [0]
    for size in sizes:
        ends.append(ends[-1] + size)
    chunks = [raw[start:end] for start, end in pairwise(ends)]
    pairs = list(zip(part.shown, chunks, strict=True))
    return dict(reversed(pairs))


def _marked(fence: Fence) -> list[int]:
    return [fence.line, fence.end_line] if fence.closed else [fence.line]


def _longer(pages: Pages, number: int, marker: str, more: int) -> Splice:
    at = pages.start(number) + pages.line(number).index(marker)
    return Splice(start=at, end=at, text=marker[0] * more)


def _run(line: str, mark: str) -> int:
    """How many marks a line begins with."""
    bare = line.lstrip(" ")
    return len(bare) - len(bare.lstrip(mark))
