"""What a report's document holds beside the fields of its nouns."""

from typing import Final

VERSION: Final = 1
SCHEMA: Final = (
    "https://raw.githubusercontent.com/codomyrmex/exec-action/v1/docs/report.schema.json"
)
OF_REPORT: Final = frozenset({"results"})
"""The fields of a report, a result and a snippet that have a form of their own."""
OF_RESULT: Final = frozenset({"snippet", "case", "earlier"})
OF_SNIPPET: Final = frozenset({"language", "cases"})
