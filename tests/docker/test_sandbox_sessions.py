"""Snippets of one session share a sandbox; of two, nothing."""

import pytest
from snippets import Runs, bash, prints, python, snippet, together

from runner.languages import CLASSIC, Language
from runner.model import (
    ExitExpectation,
    Expectation,
    Isolation,
    Limits,
    Report,
    Result,
    Session,
    TextExpectation,
    Verdict,
)

TIMES_OUT = Expectation(verdict=Verdict.TIMEOUT)


@pytest.fixture(scope="module")
def isolation() -> Isolation:
    return Isolation.REUSE


@pytest.fixture(params=list(Isolation), ids=str)
def mode(request: pytest.FixtureRequest) -> Isolation:
    mode: Isolation = request.param
    return mode


def verdicts(report: Report) -> list[Verdict]:
    return [result.verdict for result in report.results]


def test_members_share_a_sandbox_and_its_files(run: Runs, mode: Isolation) -> None:
    report = run(
        together(
            bash("echo kept >file; echo kept >/tmp/file", isolation=mode),
            bash("cat file /tmp/file; id -u >uid", isolation=mode, expect=prints("kept\nkept")),
            bash('[ "$(id -u)" = "$(cat uid)" ]', isolation=mode),
        )
    )

    assert verdicts(report) == [Verdict.PASSED] * 3
    assert len({result.outcome.sandbox for result in report.results}) == 1


def test_a_background_server_goes_on_until_the_session_ends(run: Runs, mode: Isolation) -> None:
    serve = """
import os, socket
server = socket.create_server(("127.0.0.1", 8080))
if os.fork() == 0:
    os.setsid()
    while True:
        connection, _ = server.accept()
        print("a line that nobody reads" * 1000, flush=True)
        connection.sendall(b"served")
        connection.close()
"""
    ask = """
import socket
for _ in range(50):
    print(socket.create_connection(("127.0.0.1", 8080), timeout=5).recv(10).decode())
"""
    bind = "import socket; socket.create_server(('127.0.0.1', 8080))"

    report = run(
        together(
            python(serve, isolation=mode),
            python(ask, isolation=mode, expect=prints("served\n" * 50)),
            python(ask, isolation=mode, expect=prints("served\n" * 50)),
        ),
        python(bind, isolation=mode),
        jobs=1,
    )

    assert verdicts(report) == [Verdict.PASSED] * 4


def test_two_sessions_share_nothing(run: Runs) -> None:
    leave = bash("echo secret >file; sleep 1000 & disown")
    look = bash(
        "ls -A . /tmp; grep -l sleep /proc/[0-9]*/comm", expect=prints(".:\nmain.sh\n\n/tmp:")
    )

    report = run(together(leave, id="a"), together(look, id="b"), jobs=1)

    assert report.results[1].outcome.stdout == b".:\nmain.sh\n\n/tmp:\n"
    assert len({result.outcome.sandbox for result in report.results}) == 1


def test_files_of_a_member_are_placed_beside_the_earlier_ones(run: Runs) -> None:
    report = run(
        together(
            bash("cat a", files={"a": b"1", "sub/b": b"2"}, expect=prints("1")),
            bash("cat a sub/b c", files={"a": b"3", "c": b"4"}, expect=prints("324")),
        )
    )

    assert verdicts(report) == [Verdict.PASSED] * 2


def test_members_of_a_compiled_session_are_compiled_each(run: Runs) -> None:
    first = '#include <stdio.h>\nint main() { fclose(fopen("made", "w")); }'
    second = '#include <stdio.h>\nint main() { puts(fopen("made", "r") ? "there" : "gone"); }'

    report = run(together(snippet("c", first), snippet("c", second, expect=prints("there"))))

    assert verdicts(report) == [Verdict.PASSED] * 2


@pytest.mark.parametrize(
    ("member", "verdict"),
    [
        (bash("exit 3"), Verdict.RUNTIME_ERROR),
        (bash("sleep 100", timeout=0.5), Verdict.TIMEOUT),
        (bash("yes", limits=Limits()), Verdict.OUTPUT_LIMIT),
        (bash("kill -SEGV $$"), Verdict.RUNTIME_ERROR),
    ],
    ids=["exit code", "timeout", "output limit", "signal"],
)
def test_a_member_that_ends_otherwise_has_the_rest_skipped(
    run: Runs, member: Result, verdict: Verdict
) -> None:
    report = run(together(bash("true"), member, bash("true"), bash("true")))  # type: ignore[arg-type]

    assert verdicts(report) == [Verdict.PASSED, verdict, Verdict.SKIPPED, Verdict.SKIPPED]
    assert all("'2'" in result.reason for result in report.results[2:])


@pytest.mark.parametrize(
    ("member", "verdict"),
    [
        (bash("exit 3", expect=Expectation(verdict=Verdict.RUNTIME_ERROR)), Verdict.PASSED),
        (bash("echo x", expect=prints("y")), Verdict.WRONG_OUTPUT),
    ],
    ids=["expected exit code", "wrong output"],
)
def test_a_member_that_ends_as_expected_lets_the_next_run(
    run: Runs, member: Result, verdict: Verdict
) -> None:
    report = run(together(member, bash("true")))  # type: ignore[arg-type]

    assert verdicts(report) == [verdict, Verdict.PASSED]


def test_a_skipped_member_is_left_out(run: Runs) -> None:
    report = run(
        together(bash("echo a >f"), bash("rm f", skip="not now"), bash("cat f", expect=prints("a")))
    )

    assert verdicts(report) == [Verdict.PASSED, Verdict.SKIPPED, Verdict.PASSED]


def test_a_session_is_retried_as_a_whole_in_a_clean_place(run: Runs) -> None:
    report = run(
        together(
            bash("[ ! -e f ] && echo >f", retries=1),
            bash("[ -e f ] && exit 1", retries=1),
        )
    )

    assert verdicts(report) == [Verdict.PASSED, Verdict.RUNTIME_ERROR]
    assert [result.attempts for result in report.results] == [2, 2]


@pytest.mark.parametrize(
    "spoil",
    [
        "cd /; rm -rf /work/run; mkdir -p /work/run/main.sh/x",
        "rm -rf /work/run; ln -s /etc /work/run",
        "cd /; rm -rf /work/run; echo >/work/run",
        "head -c 100000000 /dev/zero >fill; true",
    ],
    ids=["a directory of its name", "a link", "a file in the way", "a full disk"],
)
def test_a_session_that_bars_its_own_files_is_no_fault_of_the_sandbox(
    run: Runs, spoil: str
) -> None:
    report = run(together(bash(spoil), bash("true", files={"data": bytes(100_000)})))

    assert verdicts(report) == [Verdict.PASSED, Verdict.RUNTIME_ERROR]


def test_members_after_one_whose_files_could_not_be_placed_are_not_waited_for(run: Runs) -> None:
    any_failure = Expectation(exit=ExitExpectation(nonzero=True))

    report = run(
        together(
            bash("cd /; rm -rf /work/run; echo >/work/run"),
            bash("true", expect=any_failure),
            bash("true"),
        ),
        bash("true"),
        jobs=1,
    )

    assert report.results[2].verdict is Verdict.SANDBOX_ERROR
    assert report.results[3].verdict is Verdict.PASSED
    assert report.duration < 15


def test_a_planted_link_does_not_lead_files_elsewhere(run: Runs) -> None:
    report = run(
        together(
            bash("ln -s /tmp/target data; echo original >/tmp/target; ln -s /proc/1/fd/1 out"),
            bash("cat /tmp/target data out", files={"data": b"new\n", "out": b"put\n"}),
        )
    )

    assert report.results[1].outcome.stdout == b"original\nnew\nput\n"


def test_a_session_of_many_members_is_one_sandbox(run: Runs) -> None:
    members = [python(f"open('log', 'a').write('{n}')") for n in range(9)]
    count = python("print(open('log').read())", expect=prints("012345678"))

    report = run(together(*members, count))

    assert verdicts(report) == [Verdict.PASSED] * 10


def test_a_language_of_ones_own_may_have_sessions_too(run: Runs) -> None:
    language = Language(name="sh", image="bash:5.1", source="x.sh", run=("sh", "{source}"))
    expect = Expectation(stdout=TextExpectation(contains=("busybox",)))

    session: Session = together(
        snippet(language, "readlink /bin/sh >f"), snippet(language, "cat f", expect=expect)
    )
    report = run(session)

    assert verdicts(report)[0] is Verdict.PASSED
    assert "sh" not in CLASSIC
