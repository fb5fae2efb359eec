"""One report of many: of the shards of one plan, or of runs that have no case in common. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from runner.errors import UsageError
from runner.model import ImagePull, Report, Result, in_file_order
from runner.text import one_line

_TOLD: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A report, and the file that it came from, to name it by."""

    path: str
    report: Report


def merge(parts: Sequence[Part]) -> Report:
    """The report that one run would have made, up to times and what names that run.

    Shards must be all of a plan's, each once; UsageError names those that are not.
    """
    problems = [*_problems(parts)]
    if problems:
        raise UsageError(problems)
    reports = [part.report for part in parts]
    return Report(
        results=tuple(_ordered(parts)),
        started=min(report.started for report in reports),
        duration=max(report.duration for report in reports),
        jobs=max(report.jobs for report in reports),
        engine=", ".join(dict.fromkeys(report.engine for report in reports if report.engine)),
        interrupted=any(report.interrupted for report in reports),
        plan=reports[0].plan if len({report.plan for report in reports}) == 1 else "",
        pulls=_pulls(reports),
    )


def _ordered(parts: Sequence[Part]) -> Iterable[Result]:
    """Shards' results as in their plan; those of whole runs, run after run."""
    if parts[0].report.shard is None:
        return chain.from_iterable(part.report.results for part in parts)
    by_shard = sorted(parts, key=_index)
    results = chain.from_iterable(part.report.results for part in by_shard)
    return in_file_order(sorted(results, key=lambda result: result.position))


def _pulls(reports: Sequence[Report]) -> tuple[ImagePull, ...]:
    """Each image once, as where it took longest: every shard has to pull it."""
    longest: dict[str, ImagePull] = {}
    for pull in chain.from_iterable(report.pulls for report in reports):
        known = longest.get(pull.image)
        if known is None or known.duration < pull.duration:
            longest[pull.image] = pull
    return tuple(longest.values())


def _problems(parts: Sequence[Part]) -> Iterable[str]:
    whole = [part for part in parts if part.report.shard is None]
    if not whole:
        return _wrong_shards(parts)
    if len(whole) == len(parts):
        return _cases_told_twice(parts)
    shard = next(part for part in parts if part.report.shard is not None)
    return [
        f"{part.path}: a whole run, and {shard.path} is shard {shard.report.shard};"
        " merge shards with shards of their plan only"
        for part in whole
    ]


def _wrong_shards(parts: Sequence[Part]) -> list[str]:
    first = parts[0]
    problems = [
        f"{part.path}: shard {part.report.shard} cannot be; I/N has I from 1 to N"
        for part in parts
        if not 1 <= _index(part) <= _plan(part)[1]
    ]
    problems += [
        f"{part.path}: shard {part.report.shard} of another plan than {first.path}, shard"
        f" {first.report.shard}; shards of the same files and options only"
        for part in parts
        if _plan(part) != _plan(first)
    ]
    return problems or [*_repeated(parts), *_missing(parts)]


def _repeated(parts: Sequence[Part]) -> Iterable[str]:
    seen: dict[int, Part] = {}
    for part in parts:
        other = seen.setdefault(_index(part), part)
        if other is not part:
            yield f"{part.path}: shard {part.report.shard} again, as {other.path}; name each once"


def _missing(parts: Sequence[Part]) -> Iterable[str]:
    """What is missing; a file may say that it is one of a billion, so only some are named."""
    shard = parts[0].report.shard
    if shard is None:
        return
    present = {_index(part) for part in parts}
    if len(present) < shard.count:
        absent = (number for number in range(1, shard.count + 1) if number not in present)
        named = [f"{number}/{shard.count}" for number in islice(absent, _TOLD)]
        more = shard.count - len(present) - len(named)
        rest = f" and {more} more" if more else ""
        yield (
            f"exec-action: missing: shard {', '.join(named)}{rest};"
            " a plan's shards are merged all at once"
        )


def _cases_told_twice(parts: Sequence[Part]) -> Iterable[str]:
    """A problem for each report that has a case of another one before it."""
    seen: dict[tuple[str, str], Part] = {}
    for part in parts:
        keys = [(result.snippet.source.path, result.name) for result in part.report.results]
        again = [key for key in keys if key in seen]
        if again:
            path, name = map(one_line, again[0])
            more = f" and {len(again) - 1} more" if len(again) > 1 else ""
            yield (
                f"{part.path}: '{name}' of {path}{more} is in {seen[again[0]].path} too;"
                " merge reports that have no case in common"
            )
        seen |= dict.fromkeys(keys, part)


def _plan(part: Part) -> tuple[str, int]:
    shard = part.report.shard
    return part.report.plan, shard.count if shard else 0


def _index(part: Part) -> int:
    return part.report.shard.index if part.report.shard else 0
