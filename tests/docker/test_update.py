"""`--update` on the real engine: a manifest and a document, twice."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from lateness import ENDED_WITHIN

ENVIRON: Final = {
    **{name: text for name, text in os.environ.items() if name != "CI"},
    "PYTHONPATH": ":".join(sys.path),
}
MANIFEST: Final = """\
# what it prints
- language: python
  code: |
    import sys
    print("hello", sys.stdin.read())
    print("took 12 ms")
  match: {replace: [{pattern: '[0-9]+ ms', with: TIME}]}
  cases:
  - stdin: Ada
    expected_output: |  # greeting
        hi Ada
        took TIME

  - {stdin: Bob, expected_output: old}
- {language: bash, code: "exit 3", expected_output: x}
"""
DOCUMENT: Final = """\
# Title

- ```bash
  echo 1; echo x; echo 2
  ```

  ```output
  0
  ...
  2
  ```

```bash
echo there
```

```console
$ echo one; echo two >&2
old
$ false
[1]
```
"""


@pytest.fixture
def runner(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    (tmp_path / "m.yml").write_text(MANIFEST)
    (tmp_path / "d.md").write_text(DOCUMENT)

    def runner(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "runner", "-q", "--pull=never", *words],
            cwd=tmp_path,
            env=ENVIRON | environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=ENDED_WITHIN,
        )

    return runner


def test_a_manifest_and_a_document_say_what_is_printed_after_an_update(
    runner: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    checked = runner("m.yml", "d.md", "--update-all", "--check")
    refused = runner("m.yml", "--update", CI="true")
    untouched = (tmp_path / "m.yml").read_text() + (tmp_path / "d.md").read_text()
    first = runner("m.yml", "d.md", "--update-all")
    written = (tmp_path / "m.yml").read_text(), (tmp_path / "d.md").read_text()
    second = runner("m.yml", "d.md", "--update-all")

    assert (checked.returncode, refused.returncode) == (1, 2)
    assert "-        hi Ada\n+        hello Ada\n" in checked.stdout
    assert untouched == MANIFEST + DOCUMENT
    assert first.returncode == 1
    assert [line for line in first.stderr.splitlines() if "[" not in line] == [
        "updated: m.yml (2 places)",
        "updated: d.md (3 places)",
        "left alone: m.yml:15:3: bash 1: exit code 3, expected 0; stdout is empty, expected 'x'",
    ]
    assert written[0] == MANIFEST.replace("hi Ada", "hello Ada").replace(
        "output: old", 'output: "hello Bob\\ntook 12 ms"'
    )
    assert written[1] == DOCUMENT.replace("  0\n", "  1\n").replace("old\n", "one\ntwo\n").replace(
        "echo there\n```\n", "echo there\n```\n\n```output\nthere\n```\n"
    )
    assert second.returncode == 1
    assert "updated" not in second.stderr
    assert written == ((tmp_path / "m.yml").read_text(), (tmp_path / "d.md").read_text())
