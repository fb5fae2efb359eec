"""JUnit XML with the failures of earlier attempts, as Maven Surefire tells of reruns.

A format of its own: few consumers know these elements, and one that fails a case for any element in
it would take a flaky one for failed.
"""

from collections.abc import Iterator

from runner.model import Report
from runner.reporters import junit


def render(report: Report) -> str:
    """The document of `junit`, and in it `flakyFailure`, `flakyError`, `rerunFailure`, ..."""
    return "".join(pieces(report))


def pieces(report: Report) -> Iterator[str]:
    """The same, piece by piece."""
    return junit.pieces(report, reruns=True)
