"""As it grows, and where nothing runs: goals 8, 10 and 12."""

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.measuring import Figure, Sample, ratios, take_turns, timed
from benchmarks.programs import hello, write_manifest
from benchmarks.subjects import Ours
from benchmarks.table import Most, Row, row
from runner.arguments import parse
from runner.model import MIB
from runner.stages import merged, write_all
from runner.targets import Target, load

_FORMATS: Final = ("table", "junit", "json", "summary", "github", "html")


def compare(folder: Path, *, jobs: int, rounds: int, large: int) -> list[Row]:
    """Goals 8, 10 and 12; `large`: 10 000, and a tenth of it to compare with."""
    ours = Ours(folder=folder, jobs=jobs)
    return [
        *_growth(ours, rounds=min(rounds, 2), large=large),
        *_start(ours, rounds=rounds),
        *_cached(ours, rounds=rounds),
    ]


def _growth(ours: Ours, *, rounds: int, large: int) -> list[Row]:
    record = ours.folder / "large.json"
    reports = [f"--report={form}={ours.folder / form}" for form in _FORMATS[1:] if form != "json"]
    many, tenth = hello("bash", large), hello("bash", large // 10)
    took = take_turns(
        {
            "a tenth": lambda: ours.run(tenth, *reports),
            "all": lambda: ours.run(many, *reports, f"--report=json={record}"),
        },
        rounds=rounds,
    )
    memory = Figure.of([sample.memory / MIB for sample in took["all"]])
    written = Figure.of([_written(record).seconds for _ in range(rounds)])
    grown = ratios(took["all"], took["a tenth"])
    work = f"{large} trivial cases"
    return [
        row(8, work, f"at most 11 x {large // 10}", grown, Most(11, "x")),
        row(8, f"{work}, memory", "at most 120 MB", memory, Most(120e6 / MIB, "MiB")),
        row(8, f"{work}, all six reports", "at most 1 s", written, Most(1.0, "s")),
    ]


def _written(record: Path) -> Sample:
    """Every report of that run, written to files, without its reading.

    In this process, as a command of ours would have to read the record first; in a new folder, as
    to let go of an old file of megabytes takes a tenth of a second.
    """
    with TemporaryDirectory(dir=record.parent) as folder:
        targets = tuple(Target(format=form, path=Path(folder, form)) for form in _FORMATS)
        arguments = replace(parse(["merge", str(record)]), targets=targets)
        report = merged(arguments)
        load(targets)
        return timed(lambda: write_all(arguments, report))


def _start(ours: Ours, *, rounds: int) -> list[Row]:
    manifest = str(write_manifest(ours.folder / "thousand.yml", hello("python", 1000)))
    took = take_turns(
        {
            "help": lambda: ours.command("--help"),
            "validate": lambda: ours.command("validate", manifest),
        },
        rounds=rounds * 3,
    )
    return [
        row(10, "`--help`", "at most 100 ms", _milliseconds(took["help"]), Most(100, "ms")),
        row(
            10,
            "`validate` of 1 000 snippets",
            "at most 250 ms",
            _milliseconds(took["validate"]),
            Most(250, "ms"),
        ),
    ]


def _cached(ours: Ours, *, rounds: int) -> list[Row]:
    programs, cache = hello("bash", 1000), f"--cache={ours.folder / 'cache'}"
    print("  filling the cache", file=sys.stderr)
    ours.run(programs, cache)
    took = take_turns({"cached": lambda: ours.run(programs, cache)}, rounds=rounds)
    seconds = Figure.of([sample.seconds for sample in took["cached"]])
    return [row(12, "1 000 snippets, all cached", "at most 0.5 s", seconds, Most(0.5, "s"))]


def _milliseconds(samples: list[Sample]) -> Figure:
    return Figure.of([sample.seconds * 1000 for sample in samples])
