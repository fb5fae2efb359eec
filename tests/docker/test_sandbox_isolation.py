"""What a program in a sandbox cannot reach, in both modes (DESIGN, What a sandbox promises, 1)."""

import pytest
from snippets import Runs, bash, case, prints, python

from runner.model import Limits, Outcome, Result, Verdict


@pytest.mark.runs(
    python("import os; print(sorted(os.listdir('/sys/class/net')))", expect=prints("['lo']"))
)
def test_there_is_no_network_interface_but_loopback(result: Result) -> None:
    assert result.verdict is Verdict.PASSED


@pytest.mark.runs(
    python("""
import errno, socket
for address in ("1.1.1.1", "172.17.0.1", "169.254.169.254"):
    try:
        socket.create_connection((address, 80), timeout=2)
        print("connected")
    except OSError as problem:
        print(errno.errorcode[problem.errno])
""")
)
def test_no_address_can_be_reached(outcome: Outcome) -> None:
    assert outcome.stdout.split() == [b"ENETUNREACH"] * 3


@pytest.mark.runs(
    python("""
import socket
try:
    print(socket.getaddrinfo("example.org", 80))
except socket.gaierror:
    print("no such name")
""")
)
def test_no_name_is_resolved(outcome: Outcome) -> None:
    assert outcome.stdout == b"no such name\n"


@pytest.mark.runs(
    python("""
import socket
server = socket.create_server(("127.0.0.1", 8080))
client = socket.create_connection(("127.0.0.1", 8080))
connection, _ = server.accept()
connection.sendall(b"hello")
print(client.recv(5).decode())
""")
)
def test_loopback_works(outcome: Outcome) -> None:
    assert outcome.stdout == b"hello\n"


@pytest.mark.runs(
    bash("""
for place in / /etc /usr/bin /var/tmp /run /dev /proc /sys /.sandbox /home /root; do
  touch "$place/probe" 2>/dev/null && echo "wrote to $place"
done
true
""")
)
def test_the_root_is_read_only(outcome: Outcome) -> None:
    assert outcome.stdout == b""
    assert outcome.exit_code == 0


@pytest.mark.runs(
    python("""
for line in open("/proc/mounts"):
    source, where, kind, options = line.split()[:4]
    if "rw" in options.split(",") and not where.startswith(("/proc", "/sys")):
        print(where, kind)
""")
)
def test_writable_mounts_are_our_tmpfs_and_the_kernels_own(outcome: Outcome) -> None:
    lines = set(outcome.stdout.decode().splitlines())

    assert lines >= {"/work tmpfs", "/tmp tmpfs", "/dev/shm tmpfs", "/.sandbox tmpfs"}
    assert lines <= {
        "/work tmpfs",
        "/tmp tmpfs",
        "/dev/shm tmpfs",
        "/.sandbox tmpfs",
        "/dev tmpfs",
        "/dev/pts devpts",
        "/dev/mqueue mqueue",
    }


@pytest.mark.runs(
    python("""
import os
for line in open("/proc/self/mountinfo"):
    fields = line.split()
    root, where, kind = fields[3], fields[4], fields[fields.index("-") + 1]
    if kind not in ("tmpfs", "proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue", "overlay"):
        print(where)
""")
)
def test_nothing_of_the_host_is_mounted_but_what_every_container_has(outcome: Outcome) -> None:
    assert set(outcome.stdout.decode().split()) <= {
        "/etc/resolv.conf",
        "/etc/hostname",
        "/etc/hosts",
    }


@pytest.mark.runs(
    python("""
import os
uids, gids = os.getresuid(), os.getresgid()
print(len(set(uids + gids)), os.getgroups(), 1000 <= uids[0] < 65536)
""")
)
def test_a_program_is_an_unprivileged_user_without_groups(outcome: Outcome) -> None:
    assert outcome.stdout == b"1 [] True\n"


@pytest.mark.runs(
    bash("grep -E '^(CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status")
)
def test_a_program_has_no_capability_and_cannot_gain_one(outcome: Outcome) -> None:
    status = dict(line.split(":\t") for line in outcome.stdout.decode().splitlines())

    assert status == {
        "CapInh": "0000000000000000",
        "CapPrm": "0000000000000000",
        "CapEff": "0000000000000000",
        "CapAmb": "0000000000000000",
        "NoNewPrivs": "1",
        "Seccomp": "2",
    }


@pytest.mark.runs(
    python("""
import os
for act in (
    lambda: os.setuid(0),
    lambda: os.setgroups([0]),
    lambda: os.chroot("/tmp"),
    lambda: os.mknod("/tmp/device", 0o60666, os.makedev(8, 0)),
    lambda: os.chown("/tmp", os.getuid(), -1),
    lambda: os.kill(1, 9),
    lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),
):
    try:
        act()
        print("allowed")
    except PermissionError:
        print("refused")
""")
)
def test_what_takes_privileges_is_refused(outcome: Outcome) -> None:
    assert outcome.stdout.split() == [b"refused"] * 7


@pytest.mark.runs(
    python("""
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER, MS_BIND = 0x10000000, 4096
calls = {
    "unshare": lambda: libc.unshare(CLONE_NEWUSER),
    "mount": lambda: libc.mount(b"/tmp", b"/work", None, MS_BIND, None),
    "ptrace": lambda: libc.ptrace(16, 1, 0, 0),
    "bpf": lambda: libc.syscall(321, 0, 0, 0),
    "keyctl": lambda: libc.syscall(250, 0, -3, 1),
}
for name, call in calls.items():
    print(name, "allowed" if call() >= 0 else errno.errorcode[ctypes.get_errno()])
""")
)
def test_dangerous_system_calls_are_refused(outcome: Outcome) -> None:
    answers = dict(line.split() for line in outcome.stdout.decode().splitlines())

    assert answers == dict.fromkeys(("unshare", "mount", "ptrace", "bpf", "keyctl"), "EPERM")


@pytest.mark.runs(
    python("""
import errno, socket
try:
    socket.socket(40, socket.SOCK_STREAM)
    print("allowed")
except OSError as problem:
    print(errno.errorcode[problem.errno])
""")
)
def test_vsock_is_refused(outcome: Outcome) -> None:
    assert outcome.stdout == b"EAFNOSUPPORT\n"


@pytest.mark.runs(
    python("""
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
parameters = ctypes.create_string_buffer(120)
for number in (425, 426, 427):
    result = libc.syscall(number, 4, parameters, 0, 0, 0, 0)
    print("allowed" if result >= 0 else errno.errorcode[ctypes.get_errno()])
""")
)
def test_io_uring_is_refused(outcome: Outcome) -> None:
    assert outcome.stdout.split() == [b"ENOSYS"] * 3


@pytest.mark.runs(
    python("""
import os
for name in ("environ", "mem", "fd", "fdinfo", "maps", "root", "cwd", "exe", "io", "stack"):
    path = "/proc/1/" + name
    try:
        os.listdir(path) if name in ("fd", "fdinfo", "root", "cwd") else open(path, "rb").read(1)
        print(name)
    except OSError:
        pass
""")
)
def test_init_cannot_be_looked_into(outcome: Outcome) -> None:
    assert outcome.stdout == b""
    assert outcome.exit_code == 0


@pytest.mark.runs(
    python("""
import os
for number in range(3, 1024):
    try:
        os.fstat(number)
        print(number, os.readlink(f"/proc/self/fd/{number}"))
    except OSError:
        pass
""")
)
def test_no_descriptor_is_inherited_but_the_three(outcome: Outcome) -> None:
    assert outcome.stdout == b""
    assert outcome.exit_code == 0


@pytest.mark.runs(
    bash(
        "ls -d /proc/[0-9]* | wc -l",
        limits=Limits(pids=32),
    )
)
def test_a_program_sees_no_processes_but_its_own_and_init(outcome: Outcome) -> None:
    assert int(outcome.stdout) <= 4


@pytest.mark.runs(bash("hostname; id -u >/dev/null && pwd"))
def test_the_host_has_no_name(outcome: Outcome) -> None:
    assert outcome.stdout == b"sandbox\n/work/run\n"


@pytest.mark.runs(
    bash(
        "env | cut -d= -f1 | sort | tr '\\n' ' '",
        env={"GIVEN": "1"},
    )
)
def test_the_environment_is_the_images_and_what_is_stated(outcome: Outcome) -> None:
    names = set(outcome.stdout.decode().split())

    assert names >= {"GIVEN", "HOME", "LANG", "PATH", "PYTHONUNBUFFERED", "TMPDIR", "USER"}
    assert names <= {
        *("GIVEN", "HOME", "LANG", "PATH", "PYTHONUNBUFFERED", "TMPDIR", "USER"),
        *("PWD", "OLDPWD", "SHLVL", "_"),
        *("_BASH_VERSION", "_BASH_BASELINE", "_BASH_LATEST_PATCH", "_BASH_BASELINE_PATCH"),
    }


def test_one_sandbox_runs_hundreds_of_cases_each_under_a_user_id_of_its_own(run: Runs) -> None:
    cases = [case(f"{number}") for number in range(300)]

    results = run(bash("id -u", cases=cases), jobs=1).results

    assert len({result.outcome.sandbox for result in results}) == 1
    assert len({result.outcome.stdout for result in results}) == 300
