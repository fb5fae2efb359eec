"""What `init` writes runs green."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from lateness import ENDED_WITHIN

ENVIRON: Final = {**os.environ, "PYTHONPATH": ":".join(sys.path)}


def runner(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runner", *words],
        cwd=folder,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
        timeout=ENDED_WITHIN,
    )


def test_a_first_manifest_and_the_document_that_it_names_pass(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# One\n\n```bash\necho 1\n```\n\n```output\n1\n```\n")

    written = runner(tmp_path, "init")
    done = runner(tmp_path, "snippets.yml")

    assert (written.returncode, done.returncode) == (0, 0), written.stderr + done.stdout
    assert "3 cases passed" in done.stdout
