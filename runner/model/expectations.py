"""What a case must do, and how texts are compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runner.model.outcomes import Verdict
from runner.model.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatTolerance:
    """Two numbers are equal when |a - b| <= max(abs, rel * max(|a|, |b|))."""

    abs: float = 0.0
    rel: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A regular expression (package `regex`) and what takes the place of its matches.

    On both sides.
    """

    pattern: str
    replacement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How texts are brought to a common form before they are compared (MANIFEST, Matching)."""

    ignore_trailing_whitespace: bool = True
    ignore_final_newline: bool = True
    ignore_line_endings: bool = True
    collapse_whitespace: bool = False
    ignore_case: bool = False
    strip_ansi: bool = False
    float_tolerance: FloatTolerance | None = None
    replace: tuple[Replacement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonValue:
    """A JSON document as the text that the manifest's value makes.

    A noun that stays hashable and immutable.
    """

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextExpectation:
    """What one stream or file must hold; every entry that is not None (or not empty) must."""

    equals: str | None = None
    contains: tuple[str, ...] = ()
    not_contains: tuple[str, ...] = ()
    regex: str | None = None
    glob: str | None = None
    json: JsonValue | None = None
    lines: tuple[str, ...] | None = None
    unordered: tuple[str, ...] | None = None
    file: Path | None = None
    empty: bool = False
    source: Source | None = field(default=None, compare=False)
    """Of the text, or of the mapping of checks, that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitExpectation:
    """Which exit codes are right: these, or any but 0."""

    codes: frozenset[int] = frozenset({0})
    nonzero: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a case must do. A part that is None is not checked.

    `verdict` names the ending that is right and replaces the exit check, which may be added
    only with runtime_error.
    """

    stdout: TextExpectation | None = None
    stderr: TextExpectation | None = None
    exit: ExitExpectation | None = field(default_factory=ExitExpectation)
    verdict: Verdict | None = None
    files: Mapping[str, TextExpectation] = field(default_factory=dict)
