"""Untrusted text inside of GitHub's Markdown: shown as it is, and never obeyed.

Whatever could be structure becomes a numeric reference, which Markdown and HTML both decode only
after they have looked for structure. GitHub looks for mentions, issues and addresses in the decoded
text: a zero-width space takes those apart.
"""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from runner.text import one_line

_STRUCTURE: Final = re.compile(r"[\\`*_\[\]<>&|~$]")
_LINK: Final = re.compile(r"@|#(?=\d)|\bwww(?=\.)|\bGH-(?=\d)|:(?=//|[\w+-]+:)", re.IGNORECASE)
_ZERO_WIDTH_SPACE: Final = "\u200b"
"""Never in a text that was made safe."""
_PATH: Final = 300
_TICKS: Final = re.compile("`{3,}")


def inline(text: str, *, limit: int = 200) -> str:
    """`text` on one line, cut to `limit` characters; for a cell, a paragraph or an HTML element."""
    broken = _LINK.sub(rf"\g<0>{_ZERO_WIDTH_SPACE}", one_line(text, limit=limit))
    escaped = _STRUCTURE.sub(lambda match: f"&#{ord(match[0])};", broken)
    return escaped.replace(_ZERO_WIDTH_SPACE, "&#8203;")


def fenced(text: str, *, info: str = "text") -> str:
    """`text`, safe already and without its last newline, as a code block that it can't end."""
    ticks = "`" * max((len(run) + 1 for run in _TICKS.findall(text)), default=3)
    return f"{ticks}{info}\n{text}\n{ticks}\n"


def table(*columns: str, rows: Iterable[Iterable[str]]) -> str:
    """Cells that are Markdown already; a column whose name ends in `:` is aligned to the right."""
    names = [name.removesuffix(":") for name in columns]
    rules = ["--:" if name.endswith(":") else ":--" for name in columns]
    return "".join(f"| {' | '.join(row)} |\n" for row in (names, rules, *rows))


def link(text: str, *, base: str, path: str, line: int) -> str:
    """`text`, Markdown already, as a link to a line below `base`; without a base just the text."""
    outside = path.startswith(("/", "-")) or ".." in path.split("/")
    if not base or outside or len(path) > _PATH:
        return text
    return f"[{text}]({base}{quote(path, errors='replace')}#L{line})"
