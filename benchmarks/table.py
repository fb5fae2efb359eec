"""What is written: the goals and what they came to, who else was measured, and on what machine."""

import os
import platform
import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import Figure
from runner.options import default_jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A goal, and what it came to."""

    goal: int
    work: str
    wanted: str
    came_to: str
    met: bool | None
    """None: the rounds are too far apart to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A way of running Python hello-worlds: how long one takes, and that in times of ours."""

    way: str
    programs: int
    each: Figure
    """Milliseconds of the whole command, divided by its programs."""
    times_ours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How it was measured."""

    jobs: int
    rounds: int
    quick: bool
    load: float
    """Processes that waited for a processor when it began."""


@dataclass(frozen=True, slots=True)
class Most:
    """What a figure must stay under."""

    value: float
    unit: str

    def met(self, figure: Figure) -> bool | None:
        """Whether all rounds say so; None where they do not agree."""
        met = {figure.least <= self.value, figure.most <= self.value}
        return None if len(met) > 1 else met.pop()


@dataclass(frozen=True, slots=True)
class Least:
    """What a figure must reach."""

    value: float
    unit: str

    def met(self, figure: Figure) -> bool | None:
        """As of `Most`."""
        met = {figure.least >= self.value, figure.most >= self.value}
        return None if len(met) > 1 else met.pop()


def row(goal: int, work: str, wanted: str, figure: Figure, bound: Most | Least) -> Row:
    """A goal, and whether a figure keeps to its bound."""
    return Row(
        goal=goal,
        work=work,
        wanted=wanted,
        came_to=shown(figure, bound.unit),
        met=bound.met(figure),
    )


def shown(figure: Figure, unit: str) -> str:
    """A figure with its spread: `1.21 x (1.18 to 1.30)`."""
    digits = 0 if max(abs(figure.median), figure.most) >= 100 else 2  # noqa: PLR2004 - to be read
    median, least, most = (
        f"{value:.{digits}f}" for value in (figure.median, figure.least, figure.most)
    )
    return f"{median}{unit and ' '}{unit} ({least} to {most})"


def render(
    rows: Sequence[Row], lines: Sequence[Line], absent: Sequence[str], setting: Setting
) -> str:
    """RESULTS.md."""
    written = [
        "# Results\n",
        f"{_machine()}\n",
        f"{_method(setting)}\n",
        "| # | work | goal | median (least to most) | |\n|---|---|---|---|---|",
        *map(_goal, sorted(rows, key=lambda row: row.goal)),
        "",
    ]
    if lines:
        written += [
            "## Python hello-worlds, by whom\n",
            "| way | programs | ms each (least to most) | times ours |\n|---|---|---|---|",
            *map(_line, lines),
            "",
        ]
    written += [f"- {one}" for one in absent]
    return "\n".join(written).rstrip() + "\n"


def _goal(row: Row) -> str:
    met = {True: "met", False: "**not met**", None: "undecided: noise"}[row.met]
    return f"| {row.goal} | {row.work} | {row.wanted} | {row.came_to} | {met} |"


def _line(line: Line) -> str:
    return f"| {line.way} | {line.programs} | {shown(line.each, '')} | {line.times_ours:.1f} |"


def _machine() -> str:
    """The machine in general words, the engine, Python and the date."""
    engine = subprocess.run(
        ["docker", "version", "--format", "{{.Server.Version}}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    return (
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, {default_jobs()} cores ({_processor()}), "
        f"{platform.system()} {platform.machine()}, Docker Engine {engine}, "
        f"Python {platform.python_version()}."
    )


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or "unknown"
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def _load(setting: Setting) -> str:
    """How busy the machine was, and what that means for the figures."""
    end = os.getloadavg()[0]
    text = f"Load of the machine: {setting.load:.1f} at the beginning, {end:.1f} at the end."
    if setting.load > default_jobs():
        text += (
            " **Others were at work: the figures below are noise in part, as their spread shows.**"
        )
    return text


def _method(setting: Setting) -> str:
    quick = " (`--quick`: smaller sizes, for a first look)" if setting.quick else ""
    return (
        f"`make bench`{quick}: {setting.jobs} at a time, {_rounds(setting.rounds)} in which all "
        f"take turns. {_load(setting)} A ratio is made round by "
        "round; *per case* is the difference of two sizes, which takes the start-up out. What is "
        "compared and how: [docs/speed.md](../docs/speed.md)."
    )


def _rounds(number: int) -> str:
    return f"{number} round{'' if number == 1 else 's'}"
