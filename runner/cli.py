"""The command line: from its words to the exit code."""

from __future__ import annotations

import gc
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Sequence
from types import FrameType
from typing import Final, TextIO

from runner.exits import complain, guarded
from runner.flags import given

_ENDS: Final = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""What ends a run as Ctrl-C does; Windows knows no closed terminal."""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code (MANIFEST, Command line)."""
    for number in _ENDS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as `nohup` has it
            signal.signal(number, _interrupt)
    # A manifest's models are no one's but ours: pydantic need not look for plugins in all packages.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.disable()  # it would look at each module again and again; on once all is read (stages)
    words = sys.argv[1:] if argv is None else argv
    code = guarded(lambda: _command(given(words)), tell=complain)
    for stream in (sys.stdout, sys.stderr):
        _settle(stream)
    return code


def _command(given: Namespace) -> int:
    from runner.arguments import understood
    from runner.commands import COMMANDS

    arguments = understood(given)
    code = COMMANDS[arguments.command](arguments)
    if sys.stdout is not None:
        sys.stdout.flush()
    return code


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _settle(stream: TextIO | None) -> None:
    """Have done with a stream, where nobody takes what is left in it too."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        from runner.targets import let_go

        let_go(stream)
