"""What init's answer says of a case: an outcome, or that the sandbox is at fault; pure."""

import errno
from typing import Final

from runner.errors import SandboxError
from runner.model import Ending, Outcome, Phase
from runner.sandbox import protocol

_CANNOT_EXECUTE: Final = 126
"""A shell's exit code for a program that is there but cannot be started."""
_BUILT: Final = "/build/"


def outcome_of(end: protocol.Done | protocol.Failed, program: protocol.Program) -> Outcome:
    """What happened to `program`, its output apart.

    SandboxError where it is our fault that it did not start.
    """
    if isinstance(end, protocol.Failed):
        return _not_started(end, program)
    ending = _ending(end)
    return Outcome(
        ending=ending,
        exit_code=(128 + end.code if end.signaled else end.code) if ending.by_itself else None,
        signal=end.code if ending is Ending.SIGNALED else None,
        wall=end.wall,
        cpu=max(end.cpu, end.user + end.system),
        peak_memory=end.peak_memory,
    )


def _ending(done: protocol.Done) -> Ending:
    """How a program ended; out of memory only where it did not end well all the same."""
    if done.oom_kills and (done.signaled or done.code or done.limit is protocol.Limit.TIME):
        return Ending.MEMORY_LIMIT
    match done.limit:
        case protocol.Limit.TIME:
            return Ending.TIMEOUT
        case protocol.Limit.OUTPUT:
            return Ending.OUTPUT_LIMIT
        case protocol.Limit.MEMORY:
            return Ending.MEMORY_LIMIT
        case protocol.Limit.NONE:
            return Ending.SIGNALED if done.signaled else Ending.EXITED


def _not_started(failure: protocol.Failed, program: protocol.Program) -> Outcome:
    """A program that did not start.

    The compiler's, the session's or the manifest's fault, or ours.
    """
    if failure.stage is protocol.Stage.EXEC and failure.error == errno.E2BIG:
        return _refused("arguments and environment are too long for the kernel")
    if failure.stage is protocol.Stage.EXEC and program.argv[0].startswith(_BUILT):
        return _refused("the compiler left no program that can be run", Phase.COMPILE)
    if failure.stage is protocol.Stage.FORK and program.keep_background:
        return _refused("the session's processes use up its `pids` limit")
    if failure.stage is protocol.Stage.PUT and program.keep_background:
        return _refused(f"the session leaves no place for the snippet's files: {failure.text}")
    if failure.stage is protocol.Stage.PUT:
        raise SandboxError(
            f"cannot place the snippet's files: {failure.text}; is `disk` too small?"
        )
    raise SandboxError(f"cannot run '{program.argv[0]}' in this image: {failure.text}")


def _refused(reason: str, phase: Phase = Phase.RUN) -> Outcome:
    return Outcome(
        ending=Ending.EXITED,
        exit_code=_CANNOT_EXECUTE,
        phase=phase,
        stderr=f"exec-action: {reason}\n".encode(),
        reason=reason,
    )
