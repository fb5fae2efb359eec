"""A running program's standard input, in the pieces that init asks for; pure."""

from runner.sandbox import protocol
from runner.sandbox.steps import Step


class Feed:
    """A step's standard input, sent as far as init asks for it, and what follows it."""

    def __init__(self, step: Step) -> None:
        """Nothing of it is sent yet."""
        self._step = step
        self._sent = 0
        self._window = protocol.WINDOW
        self._complete = False

    def next(self, more: int = 0) -> bytes:
        """What may be sent now that init has asked for `more` bytes."""
        self._window += more
        if self._complete:
            return b""
        stdin = self._step.stdin
        part = stdin[self._sent : self._sent + self._window]
        self._sent += len(part)
        self._window -= len(part)
        frame = protocol.stdin(part) if part else b""
        if self._sent < len(stdin):
            return frame
        self._complete = True
        return frame + protocol.END_OF_INPUT + self._step.afterwards

    def rest(self) -> bytes:
        """What follows the input, where the program ended before it had all of it."""
        if self._complete:
            return b""
        self._complete = True
        return self._step.afterwards
