"""One session on its way through sandboxes: an outcome and a result per case, whatever fails."""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import replace
from itertools import islice
from typing import Final

from runner.errors import SandboxError, SandboxSpentError
from runner.judge import judge
from runner.lending import Runs
from runner.model import Case, Ending, Outcome, Result, Session, Snippet, Verdict

_TRIES: Final = 2
"""A sandbox that fails is followed by one more; then the fault is the cases' verdict."""


Lend = Callable[[], AbstractContextManager[Runs]]
"""One that runs the session, for as long as it takes; SandboxError where there is none."""


def to_run(session: Session) -> tuple[Snippet, ...]:
    return tuple(snippet for snippet in session.snippets if snippet.skip is None)


class Attempts:
    """One session on its way through sandboxes.

    Faults of ours are tried again once, failures as `retries` says.
    """

    def __init__(self, session: Session, lend: Lend, clock: float, *, cached: bool = False) -> None:
        """`clock`: when the run began, of `time.monotonic`. `cached`: a replay is what is lent."""
        self._session = session
        self._lend = lend
        self._clock = clock
        self._cached = cached
        self._queued = 0.0
        self._hashes = {
            snippet.name: hashlib.sha256(snippet.code).hexdigest() for snippet in session.snippets
        }

    def results(self) -> Iterator[tuple[int, Result]]:
        """A result per case of the session, with its number in it; each exactly once."""
        self._queued = time.monotonic() - self._clock
        retries = max(snippet.retries for snippet in self._session.snippets)
        if not retries:
            yield from enumerate(self.once())
            return
        results = list(self.once())
        for _ in range(retries):
            if not any(_worth_another_try(result) for result in results):
                break
            results = [
                _retried(before, now) for before, now in zip(results, self.once(), strict=True)
            ]
        yield from enumerate(results)

    def once(self) -> Iterator[Result]:
        """Run the session one time: outcomes judged, what can't be run any more skipped."""
        broken_by: Result | None = None
        with closing(self._outcomes(_runnable(self._session))) as outcomes:
            for snippet in self._session.snippets:
                for case in snippet.cases:
                    began = time.monotonic() - self._clock
                    if snippet.skip is not None:
                        outcome = Outcome(ending=Ending.NOT_RUN, reason=snippet.skip)
                    elif broken_by is not None:
                        outcome = _not_run_after(broken_by)
                    else:
                        outcome = next(outcomes)
                    result = self._judged(snippet, case, outcome, began)
                    if self._session.id is not None and broken_by is None and breaks(result):
                        broken_by = result
                    yield result

    def _judged(self, snippet: Snippet, case: Case, outcome: Outcome, began: float) -> Result:
        return replace(
            judge(snippet, case, outcome),
            code_sha256=self._hashes[snippet.name],
            queued=self._queued,
            started=began,
            cached=self._cached and outcome.ending is not Ending.NOT_RUN,
        )

    def _outcomes(self, session: Session) -> Generator[Outcome]:
        """An outcome per case. A sandbox that fails or is used up is followed by another one.

        A session with an id begins anew there (its state is gone), and what is known of it
        already is not told twice; cases of a lone snippet that are known are not run again.
        """
        total = session.case_count
        known = 0
        failures = Counter[int]()
        while known < total:
            before = known
            rest, told = (session, known) if session.id else (_from(session, known), 0)
            try:
                with self._lend() as sandbox, closing(sandbox.run(rest)) as outcomes:
                    for outcome in islice(outcomes, told, None):
                        known += 1
                        yield outcome
            except SandboxError as problem:
                if isinstance(problem, SandboxSpentError) and known > before:
                    continue
                failures[known] += 1
                if failures[known] == _TRIES:
                    fault = Outcome(ending=Ending.SANDBOX_ERROR, reason=str(problem))
                    yield from (fault for _ in range(total - known))
                    return


def replayed(session: Session, known: Runs, clock: float) -> list[Result] | None:
    """The results of a session that is known; None where a failure is to be tried again."""
    results = list(Attempts(session, lambda: nullcontext(known), clock, cached=True).once())
    retries = any(snippet.retries for snippet in session.snippets)
    return None if retries and any(map(_worth_another_try, results)) else results


def _runnable(session: Session) -> Session:
    """The session without what is skipped."""
    snippets = to_run(session)
    return (
        session if len(snippets) == len(session.snippets) else replace(session, snippets=snippets)
    )


def _from(session: Session, case: int) -> Session:
    """A lone snippet's session without its first cases."""
    if case == 0:
        return session
    (snippet,) = session.snippets
    return replace(session, snippets=(replace(snippet, cases=snippet.cases[case:]),))


def _worth_another_try(result: Result) -> bool:
    return not result.verdict.fine and result.verdict is not Verdict.XPASSED


def _retried(before: Result, now: Result) -> Result:
    flaky = _worth_another_try(before) and now.verdict is Verdict.PASSED
    if flaky:
        now = replace(now, verdict=Verdict.FLAKY, reason=f"passed after: {before.reason}")
    elif before.verdict is Verdict.FLAKY and now.verdict is Verdict.PASSED:
        now = replace(now, verdict=Verdict.FLAKY, reason=before.reason)
    earlier = (*before.earlier, replace(before, earlier=()))
    return replace(now, attempts=before.attempts + 1, earlier=earlier)


def breaks(result: Result) -> bool:
    """Whether the session cannot go on after this member.

    It ended otherwise than was expected, or by a limit.
    """
    if result.verdict is Verdict.SKIPPED:
        return False
    if not result.outcome.ending.by_itself:
        return True
    return any(mismatch.subject in ("exit_code", "verdict") for mismatch in result.mismatches)


def _not_run_after(cause: Result) -> Outcome:
    reason = f"not run: the session's snippet '{cause.name}' ended with {cause.verdict}"
    return Outcome(ending=Ending.NOT_RUN, reason=reason)
