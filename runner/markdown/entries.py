"""What is said of a fence -> an entry as a manifest would have it, with the document's places."""

from collections.abc import Mapping
from typing import Final

from runner.markdown.fences import Fence
from runner.markdown.options import Option
from runner.markdown.transcripts import Command
from runner.yaml_reader import Node, Plain

Entry = Mapping[str, Node]
Fields = Mapping[str, Option]
FIELDS: Final = {
    "run": "no_run",
    "expect.verdict": "compile_fail",
    "expect.exit_code": "exit",
}
"""What a field is called in a fence, where it has another name."""
_OF_EXPECT: Final = {"exit": "exit_code", "verdict": "verdict"}


def entry(fence: Fence, fields: Fields, *, name: str, language: str) -> Entry:
    """Of a fence with a program."""
    start = fence.line, fence.column
    expect = {_OF_EXPECT[key]: option.value for key, option in fields.items() if key in _OF_EXPECT}
    return {
        "name": Node(name, *start),
        **{key: option.value for key, option in fields.items() if key not in _OF_EXPECT},
        "language": Node(language, fence.line, fence.info_column),
        "code": Node(fence.content, *content_place(fence)),
        **({"expect": Node(expect, *start)} if expect else {}),
    }


def entry_of_command(
    command: Command, fence: Fence, fields: Fields, *, name: str, language: str
) -> Entry:
    """Of one command of a terminal's transcript."""
    line, column = content_place(fence, command.line)
    expect: dict[str, Node] = {}
    if command.exit_code is not None:
        expect["exit_code"] = Node(Plain(str(command.exit_code)), line, column)
    if command.output is not None:
        expect["stdout"] = _wild(command.output, content_place(fence, command.output_line))
    return {
        **{key: option.value for key, option in fields.items()},
        "name": Node(name, line, column),
        "language": Node(language, fence.line, fence.info_column),
        "code": Node(command.code, line, column + command.prompt),
        **({"expect": Node(expect, line, column)} if expect else {}),
        **({"skip": Node(command.skip, line, column)} if command.skip else {}),
        **({"match": _collapse(line, column)} if command.collapse else {}),
    }


def with_output(before: Entry, fence: Fence) -> Entry:
    """The entry of a program whose output stands in `fence`; a compiler's is on stderr.

    Of what is not run there is none.
    """
    if "run" in before:
        return before
    stated = before.get("expect")
    expect = dict(stated.value) if stated and isinstance(stated.value, dict) else {}
    stream = "stderr" if "verdict" in expect else "stdout"
    expect[stream] = _wild(fence.content, content_place(fence))
    return {**before, "expect": Node(expect, fence.line, fence.column)}


def content_place(fence: Fence, line: int = 0) -> tuple[int, int]:
    """Line and column of a line of the content, counted from 0."""
    return fence.first_line + line, len(fence.prefix) + 1


def _wild(text: str, place: tuple[int, int]) -> Node:
    return Node({"glob": Node(text, *place)}, *place)


def _collapse(line: int, column: int) -> Node:
    return Node({"whitespace": Node("collapse", line, column)}, line, column)
