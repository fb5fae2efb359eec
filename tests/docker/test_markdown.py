"""Documents on the real engine: every form of a snippet, and this project's own pages."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from readme import ROOT

TOUR = """# Tour

```python session=a
x = 20
```

```python continues
print(x + 1)
```

```output
2[..]
```

```console
$ y=5
$ echo "y is $y"; ls nothing
y is 5
ls: [..]
[1]
```

```pycon
>>> x = 2
>>> x * 21
42
>>> x / 0
Traceback (most recent call last):
    ...
ZeroDivisionError: division by zero
```

<!-- snippet: save=words.txt -->
```
one two
```

```bash
cat words.txt
```

```output
one two
```

```c compile_fail
int main(void) { return x; }
```

```output
...
[..]error: [..]x[..] undeclared[..]
...
```

# Failures

```python
def f():
    raise ValueError("no")

f()
```

> ```javascript
> const a = 1;
> null.foo;
> ```

```console
$ echo a
b
```
"""


def _run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runner", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The verdict of each snippet of the tour, by name."""
    folder = tmp_path_factory.mktemp("tour")
    (folder / "tour.md").write_text(TOUR)
    done = _run("tour.md", "--report", "json=r.json", "--report", "github=g.txt", cwd=folder)
    assert done.returncode == 1, done.stdout + done.stderr
    (folder / "output").write_text(done.stdout)
    found = json.loads((folder / "r.json").read_text())["results"]
    verdicts = {result["name"]: result["verdict"] for result in found}
    return {**verdicts, "annotations": (folder / "g.txt").read_text()}


@pytest.mark.parametrize("number", range(1, 10))
def test_what_is_documented_right_passes(results: dict[str, str], number: int) -> None:
    assert results[f"Tour {number}"] == "passed"


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("Failures 1", "runtime_error"),
        ("Failures 2", "runtime_error"),
        ("Failures 3", "wrong_output"),
    ],
)
def test_what_is_documented_wrong_fails(results: dict[str, str], name: str, verdict: str) -> None:
    assert results[name] == verdict


@pytest.mark.parametrize(
    "place", ["line=60,title=Failures 1", "line=67,title=Failures 2", "line=71,title=Failures 3"]
)
def test_an_annotation_stands_at_the_line_that_failed(results: dict[str, str], place: str) -> None:
    assert f"file=tour.md,{place}" in results["annotations"]


def test_this_projects_own_pages_hold_what_they_say() -> None:
    pages = ("README.md", "CONTRIBUTING.md", "docs/", "examples/")

    done = _run(*pages, "-v", "--timeout-scale=5", cwd=ROOT)

    assert done.returncode == 0, done.stdout + done.stderr
