"""What a run costs before its first snippet."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

RUN: Final = """\
import sys
from runner.cli import main
code = main([sys.argv[1]])
print(code, *sorted({name.partition(".")[0] for name in sys.modules}))
"""
HEAVY: Final = {"asyncio", "docker", "http", "requests", "ssl", "urllib3"}


def test_a_run_that_pulls_nothing_imports_no_client_of_docker_and_no_http(tmp_path: Path) -> None:
    manifest = tmp_path / "m.yml"
    manifest.write_text("snippets:\n  - {name: one, language: bash, code: echo}\n")

    done = subprocess.run(
        [sys.executable, "-c", RUN, manifest],
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    code, *imported = done.stdout.splitlines()[-1].split()
    assert code == "0"
    assert HEAVY & set(imported) == set()
