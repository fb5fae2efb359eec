"""Runs whose outcomes are told, and what is rewritten after them: for the tests of `--update`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runner import manifest, markdown
from runner.fan_out import fan_out
from runner.judge import judge
from runner.model import Case, Ending, Outcome, Report, Result, Snippet
from runner.update import Changes, rewritten


def read(path: str, text: bytes) -> list[Snippet]:
    """The snippets of a manifest or document that holds `text`."""
    if path.endswith(".yml"):
        return manifest.read(Path(path), text=text)
    return markdown.read(Path(path), text=text)


def prints(stdout: str | bytes = b"", **fields: Any) -> Outcome:  # noqa: ANN401 fields of many types
    """An outcome that exits 0 unless told otherwise."""
    raw = stdout.encode() if isinstance(stdout, str) else stdout
    return Outcome(**{"ending": Ending.EXITED, "exit_code": 0, "stdout": raw, **fields})


def report(path: str, text: bytes, outcomes: Sequence[Outcome]) -> Report:
    """A run of the file at `path` with an outcome for each case."""
    cases: list[tuple[Snippet, Case]] = [
        (snippet, case) for snippet in fan_out(read(path, text)) for case in snippet.cases
    ]
    results = [judge(*case, outcome) for case, outcome in zip(cases, outcomes, strict=True)]
    return report_of(results)


def report_of(results: Sequence[Result]) -> Report:
    return Report(results=tuple(results), started="", duration=0.0, jobs=1)


def changes(
    text: str | bytes, *outcomes: Outcome, path: str = "a.yml", add: bool = False
) -> Changes:
    """What follows from a run of `text`."""
    raw = text.encode() if isinstance(text, str) else text
    return rewritten(report(path, raw, outcomes), {path: raw}, read, add=add)


def after(text: str, *outcomes: Outcome, path: str = "a.yml", add: bool = False) -> str:
    """What the file holds then."""
    found = changes(text, *outcomes, path=path, add=add)
    return found.files[0].after.decode() if found.files else text


def why_kept(text: str, *outcomes: Outcome, path: str = "a.yml", add: bool = False) -> list[str]:
    """What is said of that which is left alone, with nothing written."""
    found = changes(text, *outcomes, path=path, add=add)
    assert found.files == ()
    return [str(kept) for kept in found.kept]
