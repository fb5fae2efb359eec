"""Runs code snippets in isolated Docker containers and checks what they print.

The names below are the contract of Codomyrmex `coding/execution`; they are loaded when first used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.api import (
        ACTIVE_SESSIONS,
        DEFAULT_TIMEOUT,
        MAX_TIMEOUT,
        MIN_TIMEOUT,
        SUPPORTED_LANGUAGES,
        close_session,
        execute_code,
        validate_language,
        validate_session_id,
        validate_timeout,
    )

__version__ = "0.1.0"

__all__ = [
    "ACTIVE_SESSIONS",
    "DEFAULT_TIMEOUT",
    "MAX_TIMEOUT",
    "MIN_TIMEOUT",
    "SUPPORTED_LANGUAGES",
    "close_session",
    "execute_code",
    "validate_language",
    "validate_session_id",
    "validate_timeout",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'runner' has no attribute '{name}'")
    from runner import api  # noqa: PLC0415 Docker's client is not loaded where it is not needed

    return getattr(api, name)
