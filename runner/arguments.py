"""From the words of the command line to what they ask for."""

import argparse
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from runner.errors import UsageError
from runner.flags import FORMATS, TAKES_PATHS, given
from runner.model import Isolation, Shard
from runner.options import CacheOptions, Options, Overrides, Pull, Update, View
from runner.selection import Selection, parse_expression, parse_tags
from runner.targets import Target

_AGE: Final = re.compile(r"(\d{1,9})([smhd])", re.ASCII)
_PART: Final = re.compile(r"(\d{1,9})/(\d{1,9})", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What the command line asks for, whatever the command."""

    command: str
    paths: tuple[str, ...] = ()
    images: str | None = None
    allow_outside: bool = False
    targets: tuple[Target, ...] = ()
    selection: Selection
    overrides: Overrides
    options: Options
    last_failed: Path | None = None
    shard: Shard | None = None
    durations: Path | None = None
    update: Update | None = None
    check: bool = False
    list: bool = False
    watch: bool = False
    slowest: int = 0
    quiet: bool = False
    verbose: bool = False

    @property
    def view(self) -> View:
        """How much of a report is shown to people."""
        return View(quiet=self.quiet, verbose=self.verbose, slowest=self.slowest)


def parse(words: Sequence[str]) -> Arguments:
    """Understand the command line; UsageError where it can't be, SystemExit after --help."""
    return understood(given(words))


def understood(given: argparse.Namespace) -> Arguments:
    """What is given, checked as far as that is possible before anything is read."""
    command: str = given.command
    reports = command in ("run", "merge")
    simple = Arguments(
        command=command,
        paths=tuple(given.paths) if command in TAKES_PATHS else (),
        images=getattr(given, "images", None),
        allow_outside=getattr(given, "allow_outside", False),
        targets=_targets(given.junit, given.report) if reports else (),
        selection=Selection(),
        overrides=Overrides(),
        options=Options(pull=Pull(getattr(given, "pull", Pull.MISSING))),
        slowest=_at_least(given.slowest, 0, "--slowest") if reports else 0,
        quiet=reports and given.quiet,
        verbose=reports and given.verbose,
    )
    return _with_run_options(simple, given) if command == "run" else simple


def _with_run_options(simple: Arguments, given: argparse.Namespace) -> Arguments:
    wanted, unwanted = parse_tags(given.tag or "")
    return replace(
        simple,
        selection=Selection(
            expression=parse_expression(given.k) if given.k is not None else None,
            tags=wanted,
            excluded_tags=unwanted,
        ),
        overrides=Overrides(
            isolation=None if given.isolation is None else Isolation(given.isolation),
            timeout_scale=_scale(given.timeout_scale),
            retries=None if given.retries is None else _at_least(given.retries, 0, "--retries"),
        ),
        options=Options(
            jobs=None if given.jobs is None else _at_least(given.jobs, 1, "--jobs"),
            pull=Pull(given.pull),
            runtime=given.runtime,
            fail_fast=given.fail_fast,
            cache=_cache(given),
            cluster=given.cluster,
        ),
        last_failed=given.last_failed,
        shard=None if given.shard is None else _shard(given.shard),
        durations=given.durations,
        update=_update(given),
        check=given.check,
        list=given.list,
        watch=_watch(given),
    )


def _targets(junit: Path | None, reports: Sequence[str]) -> tuple[Target, ...]:
    """Every report asked for; the table goes to standard output where nothing else does."""
    targets = [_target(report) for report in reports]
    targets += [Target(format="junit", path=junit)] if junit is not None else []
    if all(target.path is not None for target in targets):
        targets.append(Target(format="table"))
    return tuple(targets)


def _target(report: str) -> Target:
    name, equals, path = report.partition("=")
    if name not in FORMATS:
        raise UsageError(f"exec-action: --report: unknown format '{name}'; {', '.join(FORMATS)}")
    if equals and not path:
        raise UsageError(f"exec-action: --report {report}: the file's name is missing after '='")
    return Target(format=name, path=Path(path) if path else None)


def _at_least(number: int, least: int, option: str) -> int:
    if number < least:
        raise UsageError(f"exec-action: {option}: at least {least}")
    return number


def _scale(scale: float) -> float:
    if not math.isfinite(scale) or scale <= 0:
        raise UsageError("exec-action: --timeout-scale: a number above 0")
    return scale


def _shard(text: str) -> Shard:
    found = _PART.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise UsageError(f"exec-action: --shard: '{text}' is not I/N with I from 1 to N, as in 2/5")
    return Shard(index=int(found[1]), count=int(found[2]))


def _cache(given: argparse.Namespace) -> CacheOptions | None:
    found = _AGE.fullmatch(given.cache_max_age)
    if found is None:
        raise UsageError(
            f"exec-action: --cache-max-age: '{given.cache_max_age}' is not an age, as in 90s, 12h,"
            " 7d"
        )
    if given.cache is None or given.no_cache:
        return None
    age = float(int(found[1]) * _SECONDS[found[2]])
    return CacheOptions(folder=given.cache, max_age=age)


def _update(given: argparse.Namespace) -> Update | None:
    update = Update.ALL if given.update_all else Update.DIFFERING if given.update else None
    if given.check and update is None:
        raise UsageError("exec-action: --check: only with --update or --update-all")
    if update is not None and given.watch:
        raise UsageError("exec-action: --watch: not with --update")
    return update


def _watch(given: argparse.Namespace) -> bool:
    """Whether to stay; not where only a part is run, or elsewhere, or from what can't change."""
    for option, other in (
        ("--list", given.list),
        ("--shard", given.shard is not None),
        ("--last-failed", given.last_failed is not None),
        ("--cluster", given.cluster is not None),
        ("standard input", "-" in given.paths),
    ):
        if given.watch and other:
            raise UsageError(f"exec-action: --watch: not with {option}")
    return bool(given.watch)
