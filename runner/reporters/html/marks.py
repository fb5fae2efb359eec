"""A verdict as a character and a colour: neither alone has to tell."""

from runner.model import Verdict
from runner.reporters.failures import CROSS, MARKS


def mark(verdict: Verdict) -> str:
    """The verdict's mark; its name stands nearby, so a screen reader need not say it."""
    return (
        f'<span class="mark {kind(verdict)}" aria-hidden="true">{MARKS.get(verdict, CROSS)}</span>'
    )


def kind(verdict: Verdict) -> str:
    """The class that colours it: of all failures the same."""
    match verdict:
        case Verdict.PASSED:
            return "fine"
        case Verdict.FLAKY | Verdict.XFAILED:
            return "warn"
        case Verdict.SKIPPED:
            return "idle"
        case Verdict.SANDBOX_ERROR:
            return "ours"
        case _:
            return "bad"
