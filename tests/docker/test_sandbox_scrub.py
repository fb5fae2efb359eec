"""A scrub ends in time, however much there is to remove: else the sandbox is given up.

On an engine that takes no sysctls, where the kernel's own limits are all there is.
"""

import os
from collections.abc import Iterator
from typing import Final

import pytest
from snippets import alone, case, prints, python

from runner.attempts import Attempts
from runner.model import Isolation, Result, Snippet, Verdict
from runner.options import Pull
from runner.sandbox.engine import Engine, Extra
from runner.sandbox.images import Images, Listener
from runner.sandbox.pool import Pool
from runner.sandbox.settings import settings_for

FLOODS: Final = {
    "as many of each System V kind as the kernel has": """
for make, more in ((libc.shmget, (4096, 438)), (libc.semget, (1, 438)), (libc.msgget, (438,))):
    while make(0, *more) >= 0:
        made += 1
enough = 10_000
""",
    "System V semaphores in large sets": """
while made < 40 and libc.semget(0, 32_000, 438) >= 0:
    made += 1
enough = 30
""",
    "POSIX message queues": """
while librt.mq_open(b"/%d" % made, os.O_CREAT | os.O_RDWR, 384, None) >= 0:
    made += 1
enough = 1
""",
}
PROGRAM: Final = """
import ctypes, os, sys
libc, librt, made, enough = ctypes.CDLL(None), ctypes.CDLL("librt.so.1"), 0, 0
if sys.argv[1] == "flood":
{flood}
    print(made >= enough)
found = os.listdir("/dev/mqueue") + os.listdir("/tmp")
for kind in ("shm", "sem", "msg"):
    found += open("/proc/sysvipc/" + kind).read().splitlines()[1:]
if sys.argv[1] == "look":
    print(len(found))
"""


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Sandboxes of an engine that has refused every sysctl."""
    engine = Engine()
    engine.refused |= {Extra.SYSCTLS}
    images = Images(engine, pull=Pull.NEVER, listener=Listener())
    pool = Pool(engine, images, jobs=1, run=f"scrub-{os.getpid()}")
    yield pool
    pool.close(kill=True)


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_is_not_there_for_the_next_case(
    name: str, pool: Pool, isolation: Isolation
) -> None:
    flooded, looked = results(pool, flooding(name), isolation)

    assert (flooded.outcome.stdout, flooded.reason) == (b"True\n", "")
    assert (looked.verdict, looked.reason) == (Verdict.PASSED, "")


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_is_not_there_for_the_next_snippet(
    name: str, pool: Pool, isolation: Isolation
) -> None:
    whole = flooding(name)
    flood, look = (python(whole.code, cases=(one,), name=one.name) for one in whole.cases)

    (flooded,) = results(pool, flood, isolation)
    (looked,) = results(pool, look, isolation)

    assert (flooded.outcome.stdout, flooded.reason) == (b"True\n", "")
    assert (looked.verdict, looked.reason) == (Verdict.PASSED, "")


def flooding(name: str) -> Snippet:
    flood = "\n".join(f"    {line}" for line in FLOODS[name].strip().splitlines())
    return python(
        PROGRAM.replace("{flood}", flood),
        cases=(
            case("flood", args=("flood",), expect=prints("True")),
            case("look", args=("look",), expect=prints("0")),
        ),
    )


def results(pool: Pool, one: Snippet, isolation: Isolation) -> list[Result]:
    fresh = isolation is Isolation.FRESH
    work = Attempts(alone(one), lambda: pool.lent(settings_for(one), fresh=fresh), 0.0)
    return list(work.once())
