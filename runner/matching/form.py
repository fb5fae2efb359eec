"""The common form: what is left of a text when all that its `Match` ignores is gone.

Every step is linear in the text's length.
"""

import re
from typing import Final

from runner.matching.patterns import substituted
from runner.model import Match

_BLANKS: Final = " \t\f\v"
_BLANKS_AT_LINE_END: Final = re.compile(r"[ \t\f\v](?:\r?\n|\r?\Z)")
_RUN_OF_BLANKS: Final = re.compile(r"[ \t\f\v]+")
# ECMA-48: control sequences, control strings (titles, links), short escapes; 7-bit and 8-bit.
_ANSI: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*+(?:\x07|\x9c|\x1b\\)"
    r"|\x1b[ -/]*+[0-~]"
)


def common_form(text: str, match: Match) -> str:
    """`text` as `match` compares it. PatternError where a `replace` pattern is at fault."""
    text = line_form(text, match)
    if match.ignore_final_newline:
        text = without_final_newline(text)
    return folded(text, match)


def line_form(text: str, match: Match) -> str:
    """All of `match` but the final newline and letter case: what a search pattern should see."""
    text = raw_form(text, match)
    if match.ignore_trailing_whitespace and _BLANKS_AT_LINE_END.search(text):
        text = "\n".join(_without_trailing_blanks(line) for line in text.split("\n"))
    if match.collapse_whitespace:
        text = _RUN_OF_BLANKS.sub(" ", text)
    return text


def raw_form(text: str, match: Match) -> str:
    """`text` without ANSI sequences, with line ends and replacements made, as `match` says."""
    if match.strip_ansi and ("\x1b" in text or not text.isascii()):
        text = _ANSI.sub("", text)
    if match.ignore_line_endings and "\r" in text:
        text = text.replace("\r\n", "\n")
    for replacement in match.replace:
        text = substituted(replacement.pattern, replacement.replacement, text)
    return text


def folded(text: str, match: Match) -> str:
    """`text` without differences of letter case where `match` ignores them."""
    return text.casefold() if match.ignore_case else text


def without_final_newline(text: str) -> str:
    """`text` without the one newline at its end, if it has one."""
    if text.endswith("\n"):
        return text.removesuffix("\n").removesuffix("\r")
    return text


def lines_of(text: str) -> list[str]:
    """The lines of `text`, which newlines end or separate; an empty text has none."""
    return text.removesuffix("\n").split("\n") if text else []


def _without_trailing_blanks(line: str) -> str:
    if line.endswith("\r"):
        return line[:-1].rstrip(_BLANKS) + "\r"
    return line.rstrip(_BLANKS)
