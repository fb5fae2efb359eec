"""Names for snippets that state none: the nearest heading and a number."""

import re
from collections import Counter
from typing import Final

from runner.text import one_line

_LONGEST: Final = 100


class Names:
    """Gives names that are unique in a document, and are none of those stated in it."""

    def __init__(self, stated: frozenset[str], title: str) -> None:
        self._stated = stated
        self._heading = _plain(title)
        self._counts: Counter[str] = Counter()

    def under(self, heading: str) -> None:
        """What follows stands below this heading; one without any text counts for nothing."""
        self._heading = _plain(heading) or self._heading

    def next(self) -> str:
        """The next name below the heading."""
        return self.numbered(self._heading)

    def numbered(self, words: str, *, least: int = 1) -> str:
        """These words with the next number that makes a name of them."""
        while True:
            self._counts[words] = max(self._counts[words] + 1, least)
            name = f"{words} {self._counts[words]}"
            if name not in self._stated:
                return name


_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_MARKUP: Final = re.compile(r"[`*]|\{#[^{}]*\}|<[^<>]*>|\\(?=[!-/:-@\[-`{-~])")


def _plain(heading: str) -> str:
    """A heading's text without its markup, short, and on one line."""
    text = " ".join(heading[: 4 * _LONGEST].split())
    text = _MARKUP.sub("", _LINK.sub(r"\1", text)).strip()
    return one_line(text, limit=_LONGEST)
