"""Input and output are byte-exact (DESIGN, What a sandbox promises, 3)."""

import random
import subprocess
import sys
import time
from hashlib import sha256
from typing import Final

import pytest
from lateness import ENDED_WITHIN, LATE
from snippets import Runs, bash, case, prints, python

from runner.model import (
    MIB,
    Case,
    Ending,
    Expectation,
    Isolation,
    Limits,
    Outcome,
    Result,
    TextExpectation,
    Verdict,
)

ALL_BYTES: Final = bytes(range(256))
TEN_MB: Final = random.Random(2).randbytes(10_000_000)
ROOMY: Final = Limits(output=16 * MIB)


@pytest.fixture(scope="module", params=[Isolation.REUSE], ids=str)
def isolation() -> Isolation:
    """One is enough: the streams do not depend on it."""
    return Isolation.REUSE


# ------------------------------------------------------------------ standard input


@pytest.mark.runs(bash("cat", stdin=ALL_BYTES * 100))
def test_every_byte_goes_in_and_out_as_it_is(outcome: Outcome) -> None:
    assert outcome.stdout == ALL_BYTES * 100


@pytest.mark.runs(bash("cat", stdin=TEN_MB, limits=ROOMY))
def test_ten_megabytes_are_echoed_identical(outcome: Outcome) -> None:
    assert outcome.ending is Ending.EXITED
    assert outcome.stdout == TEN_MB


@pytest.mark.runs(bash("cat >&2", stdin=TEN_MB, limits=ROOMY))
def test_ten_megabytes_are_echoed_identical_to_standard_error(outcome: Outcome) -> None:
    assert outcome.stderr == TEN_MB


@pytest.mark.runs(bash("sleep 0.3; echo done", stdin=TEN_MB))
def test_input_that_is_never_read_is_no_hindrance(outcome: Outcome) -> None:
    assert outcome.stdout == b"done\n"


@pytest.mark.runs(bash("sleep 100", stdin=TEN_MB, timeout=1.0))
def test_input_that_is_never_read_does_not_stop_the_clock(result: Result) -> None:
    assert result.verdict is Verdict.TIMEOUT
    assert result.outcome.wall < 1.0 + LATE


@pytest.mark.runs(bash("exec <&-; sleep 0.1; echo done", stdin=TEN_MB))
def test_a_program_may_close_its_input(outcome: Outcome) -> None:
    assert outcome.stdout == b"done\n"


@pytest.mark.runs(bash("head -c 5; sleep 0.1", stdin=TEN_MB))
def test_a_program_may_read_a_part_of_its_input(outcome: Outcome) -> None:
    assert outcome.stdout == TEN_MB[:5]


def test_input_that_one_program_left_unread_does_not_reach_the_next(run: Runs) -> None:
    report = run(
        bash("head -c 5; sleep 0.1", stdin=TEN_MB),
        bash("cat", stdin="a\nb\nc"),
        bash("exec <&-; sleep 0.1", stdin=TEN_MB),
        bash("cat", stdin="d"),
        bash("sleep 0.1", stdin=TEN_MB),
        bash("cat"),
        jobs=1,
    )

    outputs = [result.outcome.stdout for result in report.results]
    assert outputs == [TEN_MB[:5], b"a\nb\nc", b"", b"d", b"", b""]


@pytest.mark.runs(bash("wc -c", stdin=TEN_MB))
def test_ten_megabytes_of_input_are_read_whole(outcome: Outcome) -> None:
    assert outcome.stdout == b"10000000\n"


@pytest.mark.runs(bash("yes | head -c 300000; wc -c", stdin=TEN_MB))
def test_a_program_may_write_much_before_it_reads_much(outcome: Outcome) -> None:
    assert outcome.stdout == b"y\n" * 150_000 + b"10000000\n"


@pytest.mark.runs(bash("wc -c; read line || echo end"))
def test_absent_input_is_an_empty_one(outcome: Outcome) -> None:
    assert outcome.stdout == b"0\nend\n"


@pytest.mark.runs(bash("for n in 1 2 3; do read line; echo got $line; done", stdin="a\nb\nc"))
def test_input_without_a_final_newline_ends_there(outcome: Outcome) -> None:
    assert outcome.stdout == b"got a\ngot b\ngot c\n"


@pytest.mark.runs(bash("[ -t 0 ] || [ -t 1 ] || [ -t 2 ] || echo no terminal"))
def test_no_stream_is_a_terminal(outcome: Outcome) -> None:
    assert outcome.stdout == b"no terminal\n"


# ------------------------------------------------------------------ output


@pytest.mark.runs(bash("printf out; printf err >&2; printf more"))
def test_the_two_streams_are_kept_apart(outcome: Outcome) -> None:
    assert (outcome.stdout, outcome.stderr) == (b"outmore", b"err")


@pytest.mark.runs(bash("printf '\\0a\\r\\n\\xff\\xfe \\r\\n\\n\\t '"))
def test_nothing_is_trimmed_folded_or_decoded(outcome: Outcome) -> None:
    assert outcome.stdout == b"\0a\r\n\xff\xfe \r\n\n\t "


@pytest.mark.runs(bash("true"))
def test_no_output_is_an_empty_one(outcome: Outcome) -> None:
    assert (outcome.stdout, outcome.stderr, outcome.exit_code) == (b"", b"", 0)


@pytest.mark.runs(bash("yes | head -1"))
def test_a_pipe_that_closes_ends_its_writer(outcome: Outcome) -> None:
    assert (outcome.stdout, outcome.stderr, outcome.exit_code) == (b"y\n", b"", 0)


@pytest.mark.runs(bash("set -o pipefail; yes | head -1; echo ${PIPESTATUS[0]}"))
def test_a_closed_pipe_is_a_signal_and_not_an_error(outcome: Outcome) -> None:
    assert outcome.stdout == b"y\n141\n"


@pytest.mark.runs(bash("sleep 100 & echo done"))
def test_a_background_process_with_the_output_open_does_not_delay(outcome: Outcome) -> None:
    assert outcome.stdout == b"done\n"
    assert outcome.ending is Ending.EXITED
    assert outcome.wall < LATE


@pytest.mark.runs(bash("(sleep 20; echo late) & echo early"))
def test_output_after_the_end_of_the_main_process_is_not_waited_for(outcome: Outcome) -> None:
    assert outcome.stdout == b"early\n"


@pytest.mark.runs(bash("echo before; exec >&- 2>&-; sleep 0.3; exit 5"))
def test_a_program_that_closes_its_output_may_go_on(outcome: Outcome) -> None:
    assert outcome.stdout == b"before\n"
    assert outcome.exit_code == 5
    assert outcome.wall >= 0.3


@pytest.mark.runs(bash("head -c 200000 /dev/zero; exit 3"))
def test_all_that_is_in_the_pipe_at_the_end_is_had(outcome: Outcome) -> None:
    assert len(outcome.stdout) == 200_000
    assert outcome.exit_code == 3


@pytest.mark.runs(
    python("import sys\nfor n in range(20000): print(n, file=(sys.stdout, sys.stderr)[n % 2])")
)
def test_many_small_pieces_on_both_streams_keep_their_order(outcome: Outcome) -> None:
    assert outcome.stdout.split() == [b"%d" % number for number in range(0, 20_000, 2)]
    assert outcome.stderr.split() == [b"%d" % number for number in range(1, 20_000, 2)]


# ------------------------------------------------------------------ arguments and environment

ODD: Final = (
    "",
    " ",
    "two words",
    "new\nline",
    "tab\t",
    "'\"\\$HOME`*",
    "ünïcödé 日本 👩‍💻",
    "-n",
    "\x7f",
)


@pytest.mark.runs(python("import sys; print(ascii(tuple(sys.argv[1:])))", args=ODD))
def test_arguments_arrive_as_they_are(outcome: Outcome) -> None:
    assert outcome.stdout.decode().strip() == ascii(ODD)


@pytest.mark.runs(
    python(
        "import os; print(ascii([os.environ[f'ODD{n}'] for n in range(9)]))",
        env={f"ODD{number}": text for number, text in enumerate(ODD)},
    )
)
def test_variables_arrive_as_they_are(outcome: Outcome) -> None:
    assert outcome.stdout.decode().strip() == ascii(list(ODD))


@pytest.mark.runs(bash('printf "$HOME|$LANG|$EMPTY|"', env={"LANG": "C", "EMPTY": ""}))
def test_stated_variables_win(outcome: Outcome) -> None:
    assert outcome.stdout == b"/work/home|C||"


@pytest.mark.runs(bash('touch "$HOME/x" "$TMPDIR/x" && echo writable'))
def test_home_and_the_temporary_directory_are_writable(outcome: Outcome) -> None:
    assert outcome.stdout == b"writable\n"


@pytest.mark.runs(python("import sys; print(len(sys.argv[1]))", args=("x" * 120_000,)))
def test_a_long_argument_arrives(outcome: Outcome) -> None:
    assert outcome.stdout == b"120000\n"


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(200_000, marks=pytest.mark.runs(bash("true", args=("x" * 200_000,)))),
        pytest.param(400_000, marks=pytest.mark.runs(bash("true", args=("x" * 400_000,)))),
    ],
    ids=["for the kernel", "for a frame"],
)
def test_an_argument_that_is_too_long_is_a_runtime_error_that_says_so(
    size: int, result: Result
) -> None:
    assert result.verdict is Verdict.RUNTIME_ERROR
    assert b"too long" in result.outcome.stderr
    assert size > 131_072


# ------------------------------------------------------------------ files

FILES: Final = {
    "a.txt": b"text\n",
    "deep/er/b.bin": ALL_BYTES,
    "empty": b"",
    "large": TEN_MB,
    "with space\nand ü": b"odd",
}


@pytest.mark.runs(
    python(
        """
import hashlib, os
for name in ("a.txt", "deep/er/b.bin", "empty", "large", "with space\\nand ü"):
    print(hashlib.sha256(open(name, "rb").read()).hexdigest(), os.access(name, os.W_OK))
""",
        files=FILES,
    )
)
def test_files_are_placed_as_they_are_and_belong_to_the_program(outcome: Outcome) -> None:
    assert outcome.stdout.decode().splitlines() == [
        f"{sha256(content).hexdigest()} True" for content in FILES.values()
    ]


@pytest.mark.runs(
    bash(
        "cat seen 2>/dev/null; echo changed >a.txt; echo x >seen; cat a.txt",
        files={"a.txt": b"original\n"},
        cases=[case("1"), case("2")],
    )
)
def test_each_case_gets_the_files_anew(results: list[Result]) -> None:
    assert [result.outcome.stdout for result in results] == [b"changed\n"] * 2


def names(*files: str) -> Expectation:
    return Expectation(files={name: TextExpectation() for name in files})


@pytest.mark.runs(
    bash(
        "mkdir sub; printf '\\0\\xff' >sub/made; ln -s sub/made link; mkfifo pipe; ln -s / up;"
        "mkdir dir; touch unreadable; chmod 0 unreadable; head -c 17000000 /dev/zero >big",
        expect=names("sub/made", "none", "link", "pipe", "dir", "up/etc/passwd", "big", "sub/a/b"),
    )
)
def test_expected_files_are_read_as_they_are_and_never_through_links(outcome: Outcome) -> None:
    assert outcome.files == {
        "sub/made": b"\0\xff",
        **dict.fromkeys(("none", "link", "pipe", "dir", "up/etc/passwd", "big", "sub/a/b")),
    }


@pytest.mark.runs(
    bash("head -c 3000000 /dev/zero >made; sleep 100", timeout=8.0, expect=names("made"))
)
def test_files_of_a_program_that_timed_out_are_had(outcome: Outcome) -> None:
    assert outcome.ending is Ending.TIMEOUT
    assert outcome.files == {"made": bytes(3_000_000)}


@pytest.mark.runs(
    bash(
        "printf hello >greeting",
        expect=Expectation(files={"greeting": TextExpectation(equals="hello")}),
        stdin=TEN_MB,
    )
)
def test_expected_files_are_judged(result: Result) -> None:
    assert result.verdict is Verdict.PASSED


@pytest.mark.runs(bash("umask; touch f; mkdir d; stat -c %a f d"))
def test_the_umask_is_022(outcome: Outcome) -> None:
    assert outcome.stdout == b"0022\n644\n755\n"


# ------------------------------------------------------------------ the runner itself

MEASURE: Final = '''
import resource
from runner.execute import execute
from runner.model import MIB, Limits
from runner.options import Options
from snippets import alone, bash, snippet

class Silence:
    def pulling(self, image): pass
    def started(self, name): pass
    def finished(self, result): pass

def flood(*codes):
    limits = Limits(output=64 * 1024)
    work = [alone(bash(code, limits=limits, timeout=20.0)) for code in codes]
    report = execute(work, options=Options(jobs=1), watcher=Silence())
    return [len(result.outcome.stdout) for result in report.results]

PIECES = """
int n;
for (int i = 0; i < 128 * 1024; i++)
    for (int fd = 1; fd <= 2; fd++) {
        write(fd, "ab", 2);
        do ioctl(fd, FIONREAD, &n); while (n > 0);
    }
"""

def pieces(body):
    head = "#include <unistd.h>\\n#include <sys/ioctl.h>\\nint main(void) {"
    work = alone(snippet("c", head + body + "}", timeout=100.0))
    report = execute([work], options=Options(jobs=1), watcher=Silence())
    return [len(result.outcome.stdout + result.outcome.stderr) for result in report.results]

flood("true")
pieces("")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sizes = flood("yes", "tr '\\\\0' x </dev/zero", "yes & yes & yes", "trap '' PIPE TERM; yes")
sizes += pieces(PIECES)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(sizes, after - before)
'''


def test_a_flood_costs_the_runner_no_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=ENDED_WITHIN,
        check=True,
    )

    sizes, growth = done.stdout.rsplit(maxsplit=1)
    assert sizes == "[65536, 65536, 65536, 65536, 524288]"
    assert int(growth) < 8192


def test_cases_get_their_own_input_arguments_and_environment(run: Runs) -> None:
    cases: list[Case] = [
        case(str(n), stdin=str(n), args=(str(n),), env={"N": str(n)}, expect=prints(f"{n} {n} {n}"))
        for n in range(20)
    ]

    report = run(bash('echo "$(cat) $1 $N"', cases=cases))

    assert [result.verdict for result in report.results] == [Verdict.PASSED] * 20


FULL_BOTH_WAYS: Final = """
import fcntl, os, struct, termios
F_SETPIPE_SZ = 1031
for stream in (0, 1, 2):
    fcntl.fcntl(stream, F_SETPIPE_SZ, 1 << 20)
for stream in (1, 2):
    if os.fork() == 0:
        while True:
            os.write(stream, bytes(1 << 20))
while struct.unpack("i", fcntl.ioctl(0, termios.FIONREAD, bytes(4)))[0] < 500_000:
    pass
os._exit(0)
"""


def test_much_output_at_the_end_and_much_input_on_its_way_do_not_wait_for_each_other(
    run: Runs,
) -> None:
    began = time.monotonic()

    report = run(
        *(
            python(FULL_BOTH_WAYS, stdin=bytes(8_000_000), limits=Limits(output=256 * MIB))
            for _ in range(3)
        )
    )

    assert [result.outcome.ending for result in report.results] == [Ending.EXITED] * 3
    assert time.monotonic() - began < 90


@pytest.mark.runs(
    bash(
        "echo out >/dev/stdout; echo err >/dev/stderr; cat /dev/stdin",
        stdin="in\n",
    )
)
def test_the_streams_can_be_opened_by_name(outcome: Outcome) -> None:
    assert (outcome.stdout, outcome.stderr) == (b"out\nin\n", b"err\n")
