"""The nouns of the pipeline: plain, immutable values, each stage's input and output.

A `Session` of `Snippet`s goes into a sandbox, an `Outcome` per `Case` comes out (what happened),
the judge makes a `Result` of it (what it means), a `Report` holds them all. Times are seconds,
sizes are bytes.
"""

from runner.model.expectations import (
    ExitExpectation,
    Expectation,
    FloatTolerance,
    JsonValue,
    Match,
    Replacement,
    TextExpectation,
)
from runner.model.limits import KIB, MIB, Isolation, Limits
from runner.model.outcomes import Ending, Mismatch, Outcome, Phase, Verdict
from runner.model.reports import (
    ImagePull,
    LanguageStatistics,
    Report,
    Result,
    Shard,
    in_file_order,
)
from runner.model.snippets import Case, Session, Snippet, case_name
from runner.model.source import MARKDOWN, Source

__all__ = [
    "KIB",
    "MARKDOWN",
    "MIB",
    "Case",
    "Ending",
    "ExitExpectation",
    "Expectation",
    "FloatTolerance",
    "ImagePull",
    "Isolation",
    "JsonValue",
    "LanguageStatistics",
    "Limits",
    "Match",
    "Mismatch",
    "Outcome",
    "Phase",
    "Replacement",
    "Report",
    "Result",
    "Session",
    "Shard",
    "Snippet",
    "Source",
    "TextExpectation",
    "Verdict",
    "case_name",
    "in_file_order",
]
