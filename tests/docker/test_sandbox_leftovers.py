"""Nothing that one case leaves reaches the next (DESIGN, What a sandbox promises, 5).

Each program leaves something of its own kind; then the same program looks for all kinds.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pytest
from snippets import Runs, case, prints, python

from runner.model import Ending, Isolation, Limits, Result, Snippet, Verdict

Pairs = Mapping[str, tuple[Result, Result]]

LEFTOVERS: Final = {
    "files": """
for place in ("/tmp", "/dev/shm", "/work", "/work/run", os.environ["HOME"]):
    open(place + "/secret", "w").write("secret")
""",
    "a background process": """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(1000)
    os._exit(0)
""",
    "stopped processes": """
for _ in range(20):
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(0)
""",
    "processes that multiply": """
while True:
    try:
        os.fork()
    except OSError:
        pass
""",
    "an orphan that starts another every millisecond": """
if os.fork() == 0:
    while True:
        if os.fork():
            os._exit(0)
        os.setsid()
        time.sleep(0.001)
""",
    "a listening TCP port": """
if os.fork() == 0:
    server = socket.create_server(("127.0.0.1", 8080))
    print("listening", flush=True)
    time.sleep(1000)
time.sleep(0.1)
""",
    "a connection that waits out its time": """
server = socket.create_server(("127.0.0.1", 8080))
client = socket.create_connection(("127.0.0.1", 8080))
connection, _ = server.accept()
connection.close()
server.close()
client.recv(1)
client.close()
""",
    "an abstract socket": """
if os.fork() == 0:
    server = socket.socket(socket.AF_UNIX)
    server.bind("\\0secret")
    server.listen()
    time.sleep(1000)
time.sleep(0.1)
""",
    "descriptors in a cycle of sockets": """
tcp = socket.create_server(("127.0.0.1", 8080))
abstract = socket.socket(socket.AF_UNIX)
abstract.bind("\\0secret")
abstract.listen()
held = open("/tmp/held", "wb")
held.write(bytes(5_000_000))
held.flush()
os.unlink("/tmp/held")
one, other = socket.socketpair()
carried = array.array("i", [one.fileno(), tcp.fileno(), abstract.fileno(), held.fileno()])
one.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, carried)])
back = array.array("i", [other.fileno()])
other.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, back)])
""",
    "System V IPC": """
shm = libc.shmget(77, 4096, 0o1666)
address = libc.shmat(shm, None, 0)
ctypes.memmove(address, b"secret", 6)
for key in range(1, 9):
    assert libc.semget(key, 1, 0o1666) >= 0
queue = libc.msgget(77, 0o1666)
assert libc.msgsnd(queue, ctypes.c_char_p(struct.pack("l6s", 1, b"secret")), 6, 0) == 0
""",
    "a System V segment given away": """
segment = libc.shmget(78, 4096, 0o1666)
status = ctypes.create_string_buffer(112)
assert libc.shmctl(segment, 2, status) == 0
struct.pack_into("II", status, 4, 0, 0)
struct.pack_into("H", status, 20, 0o000)
assert libc.shmctl(segment, 1, status) == 0
""",
    "as many System V segments as there can be": """
while libc.shmget(0, 4096, 0o1666) >= 0:
    pass
""",
    "as many System V semaphores as there can be": """
while libc.semget(0, 1, 0o1666) >= 0:
    pass
""",
    "a TCP connection's measurements": """
for flags in (0, socket.MSG_FASTOPEN):
    server = socket.create_server(("127.1.2.3", 8080))
    client = socket.socket()
    client.bind(("127.9.8.7", 0))
    try:
        if not flags:
            client.connect(("127.1.2.3", 8080))
        client.sendto(bytes(100_000), flags, ("127.1.2.3", 8080))
    except OSError:
        continue
    connection, _ = server.accept()
    client.shutdown(socket.SHUT_WR)
    while connection.recv(1 << 20):
        pass
    for end in (connection, client, server):
        end.close()
""",
    "an IPv6 flow label": """
try:
    request = socket.inet_pton(socket.AF_INET6, "::1") + struct.pack(">I", 0x12345)
    request += struct.pack("=BBHHHI", 0, 1, 3, 6, 6, 0)
    socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).setsockopt(41, 32, request)
except OSError:
    pass
""",
    "POSIX message queues": """
for number in range(3):
    queue = librt.mq_open(b"/secret%d" % number, os.O_CREAT | os.O_RDWR, 0o600, None)
    assert queue >= 0
    librt.mq_send(queue, b"secret", 6, 0)
""",
    "trees that nobody may enter": """
for top in ("/tmp", "/work", "/dev/shm"):
    for number in range(20):
        os.makedirs(f"{top}/a{number}/b/c")
        open(f"{top}/a{number}/b/c/secret", "w").close()
        for path in ("b/c/secret", "b/c", "b", ""):
            os.chmod(f"{top}/a{number}/{path}", 0)
""",
    "a deep tree": """
os.chdir("/tmp")
for _ in range(1500):
    os.mkdir("d")
    os.chdir("d")
open("secret", "w").close()
""",
    "a wide tree": """
for number in range(1500):
    os.mkdir(f"/tmp/{number}")
    os.mkdir(f"/tmp/{number}/x")
""",
    "more files than are allowed": """
try:
    for number in range(100_000):
        open(f"/tmp/{number}", "w").close()
except OSError:
    pass
""",
    "full disks": """
for place in ("/tmp", "/dev/shm", "/work"):
    try:
        with open(place + "/full", "wb") as file:
            while True:
                file.write(bytes(1_000_000))
    except OSError:
        pass
""",
    "odd names": """
for name in (b"\\xff\\n\\x01", b"-rf", b"...", b" ", b"*", b"a" * 255, b"\\xc3\\x28", b"\\\\"):
    for place in (b"/tmp/", b"/work/", b"/dev/shm/"):
        os.mkdir(place + name)
        open(place + name + b"/" + name, "w").close()
for number in range(200):
    os.makedirs(f"/tmp/.{number}/.{number}")
    os.makedirs(f"/tmp/t/.{number}/x")
""",
    "files of other kinds": """
os.mkfifo("/tmp/pipe")
socket.socket(socket.AF_UNIX).bind("/tmp/socket")
for place in ("/tmp", "/work", "/dev/shm"):
    os.symlink("/", place + "/root")
    os.symlink("..", place + "/up")
    os.symlink("loop", place + "/loop")
    os.mkdir(place + "/d", 0o1000)
    open(place + "/e", "w").close()
    os.link(place + "/e", place + "/f")
""",
    "a deleted file that is mapped": """
if os.fork() == 0:
    file = open("/dev/shm/mapped", "w+b")
    file.truncate(1_000_000)
    area = mmap.mmap(file.fileno(), 1_000_000)
    area.write(b"secret" * 1000)
    os.unlink("/dev/shm/mapped")
    time.sleep(1000)
time.sleep(0.1)
""",
    "anonymous memory in a file": """
if os.fork() == 0:
    descriptor = os.memfd_create("secret")
    os.write(descriptor, bytes(1_000_000))
    time.sleep(1000)
time.sleep(0.1)
""",
}
PROGRAM: Final = '''
import array, ctypes, mmap, os, signal, socket, struct, sys, time
libc, librt = ctypes.CDLL(None), ctypes.CDLL("librt.so.1")
libc.shmat.restype = ctypes.c_void_p
libc.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
ctypes.memmove.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]

def metrics():
    """The length of what `ip tcp_metrics` would list: 20 is the end mark alone."""
    generic = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
    name = b"tcp_metrics\\0"
    ask = struct.pack("BBHHH", 3, 1, 0, 4 + len(name), 2) + name
    generic.send(struct.pack("IHHII", 16 + len(ask), 16, 1, 1, 0) + ask)
    answer, at = generic.recv(8192), 20
    while struct.unpack_from("HH", answer, at)[1] != 1:
        at += (struct.unpack_from("H", answer, at)[0] + 3) & ~3
    family = struct.unpack_from("H", answer, at + 4)[0]
    generic.send(struct.pack("IHHIIBBH", 20, family, 0x301, 2, 0, 1, 1, 0))
    return len(generic.recv(65536))

def leave():
{leave}

def look():
    found = []
    for top in ("/tmp", "/dev/shm", "/work", "/dev/mqueue"):
        for path, directories, files in os.walk(top, onerror=found.append):
            found += [os.path.join(path, name) for name in directories + files]
    for name in ("/work/home", "/work/run", "/work/run/main.py"):
        found.remove(name)
    for kind in ("shm", "sem", "msg"):
        found += open("/proc/sysvipc/" + kind).read().splitlines()[1:]
    if os.path.exists("/proc/net/ip6_flowlabel"):
        found += open("/proc/net/ip6_flowlabel").read().splitlines()[1:]
    if metrics() != 20:
        found.append("measurements of TCP")
    own = (1, os.getpid())
    found += [p for p in os.listdir("/proc") if p.isdigit() and int(p) not in own]
    for place in ("/tmp", "/dev/shm"):
        space = os.statvfs(place)
        if space.f_bfree != space.f_blocks or space.f_files - space.f_ffree != 1:
            found.append(f"space in {place}")
    for family, address in ((socket.AF_INET, ("127.0.0.1", 8080)), (socket.AF_UNIX, "\\0secret")):
        try:
            socket.socket(family).bind(address)
        except OSError as problem:
            found.append(f"{address}: {problem}")
    print(found)

leave() if sys.argv[1] == "leave" else look()
'''
LIMITS: Final = Limits(pids=32, disk=32 * 1024 * 1024, memory=64 * 1024 * 1024)
LOOK: Final = case("look", args=("look",), expect=prints("[]"))


ENDLESS: Final = "processes that multiply"
SLOW: Final = {
    "a deep tree",
    "a wide tree",
    "more files than are allowed",
    "odd names",
    "processes that multiply",
    "an orphan that starts another every millisecond",
}
"""On a busy machine not removed within the time that a scrub has: then the sandbox is given up."""


@pytest.fixture(scope="module")
def cases(run: Runs, isolation: Isolation) -> Pairs:
    """Both cases of one snippet for each leftover."""
    report = run(*(replace(leaving(name), isolation=isolation) for name in LEFTOVERS))
    return dict(zip(LEFTOVERS, pairs(report.results), strict=True))


@pytest.fixture(scope="module")
def snippets(run: Runs) -> Pairs:
    """Two snippets one after the other for each leftover, all in one sandbox."""
    both = [leaving(name) for name in LEFTOVERS]
    apart = [replace(one, cases=(only,)) for one in both for only in one.cases]
    return dict(zip(LEFTOVERS, pairs(run(*apart, jobs=1).results), strict=True))


@pytest.mark.parametrize("name", LEFTOVERS)
def test_the_next_case_sees_none_of(name: str, cases: Pairs) -> None:
    left, seen = cases[name]

    assert ended_as_meant(name, left)
    assert seen.verdict is Verdict.PASSED
    assert seen.outcome.stdout == b"[]\n"
    assert seen.outcome.sandbox == left.outcome.sandbox or name in SLOW


@pytest.mark.parametrize("name", LEFTOVERS)
def test_the_next_snippet_in_the_same_sandbox_sees_none_of(name: str, snippets: Pairs) -> None:
    left, seen = snippets[name]

    assert ended_as_meant(name, left)
    assert seen.verdict is Verdict.PASSED
    assert seen.outcome.stdout == b"[]\n"
    assert seen.outcome.sandbox == left.outcome.sandbox or name in SLOW


def test_hardly_a_leftover_costs_a_sandbox(snippets: Pairs) -> None:
    sandboxes = {result.outcome.sandbox for pair in snippets.values() for result in pair}
    assert len(sandboxes) <= 1 + len(SLOW)


def test_each_case_is_a_user_of_its_own(run: Runs) -> None:
    code = "import os; print(os.getuid())"
    cases = [case(str(number)) for number in range(5)]

    report = run(python(code, cases=cases), python(code), python(code), jobs=1)

    assert len({result.outcome.stdout for result in report.results}) == 7
    assert len({result.outcome.sandbox for result in report.results}) == 1


def test_fresh_gives_every_snippet_a_container_of_its_own(run: Runs) -> None:
    fresh = python("print(1)", isolation=Isolation.FRESH)

    report = run(*[fresh] * 7, jobs=1)  # others are started while one is at work

    assert len({result.outcome.sandbox for result in report.results}) == 7


def test_fresh_is_never_a_container_that_somebody_had(run: Runs) -> None:
    one, fresh = python("print(1)"), python("print(1)", isolation=Isolation.FRESH)

    report = run(one, fresh, one, fresh, jobs=1)

    had = [result.outcome.sandbox for result in report.results]
    assert had[1] not in (had[0], had[2], had[3])
    assert had[3] not in had[:3]


def ended_as_meant(name: str, left: Result) -> bool:
    """Whether the leftover was really left: its program came to its end, or never does."""
    if name == ENDLESS:
        return left.outcome.ending is Ending.TIMEOUT
    return left.outcome.exit_code == 0


def leaving(name: str) -> Snippet:
    """A snippet that leaves what `name` says and looks for it in its next case."""
    body = "\n".join(f"    {line}" for line in LEFTOVERS[name].strip().splitlines())
    leave = case("leave", args=("leave",), timeout=1.0 if name == ENDLESS else 20.0)
    code = PROGRAM.replace("{leave}", body)
    return python(code, name=name, cases=(leave, LOOK), limits=LIMITS)


def pairs(results: tuple[Result, ...]) -> list[tuple[Result, Result]]:
    return list(zip(results[::2], results[1::2], strict=True))
