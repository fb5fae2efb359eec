"""One report with every verdict and with text that means harm, for every reporter's tests."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from runner.judge import judge
from runner.languages import CLASSIC
from runner.model import (
    MIB,
    Case,
    Ending,
    ExitExpectation,
    Expectation,
    Match,
    Outcome,
    Phase,
    Report,
    Result,
    Snippet,
    Source,
    TextExpectation,
    Verdict,
)

CONTROLS: Final = bytes(range(0x20)) + b"\x7f" + bytes(range(0x80, 0x100))
HOSTILE: Final = """\
]]>&lt;<b>&amp;"'
\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b31m
##[error]boom
  ::set-output name=a::b
::add-mask::e
\u202eright to left\u202c \u2066isolated\u2069
lone \ud800 surrogate, \ufffe \uffff \U0001ffff
one\rtwo\x0bthree\x0cfour\x85five\u2028six\u2029seven
zero\u200bwidth, \ufeffmark, nbsp\u00a0
👩\u200d💻 e\u0301 日本語 \U000e0041
[red]markup[/red] :smile: `code` | pipe | <!-- x --> @everyone #1"""
NAME: Final = "##[error] <b>&\x1b[1m ::error:: \u202e"


def passed(name: str, *, line: int, language: str = "python", wall: float = 0.0123) -> Result:
    """A plain pass."""
    expect = Expectation(stdout=TextExpectation(equals="hello"))
    outcome = Outcome(ending=Ending.EXITED, exit_code=0, stdout=b"hello\n")
    return result(name, outcome, line=line, language=language, wall=wall, expect=expect)


def result(  # noqa: PLR0913 - one parameter for each thing that a test varies
    name: str,
    outcome: Outcome,
    *,
    line: int = 1,
    path: str = "examples/tour.yml",
    case: str = "",
    language: str = "python",
    wall: float = 0.0123,
    stdin: bytes = b"",
    expect: Expectation | None = None,
    skip: str | None = None,
    xfail: str | None = None,
    match: Match | None = None,
) -> Result:
    """A judged result."""
    source = Source(path=path, line=line)
    a_case = Case(
        source=Source(path=path, line=line + 4) if case else source,
        name=case,
        stdin=stdin,
        timeout=5.0,
        expect=expect or Expectation(),
    )
    snippet = Snippet(
        name=name,
        source=source,
        code_source=source,
        language=CLASSIC[language],
        code=b"print('hello')",
        cases=(a_case,),
        skip=skip,
        xfail=xfail,
        match=match or Match(),
    )
    ran = outcome.ending not in (Ending.NOT_RUN, Ending.SANDBOX_ERROR)
    measured = replace(
        outcome,
        wall=wall if ran else 0.0,
        cpu=wall / 2 if ran else 0.0,
        peak_memory=9 * MIB if ran else 0,
        image_digest="sha256:" + "ab" * 32 if ran else "",
    )
    return replace(
        judge(snippet, a_case, measured),
        run_id=f"1f2e3d4c-{line}",
        code_sha256="cd" * 32,
        queued=0.25,
        started=0.5,
    )


def exited(stdout: str | bytes = b"", stderr: str | bytes = b"", *, code: int = 0) -> Outcome:
    """A program that ended by itself."""
    return Outcome(ending=Ending.EXITED, exit_code=code, stdout=_raw(stdout), stderr=_raw(stderr))


def report(*results: Result, interrupted: bool = False) -> Report:
    """Some results in a report."""
    return Report(
        results=results,
        started="2026-11-22T20:15:00+00:00",
        duration=1.2345,
        jobs=4,
        engine="Docker Engine 20.10.24",
        interrupted=interrupted,
    )


def every_verdict() -> Report:
    """Each verdict once at least, and hostile text wherever text can be."""
    stdout = TextExpectation
    flaky = replace(
        passed("passes the second time", line=20, language="go"),
        verdict=Verdict.FLAKY,
        reason="passed after: exit code 1, expected 0",
        attempts=2,
    )
    cached = replace(passed("known already", line=30, language="rust"), cached=True)
    return report(
        passed("greets", line=3),
        result("greets", exited("hello\n"), line=10, case="second", language="java", wall=1.234),
        flaky,
        cached,
        result("known bug", exited(code=1), line=40, xfail="issue 7"),
        result(
            "needs a network",
            Outcome(ending=Ending.NOT_RUN),
            line=50,
            skip="no network here",
        ),
        result(
            "sums",
            exited("3\n4 \n5\n"),
            line=60,
            case="two numbers",
            language="cpp",
            stdin=b"1 2\n2 3\n",
            expect=Expectation(stdout=stdout(equals="3\n5\n5\n")),
        ),
        result(
            "divides by zero",
            exited("half\n", 'Traceback (most recent call last):\n  File "main.py"\n', code=1),
            line=70,
            expect=Expectation(stdout=stdout(equals="half\nwhole")),
        ),
        result(
            "crashes",
            Outcome(ending=Ending.SIGNALED, exit_code=139, signal=11),
            line=80,
            language="c",
        ),
        result(
            "does not compile",
            Outcome(
                ending=Ending.EXITED,
                phase=Phase.COMPILE,
                exit_code=1,
                stderr=b"main.rs:1:1: error: expected item, found `prinln`\n",
                compile_wall=0.4,
            ),
            line=90,
            language="rust",
        ),
        result("never ends", Outcome(ending=Ending.TIMEOUT, stdout=b"still"), line=100, wall=5.0),
        result("takes all memory", Outcome(ending=Ending.MEMORY_LIMIT), line=110),
        result(
            "prints for ever",
            Outcome(ending=Ending.OUTPUT_LIMIT, stdout=b"y\n" * 1000),
            line=120,
            language="bash",
        ),
        result("mended", exited(), line=130, xfail="issue 8"),
        result(
            "loses its sandbox",
            Outcome(ending=Ending.SANDBOX_ERROR, reason="the container is gone"),
            line=140,
        ),
        result(
            NAME,
            exited(HOSTILE, CONTROLS, code=3),
            line=7,
            path="docs/a b.c/<x>&::error::.md",
            language="javascript",
            stdin=HOSTILE.encode("utf-8", "surrogatepass"),
            expect=Expectation(
                stdout=stdout(equals="##[error]\nfine\n"),
                stderr=stdout(contains=("::error::",)),
                exit=ExitExpectation(nonzero=False),
            ),
        ),
        result(
            NAME,
            Outcome(ending=Ending.NOT_RUN),
            line=9,
            path="docs/a b.c/<x>&::error::.md",
            skip=HOSTILE,
        ),
    )


def retried() -> Report:
    """Cases that took several attempts: passed in the end, failed again, lost a sandbox."""
    fault = Outcome(ending=Ending.SANDBOX_ERROR, reason=HOSTILE)
    attempts = (
        result("x", exited("one\n", HOSTILE, code=1), line=5),
        result("x", exited(code=2), line=5),
        result("x", fault, line=5),
    )
    flaky = replace(
        passed("passes at last", line=5),
        verdict=Verdict.FLAKY,
        reason="passed after: exit code 1, expected 0",
    )
    failed = result("fails for ever", exited(code=3), line=7)
    broken = result("loses every sandbox", fault, line=9)
    return report(
        passed("x", line=3),
        _after(attempts, flaky),
        _after(attempts, failed),
        _after(attempts[:1], broken),
    )


def flooded() -> Report:
    """Megabytes of output: of one line, of many, of what must be escaped."""
    expect = Expectation(stdout=TextExpectation(equals="hello"))
    floods = (b"x" * MIB, b"y\n" * (MIB // 2), b"\x00" * MIB, b"\xff\n" * (MIB // 2))
    return report(
        *(
            result(f"flood {number}", exited(flood, flood), line=number, expect=expect)
            for number, flood in enumerate(floods, 1)
        )
    )


def many(number: int) -> Report:
    """So many results, each tenth a failure."""
    expect = Expectation(stdout=TextExpectation(equals="hello"))
    return report(
        *(
            result(
                f"snippet {at}",
                exited("hello\n" if at % 10 else "bye\n"),
                line=at + 1,
                path=f"docs/page{at % 20}.md",
                expect=expect,
            )
            for at in range(number)
        )
    )


def _after(attempts: Sequence[Result], last: Result) -> Result:
    """`last` as the last of several attempts at its case."""
    earlier = tuple(replace(one, snippet=last.snippet, case=last.case) for one in attempts)
    return replace(last, attempts=len(earlier) + 1, earlier=earlier)


def _raw(text: str | bytes) -> bytes:
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
