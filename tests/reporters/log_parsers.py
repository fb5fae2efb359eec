"""Ports of the parsers that a GitHub runner reads a log with (actions/runner, ActionCommand.cs)."""

import re
from dataclasses import dataclass

_LINE_ENDS = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_DATA = {"%0D": "\r", "%0A": "\n", "%25": "%"}
_PROPERTY = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}


def commands(log: str) -> list[str]:
    """Every line of `log` in which either parser, or act's, would look for a command."""
    return [line for line in _LINE_ENDS.split(log) if _is_command(line)]


def _is_command(line: str) -> bool:
    """TryParseV2: `::` after leading blanks; TryParse: `##[` and a `]` anywhere after it."""
    start = line.find("##[")
    return line.lstrip().startswith("::") or (start >= 0 and "]" in line[start:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command as the runner understands it, and whether it obeys: not while it is stopped."""

    name: str
    properties: dict[str, str]
    data: str


def obeyed(log: str) -> list[Command]:
    """The commands that a runner carries out, in order; `stop-commands` and its end are among them.

    Any name counts as one that it knows.
    """
    carried_out: list[Command] = []
    stopped_by = ""
    for line in _LINE_ENDS.split(log):
        command = _version_2(line) or _version_1(line)
        if command is None or (stopped_by and command.name != stopped_by):
            continue
        carried_out.append(command)
        if stopped_by:
            stopped_by = ""
        elif command.name == "stop-commands":
            stopped_by = command.data
    assert not stopped_by, "commands are stopped at the end"
    return carried_out


def _version_2(line: str) -> Command | None:
    text = line.lstrip()
    end = text.find("::", 2)
    if not text.startswith("::") or end < 0:
        return None
    return _command(text[2:end], text[end + 2 :], separator=",")


def _version_1(line: str) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    return _command(line[start + 3 : end], line[end + 1 :], separator=";")


def _command(head: str, data: str, *, separator: str) -> Command:
    name, _, rest = head.partition(" ")
    pairs = [pair.split("=", 1) for pair in rest.strip().split(separator) if "=" in pair]
    return Command(
        name=name,
        properties={key: _unescaped(value, _PROPERTY) for key, value in pairs},
        data=_unescaped(data, _DATA),
    )


def _unescaped(text: str, escapes: dict[str, str]) -> str:
    for escape, character in escapes.items():
        text = text.replace(escape, character)
    return text
