"""A replay: a sandbox that already knows the answers; and its form in a file; pure.

The form is a line with a checksum, then JSON. It is read as what anybody may have written: all that
is not just what `packed` makes is a ValueError.
"""

import hashlib
import json
import math
from base64 import b64decode, b64encode
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Final

from runner.model import Ending, Outcome, Phase, Session

_HEAD: Final = b"exec-action outcomes 1 "
_MAX_CODE: Final = 255
_MAX_TEXT: Final = 256
_MAX_BYTES: Final = 1 << 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What happened to the cases of a session that was run before."""

    outcomes: tuple[Outcome, ...]
    stored: float
    """When, in seconds since 1970."""

    @property
    def image_digest(self) -> str:
        """Of the image that they were run in."""
        return self.outcomes[0].image_digest

    def run(self, _: Session) -> Generator[Outcome]:
        """As a sandbox would: an outcome per case, in order."""
        yield from self.outcomes


def packed(replay: Replay, *, key: str) -> bytes:
    """The replay as the contents of a file that can be known to be whole, and to be of `key`."""
    outcomes = [_written(outcome) for outcome in replay.outcomes]
    content = json.dumps(
        {"stored": replay.stored, "outcomes": outcomes}, separators=(",", ":")
    ).encode()
    return _head(key, content) + content


def unpacked(raw: bytes, *, key: str) -> Replay:
    """The replay of `key` that `packed` made `raw` of; ValueError where it is anything else."""
    head, _, content = raw.partition(b"\n")
    if head + b"\n" != _head(key, content):
        raise ValueError("not whole, or of something else")
    try:
        value = _mapping(json.loads(content))
    except RecursionError:
        raise ValueError("nested too deep") from None
    outcomes = value.get("outcomes")
    if not isinstance(outcomes, list) or not outcomes:
        raise ValueError("no outcomes")
    return Replay(
        outcomes=tuple(_read(_mapping(outcome)) for outcome in outcomes),
        stored=_seconds(value.get("stored")),
    )


def _head(key: str, content: bytes) -> bytes:
    return _HEAD + hashlib.sha256(key.encode() + content).hexdigest().encode() + b"\n"


def _written(outcome: Outcome) -> dict[str, object]:
    return {
        "ending": outcome.ending,
        "phase": outcome.phase,
        "exit_code": outcome.exit_code,
        "signal": outcome.signal,
        "stdout": b64encode(outcome.stdout).decode(),
        "stderr": b64encode(outcome.stderr).decode(),
        "files": {
            path: None if content is None else b64encode(content).decode()
            for path, content in outcome.files.items()
        },
        "wall": outcome.wall,
        "cpu": outcome.cpu,
        "peak_memory": outcome.peak_memory,
        "compile_wall": outcome.compile_wall,
        "compile_cpu": outcome.compile_cpu,
        "image_digest": outcome.image_digest,
    }


def _read(value: Mapping[str, object]) -> Outcome:
    ending, phase = Ending(_text(value.get("ending"))), Phase(_text(value.get("phase")))
    if not ending.by_itself:
        raise ValueError(f"an outcome that is never kept: {ending}")
    files = _mapping(value.get("files"))
    return Outcome(
        ending=ending,
        phase=phase,
        exit_code=_code(value.get("exit_code")),
        signal=_code(value.get("signal")),
        stdout=_bytes(value.get("stdout")),
        stderr=_bytes(value.get("stderr")),
        files={path: None if held is None else _bytes(held) for path, held in files.items()},
        wall=_seconds(value.get("wall")),
        cpu=_seconds(value.get("cpu")),
        peak_memory=_number(value.get("peak_memory"), most=_MAX_BYTES),
        compile_wall=_seconds(value.get("compile_wall")),
        compile_cpu=_seconds(value.get("compile_cpu")),
        image_digest=_text(value.get("image_digest")),
    )


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError("not a mapping")  # noqa: TRY004 all that is wrong with a file is one kind
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise ValueError("not a short text")
    return value


def _bytes(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("not bytes")  # noqa: TRY004 as above
    return b64decode(value, validate=True)


def _code(value: object) -> int | None:
    return None if value is None else _number(value, most=_MAX_CODE)


def _number(value: object, *, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError("not a number in its range")
    return value


def _seconds(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError("not seconds")  # noqa: TRY004 as above
    if not 0 <= value < math.inf:
        raise ValueError("not seconds")
    return float(value)
