"""The GitHub Action: inputs -> the pipeline of the command line -> log, summary, outputs, status.

PID 1 of a container that the runner starts beside the sandboxes: when cancelled it gets SIGINT,
SIGTERM 7.5 s later, and 2.5 s after that it is killed. All it says goes to standard output: the
runner reads both streams apart, and keeps no order between them.
"""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Final

from runner import stages
from runner.errors import EngineError, NothingToRun
from runner.exits import INTERRUPTED, exit_code, guarded
from runner.inputs import Inputs, understand
from runner.model import Report
from runner.reporters import github, summary
from runner.reporters.figures import totals
from runner.sharding import Plan
from runner.targets import write
from runner.workflow import append, append_outputs, give_to_owner, missing_folders

_COUNTS: Final = ("total", "passed", "failed", "errored", "skipped")
SOCKET: Final = Path("/var/run/docker.sock")
_CONCLUSIONS: Final = {0: "success", 1: "failure", INTERRUPTED: "cancelled"}
"""By exit code; of any other, `error`."""
_NOTHING: Final = (
    "nothing to run: no snippet is selected by the inputs 'select' and 'tags'; "
    "with 'fail-on-empty: false' that is no failure"
)
_NO_SOCKET: Final = (
    f"{SOCKET} is not in this container: this runner gives actions no Docker (Actions Runner "
    "Controller in Kubernetes mode, or a slim runner); use one that does, such as "
    "`runs-on: ubuntu-latest` or the controller's dind mode, or set DOCKER_HOST to an engine"
)


def main(environ: Mapping[str, str] = os.environ) -> int:
    """Run the step; returns the exit status that it ends with."""
    _catch_signals()
    step = _Step(environ)
    code = guarded(step.run, tell=step.tell)
    return guarded(lambda: step.finish(code), tell=step.tell)


def outputs(report: Report | None, *, code: int, junit: Path | None) -> dict[str, str]:
    """The step's outputs; without a report, where there was nothing to run, all counts are 0."""
    counts = totals(report) if report else dict.fromkeys(_COUNTS, 0)
    return {
        **{name: str(counts[name]) for name in _COUNTS},
        "cached": str(sum(result.cached for result in report.results) if report else 0),
        "duration": f"{report.duration if report else 0:.3f}",
        "conclusion": _CONCLUSIONS.get(code, "error"),
        "exit-code": str(code),
        "junit-path": str(junit) if report and junit else "",
    }


class _Step:
    """One step: what it asks for, and what has become of it so far."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._inputs: Inputs | None = None
        self._report: Report | None = None

    def run(self) -> int:
        """Everything up to the reports; the exit code is the command line's."""
        inputs = self._inputs = understand(self._environ)
        paths = [target.path for target in inputs.arguments.targets if target.path is not None]
        made = missing_folders(paths)
        report = self._report = self._executed(inputs)
        view = replace(inputs.arguments.view, base=_base(self._environ))
        try:
            for target in inputs.arguments.targets:
                if target.path is not None:
                    write(target, report, view=view)
        finally:
            give_to_owner([*made, *paths], of=Path(self._environ.get("GITHUB_WORKSPACE") or "."))
        _print(github.render(report, annotations=inputs.annotations, view=view))
        self._summarize(summary.render(report, base=view.base, slowest=view.slowest))
        return exit_code(report)

    def tell(self, lines: Sequence[str]) -> None:
        """Say what is wrong with the manifests, the inputs, the engine or us."""
        _print(github.problems(lines))
        if self._report is None:
            self._summarize(summary.problems(lines))

    def finish(self, code: int) -> int:
        """Write the outputs; the status, which is 0 where failing cases are to be no failure."""
        inputs = self._inputs
        if code == INTERRUPTED and self._report is None:
            _print("exec-action: cancelled before anything had run\n")
        if file := self._environ.get("GITHUB_OUTPUT"):
            junit = inputs.junit if inputs else None
            append_outputs(Path(file), outputs(self._report, code=code, junit=junit))
        tolerated = code == 1 and inputs is not None and not inputs.fail_on_failure
        return 0 if tolerated else code

    def _executed(self, inputs: Inputs) -> Report:
        arguments = inputs.arguments
        if arguments.command == "merge":
            return stages.merged(arguments)
        try:
            plan = stages.plan(arguments, stages.read(arguments))
        except NothingToRun:
            if inputs.fail_on_empty:
                raise NothingToRun(_NOTHING) from None
            plan = Plan()
        try:
            return stages.run(arguments, plan, log=sys.stdout)
        except EngineError:
            if SOCKET.exists() or self._environ.get("DOCKER_HOST"):
                raise
            raise EngineError(_NO_SOCKET) from None

    def _summarize(self, text: str) -> None:
        file = self._environ.get("GITHUB_STEP_SUMMARY")
        if file and (self._inputs is None or self._inputs.summary):
            append(Path(file), text)


def _base(environ: Mapping[str, str]) -> str:
    """Where the commit's files can be seen; empty where the runner does not say."""
    parts = [environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "SHA")]
    server, repository, commit = parts
    return f"{server}/{repository}/blob/{commit}/" if all(parts) else ""


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _catch_signals() -> None:
    """As PID 1 no signal has an action of its own; the first ends the run, and cleans up once."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.stdout.reconfigure(  # type: ignore[union-attr]  # standard output is a TextIOWrapper
        encoding="utf-8", errors="backslashreplace", line_buffering=True
    )
    os.dup2(1, 2)
    sys.exit(main())
