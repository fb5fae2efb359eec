"""Markdown text -> its fenced code blocks, headings and comments, each with its lines.

CommonMark decides what is a fence, by its own parser: nested in lists and quotes, with `~~~` or
four backticks, but not in a comment or an indented block. Lines count from 1 and end with LF, CR LF
or CR alone; columns count characters. In MDX HTML is no block of its own, nothing is code by its
indentation, and comments are `{/* ... */}`.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_DEPTH: Final = 100
"""Of lists and quotes in one another: what stands deeper is not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Characters of the document, on one line or several, and where each line of them begins."""

    text: str
    line: int
    columns: tuple[int, ...] = (1,)
    starts: tuple[int, ...] = (0,)
    """Of each line, the index of its first character."""

    def place(self, at: int) -> tuple[int, int]:
        """Line and column of the character at this index of the text."""
        row = bisect_right(self.starts, at) - 1
        return self.line + row, self.columns[row] + at - self.starts[row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """A fenced code block."""

    info: str
    """What stands after the marker, blanks around it stripped."""
    info_column: int
    content: str
    """Each line with an LF at its end."""
    line: int
    """Of the opening marker; `column` likewise."""
    column: int
    first_line: int
    """Of the content, where there is any."""
    end_line: int
    """Of the closing marker; where there is none, of what follows the content."""
    prefix: str
    """What stands before each line of the content: `> ` of a quote, a list's indentation."""
    marker: str
    closed: bool
    opening: str
    """The opening line from its marker on."""
    comments: tuple[Passage, ...] = ()
    """The insides of comments right before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading; its text is still Markdown."""

    text: str
    level: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is of interest in a document, in its order."""

    parts: tuple[Fence | Heading, ...]
    strays: tuple[Passage, ...]
    """The insides of comments that stand before no fence."""

    @property
    def fences(self) -> list[Fence]:
        return [part for part in self.parts if isinstance(part, Fence)]


def fences(text: str, *, mdx: bool = False) -> list[Fence]:
    """The fenced code blocks of a document, front matter apart."""
    return page(text, mdx=mdx).fences


def page(text: str, *, mdx: bool = False) -> Page:
    """The document's parts."""
    lines = lines_of(text)
    start = after_front_matter(lines)
    body = "\n".join([*[""] * start, *lines[start:], ""])
    return _collected(_parser(mdx=mdx).parse(body), lines)


def lines_of(text: str) -> list[str]:
    """The document's lines, without their ends."""
    return _LINE_END.sub("\n", text).split("\n")


def after_front_matter(lines: Sequence[str]) -> int:
    """The index of the line that follows the front matter; 0 where there is none."""
    if not lines or lines[0].removeprefix("\ufeff").rstrip() != "---":
        return 0
    ends = (index for index in range(1, len(lines)) if lines[index].rstrip() in ("---", "..."))
    return next(ends, -1) + 1


_LINE_END: Final = re.compile(r"\r\n?")
_DELIMITERS: Final = (("<!--", "-->"), ("{/*", "*/}"))


@cache
def _parser(*, mdx: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_DEPTH})
    # Nothing inside of a paragraph matters here; definitions of links, which look for their end
    # through the rest of the paragraph each, would take time that grows with their square.
    parser.disable(["inline", "text_join", "reference"])
    return parser.disable(["html_block", "code"]) if mdx else parser


def _collected(tokens: Sequence[Token], lines: Sequence[str]) -> Page:
    parts: list[Fence | Heading] = []
    strays: list[Passage] = []
    before: list[Passage] = []
    for token, following in pairwise([*tokens, Token("end", "", 0)]):
        if token.type == "fence":
            parts.append(_fence(token, lines, tuple(before)))
            before = []
        elif token.type == "heading_open":
            parts.append(_heading(token, following))
        found = list(_comments(token, lines))
        if found:
            before += found
        elif token.type not in _OF_PARAGRAPH:
            strays += before
            before = []
    return Page(parts=tuple(parts), strays=(*strays, *before))


_OF_PARAGRAPH: Final = ("paragraph_open", "paragraph_close")


def _heading(token: Token, inline: Token) -> Heading:
    assert token.map is not None  # noqa: S101 - of every block that opens
    return Heading(text=inline.content, level=int(token.tag[1:]), line=token.map[0] + 1)


def _fence(token: Token, lines: Sequence[str], comments: tuple[Passage, ...]) -> Fence:
    assert token.map is not None  # noqa: S101 - as above
    start, end = token.map
    opening, content_lines = lines[start], token.content.count("\n")
    at = opening.find(token.markup)
    after = opening[at + len(token.markup) :]
    closed = end - start - 1 > content_lines
    return Fence(
        info=after.strip(),
        info_column=len(opening) - len(after.lstrip()) + 1,
        content=token.content,
        line=start + 1,
        column=at + 1,
        first_line=start + 2,
        end_line=start + 2 + content_lines,
        prefix=_prefix(opening[:at]),
        marker=token.markup,
        closed=closed,
        opening=opening[at:].rstrip(),
        comments=comments,
    )


def _prefix(before: str) -> str:
    """What a content line needs so that it belongs to the containers that the fence is in."""
    blank = re.sub(r"[^>\s]", " ", before)
    return f"{blank} " if blank.endswith(">") else blank


def _comments(token: Token, lines: Sequence[str]) -> Iterator[Passage]:
    """The insides of the comments that a block of HTML ends with, or a paragraph consists of."""
    if token.map is None or token.type not in ("html_block", "inline"):
        return
    text = token.content.rstrip()
    for opening, closing in _DELIMITERS[1:] if token.type == "inline" else _DELIMITERS[:1]:
        if not text.endswith(closing) or (token.type == "inline" and not text.startswith(opening)):
            continue
        at = 0
        while (start := text.find(opening, at)) >= 0:
            start += len(opening)
            end = at = text.find(closing, start)
            if end < 0:
                return
            yield _passage(text, start, end, token.map[0], lines)


def _passage(text: str, start: int, end: int, first: int, lines: Sequence[str]) -> Passage:
    """`text[start:end]` of a block whose first line has the index `first`."""
    index = first + text.count("\n", 0, start)
    line_start = text.rfind("\n", 0, start) + 1
    inside = text[start:end]
    # Of each line the containers' marks and indentation are gone; what is left ends as it did.
    whole = text[line_start:].split("\n", inside.count("\n") + 1)
    columns = [
        len(lines[index + row].rstrip()) - len(line.rstrip()) + 1
        for row, line in enumerate(whole[: inside.count("\n") + 1])
    ]
    columns[0] += start - line_start
    starts = (0, *(found.end() for found in re.finditer("\n", inside)))
    return Passage(text=inside, line=index + 1, columns=tuple(columns), starts=starts)
