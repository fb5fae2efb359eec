"""The JSON Schema for editors: valid, in step with its copy, and of one mind with the reader."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from runner.errors import UsageError
from runner.manifest import read, schema
from runner.manifest.models import Manifest, Settings, SnippetEntry

ROOT = Path(__file__).parent.parent
HEAD = "- language: python\n  code: x\n"


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    return Draft7Validator(schema())


def is_valid(validator: Draft7Validator, text: str) -> bool:
    return bool(validator.is_valid(YAML(typ="safe", pure=True).load(text)))


def is_read(text: str) -> bool:
    try:
        read(Path("-"), text=text.encode())
    except UsageError:
        return False
    return True


def parts(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value] if isinstance(value, dict) else []
    return own + [part for item in inner for part in parts(item)]


def test_it_is_a_schema_of_draft_7() -> None:
    Draft7Validator.check_schema(schema())


def test_it_uses_nothing_that_came_after_draft_7() -> None:
    later = {"$defs", "prefixItems", "unevaluatedProperties", "dependentRequired", "$anchor"}

    assert not [part for part in parts(schema()) if later & part.keys()]


def test_nothing_stands_beside_a_reference() -> None:
    assert not [part for part in parts(schema()) if "$ref" in part and len(part) > 1]


def test_the_copy_for_editors_is_in_step() -> None:
    copy = (ROOT / "docs" / "manifest.schema.json").read_text(encoding="utf-8")

    assert json.loads(copy) == schema(), "python -m runner schema > docs/manifest.schema.json"


@pytest.mark.parametrize("definition", sorted(schema()["definitions"]))
def test_every_field_has_a_description(definition: str) -> None:
    found = schema()["definitions"][definition]

    assert found["description"]
    assert all(field["description"].endswith(".") for field in found["properties"].values())


@pytest.mark.parametrize("model", [Manifest, Settings, SnippetEntry])
def test_every_field_of_the_models_is_in_it(model: type[Manifest]) -> None:
    found = schema()["definitions"][model.__name__]

    assert set(found["properties"]) == set(model.model_fields)
    assert found["additionalProperties"] is False


def test_defaults_are_those_that_hold() -> None:
    fields = schema()["definitions"]["SnippetEntry"]["properties"]

    assert {name: field["default"] for name, field in fields.items() if "default" in field} == {
        "timeout": 30.0,
        "compile_timeout": 60.0,
        "memory": "512m",
        "pids": 128,
        "disk": "64m",
        "output_limit": "1m",
        "isolation": "reuse",
        "retries": 0,
        "run": True,
        "skip": False,
        "xfail": False,
    }


# What a schema cannot know: YAML itself, other snippets, files, languages, and what a text means.
BEYOND_A_SCHEMA = {
    *("duplicate_key", "duplicate_key_other_form", "tag", "merge_key", "unknown_alias"),
    *("control_character", "next_line_character", "line_separator", "lone_surrogate", "yaml_2"),
    *("same_names", "same_names_after_defaults", "same_case_names", "unknown_language"),
    *("file_is_the_source", "file_below_a_file", "file_missing", "file_outside", "file_bad_base64"),
    *("code_file_absolute", "code_file_is_a_folder", "expected_file_outside", "argument_nul"),
    *("env_nul", "regex_invalid", "regex_too_deep", "match_pattern", "json_nan", "alias_bomb"),
    *(
        "session_of_two_images",
        "session_of_two_sizes",
        "run_false_without_check",
        "language_circle",
    ),
    *("language_incomplete", "language_by_alias", "language_extends_nothing", "recursive_alias"),
    *("language_alias_taken", "language_no_version", "language_version_open", "nul_in_key"),
    "build_of_nothing",
    *(
        "documents_outside",
        "documents_missing",
        "versions_twice",
        "versions_beside_version",
        "versions_of_fixed_image",
    ),
    *("versions_of_defaults_and_fixed_image", "language_versions_of_fixed_image"),
    *("session_of_two_lists_of_versions", "same_names_as_a_version"),
    *("version_of_fixed_image", "memory_too_small", "two_documents", "escape_character"),
}
BAD = [
    path
    for path in sorted((Path(__file__).parent / "bad_manifests").iterdir())
    if path.stem not in BEYOND_A_SCHEMA
]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_what_the_reader_refuses_the_schema_refuses_where_it_can(
    path: Path, validator: Draft7Validator
) -> None:
    with suppress(YAMLError, UnicodeDecodeError, RecursionError, ValueError):
        assert not is_valid(validator, path.read_bytes().decode())


GOOD = [
    "version: 1\nsnippets: [{language: c, code: x}]",
    "images: current\ndefaults: {timeout: 1, memory: 16m}\nsnippets: [{language: c, code: x}]",
    "languages: {a: {extends: c}, c: {run: [x], env: {A: 1}}}\nsnippets: [{language: a, code: x}]",
    *(
        f"{HEAD}  {more}\n"
        for more in (
            "expected_output: 1.10",
            "expected_output: true",
            "stdin: 012",
            "timeout: 0.5e1",
            "memory: 67108864",
            "output_limit: 1",
            "disk: 1G",
            "cpus: 2",
            "name: 1",
            "tags: [a, 1]",
            "files: {a/b.txt: 1, .hidden: x, a..b: y, c: {base64: ''}}",
            "args: [1, true, x]",
            "env: {_A1: 1}",
            "skip: false",
            "skip: nobody knows why",
            "xfail: true",
            "run: false",
            "run: false\n  expect: {verdict: compile_error, stderr: x}",
            "expect: {stdout: 1, stderr: {empty: true}, exit_code: [0, 1]}",
            "expect: {exit_code: nonzero}",
            "expect: {exit_code: 3, verdict: runtime_error}",
            "expect: {stdout: {json: null, lines: [], contains: [1, b]}}",
            "expect: {files: {a: x, b/c: {regex: x}}}",
            "cases: [{}, {name: a, stdin: 1, expect: {verdict: timeout}}]",
            "cases: [{expected_output: x, expect: {stderr: x}}]",
            "session: 1",
            "versions: [3.9, 3.10, 3.1, latest]",
            "versions: []",
            "match: {case: ignore, float_tolerance: {rel: 1e-9}, replace: [{pattern: a, with: 1}]}",
        )
    ),
]


@pytest.mark.parametrize("text", GOOD)
def test_what_the_reader_reads_the_schema_takes(text: str, validator: Draft7Validator) -> None:
    assert is_read(text)
    assert is_valid(validator, text)


@pytest.mark.parametrize(
    "more",
    [
        "expected_output: null",
        "timeout: yes",
        "timeout: '5'",
        "cpus: 0",
        "skip: off",
        "skip: ''",
        "memory: 1.5g",
        "memory: 1000",
        "env: {a b: x}",
        "env: {A: []}",
        "files: {/a: x}",
        "files: {a/../b: x}",
        "files: {a/: x}",
        "files: {./a: x}",
        "tags: ['!a']",
        "tags: ['a b']",
        "name: 'a '",
        "expect: {verdict: timeout, exit_code: 0}",
        "expect: {exit_code: [true]}",
        "expect: {exit_code: '0'}",
        "expect: {}\n  expected_output: null",
        "expect: {stdout: x}\n  expected_output: x",
        "stdin: x\n  stdin_file: x",
        "session: a\n  cases: [{}]",
        "run: false\n  args: [x]",
        "run: false\n  expected_output: x",
        "run: false\n  expect: {stdout: x}",
        "run: false\n  expect: {verdict: compile_error, exit_code: 1}",
        "run: false\n  expect: {verdict: runtime_error}",
        "match: {float_tolerance: {abs: .inf}}",
        "extra: 1",
    ],
)
def test_what_the_schema_refuses_the_reader_refuses(more: str, validator: Draft7Validator) -> None:
    text = f"{HEAD}  {more}\n"

    assert not is_read(text)
    assert not is_valid(validator, text)


VALUES = [
    *(
        "x",
        "''",
        "1",
        "0",
        "1.5",
        "-1",
        "012",
        "0x10",
        "1e2",
        ".inf",
        "true",
        "false",
        "no",
        "null",
    ),
    *("nonzero", "64m", "16m", "1g", "timeout", "fresh", "ignore", "a/b", "'a b'", "'5'", "OFF"),
    *(
        "python",
        "c++",
        "python@3.12",
        "'@'",
        "[]",
        "[x]",
        "[1, true]",
        "{}",
        "{a: x}",
    ),
    *("{a: 1}", "{a: {}}", "{a: {base64: QQ==}}", "{stdout: x}", "{exit_code: 1}", "[{}]", "' '"),
    *(
        "{verdict: timeout}",
        "{files: {a: {contains: [1]}}}",
        "{float_tolerance: {abs: 1}}",
        "{a: }",
    ),
    *(
        "{stdout: {json: }}",
        "{case: ignore}",
        "[{name: a}]",
        "[{stdin: x, stdin_file: y}]",
        '"\\n"',
    ),
]


def with_field(field: str, value: str) -> str:
    fields = {"language": "python", "code": "x", field: value}
    return f"- {{{', '.join(f'{key}: {of}' for key, of in fields.items())}}}"


@pytest.mark.parametrize("field", sorted(SnippetEntry.model_fields))
def test_the_schema_raises_no_false_alarm(field: str, validator: Draft7Validator) -> None:
    right = [text for value in VALUES if is_read(text := with_field(field, value))]

    assert [text for text in right if not is_valid(validator, text)] == []


def test_the_schema_can_be_imported_again_once_it_was_built() -> None:
    schema()

    from runner.manifest import schema as again  # noqa: PLC0415 - that is the point

    assert again() == schema()
