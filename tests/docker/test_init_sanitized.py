"""The hostile programs on an init that is compiled with sanitizers: one that errs ends its sandbox.

And random requests, in and out of order: it answers or refuses them, and touches nothing amiss.
"""

import random
import struct
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from snippets import Runs
from test_hostile import ALL

from runner.errors import SandboxError
from runner.languages import CURRENT
from runner.model import MIB, Limits, Result, Verdict
from runner.options import Pull
from runner.sandbox import container, protocol
from runner.sandbox.container import Container
from runner.sandbox.engine import Engine
from runner.sandbox.images import Images, Listener
from runner.sandbox.settings import settings_for

SOURCES: Final = Path(container.__file__).parent / "init"
OPTIONS: Final = """
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0:handle_segv=1"; }
const char *__ubsan_default_options(void) { return "halt_on_error=1"; }
"""
MORE_MEMORY: Final = 400 * MIB
"""The sanitizers' own books are in the sandbox too."""
PYTHON: Final = CURRENT["python"]
"""Its image has a C library as new as the one that init is linked with here."""
NAMES: Final = [name for name, one in ALL.items() if one.snippet.language.name == "python"]
PATHS: Final = ("/tmp/a", "/work/run/x", "/dev/shm/q/r/s", "/tmp/" + "d/" * 1900 + "e", "/x", "/..")
COMMANDS: Final = (
    "cat",
    "yes",
    "yes >&2 & yes | head -c 300000",
    "exit 3",
    "kill -9 $$",
    "exec >&-; sleep 1",
    "(yes &); (yes >&2 &)",
    "mkdir -p /tmp/1/2/3 /tmp/.1; chmod 0 /tmp/1",
)


@pytest.fixture(scope="module", autouse=True)
def sanitized(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Sandboxes start with the sanitized init."""
    folder = tmp_path_factory.mktemp("init")
    (folder / "options.c").write_text(OPTIONS)
    flags = ["-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror"]
    flags += ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    flags += ["-static-libasan", "-static-libubsan", "-s", "-o", str(folder / "init")]
    sources = [folder / "options.c", *sorted(SOURCES.glob("*.c"))]
    subprocess.run(["gcc", *flags, *sources], check=True)
    program = (folder / "init").read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(container, "init_for", lambda _: program)
        yield


@pytest.fixture(scope="module")
def attacked(run: Runs) -> Mapping[str, Result]:
    attacks = [ALL[name].snippet for name in NAMES]
    limits = [replace(one.limits, memory=one.limits.memory + MORE_MEMORY) for one in attacks]
    report = run(
        *(
            replace(one, language=PYTHON, limits=more)
            for one, more in zip(attacks, limits, strict=True)
        )
    )
    return {result.snippet.name: result for result in report.results}


@pytest.mark.parametrize("name", NAMES)
def test_an_attack_finds_no_error_in_init(name: str, attacked: Mapping[str, Result]) -> None:
    result = attacked[name]

    assert result.verdict is not Verdict.SANDBOX_ERROR, result.reason


@pytest.fixture
def started() -> Iterator[Callable[[], Container]]:
    engine = Engine()
    images = Images(engine, pull=Pull.NEVER, listener=Listener())
    snippet = replace(ALL["heap.py"].snippet, language=PYTHON, limits=Limits(memory=MORE_MEMORY))
    settings = settings_for(snippet)
    made: list[Container] = []

    def start() -> Container:
        image = images.future(settings.image).result()
        made.append(Container(engine, settings, image, run="sanitized"))
        return made[-1]

    yield start
    for one in made:
        one.close(kill=True)


@pytest.mark.parametrize("seed", range(4))
def test_random_requests_find_no_error_in_init(seed: int, started: Callable[[], Container]) -> None:
    source = random.Random(seed)
    sandbox = started()

    complaint = complaint_of(sandbox, [request(source) for _ in range(150)])

    assert complaint == ""


def complaint_of(sandbox: Container, requests: list[bytes]) -> str:
    """What init's standard error has when it has answered or refused all requests."""
    end = struct.pack("<cI", b"?", 0)
    with suppress(SandboxError):
        for one in [*requests, end]:
            sandbox.send(one)
    with suppress(SandboxError):
        while True:
            sandbox.receive(patience=60)
    return sandbox.complaint


def request(source: random.Random) -> bytes:
    """One of a kind that is known; now and then a byte of it is wrong."""
    uid = 20_000 + source.randrange(3)
    path = source.choice(PATHS[:3] if source.random() < 0.98 else PATHS)
    kinds: list[Callable[[], bytes]] = [
        lambda: protocol.make_directory(path, uid=uid),
        lambda: protocol.put(path, b"x" * source.randrange(200_000), uid=uid),
        lambda: protocol.run(program(source, uid)),
        lambda: protocol.stdin(b"x" * source.choice((1, 100, 65_536))),
        lambda: protocol.END_OF_INPUT,
        lambda: protocol.get(path, uid=uid, most=source.choice((0, 1, 1 << 40))),
        lambda: protocol.scrub(source.randrange(3), [20_000, 20_001, 20_002], seal=uid == 20_000),
    ]
    frames = bytearray(source.choice(kinds)())
    if source.random() < 0.005:
        frames[source.randrange(len(frames))] ^= 1 << source.randrange(8)
    return bytes(frames)


def program(source: random.Random, uid: int) -> protocol.Program:
    return protocol.Program(
        uid=uid,
        argv=(source.choice(("/bin/sh", "/bin/sh", "nosuch")), "-c", source.choice(COMMANDS)),
        env={"PATH": "/bin:/usr/bin"},
        directory=source.choice(("/", "/tmp", "/none")),
        timeout=source.choice((0.0, 0.001, 0.02, 0.08)),
        output=source.choice((0, 1, 65_535, 65_536, 400_000)),
        memory=source.choice((0, MIB)),
        file_size=source.choice((0, 4096, MIB)),
        keep_background=source.random() < 0.5,
    )
