"""A first manifest: what is written for who has none yet."""

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from runner.errors import UsageError
from runner.languages import CURRENT, find
from runner.model import MIB
from runner.text import one_line

NAME: Final = "snippets.yml"
_SCHEMA: Final = (
    "https://raw.githubusercontent.com/codomyrmex/exec-action/main/docs/manifest.schema.json"
)
_MARKDOWN: Final = (".md", ".markdown", ".mdx")
_FENCE: Final = re.compile(
    r"^[ >*+.)0-9-]{0,12}(?:`{3,20}|~{3,20})[ {]{0,8}([A-Za-z0-9+#_-]{1,32})", re.MULTILINE
)
_LOOKED_AT: Final = 500
"""Files of a folder, at most."""
_TEXT: Final = """\
# yaml-language-server: $schema={schema}
#
# Runs the programs below in Docker containers without a network, and compares what they print.
#   {run}            runs it
#   {run} --watch    runs again what you change
# Each field is in https://github.com/codomyrmex/exec-action#fields

images: current                # newer tags of the languages' images

defaults:                      # for every snippet that says nothing else
  timeout: 10                  # seconds
{documents}
snippets:
  - name: greets
    language: python           # javascript, java, c, cpp, go, rust, bash, or one of your own
    code: |
      print("hello,", input())
    stdin: Ada
    expected_output: hello, Ada

  - name: fails as documented
    language: bash
    code: |
      echo "no such page" >&2
      exit 4
    expect:
      exit_code: 4
      stderr: {{contains: no such page}}

  # - name: from a file
  #   language: python
  #   file: examples/double.py          # relative to this file
  #   cases:                            # several runs of one program
  #     - {{name: small, stdin: "21", expected_output: 42}}
  #     - {{name: no number, stdin: x, expect: {{exit_code: nonzero}}}}
"""
_DOCUMENTS: Final = """
documents:                     # Markdown: each fence of a known language is a snippet, too
{entries}
"""


def write_first(path: Path) -> str:
    """Write a manifest at `path`, where there is nothing yet; what to do next, for people."""
    if path.suffix not in (".yml", ".yaml"):
        raise UsageError(f"{path}: a manifest's name ends with .yml or .yaml, as in {NAME}")
    documents = _documents(path.parent)
    run = f"python -m runner {one_line(str(path))}"
    entries = "\n".join(f"  - {json.dumps(name)}" for name in documents)
    text = _TEXT.format(
        schema=_SCHEMA, run=run, documents=_DOCUMENTS.format(entries=entries) if documents else ""
    )
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path}: is there already, and is left as it is; name another") from None
    except (OSError, ValueError) as problem:
        raise UsageError(f"{path}: cannot be written: {_what(problem)}") from None
    also = f", with the snippets of {', '.join(documents)}" if documents else ""
    return f"{path} is written{also}\nnext: {run}            runs it\n      {run} --watch    stays"


def _documents(folder: Path) -> list[str]:
    """The Markdown of a folder and the `docs` in it, where there is something to be run."""
    found = [path.name for path in _markdown(folder.glob("*")) if _has_snippets(path)]
    docs = folder / "docs"
    if any(_has_snippets(path) for path in _markdown(docs.rglob("*"))):
        found.append("docs/")
    return found


def _markdown(paths: Iterator[Path]) -> list[Path]:
    try:
        looked_at = list(islice((path for path in paths if path.suffix in _MARKDOWN), _LOOKED_AT))
    except OSError:
        return []
    return sorted(path for path in looked_at if path.is_file())


def _has_snippets(path: Path) -> bool:
    """Whether it has a fence of a built-in language, as far as a look at its text can tell."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(MIB)
    except OSError:
        return False
    return any(_is_language(word) for word in _FENCE.findall(text))


def _is_language(word: str) -> bool:
    try:
        find(word, CURRENT)
    except LookupError:
        return False
    return True


def _what(problem: Exception) -> str:
    return str(getattr(problem, "strerror", None) or problem).lower()
