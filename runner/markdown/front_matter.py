"""The key `snippets:` of a document's front matter -> a node, and what is wrong in it.

The rest belongs to others, may be YAML of another kind, and is not read.
"""

import re
from collections.abc import Sequence
from typing import Final

from runner.markdown.fences import after_front_matter
from runner.yaml_reader import Document, read

KEY: Final = "snippets"


def front_matter(lines: Sequence[str], path: str) -> Document:
    """The value of the key as the root of a document with the places of the whole file."""
    end = max(after_front_matter(lines) - 1, 0)
    start = next((index for index in range(1, end) if _KEY.match(lines[index])), None)
    if start is None:
        return Document(path=path, root=None, problems=())
    after = (index for index in range(start + 1, end) if _NEXT.match(lines[index]))
    block = lines[start : next(after, end)]
    document = read(("\n" * start + "\n".join(block)).encode(), path)
    root = document.root
    inner = root.value.get(KEY) if root is not None and isinstance(root.value, dict) else None
    return Document(path=path, root=inner, problems=document.problems)


_KEY: Final = re.compile(rf"""(?:{KEY}|"{KEY}"|'{KEY}')\s*:(?:\s|$)""")
_NEXT: Final = re.compile(r"[^\s#\]}-]")
"""Begins what no longer belongs to the key before it."""
