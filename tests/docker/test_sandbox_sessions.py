"""Snippets of one session share a sandbox; of two, nothing."""

from dataclasses import replace

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
    print(socket.create_connection(("127.0.0.1", 8080), timeout=60).recv(10).decode())
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
    look = bash("ls -A . /tmp; grep -l sleep /proc/[0-9]*/comm", expect=prints(".:\n\n/tmp:"))

    report = run(together(leave, id="a"), together(look, id="b"), jobs=1)

    assert report.results[1].outcome.stdout == b".:\n\n/tmp:\n"
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
        "cd /; rm -rf /work/run; mkdir -p /work/run/data/x",
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
    assert report.duration < 60


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


def test_a_language_with_a_command_of_its_own_shares_files_alone(run: Runs) -> None:
    language = replace(CLASSIC["python"], run=("python", "-X", "dev", "{source}"), driver=None)

    report = run(
        together(
            snippet(language, "x = 1; open('f', 'w').write('kept')"),
            snippet(language, "print('x' in dir(), open('f').read())", expect=prints("False kept")),
        )
    )

    assert verdicts(report) == [Verdict.PASSED] * 2


def test_interpreters_of_two_sessions_share_nothing(run: Runs) -> None:
    report = run(
        together(python("x = 1"), id="a"),
        together(python("print('x' in dir())", expect=prints("False")), id="b"),
        jobs=1,
    )

    assert verdicts(report) == [Verdict.PASSED] * 2


def test_languages_of_one_session_have_an_interpreter_each(run: Runs) -> None:
    shell = replace(CLASSIC["bash"], image="python:3.9-slim", version=None)

    report = run(
        together(
            python("x = 1; open('f', 'w').write('2')"),
            snippet(shell, 'x=$(cat f); echo 3 >f; echo "$x"', expect=prints("2")),
            python("print(x, open('f').read(), end='')", expect=prints("1 3")),
            snippet(shell, 'echo "$x"', expect=prints("2")),
        )
    )

    assert verdicts(report) == [Verdict.PASSED] * 4


@pytest.mark.parametrize(
    ("fill", "seconds", "verdict"),
    [
        ("more = bytearray(400 * 2**20)", 60.0, Verdict.MEMORY_LIMIT),
        ("while True: pass", 4.0, Verdict.TIMEOUT),
        ("while True: print('y' * 1000)", 60.0, Verdict.OUTPUT_LIMIT),
    ],
    ids=str,
)
def test_limits_hold_for_each_snippet_of_an_interpreter(
    run: Runs, fill: str, seconds: float, verdict: Verdict
) -> None:
    start = "kept = bytearray(200 * 2**20); print(len(kept))"

    report = run(together(python(start), python(fill, timeout=seconds), python("print(kept)")))

    assert verdicts(report) == [Verdict.PASSED, verdict, Verdict.SKIPPED]


_PLACE = "/work/.session/bash"
_FORGE = f"(while :; do echo 0 exited 0 1<>{_PLACE}/answer; done) & sleep 0.2; exit 3"


@pytest.mark.parametrize(
    "spoil",
    [
        _FORGE,
        f"rm -rf {_PLACE}; exit 0",
        f"echo nonsense 1<>{_PLACE}/ask",
        f"echo $$ exited words 1<>{_PLACE}/answer; kill -STOP $$",
        f"rm {_PLACE}/ask; mkfifo {_PLACE}/ask; cat {_PLACE}/ask & sleep 0.1",
        f"rm {_PLACE}/answer; ln -s /dev/zero {_PLACE}/answer",
        f"rm {_PLACE}/code; ln -s /dev/zero {_PLACE}/code; chmod 000 {_PLACE}",
        f"echo 'while :; do :; done' >{_PLACE}/state; kill -9 $$",
        "kill -9 $PPID",
        "kill -9 $PPID $$",
        "kill -9 -1",
        "kill -STOP -1",
        "eval() { :; }; builtin() { :; }; exit() { :; }; read() { :; }",
        ":(){ :|:& };:",
        "trap '' TERM HUP INT; exec 0<&- 1>&- 2>&- 255<&-",
        "set -n",
        "exec -a bash sleep 1000",
        "enable -n eval builtin printf",
    ],
)
def test_a_hostile_snippet_spoils_its_own_session_alone(run: Runs, spoil: str) -> None:
    any_end = Expectation(exit=None)
    hostile = together(
        bash(spoil, timeout=1.0, expect=any_end, limits=Limits(pids=32)),
        bash("true", timeout=1.0, expect=any_end, limits=Limits(pids=32)),
        id="hostile",
    )
    after = together(
        bash("x=1; echo one", expect=prints("one"), limits=Limits(pids=32)),
        bash('echo "$x"; ls -A /work/run', expect=prints("1"), limits=Limits(pids=32)),
        id="after",
    )

    report = run(hostile, after, jobs=1)

    assert verdicts(report)[2:] == [Verdict.PASSED] * 2
    assert Verdict.SANDBOX_ERROR not in verdicts(report)
