"""Measure, and write `benchmarks/RESULTS.md`."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks import beside, languages, sizes
from benchmarks.table import Line, Row, Setting, render
from runner.options import default_jobs

_PARTS: Final = ("beside", "languages", "sizes")


def main() -> None:
    """The goals' table to a file and to standard output; progress to standard error."""
    args = _arguments()
    setting = Setting(
        jobs=args.jobs,
        rounds=args.rounds or (1 if args.quick else 5),
        quick=args.quick,
        load=os.getloadavg()[0],
    )
    with tempfile.TemporaryDirectory() as folder:
        text = _measured(Path(folder), setting, parts=args.only or _PARTS)
    args.output.write_text(text)
    print(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    add = parser.add_argument
    add("--quick", action="store_true", help="smaller sizes, one round: about a minute")
    add("--rounds", type=int, help="in which all take turns (default: 5; with --quick 1)")
    add("--jobs", type=int, default=default_jobs(), help="programs at a time, on all sides")
    add("--only", action="append", choices=_PARTS, help="a part of it; repeatable")
    add("--output", type=Path, default=Path(__file__).with_name("RESULTS.md"))
    return parser.parse_args()


def _measured(folder: Path, setting: Setting, *, parts: Sequence[str]) -> str:
    rows: list[Row] = []
    lines: list[Line] = []
    absent: list[str] = []
    jobs, rounds, quick = setting.jobs, setting.rounds, setting.quick
    if "beside" in parts:
        size = beside.QUICK if quick else beside.FULL
        found = beside.compare(folder, jobs=jobs, rounds=rounds, sizes=size)
        rows, lines, absent = [*found.rows], found.lines, found.absent
    if "languages" in parts:
        print("languages", file=sys.stderr)
        rows += languages.compare(folder, jobs=jobs, rounds=rounds, part=5 if quick else 1)
    if "sizes" in parts:
        print("sizes", file=sys.stderr)
        large = 1000 if quick else 10_000
        rows += sizes.compare(folder, jobs=jobs, rounds=rounds, large=large)
    return render(rows, lines, absent, setting)


if __name__ == "__main__":
    main()
