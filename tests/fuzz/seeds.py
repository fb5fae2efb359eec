"""Writes requests as the runner sends them: what the fuzzer of init begins with."""

import sys
from pathlib import Path

from runner.sandbox import protocol

PROGRAM = protocol.Program(
    uid=20_000,
    argv=("python", "main.py"),
    env={"HOME": "/work/home"},
    directory="/work/run",
    timeout=1.0,
    output=1 << 20,
    memory=1 << 29,
    file_size=1 << 26,
    keep_background=False,
)
SEEDS = {
    "put": protocol.put("/work/run/main.py", b"print()", uid=20_000),
    "directory": protocol.make_directory("/work/home", uid=20_000),
    "get": protocol.get("/work/run/out", uid=20_000, most=1 << 24),
    "scrub": protocol.scrub(2, [20_000, 20_001], seal=True),
    "run": protocol.run(PROGRAM) + protocol.stdin(b"x") + protocol.END_OF_INPUT,
}

for name, frames in SEEDS.items():
    (Path(sys.argv[1]) / name).write_bytes(frames)
