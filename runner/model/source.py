"""Places in files."""

from dataclasses import dataclass
from typing import Final

MARKDOWN: Final = (".md", ".markdown", ".mdx")
"""Ends of the names by which documents are known, in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where something stands in a file; `line` and `column` count from 1, in characters."""

    path: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"
