"""Every attack of `tests/docker/hostile`, one line each: how it ended in both modes, and how late.

    attacks.py    a table in Markdown

The exit code is 1 where anything was not as it must be.
"""

import sys
from pathlib import Path
from typing import Final

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "docker")]

from snippets import alone
from soak import Silence
from test_hostile import ALL, Attack, Ended, in_a_row

from runner.execute import execute
from runner.model import Isolation, Phase, Report, Result, Session, Snippet
from runner.options import Options, Pull

LATE: Final = 1.0
"""Seconds past a limit after which a case must have its verdict."""


def run(*work: Snippet | Session, jobs: int = 1, fail_fast: bool = False) -> Report:
    sessions = [alone(one) if isinstance(one, Snippet) else one for one in work]
    options = Options(jobs=jobs, pull=Pull.NEVER, fail_fast=fail_fast)
    return execute(sessions, options=options, watcher=Silence())


def late(attack: Attack, result: Result) -> float:
    """Seconds past the limit of what it was doing; negative before."""
    limits = attack.snippet.limits
    compiling = result.outcome.phase is Phase.COMPILE
    return result.outcome.wall - (limits.compile_timeout if compiling else limits.timeout)


def as_meant(attack: Attack, ended: Ended) -> bool:
    result, found = ended.result, ended.found
    printed = result.outcome.stdout.decode(errors="replace").strip()
    return (
        result.verdict in attack.verdicts
        and attack.prints in (None, printed)
        and late(attack, result) < LATE
        and (found is None or found.verdict.fine)
    )


def after(ended: Ended) -> str:
    """What came next in the sandbox: clean, or clean in another one; nothing in `fresh`."""
    if ended.found is None:
        return ""
    if not ended.found.verdict.fine:
        return f"**{ended.found.reason}**"
    same = ended.found.outcome.sandbox == ended.result.outcome.sandbox
    return "clean" if same else "clean, another sandbox"


def cell(attack: Attack, ended: Ended) -> str:
    past = late(attack, ended.result)
    return f"{ended.result.verdict} ({past:+.2f} s)" if past > 0 else str(ended.result.verdict)


def main() -> int:
    attacks = list(ALL.values())
    ends = {mode: in_a_row(run, attacks, mode) for mode in Isolation}
    print("| attack | reuse (past its limit) | the next one finds | fresh | |")
    print("|---|---|---|---|---|")
    fine = True
    for attack, reuse, fresh in zip(attacks, *ends.values(), strict=True):
        right = as_meant(attack, reuse) and as_meant(attack, fresh)
        fine &= right
        print(
            f"| {attack.snippet.name} | {cell(attack, reuse)} | {after(reuse)} |"
            f" {cell(attack, fresh)} | {'as meant' if right else '**not as meant**'} |"
        )
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
