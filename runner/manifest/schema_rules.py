"""Rules between a manifest's fields as JSON Schema can say them; `rules` has them in words."""

from typing import Final

from pydantic.config import JsonDict


def not_both(first: str, second: str) -> JsonDict:
    return {"not": {"required": [first, second]}}


def one_of(*names: str) -> JsonDict:
    return {"oneOf": [{"required": [name]} for name in names]}


STDOUT_TWICE: Final[JsonDict] = {
    "not": {
        "required": ["expected_output", "expect"],
        "properties": {"expect": {"required": ["stdout"]}},
    }
}


NOT_RUN: Final[JsonDict] = {
    "if": {"required": ["run"], "properties": {"run": {"const": False}}},
    "then": {
        "properties": {
            **dict.fromkeys(("stdin", "stdin_file", "args", "env", "cases"), False),
            "expect": {
                "properties": {
                    "exit_code": False,
                    "files": False,
                    "verdict": {"not": {"const": "runtime_error"}},
                },
                "dependencies": {"stdout": ["verdict"], "stderr": ["verdict"]},
            },
        },
        "dependencies": {
            "expected_output": {
                "required": ["expect"],
                "properties": {"expect": {"required": ["verdict"]}},
            }
        },
    },
}
