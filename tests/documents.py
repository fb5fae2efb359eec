"""Markdown documents read from a text, for the tests of what they come to."""

from pathlib import Path

import pytest

from runner.errors import UsageError
from runner.markdown import Terms, read
from runner.model import Snippet

ALONE = Terms()


def snippets_of(text: str, *, name: str = "tour.md", terms: Terms = ALONE) -> list[Snippet]:
    return read(Path(name), text=text.encode(), terms=terms)


def only(text: str) -> Snippet:
    (snippet,) = snippets_of(text)
    return snippet


def problems_of(text: str | bytes) -> tuple[str, ...]:
    raw = text.encode() if isinstance(text, str) else text
    with pytest.raises(UsageError) as refused:
        read(Path("tour.md"), text=raw)
    return refused.value.problems
