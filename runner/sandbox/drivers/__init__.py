"""What keeps one interpreter alive for the snippets of a session: its files and commands; pure.

Each snippet is a program of its own for init: a small client with the snippet's streams, clock and
end, which asks the session's driver to run it. The driver is started by the first one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

_PLACE: Final = "/work/.session"
"""Not below the working directory: a snippet that lists that sees its own files alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Driver:
    files: Mapping[str, str]
    """Names in the driver's directory, and of the files here."""
    start: tuple[str, ...]
    """Starts what follows in the background.

    A shell without job control lets its background ignore SIGINT, which bash never lets go of.
    """
    run: tuple[str, ...]


_AT_ONCE: Final = ("sh", "-c", '"$@" &', "sh")
_DRIVERS: Final[Mapping[str, _Driver]] = MappingProxyType(
    {
        "python": _Driver(
            files={"driver.py": "driver.py"}, start=_AT_ONCE, run=("python", "driver.py")
        ),
        "javascript": _Driver(
            files={"driver.js": "driver.js"},
            start=_AT_ONCE,
            run=("node", "--expose-internals", "driver.js"),
        ),
        "bash": _Driver(
            files={"driver.sh": "driver.bash", "main.sh": "loop.sh"},
            start=("bash", "-c", 'set -m; "$@" &', "bash"),
            run=("bash", "main.sh"),
        ),
    }
)


def place(driver: str) -> str:
    """The directory of a driver and of all that it and its clients speak through."""
    return f"{_PLACE}/{driver}"


def driver_files(driver: str) -> dict[str, bytes]:
    """What must be in a driver's directory before its first snippet."""
    names = {"supervisor.sh": "supervisor.sh", **_DRIVERS[driver].files}
    return {name: _text(file).encode() for name, file in names.items()}


def client(driver: str) -> tuple[str, ...]:
    """The program that init runs for a snippet."""
    row = _DRIVERS[driver]
    supervised = ("sh", "supervisor.sh", *row.run)
    return ("sh", "-c", _text("client.sh"), "session", place(driver), *row.start, *supervised)


def request_files(
    code: bytes, *, source: str, transcript: bool, args: Sequence[str], env: Mapping[str, str]
) -> dict[str, bytes]:
    """What a driver reads for a snippet.

    The request is fields that end in NUL: the name of its file, its kind, how many arguments,
    these, and a `NAME=value` for each variable.
    """
    kind = "transcript" if transcript else "file"
    variables = (f"{name}={value}" for name, value in env.items())
    fields = (source, kind, str(len(args)), *args, *variables)
    request = b"".join(field.encode(errors="surrogateescape") + b"\0" for field in fields)
    return {"request": request, "code": code}


@cache
def _text(name: str) -> str:
    return (files(__package__) / name).read_text()
