"""What makes a session the one that it is, as text and as a hash; pure.

Two views: `content` is what its author wrote (a plan is known by it, on whatever machine), and
`inputs` is all that can change what happens when it is run (an outcome is known by it). What is
expected is in neither: it changes what an outcome means, and nothing that happens.
"""

import hashlib
import json
import posixpath
from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Final

from runner.languages import Build, Language
from runner.model import Case, Limits, Session, Snippet

Json = str | float | bool | None | list["Json"]
_UNSEEN: Final = ("aliases", "versions", "warm_from")
"""Fields of a language that no program can tell."""
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))


def content(session: Session) -> Json:
    """Where its snippets stand, their names, languages, code, files and inputs."""
    return [
        session.id,
        [
            [
                path_of(snippet),
                snippet.name,
                snippet.version,
                *_program(snippet),
                [[case.name, *_given(case)] for case in snippet.cases],
            ]
            for snippet in session.snippets
        ],
    ]


def inputs(session: Session) -> Json:
    """All that its programs are, get and may use, and what is asked of them afterwards."""
    return [
        session.id is not None,
        [
            [
                *_program(snippet),
                snippet.isolation,
                _limits(snippet.limits),
                [
                    [*_given(case), case.timeout, list[Json](sorted(case.expect.files))]
                    for case in snippet.cases
                ],
            ]
            for snippet in session.snippets
            if snippet.skip is None
        ],
    ]


def digest(value: Json) -> str:
    """SHA-256 of a value, in hexadecimal digits."""
    return hashlib.sha256(_ENCODER.encode(value).encode()).hexdigest()


def image_of(session: Session) -> str:
    """The image that its members agree in."""
    return session.snippets[0].language.image_reference


def path_of(snippet: Snippet) -> str:
    """The path of its file, the same however it was written on the command line."""
    return posixpath.normpath(snippet.source.path)


def _program(snippet: Snippet) -> list[Json]:
    return [
        _row(snippet.language),
        _hash(snippet.code),
        [[path, _hash(held)] for path, held in sorted(snippet.files.items())],
        snippet.run,
        snippet.transcript,
    ]


def _given(case: Case) -> list[Json]:
    pairs: list[Json] = [[name, value] for name, value in sorted(case.env.items())]
    return [_hash(case.stdin), list(case.args), pairs]


@lru_cache(maxsize=256)
def _row(language: Language) -> str:
    values = {
        field.name: getattr(language, field.name)
        for field in fields(language)
        if field.name not in _UNSEEN
    }
    return json.dumps(values, sort_keys=True, default=_plain)


@lru_cache(maxsize=256)
def _limits(limits: Limits) -> str:
    return json.dumps([getattr(limits, field.name) for field in fields(limits)])


def _plain(value: object) -> object:
    if isinstance(value, Build):  # known by what it is made of, wherever that lies
        return value.digest
    return dict(value) if isinstance(value, Mapping) else str(value)


def _hash(held: bytes) -> str:
    return hashlib.sha256(held).hexdigest() if held else ""
