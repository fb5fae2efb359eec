"""The stages of a run, as command line and action ask for them.

Arguments -> snippets -> plan -> report -> files.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from runner.arguments import Arguments
from runner.errors import NothingToRun, UsageError
from runner.model import Report, Snippet

if TYPE_CHECKING:
    from runner.lending import Lender
    from runner.merging import Part
    from runner.reading import Reading
    from runner.sharding import Plan


def read(arguments: Arguments) -> list[Snippet]:
    """Every snippet of every path; all problems of all of them at once."""
    return list(reading_of(arguments).snippets)


def reading_of(arguments: Arguments) -> Reading:
    """What is in the paths, whatever they are."""
    with _nothing_collected():
        from runner import reading

        return reading.read(
            arguments.paths, images=arguments.images, allow_outside=arguments.allow_outside
        )


def plan(arguments: Arguments, snippets: Sequence[Snippet]) -> Plan:
    """This shard's part of what is selected; UsageError where nothing is selected at all."""
    from runner.durations import Durations
    from runner.plan import failed
    from runner.plan import plan as sessions_of
    from runner.sharding import arrange

    if not snippets:
        raise NothingToRun("nothing to run: there is no snippet in any of these files")
    last, timed = arguments.last_failed, arguments.durations
    only = None if last is None else failed(_earlier(last))
    durations = None if timed is None else Durations.of(_earlier(timed))
    sessions = sessions_of(
        snippets, select=arguments.selection, overrides=arguments.overrides, only=only
    )
    if only and not sessions:
        of = counted(len(only), "case")
        raise NothingToRun(f"nothing to run: of the {of} that failed in {last} none is selected")
    if only is None and not sessions:
        raise NothingToRun("nothing to run: no snippet is selected by -k and --tag")
    return arrange(sessions, shard=arguments.shard, durations=durations)


def run(
    arguments: Arguments, plan: Plan, *, log: TextIO, sandboxes: Lender | None = None
) -> Report:
    """Run `plan` with its progress told on `log`, once it is sure where reports can go."""
    from runner.execute import execute
    from runner.progress import progress
    from runner.targets import check, load

    check(arguments.targets)
    if not plan.sessions:
        print(_why_empty(arguments), file=log)
    cases = sum(session.case_count for session in plan.sessions)
    with progress(cases, verbose=arguments.verbose, quiet=arguments.quiet, stream=log) as watcher:
        report = execute(
            plan.sessions,
            options=arguments.options,
            watcher=watcher,
            sandboxes=sandboxes,
            meanwhile=lambda: load(arguments.targets),
        )
    return replace(report, plan=plan.digest, shard=plan.shard)


def merged(arguments: Arguments) -> Report:
    """One report of the JSON reports that are named, once it is sure where reports can go."""
    from runner.merging import merge
    from runner.targets import check

    with _nothing_collected():
        parts = _recorded(arguments.paths)
    check(arguments.targets)
    return merge(parts)


def write_all(arguments: Arguments, report: Report) -> None:
    """Write every report, whatever becomes of the others; all problems at once."""
    from runner.targets import write

    problems: list[str] = []
    with _nothing_collected():
        for target in arguments.targets:
            try:
                write(target, report, view=arguments.view)
            except UsageError as problem:
                problems += problem.problems
    if problems:
        raise UsageError(problems)


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Without the garbage collector: it looks at all again and again, and all is kept.

    That takes a tenth of the time; nor need it look at that later on, at each of the outcomes.
    """
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # a watcher reads again and again, and lets go of it
            gc.freeze()
        gc.enable()


def _earlier(path: Path) -> Report:
    from runner import recorded

    return recorded.read(path)


def _recorded(paths: Sequence[str]) -> list[Part]:
    """The reports in these files; all problems of all of them at once."""
    from runner import recorded
    from runner.merging import Part

    parts: list[Part] = []
    problems: list[str] = []
    for path in paths:
        try:
            parts.append(Part(path=path, report=recorded.read(Path(path))))
        except UsageError as problem:
            problems += problem.problems
    if problems:
        raise UsageError(problems)
    return parts


def _why_empty(arguments: Arguments) -> str:
    if arguments.shard is not None:
        return f"nothing to run: shard {arguments.shard} of this plan is empty"
    if arguments.last_failed is not None:
        return f"nothing to run: no case failed in {arguments.last_failed}"
    return "nothing to run"
