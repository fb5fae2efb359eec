"""The peers' own virtual environments, made once under build/."""

import subprocess
import sys
from pathlib import Path
from typing import Final

PEERS: Final = Path(__file__).parent / "peers"
_PLACE: Final = Path(__file__).parent.parent / "build" / "benchmarks"


class UnavailableError(Exception):
    """A peer that does not run here, and in one line why."""


def python_with(peer: str) -> Path:
    """An interpreter with what `requirements-PEER.txt` names; UnavailableError where pip fails."""
    requirements = PEERS / f"requirements-{peer}.txt"
    place = _PLACE / peer
    done = place / "requirements.txt"
    if not done.exists() or done.read_text() != requirements.read_text():
        _run([sys.executable, "-m", "venv", "--clear", str(place)])
        _run([str(place / "bin/python"), "-m", "pip", "install", "-q", "-r", str(requirements)])
        done.write_text(requirements.read_text())
    return place / "bin" / "python"


def _run(argv: list[str]) -> None:
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        last = (ended.stderr.strip().splitlines() or [f"exit {ended.returncode}"])[-1]
        raise UnavailableError(last)
