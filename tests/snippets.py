"""Short ways to make the model's nouns, for tests that run or plan them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from runner.languages import CLASSIC, Language
from runner.model import (
    Case,
    Expectation,
    Limits,
    Report,
    Session,
    Snippet,
    Source,
    TextExpectation,
)

HERE: Final = Source(path="test.yml", line=1)


class Runs(Protocol):
    """The fixture `run` of the tests that need an engine."""

    def __call__(self, *work: Snippet | Session, jobs: int = 2, fail_fast: bool = False) -> Report:
        """Run each, a snippet being a session of one; results in this order."""


def case(name: str = "", **fields: Any) -> Case:  # noqa: ANN401 fields of many types
    """A case that must exit 0 unless `expect` says otherwise; a text for `stdin` is encoded."""
    stdin = fields.pop("stdin", b"")
    fields["stdin"] = stdin.encode() if isinstance(stdin, str) else stdin
    fields.setdefault("timeout", 60.0)
    return Case(source=HERE, name=name, **fields)


def snippet(
    language: str | Language,
    code: str | bytes,
    *,
    cases: Sequence[Case] = (),
    limits: Limits | None = None,
    **fields: Any,  # noqa: ANN401 as above
) -> Snippet:
    """A snippet. What is no field of it (stdin, args, env, timeout, expect) is its one case's."""
    own = {name: fields.pop(name) for name in _CASE_FIELDS if name in fields}
    return Snippet(
        name=fields.pop("name", "snippet"),
        source=fields.pop("source", HERE),
        code_source=HERE,
        language=CLASSIC[language] if isinstance(language, str) else language,
        code=code.encode() if isinstance(code, str) else code,
        cases=tuple(cases) or (case(**own),),
        limits=limits or Limits(),
        **fields,
    )


_CASE_FIELDS: Final = ("stdin", "args", "env", "timeout", "expect")


def python(code: str | bytes, **fields: Any) -> Snippet:  # noqa: ANN401 as above
    return snippet("python", code, **fields)


def bash(code: str | bytes, **fields: Any) -> Snippet:  # noqa: ANN401 as above
    return snippet("bash", code, **fields)


def prints(text: str) -> Expectation:
    """Exit code 0 and this on stdout, compared as a manifest does by default."""
    return Expectation(stdout=TextExpectation(equals=text))


def alone(one: Snippet) -> Session:
    """A session of one."""
    return Session(snippets=(one,), id=one.session)


def together(*members: Snippet, id: str = "tour") -> Session:  # noqa: A002 the model's word
    """A session of these, named `1`, `2` and so on where they have no name of their own."""
    named = [
        replace(
            member,
            session=id,
            name=str(number) if member.name == "snippet" else member.name,
        )
        for number, member in enumerate(members, start=1)
    ]
    return Session(snippets=tuple(named), id=id)
