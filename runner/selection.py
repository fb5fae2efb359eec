"""Which snippets to run: `-k` expressions over names, `--tag` lists; pure."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from runner.errors import UsageError
from runner.model import Snippet

_TOKEN = re.compile(r"\s*(?:(?P<mark>[()])|(?P<quoted>'[^']*'|\"[^\"]*\")|(?P<word>[^\s()]+))")
_STRENGTH: Final = {"or": 1, "and": 2, "not": 3}
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


@dataclass(frozen=True, slots=True)
class _Token:
    """A word to be found, or (where it is no name) an operator or a parenthesis."""

    text: str
    is_name: bool


def parse_tags(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`a,b,!c` as (any of these, none of those)."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    wanted = tuple(word for word in words if not word.startswith("!"))
    return wanted, tuple(word[1:].strip() for word in words if word.startswith("!"))


def parse_expression(text: str) -> Predicate:
    """A `-k` expression: words found in name or path, `and`, `or`, `not`, parentheses; no case.

    However deep it is nested: neither here nor when it is asked does a function call itself.
    """
    tokens = list(_tokens(text))
    if not tokens:
        raise UsageError("-k: the expression is empty")
    postfix = _postfix(tokens, text)
    return lambda name: _holds(postfix, name)


def _searched(snippet: Snippet) -> str:
    cases = " ".join(case.name for case in snippet.cases)
    version = "" if snippet.version is None else f" [{snippet.version}]"
    return f"{snippet.source.path} {snippet.name} {snippet.language.name} {cases}{version}".lower()


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        if found["quoted"] is not None:
            yield _Token(found["quoted"][1:-1].lower(), is_name=True)
        else:
            word = found["mark"] or found["word"]
            is_name = word not in _STRENGTH and word not in ("(", ")")
            yield _Token(word.strip("'\"").lower() if is_name else word, is_name)


def _postfix(tokens: Sequence[_Token], text: str) -> list[_Token]:
    """Each operator after what it is about, the stronger ones first."""
    output: list[_Token] = []
    waiting: list[_Token] = []
    complete = False  # whether what was read so far could be the end
    for token in tokens:
        _check(token, complete=complete, text=text)
        if token.is_name:
            output.append(token)
        elif token.text == ")":
            _close(waiting, output, text)
        elif token.text in ("and", "or"):
            _release(waiting, output, at_least=_STRENGTH[token.text])
            waiting.append(token)
        else:
            waiting.append(token)
        complete = token.is_name or token.text == ")"
    if not complete:
        raise UsageError("-k: a name is missing at the end")
    _release(waiting, output, at_least=0)
    if waiting:
        raise UsageError("-k: a closing parenthesis is missing")
    return output


def _check(token: _Token, *, complete: bool, text: str) -> None:
    joins = not token.is_name and token.text in ("and", "or", ")")
    if complete and not joins:
        raise UsageError(f"-k: unexpected '{token.text}' in '{text}'")
    if joins and not complete:
        raise UsageError(f"-k: a name is missing before '{token.text}'")


def _close(waiting: list[_Token], output: list[_Token], text: str) -> None:
    _release(waiting, output, at_least=0)
    if not waiting:
        raise UsageError(f"-k: unexpected ')' in '{text}'")
    waiting.pop()


def _release(waiting: list[_Token], output: list[_Token], *, at_least: int) -> None:
    """Put out the operators that bind so strongly, back to the last parenthesis."""
    while waiting and _STRENGTH.get(waiting[-1].text, -1) >= at_least:
        output.append(waiting.pop())


def _holds(postfix: Sequence[_Token], name: str) -> bool:
    stack: list[bool] = []
    for token in postfix:
        if token.is_name:
            stack.append(token.text in name)
        elif token.text == "not":
            stack.append(not stack.pop())
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(left and right if token.text == "and" else left or right)
    return stack[0]
