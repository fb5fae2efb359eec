"""The fields of a manifest that say what must come out, and how it is compared."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field
from pydantic.config import JsonDict
from pydantic.types import JsonValue

from runner.manifest import kinds


class Entry(BaseModel):
    """What all mappings of a manifest have in common: no field that is not named."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


def default(value: JsonValue) -> JsonDict:
    """What holds where a field is not given, for its JSON Schema."""
    return {"default": value}


class ToleranceEntry(Entry):
    """How far numbers in a text may differ: by `abs`, or by `rel` of the larger one."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    abs: kinds.Tolerance | None = Field(
        default=None, description="Numbers may differ by this much."
    )
    rel: kinds.Tolerance | None = Field(
        default=None, description="Numbers may differ by this share of the larger one."
    )


class ReplacementEntry(Entry):
    """A replacement made in the expected and in the actual text before they are compared."""

    pattern: kinds.Expression = Field(description="Regular expression of what to replace.")
    with_: kinds.Text = Field(
        alias="with", description="What takes its place; `\\1` is the first group."
    )


class MatchEntry(Entry):
    """How texts are brought to a common form before they are compared."""

    trailing_whitespace: Literal["ignore", "exact"] | None = Field(
        default=None,
        description="Blanks at the ends of lines.",
        json_schema_extra=default("ignore"),
    )
    final_newline: Literal["ignore", "exact"] | None = Field(
        default=None,
        description="Line ends at the end of the text.",
        json_schema_extra=default("ignore"),
    )
    line_endings: Literal["ignore", "exact"] | None = Field(
        default=None,
        description="Whether a line ends with CR LF or LF.",
        json_schema_extra=default("ignore"),
    )
    whitespace: Literal["exact", "collapse"] | None = Field(
        default=None,
        description="collapse: any run of blanks within a line counts as one.",
        json_schema_extra=default("exact"),
    )
    case: Literal["exact", "ignore"] | None = Field(
        default=None, description="Upper and lower case.", json_schema_extra=default("exact")
    )
    ansi: Literal["keep", "strip"] | None = Field(
        default=None,
        description="strip: colours and other terminal sequences are removed.",
        json_schema_extra=default("keep"),
    )
    float_tolerance: ToleranceEntry | None = Field(
        default=None, description="Numbers in the text are compared so, the rest exactly."
    )
    replace: list[ReplacementEntry] | None = Field(
        default=None, description="Replacements made in both texts, one after the other."
    )


class TextEntry(Entry):
    """What a text must hold: all entries must."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    equals: kinds.Text | None = Field(
        default=None, description="It equals this text, after `match`."
    )
    contains: kinds.Texts | None = Field(
        default=None, description="This, or all of these, is in it."
    )
    not_contains: kinds.Texts | None = Field(
        default=None, description="This, or any of these, is not in it."
    )
    regex: kinds.Expression | None = Field(
        default=None, description="It has a match; `^` and `$` match at every line."
    )
    glob: kinds.Text | None = Field(
        default=None,
        description="It equals this; a line `...` is any lines, `[..]` any characters.",
    )
    json_: kinds.Json | None = Field(
        default=None,
        alias="json",
        description="It is JSON and equals this value, whatever the order of keys.",
    )
    lines: list[kinds.Line] | None = Field(
        default=None, description="It is these lines, in this order."
    )
    unordered: list[kinds.Line] | None = Field(
        default=None, description="It is these lines, in any order."
    )
    file: kinds.OutsidePath | None = Field(
        default=None, description="It equals this file, a path relative to the manifest."
    )
    empty: kinds.OnlyTrue | None = Field(default=None, description="There is nothing at all.")


TextOrChecks: TypeAlias = Annotated[
    Annotated[kinds.Text, kinds.TEXT_FORM] | Annotated[TextEntry, kinds.MAPPING_FORM],
    Discriminator(kinds.form),
]


class ExpectEntry(Entry):
    """What a run must do; a key left out is not checked, except that the exit code must be 0."""

    model_config = ConfigDict(
        json_schema_extra={
            "not": {
                "required": ["verdict", "exit_code"],
                "properties": {"verdict": {"not": {"const": "runtime_error"}}},
            }
        }
    )

    stdout: TextOrChecks | None = Field(default=None, description="What it prints to stdout.")
    stderr: TextOrChecks | None = Field(default=None, description="What it prints to stderr.")
    exit_code: kinds.ExitCodes | None = Field(
        default=None,
        description="Right exit codes: a number, a list, or `nonzero`; 128 + N is signal N.",
        json_schema_extra=default(0),
    )
    verdict: (
        Literal["timeout", "memory_limit", "output_limit", "compile_error", "runtime_error"] | None
    ) = Field(default=None, description="How it must end, in place of an exit code.")
    files: dict[kinds.FileName, TextOrChecks] | None = Field(
        default=None,
        description="Files that it must leave in the working directory, and their contents.",
    )
