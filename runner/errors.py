"""What ends a whole run, by cause.

Everything else is a verdict (DESIGN: errors by cause, one place each).
"""

from collections.abc import Iterable


class UsageError(Exception):
    """The user's file or flag is wrong. Holds every problem found, one line each. Exit code 2."""

    exit_code = 2

    def __init__(self, problems: Iterable[str] | str) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class NothingToRun(UsageError):  # noqa: N818 callers may hold it for none
    """The manifests are right, and no snippet of theirs is selected. Exit code 2."""


class EngineError(Exception):
    """The Docker Engine as a whole cannot be used: not running, no permission, no image.

    Exit code 3.
    """

    exit_code = 3


class SandboxError(Exception):
    """One sandbox failed through no fault of the program in it; tried once more in another."""


class SandboxSpentError(SandboxError):
    """This sandbox can take no more cases; what is left of the session needs another."""
