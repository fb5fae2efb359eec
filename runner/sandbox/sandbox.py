"""One warm sandbox: runs sessions one after another, and tells what happened to each case."""

import errno
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from runner.errors import SandboxError
from runner.languages import BUILD_DIRECTORY, CACHE_DIRECTORY, WORK_DIRECTORY, Language
from runner.model import Case, Ending, Outcome, Phase, Session, Snippet
from runner.sandbox import protocol
from runner.sandbox.container import Container, SilenceError, StreamEndedError
from runner.sandbox.images import Image
from runner.sandbox.program import Steps, fill, steps
from runner.sandbox.settings import BUILD_SPACE, Settings

_GRACE: Final = 10.0
"""Seconds past a program's limit in which init must have answered."""
_SCRUB_PATIENCE: Final = 10.0
_FILE_MAX: Final = 16 * 1024 * 1024
"""The largest file that an expectation can look at."""
_WARM_LEVEL: Final = 1
_COMPILED_LEVEL: Final = 2
_UIDS_A_SESSION: Final = 2
_HOME: Final = "/work/home"
_BUILD_HOME: Final = "/build/home"
_BUILD_TEMPORARY: Final = "/build/tmp"
_CANNOT_EXECUTE: Final = 126
_DEFAULT_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class SandboxSpentError(SandboxError):
    """This sandbox can take no more cases; what is left of the session needs another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Uids:
    """Whom a session's programs and its compilers run as; no one else in the sandbox ever was or will be them."""

    run: int
    compile: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A program to run, with what must be there before and what is asked for afterwards."""

    prepare: bytes
    program: protocol.Program
    stdin: bytes = b""
    afterwards: bytes = b""
    """Requests to be sent as soon as the input has been: they cost no round trip."""


@dataclass(slots=True)
class _Output:
    stdout: list[bytes] = field(default_factory=list)
    stderr: list[bytes] = field(default_factory=list)


class Sandbox:
    """A container that runs sessions. Not for two threads at once."""

    def __init__(self, container: Container, settings: Settings, image: Image, uids: range) -> None:
        """Take over a started container, with the user ids that are its own; warms it up."""
        self.settings = settings
        self._container = container
        self._image = image
        self._uids = iter(uids)
        self._uids_left = len(uids)
        self._gone = False
        self._dirty = ""
        base = dict(image.env)
        base.setdefault("PATH", _DEFAULT_PATH)
        self._env = base | {"LANG": "C.UTF-8", "USER": "sandbox", "PYTHONUNBUFFERED": "1"}
        if settings.warm is not None:
            self._warm_up(settings.warm)

    @property
    def spent(self) -> bool:
        """Whether it must not be used again: gone, not clean, or out of user ids."""
        return self._gone or bool(self._dirty) or self._uids_left < _UIDS_A_SESSION

    def run(self, session: Session) -> Iterator[Outcome]:
        """An outcome per case, in order. SandboxError where the sandbox failed or can't go on."""
        uids = _Uids(run=self._next_uid(), compile=self._next_uid())
        try:
            for number, snippet in enumerate(session.snippets):
                build = f"/build/{number + 1}" if number else BUILD_DIRECTORY
                yield from self._run_snippet(
                    snippet, steps(snippet, build=build), build, uids, keep=session.id is not None
                )
        finally:
            if not self._gone and session.id is not None:
                self._container.send(_scrub_all(uids))
                self._await_scrub()

    def close(self, *, kill: bool = False) -> None:
        """End it."""
        self._gone = True
        self._container.close(kill=kill)

    def _next_uid(self) -> int:
        self._uids_left -= 1
        return next(self._uids)

    # ------------------------------------------------------------ a snippet

    def _run_snippet(
        self, snippet: Snippet, program: Steps, build: str, uids: _Uids, *, keep: bool
    ) -> Iterator[Outcome]:
        compiled: Outcome | None = None
        alone = len(snippet.cases) == 1
        if program.compile:
            seal = b"" if keep or alone else protocol.scrub(_COMPILED_LEVEL, [], seal=True)
            step = self._compile_step(snippet, program, build, uids, keep=keep, afterwards=seal)
            compiled = self._run_step(step, Phase.COMPILE, sealed=bool(seal))
            if compiled.ending is not Ending.EXITED or compiled.exit_code or not snippet.run:
                yield from (compiled for _ in snippet.cases)
                self._finish_snippet(uids, keep=keep)
                return
        for number, case in enumerate(snippet.cases):
            last = number == len(snippet.cases) - 1
            level = _WARM_LEVEL if last else _COMPILED_LEVEL
            who = [uids.run, uids.compile] if last else [uids.run]
            scrub = b"" if keep else protocol.scrub(level, who)
            step = self._case_step(snippet, case, program, uids, keep=keep, scrub=scrub)
            yield self._run_case(step, snippet, case, compiled if number == 0 else None, scrub)
            if not last:
                self._must_be_usable()
                uids = replace(uids, run=self._next_uid())

    def _finish_snippet(self, uids: _Uids, *, keep: bool) -> None:
        if not keep and not self._gone:
            self._container.send(_scrub_all(uids))
            self._await_scrub()

    def _must_be_usable(self) -> None:
        if self._gone or self._dirty or self._uids_left < _UIDS_A_SESSION:
            raise SandboxSpentError(f"the sandbox is spent: {self._dirty or 'gone'}")

    def _compile_step(  # noqa: PLR0913 each is another part of the step
        self,
        snippet: Snippet,
        program: Steps,
        build: str,
        uids: _Uids,
        *,
        keep: bool,
        afterwards: bytes,
    ) -> _Step:
        files = {program.source: snippet.code, **snippet.files}
        places = [_BUILD_HOME, _BUILD_TEMPORARY, build]
        env = {"HOME": _BUILD_HOME, "TMPDIR": _BUILD_TEMPORARY}
        return _Step(
            prepare=_directories(places, uid=uids.compile) + _files(build, files, uid=uids.compile),
            program=protocol.Program(
                uid=uids.compile,
                argv=program.compile,
                env=self._env | env | self._language_env(snippet.language),
                directory=build,
                timeout=snippet.limits.compile_timeout,
                output=snippet.limits.output,
                memory=snippet.limits.memory,
                file_size=BUILD_SPACE,
                keep_background=keep,
            ),
            afterwards=afterwards,
        )

    def _case_step(  # noqa: PLR0913 as above
        self,
        snippet: Snippet,
        case: Case,
        program: Steps,
        uids: _Uids,
        *,
        keep: bool,
        scrub: bytes,
    ) -> _Step:
        files = dict(snippet.files)
        if not program.compile:
            files[program.source] = snippet.code
        checks_only = not snippet.run
        env = {"HOME": _HOME, "TMPDIR": "/tmp"}  # noqa: S108 a path inside the sandbox
        return _Step(
            prepare=_directories([_HOME, WORK_DIRECTORY], uid=uids.run)
            + _files(WORK_DIRECTORY, files, uid=uids.run),
            program=protocol.Program(
                uid=uids.run,
                argv=program.check if checks_only else (*program.run, *case.args),
                env=self._env | env | self._language_env(snippet.language) | dict(case.env),
                directory=WORK_DIRECTORY,
                timeout=snippet.limits.compile_timeout if checks_only else case.timeout,
                output=snippet.limits.output,
                memory=snippet.limits.memory,
                file_size=snippet.limits.disk,
                keep_background=keep,
            ),
            stdin=case.stdin,
            afterwards=_gets(case, uid=uids.run) + scrub,
        )

    def _language_env(self, language: Language) -> Mapping[str, str]:
        return {
            name: value.replace("{cache}", CACHE_DIRECTORY) for name, value in language.env.items()
        }

    # ------------------------------------------------------------ a step

    def _run_case(
        self, step: _Step, snippet: Snippet, case: Case, compiled: Outcome | None, scrub: bytes
    ) -> Outcome:
        phase = Phase.RUN if snippet.run else Phase.COMPILE
        outcome = self._run_step(step, phase, names=tuple(case.expect.files), sealed=bool(scrub))
        if compiled is None:
            return outcome
        return replace(outcome, compile_wall=compiled.wall, compile_cpu=compiled.cpu)

    def _run_step(
        self, step: _Step, phase: Phase, *, names: Sequence[str] = (), sealed: bool = False
    ) -> Outcome:
        """Run a step's program to its end and take the answers to what it asks for afterwards."""
        output = _Output()
        files: dict[str, bytes | None] = {}
        began = time.monotonic()
        try:
            end = self._converse(step, output)
            for name in names:
                files[name] = self._take_file()
            if sealed:
                self._await_scrub()
        except StreamEndedError as problem:
            outcome = self._outlived(problem, began)
        except SilenceError as problem:
            outcome = self._silenced(problem, began)
        except SandboxError:
            self.close(kill=True)
            raise
        else:
            outcome = self._outcome(end, step, files)
        return replace(
            outcome,
            phase=outcome.phase if outcome.phase is Phase.COMPILE else phase,
            stdout=b"".join(output.stdout),
            stderr=b"".join(output.stderr) + outcome.stderr,
            sandbox=self._container.id[:12],
            image_digest=self._image.digest,
        )

    def _converse(self, step: _Step, output: _Output) -> protocol.Done | protocol.Failed:
        """Send a step, feed its input as far as asked for, and gather its output until it ends."""
        try:
            start = step.prepare + protocol.run(step.program)
        except ValueError as problem:
            return protocol.Failed(protocol.Stage.EXEC, errno.E2BIG, str(problem))
        sent = min(len(step.stdin), protocol.WINDOW)
        window = protocol.WINDOW - sent
        tail = protocol.END_OF_INPUT + step.afterwards
        everything = sent == len(step.stdin)
        head = protocol.stdin(step.stdin[:sent]) if sent else b""
        self._container.send(start + head + (tail if everything else b""))
        deadline = time.monotonic() + step.program.timeout + _GRACE
        while True:
            match self._container.receive(patience=max(0.0, deadline - time.monotonic())):
                case protocol.Stdout(content):
                    output.stdout.append(content)
                case protocol.Stderr(content):
                    output.stderr.append(content)
                case protocol.Window(size):
                    window += size
                    part = step.stdin[sent : sent + window]
                    sent, window = sent + len(part), window - len(part)
                    if not everything:
                        everything = sent == len(step.stdin)
                        self._container.send(protocol.stdin(part) + (tail if everything else b""))
                case protocol.Done() | protocol.Failed() as end:
                    if not everything:
                        self._container.send(step.afterwards)
                    return end
                case unexpected:
                    raise SandboxError(f"the sandbox sent nonsense: {unexpected}")

    def _take_file(self) -> bytes | None:
        parts: list[bytes] = []
        while True:
            match self._container.receive(patience=_SCRUB_PATIENCE):
                case protocol.Content(content):
                    parts.append(content)
                case protocol.FileEnd(status):
                    return b"".join(parts) if status is protocol.FileStatus.WHOLE else None
                case unexpected:
                    raise SandboxError(f"the sandbox sent nonsense: {unexpected}")

    def _await_scrub(self) -> None:
        match self._container.receive(patience=_SCRUB_PATIENCE):
            case protocol.Clean():
                return
            case protocol.Dirty(trace):
                self._dirty = f"{trace} could not be removed"
            case unexpected:
                raise SandboxError(f"the sandbox sent nonsense: {unexpected}")

    # ------------------------------------------------------------ what it means for the case

    def _outcome(
        self,
        end: protocol.Done | protocol.Failed,
        step: _Step,
        files: Mapping[str, bytes | None],
    ) -> Outcome:
        if isinstance(end, protocol.Failed):
            return self._not_started(end, step)
        ending = _ending(end)
        by_itself = ending in (Ending.EXITED, Ending.SIGNALED)
        return Outcome(
            ending=ending,
            exit_code=(128 + end.code if end.signaled else end.code) if by_itself else None,
            signal=end.code if ending is Ending.SIGNALED else None,
            files=files,
            wall=end.wall,
            cpu=max(end.cpu, end.user + end.system),
            peak_memory=end.peak_memory,
        )

    def _not_started(self, failure: protocol.Failed, step: _Step) -> Outcome:
        """A program that did not start: the compiler's, the session's or the manifest's fault, or ours."""
        if failure.stage is protocol.Stage.EXEC and failure.error == errno.E2BIG:
            return _refused("arguments and environment are too long for the kernel")
        if failure.stage is protocol.Stage.EXEC and step.program.argv[0].startswith("/build/"):
            refused = _refused("the compiler left no program that can be run")
            return replace(refused, phase=Phase.COMPILE, stderr=refused.reason.encode() + b"\n")
        if failure.stage is protocol.Stage.FORK and step.program.keep_background:
            return _refused("the session's processes use up its `pids` limit")
        raise SandboxError(f"cannot run '{step.program.argv[0]}': {failure.text}")

    def _outlived(self, problem: StreamEndedError, began: float) -> Outcome:
        """The container ended in the middle of a case: the case's memory did it, or it is our fault."""
        self.close()
        if not self._container.ended_by_memory():
            raise problem
        return Outcome(ending=Ending.MEMORY_LIMIT, wall=time.monotonic() - began)

    def _silenced(self, problem: SilenceError, began: float) -> Outcome:
        """Init did not answer: a program that leaves it no processor time has had its time too."""
        starved = self._container.is_running()
        self.close(kill=True)
        if not starved:
            raise problem
        return Outcome(ending=Ending.TIMEOUT, wall=time.monotonic() - began)

    # ------------------------------------------------------------ warm-up

    def _warm_up(self, language: Language) -> None:
        """Let the tool chain fill its cache from our own input, once, as a uid that runs nothing else."""
        uid = self._next_uid()
        files = {name: text.encode() for name, text in language.warm_files.items()}
        places = ["/build/warm/home", "/build/warm/tmp", CACHE_DIRECTORY]
        values = {"cache": CACHE_DIRECTORY, "build": "/build/warm"}
        step = _Step(
            prepare=_directories(places, uid=uid) + _files("/build/warm/src", files, uid=uid),
            program=protocol.Program(
                uid=uid,
                argv=fill(language.warm, values),
                env=self._env
                | {"HOME": "/build/warm/home", "TMPDIR": "/build/warm/tmp"}
                | self._language_env(language),
                directory="/build/warm/src",
                timeout=300.0,
                output=BUILD_SPACE,
                memory=0,
                file_size=BUILD_SPACE,
                keep_background=False,
            ),
            afterwards=protocol.scrub(_WARM_LEVEL, [], seal=True),
        )
        outcome = self._run_step(step, Phase.COMPILE, sealed=True)
        if outcome.ending is not Ending.EXITED or outcome.exit_code:
            said = (outcome.stdout + outcome.stderr).decode(errors="replace").strip()
            raise SandboxError(f"cannot warm up {language.name} ({outcome.ending}): {said[-500:]}")


def _ending(done: protocol.Done) -> Ending:
    """Out of memory only where the case did not end well all the same (reference: the oom_kill counter)."""
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


def _refused(reason: str) -> Outcome:
    return Outcome(ending=Ending.EXITED, exit_code=_CANNOT_EXECUTE, reason=reason)


def _scrub_all(uids: _Uids) -> bytes:
    return protocol.scrub(_WARM_LEVEL, [uids.run, uids.compile])


def _directories(paths: Sequence[str], *, uid: int) -> bytes:
    return b"".join(protocol.make_directory(path, uid=uid) for path in paths)


def _files(directory: str, files: Mapping[str, bytes], *, uid: int) -> bytes:
    return b"".join(
        protocol.put(f"{directory}/{name}", content, uid=uid) for name, content in files.items()
    )


def _gets(case: Case, *, uid: int) -> bytes:
    return b"".join(
        protocol.get(f"{WORK_DIRECTORY}/{name}", uid=uid, most=_FILE_MAX)
        for name in case.expect.files
    )
