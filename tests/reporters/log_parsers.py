"""Ports of the parsers that a GitHub runner reads a log with (actions/runner, ActionCommand.cs)."""

import re

_LINE_ENDS = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def commands(log: str) -> list[str]:
    """Every line of `log` in which either parser, or act's, would look for a command."""
    return [line for line in _LINE_ENDS.split(log) if _is_command(line)]


def _is_command(line: str) -> bool:
    """TryParseV2: `::` after leading blanks; TryParse: `##[` and a `]` anywhere after it."""
    start = line.find("##[")
    return line.lstrip().startswith("::") or (start >= 0 and "]" in line[start:])
