"""What the snippets of one long session must do, one by one, in both generations of an image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from snippets import Runs, snippet, together

from runner.languages import IMAGE_SETS
from runner.model import Expectation, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A snippet of the session, and how it must end."""

    name: str
    code: str
    stdout: str = ""
    stderr: str = ""
    exit_code: int = 0
    signal: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What else the snippet has: stdin, args, env, files, transcript."""


def outcomes(run: Runs, cells: Sequence[Cell], *, language: str, images: str) -> dict[str, Outcome]:
    """Run `cells` as one session; the outcome of each, by its name."""
    members = [
        snippet(
            IMAGE_SETS[images][language],
            cell.code,
            name=cell.name,
            expect=Expectation(exit=None),
            **cell.fields,
        )
        for cell in cells
    ]
    report = run(together(*members))
    return {result.snippet.name: result.outcome for result in report.results}


def told(outcome: Outcome) -> tuple[str, str, int | None, int | None]:
    """An outcome in a cell's terms."""
    stdout, stderr = outcome.stdout.decode(), outcome.stderr.decode()
    return stdout, stderr, outcome.exit_code, outcome.signal


def expected(cell: Cell) -> tuple[str, str, int, int | None]:
    return cell.stdout, cell.stderr, cell.exit_code, cell.signal
