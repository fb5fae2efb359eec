"""One warm sandbox: runs sessions one after another, and tells what happened to each case."""

import errno
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from runner.errors import SandboxError, SandboxSpentError
from runner.languages import BUILD_DIRECTORY
from runner.model import Case, Ending, Outcome, Phase, Session, Snippet
from runner.sandbox import protocol
from runner.sandbox.container import Container, SilenceError, StreamEndedError
from runner.sandbox.endings import outcome_of
from runner.sandbox.feed import Feed
from runner.sandbox.images import Image
from runner.sandbox.program import Commands, commands_for
from runner.sandbox.settings import Settings, path_in
from runner.sandbox.steps import (
    Step,
    Tenancy,
    Uids,
    case_step,
    compile_step,
    driven_step,
    warm_step,
)

_GRACE: Final = 10.0
"""Seconds past a program's limit in which init must have answered."""
_LATE: Final = 0.3
"""Seconds past it after which programs that share little processor time stand in init's way."""
_ANSWER_PATIENCE: Final = 10.0
_TENANCIES: Final = 1000
"""So many sessions, or cases of a snippet: few enough for each to have user ids of its own."""
_ENV: Final = {"LANG": "C.UTF-8", "USER": "sandbox", "PYTHONUNBUFFERED": "1"}


@dataclass(slots=True)
class _Output:
    """One buffer each, however small the pieces: a program decides how many there are."""

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    files: dict[str, bytes | None] = field(default_factory=dict)


class Sandbox:
    """A container that runs sessions. Not for two threads at once."""

    def __init__(
        self, container: Container, settings: Settings, image: Image, uids: Iterator[int]
    ) -> None:
        """Take over a started container, with user ids that nobody had there; warms it up."""
        self.settings = settings
        self._container = container
        self._image = image
        self._uids = uids
        self._tenancies_left = _TENANCIES
        self._gone = False
        self._trace = ""
        self._deaf = False
        self._lifted = False
        self._env = {**dict(image.env), "PATH": path_in(image), **_ENV}
        if settings.warm is not None:
            self._warm_up()

    @property
    def spent(self) -> bool:
        """Whether it must not be used again: gone, not clean, old, or out of limit."""
        return self._gone or bool(self._trace) or not self._tenancies_left or self._lifted

    def has_ended(self) -> bool:
        """Whether an idle sandbox is gone: its machine slept, its engine was started anew."""
        return self._container.has_ended()

    def run(self, session: Session) -> Generator[Outcome]:
        """An outcome per case, in order. SandboxError where the sandbox failed or can't go on."""
        stay = Stay(self, keep=session.id is not None)
        try:
            for snippet in session.snippets:
                yield from stay.run(snippet)
        finally:
            stay.end()

    def hang_up(self) -> None:
        """End it under the thread that has it, which must still close it."""
        self._gone = True
        self._container.hang_up()

    def kill(self) -> None:
        """Have the engine remove it, whatever it does."""
        self._container.kill()

    def close(self, *, kill: bool = False) -> None:
        """End it."""
        self._gone = True
        self._container.close(kill=kill)

    def tenancy(self, *, keep: bool) -> Tenancy:
        """User ids for the next case or session. SandboxSpentError where there are none left."""
        if self.spent:
            why = f"{self._trace} could not be removed" if self._trace else "it has ended"
            raise SandboxSpentError(f"the sandbox is spent: {why}")
        self._tenancies_left -= 1
        return Tenancy(
            uids=Uids(run=next(self._uids), compile=next(self._uids)), keep=keep, env=self._env
        )

    def perform(self, step: Step, phase: Phase) -> Outcome:
        """Run a step's program to its end and take the answers to what it asks for afterwards."""
        if self._deaf:
            raise SandboxSpentError("the sandbox takes nothing more from this session")
        output = _Output()
        began = time.monotonic()
        try:
            outcome = self._performed(step, output)
        except StreamEndedError as problem:
            outcome = self._outlived(problem, began)
        except SilenceError as problem:
            outcome = self._silenced(problem, began)
        except BaseException:
            self.close(kill=True)
            raise
        return replace(
            outcome,
            phase=Phase.COMPILE if Phase.COMPILE in (phase, outcome.phase) else Phase.RUN,
            stdout=bytes(output.stdout),
            stderr=bytes(output.stderr) + outcome.stderr,
            files=output.files,
            sandbox=self._container.id[:12],
            image_digest=self._image.digest,
        )

    def scrub(self, tenancy: Tenancy) -> None:
        """Remove every trace of a session."""
        if self._gone:
            return
        try:
            self._container.send(tenancy.scrub())
            self._await_scrub()
            self._deaf = False
        except SandboxError:
            self.close(kill=True)

    # ------------------------------------------------------------ talking with init

    def _performed(self, step: Step, output: _Output) -> Outcome:
        end = self._converse(step, output)
        ignored = isinstance(end, protocol.Failed) and end.stage is protocol.Stage.PUT
        files = {} if ignored else {name: self._take_file() for name in step.files}
        self._deaf = ignored and not step.scrub
        if step.scrub:
            self._await_scrub()
        output.files = files
        return outcome_of(end, step.program)

    def _converse(self, step: Step, output: _Output) -> protocol.Done | protocol.Failed:
        """Send a step, feed its input as far as asked for, and gather its output until it ends."""
        feed = Feed(step)
        try:
            self._container.send(step.prepare + protocol.run(step.program) + feed.next())
        except ValueError as problem:
            self._container.send(step.afterwards)
            return protocol.Failed(protocol.Stage.EXEC, errno.E2BIG, str(problem))
        limit = time.monotonic() + step.program.timeout
        while True:
            match self._answer(limit):
                case protocol.Stdout(content):
                    output.stdout += content
                case protocol.Stderr(content):
                    output.stderr += content
                case protocol.Window(size):
                    self._container.send(feed.next(size))
                case protocol.Done() | protocol.Failed() as end:
                    self._container.send(feed.rest())
                    return end
                case unexpected:
                    raise SandboxError(f"the sandbox sent nonsense: {unexpected}")

    def _answer(self, limit: float) -> protocol.Answer:
        """The next one of a program that has until `limit`.

        Ending many processes takes processor time. Where that is limited, the limit is lifted for
        it: the verdict would come seconds late. Such a sandbox is not used again.
        """
        if self.settings.cpus is not None and not self._lifted:
            try:
                return self._container.receive(patience=limit + _LATE - time.monotonic())
            except SilenceError:
                self._lifted = True
                self._container.lift_cpus()
        return self._container.receive(patience=limit + _GRACE - time.monotonic())

    def _take_file(self) -> bytes | None:
        parts: list[bytes] = []
        while True:
            match self._container.receive(patience=_ANSWER_PATIENCE):
                case protocol.Content(content):
                    parts.append(content)
                case protocol.FileEnd(status):
                    return b"".join(parts) if status is protocol.FileStatus.WHOLE else None
                case unexpected:
                    raise SandboxError(f"the sandbox sent nonsense: {unexpected}")

    def _await_scrub(self) -> None:
        match self._container.receive(patience=_ANSWER_PATIENCE):
            case protocol.Clean():
                return
            case protocol.Dirty(trace):
                self._trace = trace
            case unexpected:
                raise SandboxError(f"the sandbox sent nonsense: {unexpected}")

    # ------------------------------------------------------------ when init does not answer

    def _outlived(self, problem: StreamEndedError, began: float) -> Outcome:
        """The container ended in the middle of a case.

        The case's memory did it, or it is our fault.
        """
        if self._gone:
            raise problem
        self.close()
        if not self._container.ended_by_memory():
            raise problem
        return Outcome(ending=Ending.MEMORY_LIMIT, wall=time.monotonic() - began)

    def _silenced(self, problem: SilenceError, began: float) -> Outcome:
        """Init did not answer: a program that leaves it no processor time has had its time too."""
        starved = self._container.still_works()
        self.close(kill=True)
        if not starved:
            raise problem
        return Outcome(ending=Ending.TIMEOUT, wall=time.monotonic() - began)

    def _warm_up(self) -> None:
        language = self.settings.warm
        assert language is not None  # noqa: S101 the caller has looked
        outcome = self.perform(warm_step(language, self.tenancy(keep=False)), Phase.COMPILE)
        if outcome.ending is not Ending.EXITED or outcome.exit_code:
            self.close(kill=True)
            said = (outcome.stdout + outcome.stderr).decode(errors="replace").strip()
            raise SandboxError(f"cannot warm up {language.name} ({outcome.ending}): {said[-500:]}")


class Stay:
    """A session's time in a sandbox: its snippets one by one, then the scrub."""

    def __init__(self, sandbox: Sandbox, *, keep: bool) -> None:
        """`keep`: files, processes and interpreters stay for the next snippet, until `end`."""
        self._sandbox = sandbox
        self._keep = keep
        self._tenancy = sandbox.tenancy(keep=keep)
        self._clean = True
        self._snippets = 0
        self._drivers: set[str] = set()

    def run(self, snippet: Snippet) -> Iterator[Outcome]:
        """An outcome per case of `snippet`."""
        build = f"/build/{self._snippets}" if self._snippets else BUILD_DIRECTORY
        self._snippets += 1
        self._clean = False
        commands = commands_for(snippet, build=build)
        compiled = self._compile(snippet, commands, build) if commands.compile else None
        if compiled is None or (_built(compiled) and snippet.run):
            yield from self._run_cases(snippet, commands, compiled)
        else:
            yield from (compiled for _ in snippet.cases)

    def end(self) -> None:
        """Scrub, where the last case has not been followed by a scrub already."""
        if not self._clean:
            self._sandbox.scrub(self._tenancy)
        self._clean = True

    def _compile(self, snippet: Snippet, commands: Commands, build: str) -> Outcome:
        seal = not self._keep and len(snippet.cases) > 1
        step = compile_step(snippet, commands, self._tenancy, build=build, seal=seal)
        outcome = self._sandbox.perform(step, Phase.COMPILE)
        return replace(outcome, compile_wall=outcome.wall, compile_cpu=outcome.cpu)

    def _run_cases(
        self, snippet: Snippet, commands: Commands, compiled: Outcome | None
    ) -> Iterator[Outcome]:
        phase = Phase.RUN if snippet.run else Phase.COMPILE
        for number, case in enumerate(snippet.cases):
            last = number == len(snippet.cases) - 1
            step = self._step(snippet, case, commands, last=last)
            outcome = self._sandbox.perform(step, phase)
            self._clean = last and not self._keep
            if number == 0 and compiled is not None:
                outcome = replace(outcome, compile_wall=compiled.wall, compile_cpu=compiled.cpu)
            yield outcome
            if not last and not self._keep:
                self._move_on()

    def _step(self, snippet: Snippet, case: Case, commands: Commands, *, last: bool) -> Step:
        driver = snippet.language.driver
        if driver is None or not self._keep:
            return case_step(snippet, case, commands, self._tenancy, last=last)
        first = driver not in self._drivers
        self._drivers.add(driver)
        return driven_step(snippet, case, commands, self._tenancy, first=first)

    def _move_on(self) -> None:
        """Another uid for the next case; what was compiled stays its compiler's."""
        fresh = self._sandbox.tenancy(keep=False)
        uids = Uids(run=fresh.uids.run, compile=self._tenancy.uids.compile)
        self._tenancy = replace(fresh, uids=uids)


def _built(compiled: Outcome) -> bool:
    return compiled.ending is Ending.EXITED and compiled.exit_code == 0
