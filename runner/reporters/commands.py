"""Workflow commands: what a GitHub runner does when a line of the log tells it to.

Escaped as the toolkit does (actions/toolkit, command.ts); the runner undoes just that.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

from runner.text import inert, safe

MESSAGE: Final = 2000
"""Characters: the runner cuts at 4096 UTF-16 units, of which a character takes up to two."""
_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans(
    {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"},
)


def error(message: str, *, title: str, path: str = "", line: int = 0) -> str:
    """An annotation at a line of a file, or at none; the texts may be any."""
    place = {"file": path, "line": str(line)} if path and line else {}
    properties = {**place, "title": title}
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    cut = message if len(message) <= MESSAGE else message[:MESSAGE] + "…"
    return f"::error {told}::{_data(cut)}\n"


def group(title: str, body: str) -> str:
    """Lines to be unfolded."""
    return f"::group::{_data(title)}\n{body}::endgroup::\n"


def disarmed(text: str, *, token: str) -> str:
    """Lines in which nothing is obeyed but `token`, which they don't hold."""
    if token in text:
        raise ValueError("the token is part of the text that it must not be part of")
    return f"::stop-commands::{token}\n{_lines(text)}::{token}::\n"


def token_for(texts: Iterable[str]) -> str:
    """A word that is in none of `texts`: their hash, which no text can hold of itself."""
    whole = "\0".join(texts)
    token = _hash(whole)
    while token in whole:
        token = _hash(token + whole)
    return token


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


def _lines(text: str) -> str:
    return "".join(f"{inert(line)}\n" for line in text.removesuffix("\n").split("\n"))


def _data(text: str) -> str:
    """The runner writes a message's lines to its log, where they must do no harm either."""
    return "\n".join(inert(line) for line in safe(text).split("\n")).translate(_DATA)


def _property(text: str) -> str:
    return inert(safe(text)).translate(_PROPERTY)
