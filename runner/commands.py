"""The commands, each from its arguments to its exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from runner.arguments import Arguments
from runner.errors import UsageError
from runner.exits import complain, exit_code
from runner.model import Report
from runner.stages import counted, merged, plan, read, reading_of, run, write_all

if TYPE_CHECKING:
    from runner.options import Options
    from runner.reading import Reading
    from runner.sharding import Plan
    from runner.update.command import Updating


def _run(arguments: Arguments) -> int:
    if arguments.watch:
        return _watch(arguments)
    found = reading_of(arguments)
    planned = plan(arguments, found.snippets)
    if arguments.list:
        return _list(planned, arguments.options)
    updating = _updating(arguments, found)
    report = run(arguments, planned, log=sys.stderr)
    write_all(arguments, report)
    code = exit_code(report)
    if updating is None:
        return code
    return updating.conclude(report, code=code, out=sys.stdout, log=sys.stderr)


def _updating(arguments: Arguments, found: Reading) -> Updating | None:
    """What is needed to rewrite the files after the run; None where that is not asked for."""
    if arguments.update is None:
        return None
    from runner.update.command import before_run

    paths = [snippet.source.path for snippet in found.snippets]
    return before_run(arguments.update, check=arguments.check, paths=paths, read=found.again)


def _watch(arguments: Arguments) -> int:
    from runner.execute import lender
    from runner.watch import Steps, watch

    shown = [target for target in arguments.targets if target.path is None]
    written = [target for target in arguments.targets if target.path is not None]

    def show(latest: Report, whole: Report) -> None:
        write_all(replace(arguments, targets=tuple(written)), whole)
        write_all(replace(arguments, targets=tuple(shown)), latest)
        sys.stdout.flush()

    sandboxes = lender(arguments.options)
    steps = Steps(
        read=lambda: plan(arguments, read(arguments)),
        run=lambda plan: run(arguments, plan, log=sys.stderr, sandboxes=sandboxes),
        show=show,
        complain=complain,
    )
    reports = [target.path for target in written if target.path is not None]
    try:
        return watch(arguments.paths, steps, unwatched=reports, log=sys.stderr)
    finally:
        sandboxes.close()


def _list(plan: Plan, options: Options) -> int:
    from runner.cache import Cache
    from runner.listing import listing

    for line in listing(plan, cache=Cache.of(options)):
        print(line)
    return 0


def _validate(arguments: Arguments) -> int:
    from runner.fan_out import fan_out

    found = reading_of(arguments)
    cases = sum(len(snippet.cases) for snippet in fan_out(found.snippets))
    print(
        f"{counted(len(found.files), 'file')}, {counted(len(found.snippets), 'snippet')}, "
        f"{counted(cases, 'case')}: all valid"
    )
    return 0


def _schema(_: Arguments) -> int:
    import json

    from runner.manifest import schema

    print(json.dumps(schema(), indent=2))
    return 0


def _images(arguments: Arguments) -> int:
    from runner.fan_out import fan_out
    from runner.prepare import prepare

    languages = [snippet.language for snippet in fan_out(read(arguments))]
    return prepare(languages, pull=arguments.options.pull)


def _merge(arguments: Arguments) -> int:
    report = merged(arguments)
    write_all(arguments, report)
    return exit_code(report)


def _doctor(arguments: Arguments) -> int:
    from runner.doctor import examine

    return examine(images=arguments.images or "classic")


def _init(arguments: Arguments) -> int:
    from runner.first import NAME, write_first

    if len(arguments.paths) > 1:
        raise UsageError("exec-action: init writes one manifest; name one")
    print(write_first(Path(*arguments.paths or (NAME,))))
    return 0


COMMANDS: Final[dict[str, Callable[[Arguments], int]]] = {
    "run": _run,
    "validate": _validate,
    "schema": _schema,
    "images": _images,
    "merge": _merge,
    "doctor": _doctor,
    "init": _init,
}
