"""Which snippets to run: `-k` expressions over names, `--tag` lists; pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runner.errors import UsageError
from runner.model import Snippet

_TOKEN = re.compile(r"\s*(?:(?P<mark>[()])|(?P<quoted>'[^']*'|\"[^\"]*\")|(?P<word>[^\s()]+))")
Predicate = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What `-k` and `--tag` ask for; both must hold."""

    expression: Predicate | None = None
    tags: tuple[str, ...] = ()
    excluded_tags: tuple[str, ...] = ()

    def takes(self, snippet: Snippet) -> bool:
        """Whether the snippet is asked for."""
        if self.tags and not set(self.tags) & set(snippet.tags):
            return False
        if set(self.excluded_tags) & set(snippet.tags):
            return False
        return self.expression is None or self.expression(_searched(snippet))


def parse_tags(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`a,b,!c` as (any of these, none of those)."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    wanted = tuple(word for word in words if not word.startswith("!"))
    return wanted, tuple(word[1:].strip() for word in words if word.startswith("!"))


def parse_expression(text: str) -> Predicate:
    """A `-k` expression: words found in name or path, `and`, `or`, `not`, parentheses; no case."""
    tokens = _tokens(text)
    predicate, rest = _either(tokens)
    if rest:
        raise UsageError(f"-k: unexpected '{rest[0]}' in '{text}'")
    return predicate


def _searched(snippet: Snippet) -> str:
    cases = " ".join(case.name for case in snippet.cases)
    return f"{snippet.source.path} {snippet.name} {snippet.language.name} {cases}".lower()


def _tokens(text: str) -> list[str]:
    tokens = [found["mark"] or found["quoted"] or found["word"] for found in _TOKEN.finditer(text)]
    if not tokens:
        raise UsageError("-k: the expression is empty")
    return tokens


def _either(tokens: Sequence[str]) -> tuple[Predicate, Sequence[str]]:
    first, rest = _both(tokens)
    if not rest or rest[0] != "or":
        return first, rest
    second, rest = _either(rest[1:])
    return lambda name: first(name) or second(name), rest


def _both(tokens: Sequence[str]) -> tuple[Predicate, Sequence[str]]:
    first, rest = _one(tokens)
    if not rest or rest[0] != "and":
        return first, rest
    second, rest = _both(rest[1:])
    return lambda name: first(name) and second(name), rest


def _one(tokens: Sequence[str]) -> tuple[Predicate, Sequence[str]]:
    if not tokens or tokens[0] in ("and", "or", ")"):
        raise UsageError(
            f"-k: a name is missing {'before ' + repr(tokens[0]) if tokens else 'at the end'}"
        )
    if tokens[0] == "not":
        inner, rest = _one(tokens[1:])
        return lambda name: not inner(name), rest
    if tokens[0] == "(":
        inner, rest = _either(tokens[1:])
        if not rest or rest[0] != ")":
            raise UsageError("-k: a closing parenthesis is missing")
        return inner, rest[1:]
    word = tokens[0].strip("'\"").lower()
    return lambda name: word in name, tokens[1:]
