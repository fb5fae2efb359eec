"""The command line: arguments -> pipeline -> exit code."""

from __future__ import annotations

import contextlib
import errno
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final, TextIO

from runner.arguments import Arguments, parse
from runner.errors import EngineError, NothingToRun, UsageError
from runner.model import Report, Session, Snippet, Verdict, case_name

if TYPE_CHECKING:
    from runner.sandbox.images import Images
    from runner.targets import Target

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
INTERRUPTED: Final = 130
BUG: Final = 70


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code (MANIFEST, Command line)."""
    signal.signal(signal.SIGTERM, _interrupt)
    words = sys.argv[1:] if argv is None else argv
    code = guarded(lambda: _command(parse(words)), tell=_complain)
    _settle(sys.stderr)
    return code


def guarded(work: Callable[[], int], *, tell: Callable[[Sequence[str]], None]) -> int:
    """The exit code of `work`, or of what ended it; `tell` takes what people should know of that.

    Nothing gets past it but SystemExit (--help).
    """
    lines: Sequence[str] = ()
    try:
        return work()
    except UsageError as problem:
        lines, code = problem.problems, problem.exit_code
    except EngineError as problem:
        lines, code = [f"exec-action: {problem}"], problem.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:  # whoever read our output has gone, which is no failure of ours
        code = _without_stdout()
    except Exception as problem:  # noqa: BLE001 the disk is full, or it is a bug of ours
        lines, code = _unexpected(problem)
    if lines:
        tell(lines)
    return code


def exit_code(report: Report) -> int:
    """0 all fine, 1 a case failed, 3 a sandbox was at fault (beats 1), 130 interrupted."""
    if report.interrupted:
        return INTERRUPTED
    if report.counts[Verdict.SANDBOX_ERROR]:
        return EngineError.exit_code
    return 0 if all(result.verdict.fine for result in report.results) else 1


def read(arguments: Arguments) -> list[Snippet]:
    """Every snippet of every path; all problems of all of them at once."""
    from runner import manifest

    snippets: list[Snippet] = []
    problems: list[str] = []
    for path in arguments.paths:
        try:
            snippets += manifest.read(Path(path), images=arguments.images)
        except UsageError as problem:
            problems += problem.problems
    if problems:
        raise UsageError(problems)
    return snippets


def plan(arguments: Arguments, snippets: Sequence[Snippet]) -> list[Session]:
    """What is selected, to be run; UsageError where that is nothing."""
    from runner.plan import plan as sessions_of

    sessions = sessions_of(snippets, select=arguments.selection, overrides=arguments.overrides)
    if not sessions:
        raise NothingToRun("nothing to run: no snippet is selected by -k and --tag")
    return sessions


def run(arguments: Arguments, sessions: Sequence[Session], *, log: TextIO) -> Report:
    """Run `sessions` with their progress told on `log`, once it is sure where reports can go."""
    from runner.execute import execute
    from runner.progress import progress
    from runner.targets import check

    check(arguments.targets)
    cases = sum(len(snippet.cases) for session in sessions for snippet in session.snippets)
    with progress(cases, verbose=arguments.verbose, stream=log) as watcher:
        return execute(sessions, options=arguments.options, watcher=watcher)


def _command(arguments: Arguments) -> int:
    code = _COMMANDS[arguments.command](arguments)
    if sys.stdout is not None:
        sys.stdout.flush()
    return code


def _run(arguments: Arguments) -> int:
    sessions = plan(arguments, read(arguments))
    if arguments.list:
        return _list(sessions)
    report = run(arguments, sessions, log=sys.stderr)
    _write_all(arguments.targets, report)
    return exit_code(report)


def _write_all(targets: Sequence[Target], report: Report) -> None:
    """Write every report, whatever becomes of the others; all problems at once."""
    from runner.targets import write

    problems: list[str] = []
    for target in targets:
        try:
            write(target, report)
        except UsageError as problem:
            problems += problem.problems
    if problems:
        raise UsageError(problems)


def _validate(arguments: Arguments) -> int:
    snippets = read(arguments)
    cases = sum(len(snippet.cases) for snippet in snippets)
    print(
        f"{_count(len(arguments.paths), 'file')}, {_count(len(snippets), 'snippet')}, "
        f"{_count(cases, 'case')}: all valid"
    )
    return 0


def _schema(_: Arguments) -> int:
    import json

    from runner.manifest import schema

    print(json.dumps(schema(), indent=2))
    return 0


def _images(arguments: Arguments) -> int:
    from runner.sandbox.engine import Engine
    from runner.sandbox.images import Images

    wanted = list(dict.fromkeys(s.language.image_reference for s in read(arguments)))
    images = Images(
        Engine(), pull=arguments.options.pull, on_pull=lambda name: print(f"pulling {name}")
    )
    images.want(wanted)
    return max([_tell_image(images, reference) for reference in wanted])


def _doctor(arguments: Arguments) -> int:
    from runner.doctor import examine

    return examine(images=arguments.images or "classic")


_COMMANDS: Final[dict[str, Callable[[Arguments], int]]] = {
    "run": _run,
    "validate": _validate,
    "schema": _schema,
    "images": _images,
    "doctor": _doctor,
}


def _list(sessions: list[Session]) -> int:
    for session in sessions:
        for snippet in session.snippets:
            notes = [snippet.language.name, snippet.language.image_reference]
            notes += [f"session {session.id}"] if session.id else []
            notes += [f"skipped: {snippet.skip}"] if snippet.skip is not None else []
            for case in snippet.cases:
                where = f"{snippet.source.path}:{snippet.source.line}"
                print(f"{where}: {case_name(snippet, case)} ({', '.join(notes)})")
    return 0


def _tell_image(images: Images, reference: str) -> int:
    from runner.errors import SandboxError

    try:
        image = images.future(reference).result()
    except SandboxError as problem:
        print(f"{reference}: {problem}", file=sys.stderr)
        return EngineError.exit_code
    inside = f", a stand-in: {image.stand_in}" if image.stand_in else ""
    print(f"{reference}: {image.digest} ({image.architecture}{inside})")
    return 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _complain(lines: Sequence[str]) -> None:
    with contextlib.suppress(OSError):
        print(*lines, sep="\n", file=sys.stderr)


def _unexpected(problem: Exception) -> tuple[Sequence[str], int]:
    """What to say of a disk that is full; of a bug of ours, all that a report of it needs."""
    if isinstance(problem, OSError) and problem.errno in _FULL:
        return [f"exec-action: cannot write: {problem.strerror}"], UsageError.exit_code
    about = "exec-action: this is a bug of ours; please report the lines above"
    return ["".join(traceback.format_exception(problem)) + about], BUG


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _without_stdout() -> int:
    from runner.targets import let_go

    let_go(sys.stdout)
    return 0


def _settle(stream: TextIO | None) -> None:
    """Have done with a stream, where nobody takes what is left in it too."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        from runner.targets import let_go

        let_go(stream)
