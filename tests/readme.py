"""README in parts, for the tests that hold it to what is true."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
TEXT: Final = (ROOT / "README.md").read_text()
_FENCES: Final = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
_INDENTED: Final = re.findall(r"^    .+$", TEXT, re.MULTILINE)
_UNFENCED: Final = re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
_INLINE: Final = re.findall(r"`([^`\n]+)`", _UNFENCED)

MANIFESTS: Final = [
    text
    for info, text in _FENCES
    if info == "yaml" and "snippets:" in text and "script:" not in text
]
PYTHON: Final = [text for info, text in _FENCES if info == "python"]
CODE: Final = "\n".join([*(text for _, text in _FENCES), *_INDENTED, *_INLINE])
"""All that stands in README as code."""
WORDS: Final = frozenset(re.findall(r"[\w+-]+", CODE))
