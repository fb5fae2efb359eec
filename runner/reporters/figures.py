"""Figures as people read them."""

from runner.model import KIB, MIB, Report, Verdict


def seconds(value: float) -> str:
    """`3.2 ms`, `812 ms`, `1.24 s`, `75.3 s`, `12 min 5 s`."""
    milliseconds = value * 1000
    if milliseconds < 9.95:  # noqa: PLR2004 - what rounds to two digits
        return f"{milliseconds:.1f} ms"
    if milliseconds < 999.5:  # noqa: PLR2004 - as above
        return f"{milliseconds:.0f} ms"
    if value < 120:  # noqa: PLR2004 - minutes read better from two on
        return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"  # noqa: PLR2004 - as above
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s"


def size(value: int) -> str:
    """`412 KiB`, `9.1 MiB`."""
    if value < MIB:
        return f"{value / KIB:.0f} KiB"
    return f"{value / MIB:.1f} MiB"


def count(number: int, noun: str) -> str:
    """`1 case`, `2 cases`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def upshot(report: Report) -> str:
    """`✗ 3 of 20 cases failed in 1.24 s`, `✓ 20 cases passed in 1.24 s`; a mark comes first."""
    total = count(len(report.results), "case")
    failed = sum(not result.verdict.fine for result in report.results)
    took = f"in {seconds(report.duration)}"
    if failed:
        return f"✗ {failed} of {total} failed {took}"
    if not report.results:
        return f"- no cases {took}"
    all_passed = report.counts[Verdict.PASSED] == len(report.results)
    return f"✓ {total} {'passed' if all_passed else 'fine'} {took}"


def totals(report: Report) -> dict[str, int]:
    """Cases by what they mean to the workflow, as JUnit counts them: four parts of `total`."""
    counts = report.counts
    skipped = counts[Verdict.SKIPPED] + counts[Verdict.XFAILED]
    passed = counts[Verdict.PASSED] + counts[Verdict.FLAKY]
    errored = counts[Verdict.SANDBOX_ERROR]
    failed = len(report.results) - passed - skipped - errored
    return {
        "passed": passed,
        "failed": failed,
        "errored": errored,
        "skipped": skipped,
        "total": len(report.results),
    }
