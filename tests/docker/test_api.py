"""The contract of `coding/execution` on the real engine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from uuid import uuid4

import pytest
from docker import DockerClient
from lateness import ENDED_WITHIN, LATE, eventually

from runner import ACTIVE_SESSIONS, SUPPORTED_LANGUAGES, close_session, execute_code
from runner.sandbox.settings import LABEL

KEYS: Final = ["stdout", "stderr", "exit_code", "execution_time", "status", "error_message"]
ECHO: Final = {
    "python": "print('got ' + input())",
    "javascript": "process.stdin.on('data', text => console.log('got ' + String(text).trim()))",
    "java": (
        "import java.util.Scanner; public class Main { public static void main(String[] args)"
        ' { System.out.println("got " + new Scanner(System.in).nextLine()); } }'
    ),
    "c": "#include <stdio.h>\nint main(void)"
    ' { char s[9]; scanf("%8s", s); printf("got %s\\n", s); return 0; }',
    "cpp": "#include <iostream>\nint main()"
    ' { std::string s; std::cin >> s; std::cout << "got " << s << "\\n"; }',
    "go": 'package main\nimport "fmt"\nfunc main()'
    ' { var s string; fmt.Scan(&s); fmt.Println("got", s) }',
    "rust": "fn main() { let mut s = String::new(); std::io::stdin().read_line(&mut s).unwrap();"
    ' print!("got {}", s); }',
    "bash": 'read -r s; echo "got $s"',
}


@pytest.fixture
def session() -> Iterator[str]:
    """An id of the test's own; the session is closed afterwards."""
    session_id = f"test-{uuid4()}"
    yield session_id
    close_session(session_id)


# ------------------------------------------------------------------ one call


@pytest.mark.parametrize("language", SUPPORTED_LANGUAGES)
def test_every_language_runs_with_its_input(language: str) -> None:
    told = execute_code(language, ECHO[language], stdin="yes\n")

    assert list(told) == KEYS
    assert told["stdout"] == "got yes\n", told
    assert (told["stderr"], told["exit_code"], told["status"]) == ("", 0, "success")
    assert told["error_message"] is None
    assert 0 < told["execution_time"] < 10


def test_without_input_it_is_empty_and_ended() -> None:
    assert execute_code("bash", "wc -c")["stdout"] == "0\n"


def test_both_streams_and_the_exit_code_are_told() -> None:
    told = execute_code("bash", "echo out; echo err >&2; exit 3")

    assert list(told) == KEYS
    assert (told["stdout"], told["stderr"], told["exit_code"]) == ("out\n", "err\n", 3)
    assert told["status"] == "execution_error"
    assert told["error_message"] == "Execution error: process exited with code 3"


def test_a_signal_is_128_and_its_number() -> None:
    assert execute_code("bash", "kill -SEGV $$")["exit_code"] == 139


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert execute_code("bash", r"printf '\xff\x00ok'")["stdout"] == "\ufffd\0ok"


def test_a_timeout_keeps_what_was_printed_and_names_the_seconds() -> None:
    told = execute_code("bash", "echo before; sleep 60; echo after", timeout=6.5)

    assert list(told) == KEYS
    assert (told["stdout"], told["exit_code"], told["status"]) == ("before\n", -1, "timeout")
    assert told["error_message"] == "Execution timeout after 6.5 seconds."
    assert 6.4 < told["execution_time"] < 6.5 + LATE


def test_a_timeout_below_a_second_is_a_second() -> None:
    assert "woke\n" in said_by("sleep 0.3; echo woke", timeout=0)


@pytest.mark.parametrize(
    ("language", "code", "message"),
    [
        ("python", "x = bytearray(10**10)", "memory limit exceeded"),
        ("bash", "while :; do echo " + "y" * 1000 + "; done", "output limit exceeded"),
        ("c", "int main(void) { return nowhere; }", "the code does not compile"),
    ],
    ids=["memory_limit", "output_limit", "compile_error"],
)
def test_a_limit_or_a_compilers_error_is_an_execution_error(
    language: str, code: str, message: str
) -> None:
    told = execute_code(language, code)

    assert list(told) == KEYS
    assert told["status"] == "execution_error"
    assert told["error_message"] == f"Execution error: {message}"
    assert told["exit_code"] != 0


def test_without_an_id_nothing_is_shared() -> None:
    execute_code("bash", "echo mine >note; sleep 60 &")

    told = execute_code("bash", "ls; ps -o comm= | grep -c sleep")

    assert told["stdout"] == "main.sh\n0\n"
    assert not ACTIVE_SESSIONS


# ------------------------------------------------------------------ sessions


def test_one_id_keeps_files(session: str) -> None:
    execute_code("python", "open('note', 'w').write('kept')", session_id=session)

    told = execute_code("python", "print(open('note').read())", session_id=session)

    assert told["stdout"] == "kept\n"


@pytest.mark.parametrize(
    ("language", "define", "use"),
    [
        ("python", "import os; x = 5; os.chdir('/tmp')", "print(x, os.getcwd())"),
        ("javascript", "const x = 5; process.chdir('/tmp')", "console.log(x, process.cwd())"),
        ("bash", "x=5; cd /tmp", 'echo "$x $PWD"'),
    ],
)
def test_one_id_keeps_names_past_an_exit(
    session: str, language: str, define: str, use: str
) -> None:
    leave = {"python": "raise SystemExit(3)", "javascript": "process.exit(3)", "bash": "exit 3"}
    execute_code(language, define, session_id=session)
    left = execute_code(language, leave[language], session_id=session)

    told = execute_code(language, use, session_id=session)

    assert (left["exit_code"], left["status"]) == (3, "execution_error")
    assert (told["stdout"], told["status"]) == ("5 /tmp\n", "success")


def test_a_limit_ends_the_interpreter_and_keeps_the_files(session: str) -> None:
    execute_code("python", "x = 5; open('note', 'w').write('kept')", session_id=session)
    execute_code("python", "while True: pass", session_id=session, timeout=1)

    told = execute_code("python", "print('x' in dir(), open('note').read())", session_id=session)

    assert told["stdout"] == "False kept\n"


def test_one_id_keeps_a_process_in_the_background(session: str) -> None:
    execute_code("bash", "while :; do echo >>beats; sleep 0.05; done &", session_id=session)

    told = execute_code(
        "bash",
        "until [ -s beats ]; do sleep 0.05; done; n=$(wc -l <beats);"
        " until [ $(wc -l <beats) -gt $n ]; do sleep 0.05; done",
        session_id=session,
    )

    assert told["status"] == "success"


def test_two_ids_share_nothing(session: str) -> None:
    other = f"{session}-2"
    execute_code("bash", "echo mine >note", session_id=session)

    told = execute_code("bash", "ls", session_id=other)

    assert told["stdout"] == ""
    assert close_session(other)


def test_another_language_under_one_id_is_a_setup_error(session: str) -> None:
    execute_code("bash", "true", session_id=session)

    told = execute_code("python", "print(1)", session_id=session)

    assert list(told) == KEYS
    assert (told["status"], told["exit_code"]) == ("setup_error", -1)
    assert told["error_message"] == f"Session '{session}' runs bash, not python"
    assert execute_code("bash", "echo on", session_id=session)["stdout"] == "on\n"


def test_a_session_is_active_until_it_is_closed(session: str) -> None:
    before = session in ACTIVE_SESSIONS
    execute_code("bash", "echo mine >note", session_id=session)
    during = session in ACTIVE_SESSIONS

    closed = [close_session(session), close_session(session)]

    assert (before, during, session in ACTIVE_SESSIONS) == (False, True, False)
    assert closed == [True, False]
    assert execute_code("bash", "ls", session_id=session)["stdout"] == ""


@pytest.mark.parametrize(
    ("code", "timeout", "status"),
    [
        ("sleep 60", 3, "timeout"),
        ("yes", 60, "execution_error"),
        ("exit 9", 60, "execution_error"),
    ],
    ids=["timeout", "output_limit", "exit"],
)
def test_a_program_that_ends_badly_does_not_end_its_session(
    session: str, code: str, timeout: int, status: str
) -> None:
    execute_code("bash", "echo kept >note", session_id=session)

    told = execute_code("bash", code, session_id=session, timeout=timeout)

    assert told["status"] == status
    assert session in ACTIVE_SESSIONS
    assert execute_code("bash", "cat note", session_id=session)["stdout"] == "kept\n"


def test_a_session_whose_sandbox_has_gone_is_not_active_and_can_begin_anew(
    session: str, client: DockerClient
) -> None:
    execute_code("bash", "echo kept >note", session_id=session)
    client.containers.get(container_of(session)).remove(force=True)

    told = execute_code("bash", "cat note", session_id=session)

    assert told["status"] == "setup_error"
    assert session not in ACTIVE_SESSIONS
    assert execute_code("bash", "ls", session_id=session)["stdout"] == ""


def test_two_sessions_run_at_once(session: str, client: DockerClient) -> None:
    other = f"{session}-2"
    execute_code("bash", "true", session_id=session)
    container = client.containers.get(container_of(session))

    with ThreadPoolExecutor() as threads:
        long = threads.submit(execute_code, "bash", "sleep 99", timeout=99, session_id=session)
        try:
            assert eventually(lambda: "sleep 99" in str(container.top()), patience=ENDED_WITHIN)
            short = execute_code("bash", "echo 1", session_id=other)
            assert not long.done()
        finally:
            container.remove(force=True)

    assert short["stdout"] == "1\n"
    assert close_session(other)


def test_calls_of_one_session_take_turns(session: str) -> None:
    code = "from pathlib import Path; p = Path('n'); p.touch(); p.write_text(p.read_text() + '.')"

    with ThreadPoolExecutor(6) as threads:
        told = list(
            threads.map(lambda _: execute_code("python", code, session_id=session), range(6))
        )

    assert {one["status"] for one in told} == {"success"}
    assert execute_code("python", "print(open('n').read())", session_id=session)["stdout"] == (
        "......\n"
    )


def test_who_waits_for_a_session_that_is_closed_meanwhile_begins_it_anew(session: str) -> None:
    execute_code("bash", "echo mine >note", session_id=session)
    found = ACTIVE_SESSIONS[session]
    close_session(session)
    ACTIVE_SESSIONS[session] = found

    told = execute_code("bash", "ls", session_id=session)

    assert told["stdout"] == ""
    assert ACTIVE_SESSIONS[session] is not found


def test_a_process_that_leaves_a_session_open_leaves_no_container(client: DockerClient) -> None:
    code = (
        "import runner, runner.api as api\n"
        "told = runner.execute_code('bash', 'sleep 60 &', session_id='left')\n"
        "print(told['status'], api.ACTIVE_SESSIONS['left'].sandbox._container.id)"
    )

    done = python(code)

    status, container = done.stdout.split()
    assert (status, done.stderr, done.returncode) == ("success", "", 0)
    assert eventually(lambda: not is_there(client, container))


# ------------------------------------------------------------------ what is wrong


def test_an_engine_that_is_away_is_a_setup_error() -> None:
    code = "import runner\nfor _ in 1, 2: print(runner.execute_code('python', 'print(1)'))"

    done = python(code, DOCKER_HOST="unix:///nowhere/docker.sock")

    first, second = done.stdout.lower().splitlines()
    assert first == second
    assert "'status': 'setup_error'" in first
    assert "docker cannot be reached at unix:///nowhere/docker.sock" in first
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (None, "print(1)"),
        (3, "print(1)"),
        (["python"], "print(1)"),
        ({}, "print(1)"),
        ("py\ud800", "print(1)"),
        ("", "print(1)"),
        ("pyton", "print(1)"),
        ("python", None),
        ("python", ""),
        ("python", 1),
        ("python", b"print(1)"),
        ("python", "print(1)", 5),
        ("python", "print(1)", b"x"),
        ("python", "print(1)", None, "5"),
        ("python", "print(1)", None, [5]),
        ("python", "print(1)", None, True),
        ("python", "print(1)", None, 1j),
        ("python", "print(1)", None, None, ""),
        ("python", "print(1)", None, None, 5),
        ("python", "print(1)", None, None, ["a"]),
        ("python", "print(1)", None, None, "a" * 65),
        ("python", "print(1)", None, None, "\ud800"),
    ],
    ids=ascii,
)
def test_a_wrong_argument_is_a_setup_error(arguments: tuple[Any, ...]) -> None:
    told = execute_code(*arguments)

    assert list(told) == KEYS
    assert (told["status"], told["exit_code"], told["stdout"]) == ("setup_error", -1, "")
    assert told["error_message"]


class Unspeakable:
    """What cannot even be shown."""

    def __repr__(self) -> str:
        raise RuntimeError


def test_a_language_that_cannot_be_shown_is_a_setup_error() -> None:
    assert execute_code(Unspeakable(), "print(1)")["status"] == "setup_error"  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), float("-inf"), -1, 10**400])
def test_any_number_of_seconds_is_a_timeout(seconds: float) -> None:
    assert "ran\n" in said_by("echo ran", timeout=seconds)


def test_any_text_is_code_and_input() -> None:
    odd = execute_code("python", "print('\ud800')")
    nul = execute_code("bash", "echo a\0b")
    fed = execute_code("bash", "wc -c", stdin="\ud800\0" * 10)

    assert "SyntaxError" in odd["stderr"]
    assert nul["status"] in ("success", "execution_error")
    assert fed["stdout"] == "40\n"


def test_ten_megabytes_are_code_and_a_hundred_are_too_many() -> None:
    much = execute_code("python", f"#{'x' * 10_000_000}\nprint('read')")
    more = execute_code("python", f"#{'x' * 100_000_000}\nprint('read')")

    assert much["stdout"] == "read\n"
    assert (more["status"], more["stdout"]) == ("execution_error", "")
    assert "No space left on device" in more["stderr"]


# ------------------------------------------------------------------ help


def said_by(code: str, *, timeout: float) -> Iterator[str]:
    """What it prints, time and again: in a second a machine may stand still."""
    return (execute_code("bash", code, timeout=timeout)["stdout"] for _ in range(3))


def container_of(session: str) -> str:
    sandbox = ACTIVE_SESSIONS[session].sandbox
    assert sandbox is not None
    return sandbox._container.id


def is_there(client: DockerClient, container: str) -> bool:
    found = client.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True)
    return any(one.id == container for one in found)


def python(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": ":".join(sys.path), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=ENDED_WITHIN,
    )
