"""Each limit ends a case, is named, and is told apart from the program's own doing."""

from typing import Final

import pytest
from lateness import LATE
from snippets import Runs, bash, prints, python, snippet

from runner.model import (
    MIB,
    Ending,
    ExitExpectation,
    Expectation,
    Limits,
    Outcome,
    Result,
    Verdict,
)

SMALL: Final = Limits(memory=64 * MIB, pids=24, disk=32 * MIB, output=100_000)
ANY_CODE: Final = Expectation(exit=None)

# ------------------------------------------------------------------ time


@pytest.mark.runs(python("print('begun', flush=True)\nwhile True: pass", timeout=6.0))
def test_an_endless_loop_times_out_and_its_output_is_kept(result: Result) -> None:
    assert result.verdict is Verdict.TIMEOUT
    assert result.outcome.stdout == b"begun\n"
    assert result.outcome.exit_code is None
    assert 6.0 <= result.outcome.wall < 6.0 + LATE


@pytest.mark.runs(
    python(
        """
import os, signal, sys, time
for number in set(range(1, 65)) - {9, 19, 32, 33}:
    signal.signal(number, signal.SIG_IGN)
print("begun", flush=True)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        os.fork()
while True:
    time.sleep(1)
""",
        timeout=6.0,
    )
)
def test_ignoring_every_signal_and_forking_away_does_not_delay_a_timeout(result: Result) -> None:
    assert result.verdict is Verdict.TIMEOUT
    assert result.outcome.stdout == b"begun\n"
    assert 6.0 <= result.outcome.wall < 6.0 + LATE


@pytest.mark.runs(bash("exec >&- 2>&-; sleep 100", timeout=1.0))
def test_closing_the_output_does_not_stop_the_clock(result: Result) -> None:
    assert result.verdict is Verdict.TIMEOUT
    assert result.outcome.wall < 1.0 + LATE


@pytest.mark.runs(bash("kill -STOP $$", timeout=1.0))
def test_a_stopped_program_times_out(result: Result) -> None:
    assert result.verdict is Verdict.TIMEOUT


@pytest.mark.runs(bash(":(){ :|:& };:; wait; sleep 100", limits=SMALL, timeout=1.0))
def test_a_fork_bomb_times_out(result: Result) -> None:
    assert result.verdict in (Verdict.TIMEOUT, Verdict.OUTPUT_LIMIT)
    assert result.outcome.wall < 1.0 + LATE


def test_hundreds_of_programs_that_share_half_a_processor_do_not_delay_a_timeout(
    run: Runs,
) -> None:
    code = """
#include <unistd.h>
int main(void) { for (int i = 0; i < 900 && fork() != 0; i++) { } for (;;) { } }
"""
    limits = Limits(cpus=0.5, pids=1000, memory=256 * MIB)

    (result,) = run(snippet("c", code, limits=limits, timeout=2.0)).results

    assert result.verdict is Verdict.TIMEOUT
    assert result.outcome.wall < 2.0 + LATE


# ------------------------------------------------------------------ memory


@pytest.mark.runs(python("x = bytearray(150 << 20); print(len(x))", limits=SMALL))
def test_memory_past_the_containers_is_the_memory_limit(result: Result) -> None:
    assert result.verdict is Verdict.MEMORY_LIMIT
    assert result.outcome.exit_code is None


@pytest.mark.runs(
    python("import time; x = bytearray(100 << 20); time.sleep(2); print(len(x))", limits=SMALL)
)
def test_memory_past_the_limit_and_within_the_containers_is_the_memory_limit(
    result: Result,
) -> None:
    assert result.verdict is Verdict.MEMORY_LIMIT


@pytest.mark.runs(python("x = bytearray(32 << 20); print(len(x))", limits=SMALL))
def test_memory_within_the_limit_is_had(result: Result) -> None:
    assert result.verdict is Verdict.PASSED


@pytest.mark.runs(
    python("x = []\nwhile True: x.append(bytearray(1 << 20))", limits=SMALL, timeout=10.0)
)
def test_memory_that_grows_without_end_is_the_memory_limit(result: Result) -> None:
    assert result.verdict is Verdict.MEMORY_LIMIT


@pytest.mark.runs(
    python(
        "import mmap\nx = mmap.mmap(-1, 300 << 20)\nfor _ in range(300): x.write(bytes(1 << 20))",
        limits=SMALL,
    )
)
def test_shared_memory_past_the_containers_is_the_memory_limit(result: Result) -> None:
    assert result.verdict is Verdict.MEMORY_LIMIT


@pytest.mark.parametrize("how", ["shared", "memfd"])
def test_memory_that_is_no_file_of_the_disks_counts_as_memory(run: Runs, how: str) -> None:
    area = {"shared": "-1", "memfd": "os.memfd_create('x')"}[how]
    code = f"""
import mmap, os, time
areas = []
for _ in range(2):
    descriptor = {area}
    if descriptor >= 0:
        os.ftruncate(descriptor, 45 << 20)
    areas.append(mmap.mmap(descriptor, 45 << 20))
    for _ in range(45):
        areas[-1].write(bytes(1 << 20))
time.sleep(2)
"""
    limits = Limits(memory=64 * MIB, disk=64 * MIB)

    (result,) = run(python(code, limits=limits, timeout=60.0)).results

    assert result.verdict is Verdict.MEMORY_LIMIT


def test_files_that_come_and_go_do_not_count_as_memory(run: Runs) -> None:
    code = """
import os, time
end = time.monotonic() + 2
while time.monotonic() < end:
    with open("/tmp/x", "wb") as file:
        for _ in range(15):
            file.write(bytes(1 << 20))
    os.unlink("/tmp/x")
"""
    limits = Limits(memory=24 * MIB, disk=64 * MIB)

    (result,) = run(python(code, limits=limits, timeout=60.0)).results

    assert result.verdict is Verdict.PASSED


@pytest.mark.runs(
    python(
        """
import errno
try:
    with open("/dev/shm/x", "wb") as file:
        while True:
            file.write(bytes(1 << 20))
except OSError as problem:
    print(errno.errorcode[problem.errno])
x = bytearray(40 << 20)
""",
        limits=SMALL,
        expect=prints("ENOSPC"),
    )
)
def test_a_full_shared_memory_disk_is_no_space_and_leaves_the_memory(result: Result) -> None:
    assert result.verdict is Verdict.PASSED


@pytest.mark.runs(
    python(
        """
import subprocess
child = subprocess.run(["python", "-c", "x = bytearray(200 << 20)"])
print(child.returncode)
raise SystemExit(3)
""",
        limits=SMALL,
    )
)
def test_a_child_out_of_memory_is_the_memory_limit_where_the_parent_fails(result: Result) -> None:
    assert result.verdict is Verdict.MEMORY_LIMIT


@pytest.mark.runs(
    python(
        """
import os
for place in ("/dev/shm", "/tmp", "/work"):
    for _ in range(6):
        if os.fork() == 0:
            with open(f"{place}/{os.getpid()}", "wb", buffering=0) as file:
                hoard = []
                while True:
                    hoard.append(bytearray(1 << 18))
                    try:
                        file.write(bytes(4096))
                    except OSError:
                        pass
while True:
    try:
        os.wait()
    except ChildProcessError:
        raise SystemExit(1)
""",
        limits=SMALL,
        timeout=10.0,
    )
)
def test_processes_that_use_up_memory_and_disks_do_not_take_init_with_them(result: Result) -> None:
    assert result.verdict is Verdict.MEMORY_LIMIT
    assert result.outcome.sandbox


# ------------------------------------------------------------------ the program's own doing


@pytest.mark.parametrize(
    ("code", "signal"),
    [
        pytest.param(137, None, marks=pytest.mark.runs(bash("exit 137"))),
        pytest.param(124, None, marks=pytest.mark.runs(bash("exit 124"))),
        pytest.param(127, None, marks=pytest.mark.runs(bash("exit 127"))),
        pytest.param(126, None, marks=pytest.mark.runs(bash("exit 126"))),
        pytest.param(255, None, marks=pytest.mark.runs(bash("exit 255"))),
        pytest.param(137, 9, marks=pytest.mark.runs(bash("kill -KILL $$"))),
        pytest.param(143, 15, marks=pytest.mark.runs(bash("kill -TERM $$"))),
        pytest.param(139, 11, marks=pytest.mark.runs(bash("kill -SEGV $$"))),
        pytest.param(134, 6, marks=pytest.mark.runs(python("import os; os.abort()"))),
    ],
    ids=[
        *("exit 137", "exit 124", "exit 127", "exit 126", "exit 255"),
        *("SIGKILL", "SIGTERM", "SIGSEGV", "abort"),
    ],
)
def test_an_exit_code_or_signal_of_its_own_is_a_runtime_error(
    code: int, signal: int | None, result: Result
) -> None:
    assert result.verdict is Verdict.RUNTIME_ERROR
    assert (result.outcome.exit_code, result.outcome.signal) == (code, signal)


@pytest.mark.runs(
    python("import ctypes; ctypes.string_at(0)", expect=Expectation(exit=ExitExpectation()))
)
def test_a_crash_is_shown_with_its_signals_name(result: Result) -> None:
    assert result.reason == "exit code 139 (SIGSEGV), expected 0"


@pytest.mark.runs(bash("raise() { kill -SEGV $BASHPID; }; (raise) ; exit 0"))
def test_a_childs_crash_is_not_the_programs(result: Result) -> None:
    assert result.verdict is Verdict.PASSED


# ------------------------------------------------------------------ output


@pytest.mark.runs(bash("yes", limits=SMALL, timeout=10.0))
def test_a_flood_is_the_output_limit_with_exactly_that_much_kept(result: Result) -> None:
    assert result.verdict is Verdict.OUTPUT_LIMIT
    assert result.outcome.stdout == (b"y\n" * 50_000)


@pytest.mark.runs(
    bash("yes & yes >&2", limits=SMALL, timeout=10.0),
)
def test_the_output_limit_holds_for_both_streams_together(result: Result) -> None:
    assert result.verdict is Verdict.OUTPUT_LIMIT
    assert len(result.outcome.stdout) + len(result.outcome.stderr) == 100_000


@pytest.mark.runs(bash("tr '\\0' x </dev/zero", limits=SMALL, timeout=10.0))
def test_one_endless_line_is_the_output_limit(result: Result) -> None:
    assert result.verdict is Verdict.OUTPUT_LIMIT
    assert result.outcome.stdout == b"x" * 100_000


@pytest.mark.runs(bash("head -c 100000 /dev/zero", limits=SMALL))
def test_output_as_long_as_the_limit_is_fine(result: Result) -> None:
    assert result.verdict is Verdict.PASSED
    assert len(result.outcome.stdout) == 100_000


@pytest.mark.runs(bash("head -c 100001 /dev/zero", limits=SMALL))
def test_one_byte_more_is_the_output_limit(result: Result) -> None:
    assert result.verdict is Verdict.OUTPUT_LIMIT
    assert len(result.outcome.stdout) == 100_000


# ------------------------------------------------------------------ processes, disk, descriptors


@pytest.mark.runs(
    python(
        """
import os, time
count = 1
try:
    while True:
        if os.fork() == 0:
            time.sleep(100)
        count += 1
except BlockingIOError:
    print(count)
""",
        limits=SMALL,
    )
)
def test_a_program_may_have_as_many_processes_as_stated(outcome: Outcome) -> None:
    assert outcome.stdout == b"24\n"


@pytest.mark.runs(
    python(
        """
import errno
total = 0
for place in ("/work/run", "/tmp", "/dev/shm"):
    try:
        with open(place + "/x", "wb", buffering=0) as file:
            while True:
                total += file.write(bytes(1 << 16))
    except OSError as problem:
        print(errno.errorcode[problem.errno])
print(total)
""",
        limits=SMALL,
    )
)
def test_disk_is_one_budget_for_all_that_is_written(outcome: Outcome) -> None:
    *errors, total = outcome.stdout.split()

    assert errors == [b"ENOSPC"] * 3
    assert 31 * MIB < int(total) <= 32 * MIB


@pytest.mark.runs(
    python(
        """
import errno
held = []
try:
    while True:
        held.append(open("/dev/null"))
except OSError as problem:
    print(errno.errorcode[problem.errno], len(held) + 3)
"""
    )
)
def test_a_program_may_have_1024_descriptors(outcome: Outcome) -> None:
    assert outcome.stdout == b"EMFILE 1024\n"


@pytest.mark.runs(
    python(
        """
import resource
print(resource.getrlimit(resource.RLIMIT_CORE)[1] <= 1)
for _ in range(2):
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
try:
    resource.setrlimit(resource.RLIMIT_NOFILE, (2048, 2048))
except ValueError:
    print("refused")
"""
    )
)
def test_limits_can_only_be_lowered(outcome: Outcome) -> None:
    assert outcome.stdout == b"True\nrefused\n"


@pytest.mark.runs(python("import os; print(len(os.sched_getaffinity(0)))", limits=Limits(cpus=0.5)))
def test_a_share_of_a_processor_is_enough_to_run(result: Result) -> None:
    assert result.verdict is Verdict.PASSED


# ------------------------------------------------------------------ what is measured


@pytest.mark.runs(
    python("x = bytearray(50 << 20)", limits=Limits(memory=128 * MIB, pids=SMALL.pids))
)
def test_the_peak_of_memory_is_the_programs(outcome: Outcome) -> None:
    assert 50 * MIB < outcome.peak_memory < 70 * MIB


@pytest.mark.runs(
    python("""
import os, time
if os.fork() == 0:
    end = time.process_time() + 0.3
    while time.process_time() < end: pass
    os._exit(0)
time.sleep(0.1)
os.wait()
""")
)
def test_processor_seconds_count_children(outcome: Outcome) -> None:
    assert 0.3 <= outcome.cpu < 1.5


def test_wall_seconds_are_the_programs_alone(run: Runs) -> None:
    sleepers = [bash("sleep 0.2") for _ in range(5)]

    report = run(*sleepers, jobs=1)

    walls = [result.outcome.wall for result in report.results]
    assert min(walls) >= 0.2
    assert min(walls) < 1.0
    assert report.results[-1].started >= 0.8
    assert report.results[-1].outcome.ending is Ending.EXITED


def test_the_next_peak_is_not_the_last_ones(run: Runs) -> None:
    report = run(python("x = bytearray(100 << 20)"), python("pass"), jobs=1)

    big, small = (result.outcome for result in report.results)
    assert big.sandbox == small.sandbox
    assert big.peak_memory > 100 * MIB
    assert small.peak_memory < 30 * MIB


def test_a_sandbox_survives_every_limit(run: Runs) -> None:
    report = run(
        bash("while :; do :; done", limits=SMALL, timeout=0.5, expect=ANY_CODE),
        bash("yes", limits=SMALL),
        bash("x=$(tr '\\0' x </dev/zero)", limits=SMALL, timeout=10.0),
        bash(":(){ :|:& };:; sleep 100", limits=SMALL, timeout=0.5),
        bash("echo fine", limits=SMALL, expect=prints("fine")),
        jobs=1,
    )

    assert report.results[-1].verdict is Verdict.PASSED
    assert len({result.outcome.sandbox for result in report.results}) == 1


def test_limits_of_two_snippets_are_apart(run: Runs) -> None:
    code = "import time; x = bytearray(100 << 20); time.sleep(1)"

    report = run(python(code, limits=SMALL), python(code, limits=Limits(memory=200 * MIB)))

    assert [result.verdict for result in report.results] == [Verdict.MEMORY_LIMIT, Verdict.PASSED]
