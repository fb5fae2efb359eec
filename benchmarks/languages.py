"""Language by language, warm: goals 2, 3, 6, 7 and 9."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.measuring import Figure, Sample, Samples, each, take_turns
from benchmarks.programs import KINDS, hello
from benchmarks.subjects import Bare, Ours
from benchmarks.table import Most, Row, row
from runner.languages import CLASSIC

SMALL: Final = {
    "python": 20,
    "javascript": 20,
    "bash": 20,
    "java": 2,
    "c": 4,
    "cpp": 4,
    "go": 4,
    "rust": 4,
}
MORE: Final = {
    "python": 200,
    "javascript": 100,
    "bash": 500,
    "java": 20,
    "c": 40,
    "cpp": 12,
    "go": 12,
    "rust": 12,
}
_PLAIN: Final = {"java": (6, 0.6), "cpp": (7, 1.0), "go": (7, 1.0), "rust": (7, 1.0)}
_OVERHEAD: Final = 5.0


def compare(folder: Path, *, jobs: int, rounds: int, part: int = 1) -> list[Row]:
    """Every language's case beside its bare run; `part`: only so small a part of each size.

    The whole of it is past where a language's warm-up begins to pay, a part may be before it.
    """
    ours = Ours(folder=folder, jobs=jobs)
    rows: list[Row] = []
    for language in KINDS:
        more = max(4, MORE[language] // part)
        before = CLASSIC[language].warm_from * jobs if part == 1 else 0
        took = _measure(ours, language, before=before, more=more, rounds=rounds)
        rows += _rows(language, took, more=more)
    return rows


def _measure(ours: Ours, language: str, *, before: int, more: int, rounds: int) -> Samples:
    """Both sizes on both sides; ours have `before` more, which both have alike."""
    small, large = (hello(language, SMALL[language] + extra) for extra in (0, more))
    few, many = (hello(language, before + len(programs)) for programs in (small, large))
    with Bare(image=CLASSIC[language].image_reference, jobs=ours.jobs) as bare:
        bare.run(small)  # what a compiler keeps for the next time is there for both
        return take_turns(
            {
                f"{language}, ours, small": lambda: ours.run(few),
                f"{language}, bare, small": lambda: bare.run(small),
                f"{language}, ours, large": lambda: ours.run(many),
                f"{language}, bare, large": lambda: bare.run(large),
            },
            rounds=rounds,
        )


def _rows(language: str, took: Mapping[str, list[Sample]], *, more: int) -> list[Row]:
    def per_case(who: str, *, cpu: bool = False) -> Figure:
        large, small = took[f"{language}, {who}, large"], took[f"{language}, {who}, small"]
        return each(large, small, cases=more, cpu=cpu)

    ours, bare = per_case("ours"), per_case("bare")
    over = _minus(ours, bare)
    made = row(
        3,
        f"a {language} case, warm",
        "at most bare + 5 ms",
        over,
        Most(_OVERHEAD, "ms"),
    )
    rows = [_with_both(made, ours, bare)]
    if language == "bash":
        name = f"{more} bash echoes, beyond start-up"
        rows.append(row(2, name, "at most 2.5 ms a case", ours, Most(2.5, "ms")))
    if language in ("bash", "python"):
        cpu = per_case("ours", cpu=True)
        name = f"the runner's own CPU, a {language} case"
        rows.append(row(9, name, "at most 1 ms", cpu, Most(1.0, "ms")))
    if language in _PLAIN:
        goal, most = _PLAIN[language]
        figure = _over(ours, bare)
        name = f"{language}, warm, beside compiling and running it by hand"
        rows.append(row(goal, name, f"at most {most} x", figure, Most(most, "x")))
    if min(ours.least, bare.least) <= 0:  # more programs in less time: others were at work
        return [replace(one, met=None) for one in rows]
    return rows


def _minus(ours: Figure, bare: Figure) -> Figure:
    """The medians' difference, and how far apart it can be said to be."""
    return Figure(
        median=ours.median - bare.median,
        least=ours.least - bare.most,
        most=ours.most - bare.least,
    )


def _over(ours: Figure, bare: Figure) -> Figure:
    """As `_minus`, of their ratio; noise can make a difference of two sizes next to nothing."""
    return Figure(
        median=ours.median / max(bare.median, 0.01),
        least=ours.least / max(bare.most, 0.01),
        most=ours.most / max(bare.least, 0.01),
    )


def _with_both(made: Row, ours: Figure, bare: Figure) -> Row:
    both = f"{made.came_to}: ours {ours.median:.1f}, bare {bare.median:.1f}"
    return replace(made, came_to=both)
