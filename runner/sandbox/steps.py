"""What to send for a snippet: the files, the program to start and what to ask for afterwards.

Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from runner.languages import CACHE_DIRECTORY, WORK_DIRECTORY, Language
from runner.model import Case, Snippet
from runner.sandbox import drivers, protocol
from runner.sandbox.program import Commands, fill
from runner.sandbox.settings import BUILD_SPACE

WARM_LEVEL: Final = 1
COMPILED_LEVEL: Final = 2
"""Points to which a scrub can go back: after the warm-up, after the compilation."""
FILE_MAX: Final = 16 * 1024 * 1024
"""The largest file that an expectation can look at."""
_WARM_TIMEOUT: Final = 300.0
_HOME: Final = "/work/home"
_TEMPORARY: Final = "/tmp"  # noqa: S108 a path inside the sandbox
_BUILD_HOME: Final = "/build/home"
_BUILD_TEMPORARY: Final = "/build/tmp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uids:
    """Whom a session's programs and its compilers run as.

    No one else in the sandbox ever was or will be them.
    """

    run: int
    compile: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenancy:
    """Who has the sandbox now.

    `keep`: what a program leaves behind stays for the session's next one.
    """

    uids: Uids
    keep: bool
    env: Mapping[str, str]
    """The image's own variables and those that every program gets."""

    def scrub(self) -> bytes:
        """The request that ends it."""
        return protocol.scrub(WARM_LEVEL, [self.uids.run, self.uids.compile])


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A program to run, with what must be there before and what is asked for afterwards."""

    prepare: bytes
    program: protocol.Program
    stdin: bytes = b""
    files: tuple[str, ...] = ()
    """Files of the working directory to be read when the program has ended."""
    scrub: bytes = b""
    """The scrub that follows; empty where none does."""

    @property
    def afterwards(self) -> bytes:
        """Requests that are sent with the input's end: they cost no round trip."""
        return self._gets() + self.scrub

    def _gets(self) -> bytes:
        return b"".join(
            protocol.get(f"{WORK_DIRECTORY}/{name}", uid=self.program.uid, most=FILE_MAX)
            for name in self.files
        )


def compile_step(
    snippet: Snippet, commands: Commands, tenancy: Tenancy, *, build: str, seal: bool
) -> Step:
    """Compile `snippet` in the directory `build`; `seal`: several cases will be run from there."""
    uid = tenancy.uids.compile
    files = {commands.source: snippet.code, **snippet.files}
    env = {"HOME": _BUILD_HOME, "TMPDIR": _BUILD_TEMPORARY}
    return Step(
        prepare=_directories([_BUILD_HOME, _BUILD_TEMPORARY, build], uid=uid)
        + _files(build, files, uid=uid),
        program=protocol.Program(
            uid=uid,
            argv=commands.compile,
            env={**tenancy.env, **env, **_language_env(snippet.language)},
            directory=build,
            timeout=snippet.limits.compile_timeout,
            output=snippet.limits.output,
            memory=snippet.limits.memory,
            file_size=BUILD_SPACE,
            keep_background=tenancy.keep,
        ),
        scrub=protocol.scrub(COMPILED_LEVEL, [uid], seal=True) if seal else b"",
    )


def case_step(
    snippet: Snippet, case: Case, commands: Commands, tenancy: Tenancy, *, last: bool
) -> Step:
    """Run one case of `snippet`, or check its syntax where nothing is to be run."""
    uid = tenancy.uids.run
    files = dict(snippet.files)
    if not commands.compile:
        files[commands.source] = snippet.code
    env = {"HOME": _HOME, "TMPDIR": _TEMPORARY, **_language_env(snippet.language), **case.env}
    return Step(
        prepare=_directories([_HOME, WORK_DIRECTORY], uid=uid)
        + _files(WORK_DIRECTORY, files, uid=uid),
        program=protocol.Program(
            uid=uid,
            argv=(*commands.run, *case.args) if snippet.run else commands.check,
            env={**tenancy.env, **env},
            directory=WORK_DIRECTORY,
            timeout=case.timeout if snippet.run else snippet.limits.compile_timeout,
            output=snippet.limits.output,
            memory=snippet.limits.memory,
            file_size=snippet.limits.disk,
            keep_background=tenancy.keep,
        ),
        stdin=case.stdin,
        files=tuple(case.expect.files),
        scrub=_scrub_after_case(tenancy, last=last),
    )


def driven_step(
    snippet: Snippet, case: Case, commands: Commands, tenancy: Tenancy, *, first: bool
) -> Step:
    """Run a snippet of a session in the interpreter that the session's snippets share.

    `first`: none did before, and the driver's own files are not there. A snippet that is not run
    is checked beside them: the working directory holds nothing but what the snippets put there.
    """
    uid, driver = tenancy.uids.run, snippet.language.driver
    assert driver is not None  # noqa: S101 the caller has looked
    place = drivers.place(driver)
    request = drivers.request_files(
        snippet.code,
        source=commands.source,
        transcript=snippet.transcript,
        args=case.args,
        env=case.env,
    )
    ours = request if snippet.run else {f"check/{commands.source}": snippet.code}
    if first:
        ours |= drivers.driver_files(driver)
    env = {"HOME": _HOME, "TMPDIR": _TEMPORARY, **_language_env(snippet.language)}
    return Step(
        prepare=_directories([_HOME, WORK_DIRECTORY], uid=uid)
        + _files(WORK_DIRECTORY, snippet.files, uid=uid)
        + _files(place, ours, uid=uid),
        program=protocol.Program(
            uid=uid,
            argv=drivers.client(driver) if snippet.run else commands.check,
            env={**tenancy.env, **env},
            directory=WORK_DIRECTORY if snippet.run else f"{place}/check",
            timeout=case.timeout if snippet.run else snippet.limits.compile_timeout,
            output=snippet.limits.output,
            memory=snippet.limits.memory,
            file_size=snippet.limits.disk,
            keep_background=True,
        ),
        stdin=case.stdin,
        files=tuple(case.expect.files),
    )


def warm_step(language: Language, tenancy: Tenancy) -> Step:
    """Let the tool chain fill its cache from our own input, once.

    As a uid that runs nothing else.
    """
    uid = tenancy.uids.compile
    files = {name: text.encode() for name, text in language.warm_files.items()}
    home, temporary, source = "/build/warm/home", "/build/warm/tmp", "/build/warm/src"
    env = {"HOME": home, "TMPDIR": temporary}
    return Step(
        prepare=_directories([home, temporary, CACHE_DIRECTORY], uid=uid)
        + _files(source, files, uid=uid),
        program=protocol.Program(
            uid=uid,
            argv=fill(language.warm, {"cache": CACHE_DIRECTORY}),
            env={**tenancy.env, **env, **_language_env(language)},
            directory=source,
            timeout=_WARM_TIMEOUT,
            output=BUILD_SPACE,
            memory=0,
            file_size=BUILD_SPACE,
            keep_background=False,
        ),
        scrub=protocol.scrub(WARM_LEVEL, [uid], seal=True),
    )


def _scrub_after_case(tenancy: Tenancy, *, last: bool) -> bytes:
    if tenancy.keep:
        return b""
    return tenancy.scrub() if last else protocol.scrub(COMPILED_LEVEL, [tenancy.uids.run])


def _language_env(language: Language) -> dict[str, str]:
    return {name: value.replace("{cache}", CACHE_DIRECTORY) for name, value in language.env.items()}


def _directories(paths: Sequence[str], *, uid: int) -> bytes:
    return b"".join(protocol.make_directory(path, uid=uid) for path in paths)


def _files(directory: str, files: Mapping[str, bytes], *, uid: int) -> bytes:
    return b"".join(
        protocol.put(f"{directory}/{name}", content, uid=uid) for name, content in files.items()
    )
