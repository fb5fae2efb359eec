"""YAML text -> a tree of plain values with positions, safely: an answer or problems with a line.

Reads libyaml's *events*, never its composed nodes: composing recurses in C and ends the process on
100 000 nested brackets. What is not plain data (tags, merge keys, a key that is no text, a second
document) is a problem, and so is what could make a small file large: aliases past a budget,
nesting, sheer numbers. Scalars follow YAML 1.2's core schema and keep their text: only the schema
knows that `expected_output: 1.10` wants the text and `timeout: 1.10` the number.
"""

import re
from typing import Final

import yaml

from runner.model import MIB, Source
from runner.yaml_reader.builder import MAX_PROBLEMS, Builder, Stop
from runner.yaml_reader.tree import Data, Document, Location, Node, Plain, Problem

__all__ = [
    "MAX_BYTES",
    "MAX_PROBLEMS",
    "Data",
    "Document",
    "Location",
    "Node",
    "Plain",
    "Problem",
    "read",
]

MAX_BYTES: Final = 16 * MIB


def read(data: bytes, path: str) -> Document:
    """The one YAML document in `data`. Never raises: what is wrong is among its problems."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    problem = _unreadable(data, path)
    if problem is not None:
        return Document(path=path, root=None, problems=(problem,))
    builder = Builder(data, path)
    try:
        root = builder.document()
    except Stop:
        root = None
    except yaml.YAMLError as error:
        root = None
        builder.problems.append(_syntax(error, path))
    except ValueError as error:  # the loader without libyaml: an escape past U+10FFFF
        root = None
        builder.problems.append(Problem(source=Source(path=path, line=1), message=str(error)))
    return Document(path=path, root=root, problems=tuple(builder.problems))


# What YAML does not allow unescaped, and what YAML 1.1, libyaml's version, takes for line ends.
_FORBIDDEN: Final = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]|\xef\xbf[\xbe\xbf]"
)


def _unreadable(data: bytes, path: str) -> Problem | None:
    if len(data) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // MIB} MB; move code to files and name them"
        return Problem(source=Source(path=path, line=1), message=message)
    try:
        data.decode()
    except UnicodeDecodeError as error:
        message = f"not UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8"
        return Problem(source=_source_of_byte(data, error.start, path), message=message)
    found = _FORBIDDEN.search(data)
    if found is None:
        return None
    message = (
        f"character U+{ord(found[0].decode()):04X} may not stand in YAML as it is; "
        "write it as an escape in a double-quoted text"
    )
    return Problem(source=_source_of_byte(data, found.start(), path), message=message)


def _source_of_byte(data: bytes, at: int, path: str) -> Source:
    pairs = data.count(b"\r\n", 0, at)
    line = data.count(b"\n", 0, at) + data.count(b"\r", 0, at) - pairs + 1
    start = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1
    return Source(path=path, line=line, column=len(data[start:at].decode()) + 1)


def _syntax(error: yaml.YAMLError, path: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    what = getattr(error, "problem", None) or str(error)
    context = getattr(error, "context", None)
    begun = getattr(error, "context_mark", None)
    if context and begun and begun.line + 1 != line:
        context = f"{context} that began on line {begun.line + 1}"
    message = f"{what} {context}" if context else what
    hint = next((hint for words, hint in _HINTS.items() if words in what), None)
    message = f"not valid YAML: {message}" + (f"; {hint}" if hint else "")
    return Problem(source=Source(path=path, line=line, column=column), message=message)


_HINTS: Final = {
    "tab character": "indent with spaces",
    "cannot start any token": "indent with spaces, and quote texts that begin with @ ` % or a tab",
    "mapping values are not allowed": "quote a text that holds ': ', and check the indentation",
    "could not find expected ':'": "write 'key: value', and indent each line of a block alike",
    "did not find expected key": "check the indentation",
    "did not find expected '-'": "check the indentation",
    "unexpected end of stream": "a quote is not closed",
    "',' or ']'": "close the bracket, or quote a text that holds one",
    "',' or '}'": "close the brace, or quote a text that holds one",
}
