"""The action in real workflows, run by act: `uses: ./` in a repository of its own."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

ROOT: Final = Path(__file__).parents[2]
ACT: Final = Path(sys.executable).with_name("act")
MACHINE: Final = "python:3.13-slim-trixie"
"""Any image with bash: what `runs-on: ubuntu-latest` gets."""
ACTION: Final = (
    ".dockerignore",
    "Dockerfile",
    "LICENSE",
    "README.md",
    "action.yml",
    "hatch_build.py",
    "pyproject.toml",
    "requirements.txt",
    "runner",
)
PASSING: Final = """
- {name: greets, language: python, code: "print('hello')", expected_output: hello}
- {name: lists, language: bash, code: "echo one; echo two", expected_output: "one\\ntwo"}
"""
FAILING: Final = """
- {name: greets, language: bash, code: echo hello, expected_output: hello}
- name: sums
  language: python
  code: print(3)
  expected_output: "4"
- {name: commands, language: bash, code: "echo '::error::boom'; exit 3"}
"""
INVALID: Final = """
- {name: greets, language: pyton, code: "print('hello')"}
- {name: sums, language: python, timeout: never}
"""
WORKFLOW: Final = """
name: snippets {unique}
on: push
jobs:
  snippets:
    runs-on: ubuntu-latest
    steps:
      - uses: ./
        id: snippets
        with:
{inputs}
      - if: always()
        env:
          OUTPUTS: ${{{{ toJSON(steps.snippets.outputs) }}}}
          OUTCOME: ${{{{ steps.snippets.outcome }}}}
        run: |
          printf '%s' "$OUTPUTS" >outputs.json
          printf '%s' "$OUTCOME" >outcome
"""


DOCUMENT: Final = """# Tour

```python
print("hello")
```

```output
hello
```

```bash
echo two
```

```output
three
```
"""
SHARDS: Final = """
name: shards {unique}
on: push
jobs:
  snippets:
    runs-on: ubuntu-latest
    strategy:
      fail-fast: false
      matrix:
        shard: [1, 2]
    steps:
      - uses: ./
        with:
          manifest: docs/snippets.yml
          pull: never
          shard: ${{{{ matrix.shard }}}}/2
          report: json=reports/shard-${{{{ matrix.shard }}}}.json
          annotations: "false"
          summary: "false"
          fail-on-failure: "false"
  report:
    needs: snippets
    runs-on: ubuntu-latest
    steps:
      - uses: ./
        id: snippets
        with:
          merge: reports/shard-*.json
          junit: reports/junit.xml
      - if: always()
        env:
          OUTPUTS: ${{{{ toJSON(steps.snippets.outputs) }}}}
          OUTCOME: ${{{{ steps.snippets.outcome }}}}
        run: |
          printf '%s' "$OUTPUTS" >outputs.json
          printf '%s' "$OUTCOME" >outcome
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A workflow that has ended, and what it left in its repository."""

    status: int
    log: str
    repository: Path

    @property
    def outputs(self) -> Mapping[str, str]:
        """The step's, as a later step of the job got them."""
        found: Mapping[str, str] = json.loads((self.repository / "outputs.json").read_text())
        return found

    @property
    def outcome(self) -> str:
        return (self.repository / "outcome").read_text()

    @property
    def summary(self) -> str:
        """act prints what the summary's file holds."""
        _, _, rest = self.log.partition("Summary - ")
        return rest.partition("\n[")[0]

    @property
    def errors(self) -> list[str]:
        """act marks so the errors that it took from the log."""
        return [
            line.partition("❗  ")[2] for line in self.log.splitlines() if "❗  ::error" in line
        ]


Workflow = Callable[..., Ended]


@pytest.fixture
def workflow(tmp_path: Path) -> Workflow:
    """Runs a workflow of one job on a manifest's text: the action, and a step that reads it."""
    repository = tmp_path / "repository"
    (repository / ".github/workflows").mkdir(parents=True)
    (repository / "docs").mkdir()
    for name in ACTION:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, repository / name)

    def run(
        text: str, *, file: str = "docs/snippets.yml", template: str = WORKFLOW, **inputs: str
    ) -> Ended:
        given = {"manifest": file, "junit": "reports/junit.xml", "pull": "never"}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        lines = "\n".join(f"{name}: {json.dumps(value)}" for name, value in given.items())
        (repository / file).write_text(text)
        steps = template.format(unique=uuid.uuid4(), inputs=textwrap.indent(lines, " " * 10))
        (repository / ".github/workflows/snippets.yml").write_text(steps)
        _commit(repository)
        return _act(repository, home=tmp_path / "home")

    return run


def test_a_workflow_whose_snippets_pass_succeeds(workflow: Workflow) -> None:
    ended = workflow(PASSING)

    assert (ended.status, ended.outcome) == (0, "success"), ended.log
    assert ended.outputs["conclusion"] == "success"
    assert (ended.outputs["passed"], ended.outputs["total"]) == ("2", "2")
    assert "2 cases passed" in ended.summary
    assert ended.errors == []
    tree = ET.parse(ended.repository / ended.outputs["junit-path"])
    assert [case.get("name") for case in tree.iter("testcase")] == ["greets", "lists"]


def test_a_workflow_whose_snippets_fail_fails_and_says_where(workflow: Workflow) -> None:
    ended = workflow(FAILING)

    assert (ended.status, ended.outcome) == (1, "failure"), ended.log
    assert (ended.outputs["conclusion"], ended.outputs["exit-code"]) == ("failure", "1")
    assert (ended.outputs["failed"], ended.outputs["passed"]) == ("2", "1")
    assert [error for error in ended.errors if "boom" in error.partition("title=")[0]] == []
    assert {_place(error) for error in ended.errors} == {("docs/snippets.yml", n) for n in "37"}
    assert "sums" in ended.summary


def test_failing_snippets_need_not_fail_the_workflow(workflow: Workflow) -> None:
    ended = workflow(FAILING, fail_on_failure="false")

    assert (ended.status, ended.outcome) == (0, "success"), ended.log
    assert (ended.outputs["conclusion"], ended.outputs["exit-code"]) == ("failure", "1")


def test_an_invalid_manifest_fails_the_workflow_at_its_lines(workflow: Workflow) -> None:
    ended = workflow(INVALID)

    assert (ended.status, ended.outcome) == (1, "failure"), ended.log
    assert (ended.outputs["conclusion"], ended.outputs["exit-code"]) == ("error", "2")
    assert ended.outputs["total"] == "0"
    assert {_place(error) for error in ended.errors} >= {("docs/snippets.yml", n) for n in "23"}
    assert any("did you mean 'python'" in error for error in ended.errors)


def test_documents_are_verified_and_annotated_at_their_lines(workflow: Workflow) -> None:
    ended = workflow(DOCUMENT, file="docs/tour.md")

    assert (ended.status, ended.outcome) == (1, "failure"), ended.log
    assert (ended.outputs["failed"], ended.outputs["passed"]) == ("1", "1")
    assert [_place(error) for error in ended.errors] == [("docs/tour.md", "11")]


def test_a_matrix_of_shards_comes_to_one_report(workflow: Workflow) -> None:
    ended = workflow(FAILING, template=SHARDS)

    assert (ended.status, ended.outcome) == (1, "failure"), ended.log
    assert (ended.outputs["failed"], ended.outputs["total"]) == ("2", "3")
    assert {_place(error) for error in ended.errors} == {("docs/snippets.yml", n) for n in "37"}
    tree = ET.parse(ended.repository / ended.outputs["junit-path"])
    names = [case.get("name") for case in tree.iter("testcase")]
    assert names == ["greets", "sums", "commands"]


def test_a_second_run_takes_what_it_knows_from_the_cache(workflow: Workflow) -> None:
    first = workflow(PASSING, cache_dir=".cache").outputs
    second = workflow(PASSING, cache_dir=".cache").outputs

    assert (first["cached"], first["passed"]) == ("0", "2")
    assert (second["cached"], second["passed"]) == ("2", "2")


def _place(error: str) -> tuple[str, str]:
    """The file and the line of an `::error file=..,line=..::`."""
    properties = error.removeprefix("::error ").partition("::")[0].split(",")
    named = dict(part.split("=", 1) for part in properties)
    return named["file"], named["line"]


def _commit(repository: Path) -> None:
    me = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    commit = (*me, "commit", "--quiet", "--allow-empty", "-m", "test")
    for words in (("init", "--quiet"), ("add", "."), commit):
        subprocess.run(["git", *words], cwd=repository, check=True)


def _act(repository: Path, *, home: Path) -> Ended:
    """Run the repository's workflow in a home without settings, where act asks for none.

    `--rm`: act keeps the container of a job that failed.
    """
    (home / ".config/act").mkdir(parents=True, exist_ok=True)
    (home / ".config/act/actrc").touch()
    done = subprocess.run(
        [
            ACT,
            "push",
            "--bind",
            "--rm",
            "--pull=false",
            "--no-cache-server",
            "-P",
            f"ubuntu-latest={MACHINE}",
        ],
        cwd=repository,
        env={**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    return Ended(status=done.returncode, log=done.stdout, repository=repository)
