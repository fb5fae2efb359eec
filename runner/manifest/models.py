"""The fields of a manifest, with `comparison` the only place that names them.

What one field may hold stands in its kind; what fields mean to one another in `rules` and, where
JSON Schema can say it, here. A field that is None was not given: what then holds is the `default`
in its schema, taken from the model's nouns.
"""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Discriminator, Field

from runner.manifest import kinds
from runner.manifest.comparison import Entry, ExpectEntry, MatchEntry, default
from runner.manifest.documents import DocumentEntries
from runner.manifest.schema_rules import NOT_RUN, STDOUT_TWICE, not_both, one_of
from runner.model import KIB, MIB, Isolation, Limits

_LIMITS: Final = Limits()


def _short(size: int) -> str:
    return f"{size // MIB}m" if size % MIB == 0 else f"{size // KIB}k"


class Settings(Entry):
    """The fields that `defaults` may set for all snippets of the file."""

    timeout: kinds.Seconds | None = Field(
        default=None,
        description="Seconds of wall-clock time for each run, compile and start-up apart.",
        json_schema_extra=default(_LIMITS.timeout),
    )
    compile_timeout: kinds.Seconds | None = Field(
        default=None,
        description="Seconds of wall-clock time for the compiler.",
        json_schema_extra=default(_LIMITS.compile_timeout),
    )
    memory: kinds.Memory | None = Field(
        default=None,
        description="Memory of the sandbox, without swap: bytes, or 64k, 256m, 1g.",
        json_schema_extra=default(_short(_LIMITS.memory)),
    )
    cpus: kinds.Cpus | None = Field(
        default=None, description="CPUs that the sandbox may use at a time; all unless stated."
    )
    pids: kinds.Processes | None = Field(
        default=None,
        description="Processes and threads at a time.",
        json_schema_extra=default(_LIMITS.pids),
    )
    disk: kinds.Disk | None = Field(
        default=None,
        description="All that may be written to files, on top of memory: bytes, or 64k, 256m, 1g.",
        json_schema_extra=default(_short(_LIMITS.disk)),
    )
    output_limit: kinds.Output | None = Field(
        default=None,
        description="What a run may print to stdout and stderr: bytes, or 64k, 256m.",
        json_schema_extra=default(_short(_LIMITS.output)),
    )
    isolation: Literal["reuse", "fresh"] | None = Field(
        default=None,
        description="reuse: warm sandboxes, scrubbed after a session; fresh: a container for each.",
        json_schema_extra=default(Isolation.REUSE.value),
    )
    versions: kinds.Versions | None = Field(
        default=None,
        description="Of the language, one run for each; an empty list: none but its own.",
    )
    match: MatchEntry | None = Field(
        default=None, description="How texts are brought to a common form before they are compared."
    )
    retries: kinds.Retries | None = Field(
        default=None,
        description="How often a failure is run again; passing then is the verdict flaky.",
        json_schema_extra=default(0),
    )


class LanguageEntry(Entry):
    """A language of the file's own, or what it changes in a built-in one."""

    model_config = ConfigDict(json_schema_extra=not_both("image", "build"))

    extends: kinds.LanguageName | None = Field(
        default=None, description="The language whose fields hold where this one states none."
    )
    image: kinds.Image | None = Field(
        default=None, description="Docker image; `{version}` in it is replaced by the version."
    )
    build: kinds.OutsidePath | None = Field(
        default=None,
        description="Dockerfile, relative to the manifest; the image is built of its folder.",
    )
    version: kinds.Version | None = Field(
        default=None, description="What `{version}` in the image means."
    )
    versions: kinds.Versions | None = Field(
        default=None, description="One run for each, of every snippet that states no others."
    )
    source: kinds.FileName | None = Field(
        default=None, description="Name of the file with the code."
    )
    compile: list[kinds.Argument] | None = Field(
        default=None,
        description="Compiler's command as a list; `{source}` and `{build}` are replaced.",
    )
    run: Annotated[list[kinds.Argument], Field(min_length=1)] | None = Field(
        default=None,
        description="Command that runs the program, as a list; `{source}` is replaced.",
    )
    check: list[kinds.Argument] | None = Field(
        default=None,
        description="Command that checks the syntax alone, as a list; for `run: false`.",
    )
    env: dict[kinds.Variable, kinds.Argument] | None = Field(
        default=None, description="Environment variables, added to those of the language extended."
    )
    aliases: list[kinds.LanguageName] | None = Field(
        default=None, description="Other names of the language."
    )


class CaseEntry(Entry):
    """One run of the snippet's program; what it does not state holds as the snippet states it."""

    model_config = ConfigDict(
        json_schema_extra={"allOf": [not_both("stdin", "stdin_file"), STDOUT_TWICE]}
    )

    name: kinds.Name | None = Field(
        default=None, description="Unique in the snippet; its number unless stated."
    )
    stdin: kinds.Text | None = Field(default=None, description="Standard input.")
    stdin_file: kinds.OutsidePath | None = Field(
        default=None, description="File with the standard input, relative to the manifest."
    )
    args: list[kinds.Argument] | None = Field(default=None, description="Arguments of the program.")
    env: dict[kinds.Variable, kinds.Argument] | None = Field(
        default=None, description="Environment variables, added to the snippet's."
    )
    expected_output: kinds.Text | None = Field(
        default=None, description="Short for `expect: {stdout: ...}`."
    )
    expect: ExpectEntry | None = Field(
        default=None, description="What the run must do, added to the snippet's."
    )
    timeout: kinds.Seconds | None = Field(
        default=None, description="Seconds of wall-clock time for this run."
    )


class FileEntry(Entry):
    """Contents of a file from elsewhere: exactly one of the two."""

    model_config = ConfigDict(json_schema_extra=one_of("file", "base64"))

    file: kinds.OutsidePath | None = Field(
        default=None, description="The file to copy, relative to the manifest."
    )
    base64: kinds.Base64 | None = Field(default=None, description="Its bytes in base64.")


class SnippetEntry(Settings):
    """A program, its files, and what it must do."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                one_of("code", "file"),
                not_both("stdin", "stdin_file"),
                not_both("session", "cases"),
                STDOUT_TWICE,
                NOT_RUN,
            ]
        }
    )

    language: kinds.LanguageReference = Field(
        description="Name or alias of a language, or name@version."
    )
    code: kinds.Code | None = Field(default=None, description="The program; or name its `file`.")
    file: kinds.OutsidePath | None = Field(
        default=None,
        description="File with the program, relative to the manifest; or write its `code`.",
    )
    name: kinds.Name | None = Field(
        default=None,
        description="Unique in the file; unless stated, language and position: python 1.",
    )
    description: kinds.Text | None = Field(default=None, description="For people.")
    tags: list[kinds.Label] | None = Field(default=None, description="Words to select snippets by.")
    files: (
        dict[
            kinds.FileName,
            Annotated[
                Annotated[kinds.Text, kinds.TEXT_FORM] | Annotated[FileEntry, kinds.MAPPING_FORM],
                Discriminator(kinds.form),
            ],
        ]
        | None
    ) = Field(default=None, description="Files placed in the working directory, by relative path.")
    args: list[kinds.Argument] | None = Field(default=None, description="Arguments of the program.")
    env: dict[kinds.Variable, kinds.Argument] | None = Field(
        default=None, description="Environment variables of the program."
    )
    stdin: kinds.Text | None = Field(
        default=None, description="Standard input; empty unless stated."
    )
    stdin_file: kinds.OutsidePath | None = Field(
        default=None, description="File with the standard input, relative to the manifest."
    )
    expected_output: kinds.Text | None = Field(
        default=None, description="Short for `expect: {stdout: ...}`."
    )
    expect: ExpectEntry | None = Field(default=None, description="What the run must do.")
    cases: Annotated[list[CaseEntry], Field(min_length=1)] | None = Field(
        default=None,
        description="Several runs of the program, compiled once; each a test of its own.",
    )
    session: kinds.SessionId | None = Field(
        default=None,
        description="Shares one sandbox, in order, with the others of this id in the file.",
    )
    run: kinds.Flag | None = Field(
        default=None,
        description="false: compile, or check the syntax, only.",
        json_schema_extra=default(value=True),
    )
    skip: kinds.Reason | None = Field(
        default=None,
        description="true or a reason: it is not run.",
        json_schema_extra=default(value=False),
    )
    xfail: kinds.Reason | None = Field(
        default=None,
        description="true or a reason: it is run and must fail.",
        json_schema_extra=default(value=False),
    )


class Manifest(Entry):
    """A manifest as a mapping; one that is a list holds its snippets alone."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["snippets"]}, {"required": ["documents"]}]}
    )

    version: kinds.One | None = Field(default=None, description="Version of this form.")
    images: Literal["classic", "current"] | None = Field(
        default=None,
        description="Which tags of their images the built-in languages use.",
        json_schema_extra=default("classic"),
    )
    defaults: Settings | None = Field(
        default=None, description="What holds for each snippet that states nothing else."
    )
    languages: dict[kinds.LanguageName, LanguageEntry] | None = Field(
        default=None, description="Changes to built-in languages, and languages of the file's own."
    )
    documents: DocumentEntries | None = Field(
        default=None, description="Markdown documents, and folders of them, verified likewise."
    )
    snippets: Annotated[list[SnippetEntry], Field(min_length=1)] | None = Field(
        default=None, description="The snippets, run in order."
    )
