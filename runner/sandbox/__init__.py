"""Isolated containers that run snippets: what happens in them, never what it means."""

from typing import Final

PROTOCOL_VERSION: Final = 3
"""Of the frames that are spoken with init; as in init.h. Here, because the cache wants no more."""
