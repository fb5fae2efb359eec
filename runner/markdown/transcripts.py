r"""A terminal's transcript -> its commands, each with the output that is shown after it.

Of a shell: `$ ` begins a command, `> ` goes on with it, and so does the line after a `\` at the
end; a last line `[1]` is the exit code. Without output nothing is compared. Of Python: `>>> ` and
`... `, as doctest reads them; without output there must be none. A traceback stands for its last
line, whatever the frames above it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a transcript; lines count from 0, from the transcript's first."""

    code: str
    line: int
    prompt: int
    """Characters before the code on its first line."""
    output: str | None
    """With wild `...` and `[..]`; None where nothing is compared."""
    output_line: int
    exit_code: int | None = None
    skip: str | None = None
    collapse: bool = False
    """Any run of blanks counts as one."""


def is_transcript(language: str, content: str) -> bool:
    """Whether the first line of a fence of `bash` or `python` is a prompt."""
    prompt = PROMPTS.get(language)
    return prompt is not None and content.lstrip("\n").startswith(f"{prompt} ")


def commands(language: str, content: str) -> list[Command]:
    """The commands of a transcript of `bash` or `python`."""
    return list(_READERS[language](content.split("\n")))


PROMPTS: Final = {"bash": "$", "python": ">>>"}
_EXIT: Final = re.compile(r"\[(\d{1,3})\]\s*")
_HIGHEST: Final = 255


def _shell(lines: Sequence[str]) -> Iterator[Command]:
    at = _next(lines, 0, "$")
    while at < len(lines):
        start, at = at, at + 1
        code = [lines[start][2:]]
        while at < len(lines) and (lines[at].startswith("> ") or lines[at] == ">" or _open(code)):
            code.append(lines[at][2:] if lines[at][:1] == ">" else lines[at])
            at += 1
        end = _next(lines, at, "$")
        if "".join(code).strip():
            yield _command(code, start, at, lines[at:end])
        at = end


def _open(code: Sequence[str]) -> bool:
    """Whether the command so far goes on by itself: an odd number of backslashes ends it."""
    last = code[-1]
    return (len(last) - len(last.rstrip("\\"))) % 2 == 1


def _command(code: Sequence[str], start: int, at: int, output: Sequence[str]) -> Command:
    shown = _trimmed(output)
    found = _EXIT.fullmatch(shown[-1]) if shown else None
    exit_code = int(found[1]) if found and 0 < int(found[1]) <= _HIGHEST else None
    if exit_code is not None:
        shown = shown[:-1]
    return Command(
        code="\n".join([*code, ""]),
        line=start,
        prompt=2,
        output="\n".join([*shown, ""]) if shown else None,
        output_line=at,
        exit_code=exit_code,
    )


def _python(lines: Sequence[str]) -> Iterator[Command]:
    at = _next(lines, 0, ">>>")
    while at < len(lines):
        start, at = at, at + 1
        while at < len(lines) and (lines[at] == "..." or lines[at].startswith("... ")):
            at += 1
        end = _next(lines, at, ">>>")
        code = [line[4:] for line in lines[start:at]]
        if "".join(code).strip():
            yield _example(code, start, at, _trimmed(lines[at:end]))
        at = end


def _example(code: Sequence[str], start: int, at: int, output: Sequence[str]) -> Command:
    flags = {flag for line in code for flag in _flags(line)}
    shown, raises = _raised(output)
    text = "\n".join("" if line == "<BLANKLINE>" else line for line in [*shown, ""])
    if "ELLIPSIS" in flags:
        text = _INSIDE.sub("[..]", text)
    return Command(
        code="\n".join([*code, ""]),
        line=start,
        prompt=4,
        output=text if shown else "",
        output_line=at,
        exit_code=1 if raises else None,
        skip="doctest: +SKIP" if "SKIP" in flags else None,
        collapse="NORMALIZE_WHITESPACE" in flags,
    )


_DIRECTIVE: Final = re.compile(r"#\s*doctest:(.*)")
_INSIDE: Final = re.compile(r"(?<=[^\n])\.\.\.|\.\.\.(?=[^\n])")
_TRACEBACK: Final = re.compile(r"Traceback \((?:most recent call last|innermost last)\):\s*")


def _flags(line: str) -> list[str]:
    found = _DIRECTIVE.search(line)
    return re.findall(r"\+(\w+)", found[1]) if found else []


def _raised(output: Sequence[str]) -> tuple[Sequence[str], bool]:
    """The output with any lines in place of a traceback's frames, and whether there are some."""
    start = next((i for i, line in enumerate(output) if _TRACEBACK.fullmatch(line)), None)
    is_of_syntax = start is None and bool(output) and output[0].startswith('  File "')
    if start is None and not is_of_syntax:
        return output, False
    head = () if start is None else output[: start + 1]
    rest = output[len(head) :]
    frames = 0
    while frames < len(rest) - 1 and (rest[frames][:1] in (" ", "") or rest[frames] == "..."):
        frames += 1
    return [*head, "...", *rest[frames:]], True


def _next(lines: Sequence[str], at: int, prompt: str) -> int:
    """The index of the next line with a prompt; of the end where there is none."""
    found = (i for i in range(at, len(lines)) if lines[i] == prompt or _begins(lines[i], prompt))
    return next(found, len(lines))


def _begins(line: str, prompt: str) -> bool:
    return line.startswith(f"{prompt} ")


def _trimmed(lines: Sequence[str]) -> Sequence[str]:
    """The lines without empty ones at their end."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


_READERS: Final[Mapping[str, Callable[[Sequence[str]], Iterator[Command]]]] = {
    "bash": _shell,
    "python": _python,
}
