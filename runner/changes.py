"""Which sessions are to be run again, given what came of them before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from runner.model import Ending, Report, Result, Session, Snippet, Source, Verdict, case_name
from runner.stamps import Stamp, stamp

_NOWHERE: Final = Source(path="", line=0)

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A session as it was run, the files that it was compared with, and its results."""

    session: Session
    stamps: tuple[Stamp, ...]
    results: tuple[Result, ...]


def changed(sessions: Sequence[Session], known: Mapping[Key, Known]) -> list[Session]:
    """Those that are to be run: what they are or are compared with is not what was run.

    What did not come to a verdict, through no fault of the snippet, is run again too. Where
    something stands in its file does not count.
    """
    return [session for session in sessions if not _is_known(session, known.get(key(session)))]


def remembered(
    sessions: Sequence[Session], known: Mapping[Key, Known], run: Sequence[Session], report: Report
) -> dict[Key, Known]:
    """What is known of `sessions` after `run` came to `report`; each where it stands now."""
    results = iter(report.results)
    fresh = {
        key(session): Known(
            session=session,
            stamps=_stamps(session),
            results=tuple(next(results) for one in session.snippets for _ in one.cases),
        )
        for session in run
    }
    return {
        key(session): fresh.get(key(session)) or _moved(known[key(session)], session)
        for session in sessions
    }


def key(session: Session) -> Key:
    """What a session is called, however it is changed."""
    return (
        session.snippets[0].source.path,
        *(case_name(snippet, snippet.cases[0]) for snippet in session.snippets),
    )


def compared_files(snippet: Snippet) -> Iterator[Path]:
    """The files that hold what is expected: read when judged, so no part of the snippet."""
    for case in snippet.cases:
        expect = case.expect
        for text in (expect.stdout, expect.stderr, *expect.files.values()):
            if text is not None and text.file is not None:
                yield text.file


def _stamps(session: Session) -> tuple[Stamp, ...]:
    return tuple(stamp(str(path)) for one in session.snippets for path in compared_files(one))


def _is_known(session: Session, known: Known | None) -> bool:
    return (
        known is not None
        and _placeless(session) == _placeless(known.session)
        and _stamps(session) == known.stamps
        and not any(_is_open(result) for result in known.results)
    )


def _is_open(result: Result) -> bool:
    """Whether nothing is known of the snippet: a sandbox failed, or the run ended before."""
    not_run = result.outcome.ending is Ending.NOT_RUN and result.snippet.session is None
    return result.verdict is Verdict.SANDBOX_ERROR or (not_run and result.snippet.skip is None)


def _placeless(session: Session) -> Session:
    return replace(
        session,
        position=0,
        seconds=None,
        snippets=tuple(
            replace(
                snippet,
                source=_NOWHERE,
                code_source=_NOWHERE,
                cases=tuple(replace(case, source=_NOWHERE) for case in snippet.cases),
            )
            for snippet in session.snippets
        ),
    )


def _moved(known: Known, session: Session) -> Known:
    """What is known, with every result at the place where its case stands now."""
    cases = [(snippet, case) for snippet in session.snippets for case in snippet.cases]
    results = tuple(
        replace(result, snippet=snippet, case=case, position=session.position + number)
        for number, (result, (snippet, case)) in enumerate(zip(known.results, cases, strict=True))
    )
    return replace(known, session=session, results=results)
