"""Untrusted text as HTML: shown as it is, with what is invisible or acts on a reader as escapes."""

import html
from typing import Final
from urllib.parse import quote

from runner.text import one_line, safe

_PATH: Final = 300


def block(text: str) -> str:
    """Text of several lines, for a `pre`; a parser drops the newline that it begins with."""
    return "\n" + html.escape(safe(text))


def inline(text: str, *, limit: int = 200) -> str:
    """`text` on one line and cut, for an element or an attribute."""
    return html.escape(one_line(text, limit=limit))


def place(path: str, line: int, *, base: str) -> str:
    """`path:line`: a link to the line below `base` where that can be, and else plain text."""
    shown = f"{inline(path)}:{line}"
    address = href(path, line, base=base)
    if not address:
        return f'<code class="place">{shown}</code>'
    return f'<a class="place" href="{html.escape(address)}"><code>{shown}</code></a>'


def href(path: str, line: int, *, base: str) -> str:
    """The address of a line; empty for what is not a file below `base`, or where there is none.

    `base` ends in a slash. All of a path but its slashes is quoted: it names no scheme and no host.
    """
    outside = path.startswith(("/", "-")) or ".." in path.split("/") or len(path) > _PATH
    if not base or outside or not path:
        return ""
    return f"{base}{quote(path, errors='replace')}#L{line}"
