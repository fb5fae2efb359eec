"""What a registry is to be told of who asks: from Docker's configuration and its helpers.

Docker's SDK knows all the places; it is imported for pulls and builds alone, since that takes
longer than a small run.
"""

from collections.abc import Callable
from typing import Any


class NoCredentials(Exception):  # noqa: N818 its message says why
    """What is known of a registry cannot be had."""


def for_pull(repository: str) -> dict[str, str]:
    """The headers that let an engine pull from a repository; none where nothing is known of it."""
    from docker import auth  # noqa: PLC0415 see above

    def told() -> object:
        registry, _ = auth.resolve_repository_name(repository)
        return auth.load_config().resolve_authconfig(registry)

    return _header("X-Registry-Auth", told)


def for_build() -> dict[str, str]:
    """The headers with all that is known: a build may take from any registry."""
    from docker import auth  # noqa: PLC0415 see above

    def told() -> object:
        known: dict[str, Any] = auth.load_config().get_all_credentials()  # type: ignore[no-untyped-call]
        if auth.INDEX_NAME in known:  # the engine looks for it under its old name
            known.setdefault(auth.INDEX_URL, known[auth.INDEX_NAME])
        return known

    return _header("X-Registry-Config", told)


def _header(name: str, told: Callable[[], object]) -> dict[str, str]:
    from docker import auth  # noqa: PLC0415 see above

    try:
        known = told()
        return {name: auth.encode_header(known).decode()} if known else {}
    except Exception as problem:  # noqa: BLE001 whatever stands in a user's configuration
        raise NoCredentials(f"its registry's credentials cannot be had: {problem}") from None
