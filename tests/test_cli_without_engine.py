"""The command line as far as it goes without an engine: exit codes, and what is said."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from reporters.reports import every_verdict, many, passed, report

from runner import commands
from runner.arguments import Arguments
from runner.cli import main
from runner.exits import exit_code
from runner.model import Report

PYTHON = sys.executable
GOOD = """\
snippets:
  - {name: hello, language: bash, code: echo hello, tags: [a], expect: {stdout: hello}}
  - {name: bye, language: python, code: print(1), cases: [{name: one}, {name: two}]}
"""
BAD = "snippets:\n  - {name: x, language: pyton, code: echo}\n  - {name: y, language: bash}\n"


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """`main` sets what SIGTERM does."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("good.yml").write_text(GOOD)
    return "good.yml"


@pytest.fixture
def bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("bad.yml").write_text(BAD)
    return "bad.yml"


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a text on standard input."""
    return lambda text: monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(text.encode())))


def runner(*words: str, shell: str = "") -> subprocess.CompletedProcess[str]:
    """`python -m runner` in a shell that does `shell` with what it prints; its own exit code."""
    return subprocess.run(
        ["bash", "-c", f'"$0" -m runner "$@" {shell}; exit ${{PIPESTATUS[0]}}', PYTHON, *words],
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


# ------------------------------------------------------------------ what is read


def test_valid_manifests_are_counted(good: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", good, good]) == 0
    assert capsys.readouterr().out == "1 file, 2 snippets, 3 cases: all valid\n"


def test_the_problems_of_all_files_are_told(
    good: str, bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["validate", bad, "nowhere.yml", good])

    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    lines = said.err.splitlines()
    assert lines[0].startswith("bad.yml:2:")
    assert "unknown language 'pyton'; did you mean 'python'?" in lines[0]
    assert lines[1].startswith("bad.yml:3:")
    assert lines[2] == "nowhere.yml: no such file or directory"
    assert len(lines) == 3


@pytest.mark.parametrize("command", [["validate"], ["images"], ["run"], []], ids=str)
def test_every_command_refuses_what_is_invalid(
    command: list[str], bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, bad]) == 2
    assert "bad.yml:2:" in capsys.readouterr().err


def test_a_manifest_may_come_on_standard_input(
    stdin: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    stdin(GOOD)

    assert main(["validate", "-"]) == 0
    assert capsys.readouterr().out == "1 file, 2 snippets, 3 cases: all valid\n"


def test_problems_on_standard_input_are_placed(
    stdin: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    stdin(BAD)

    assert main(["-"]) == 2
    assert capsys.readouterr().err.startswith("-:2:")


def test_a_list_is_of_every_case_with_its_place(
    good: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([good, "--list"])

    assert code == 0
    assert capsys.readouterr().out.splitlines() == [
        "good.yml:2: hello (bash, bash:5.1)",
        "good.yml:3: bye / one (python, python:3.9-slim)",
        "good.yml:3: bye / two (python, python:3.9-slim)",
    ]


@pytest.mark.parametrize(
    ("words", "lines"),
    [(["-k", "hello"], 1), (["-k", "not hello"], 2), (["--tag", "a"], 1), (["--tag", "!a"], 2)],
    ids=str,
)
def test_a_list_is_of_what_is_selected(
    words: list[str], lines: int, good: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([good, "--list", *words]) == 0
    assert len(capsys.readouterr().out.splitlines()) == lines


@pytest.mark.parametrize(
    "words", [["-k", "nonsense"], ["--tag", "b"], ["--tag", "!a", "-k", "hello"]], ids=str
)
def test_a_selection_of_nothing_is_wrong_usage(
    words: list[str], good: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([good, *words]) == 2
    assert capsys.readouterr().err == "nothing to run: no snippet is selected by -k and --tag\n"


def test_the_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert "snippets" in json.dumps(json.loads(capsys.readouterr().out))


# ------------------------------------------------------------------ exit codes


@pytest.mark.parametrize("words", [[], ["--nonsense"], ["-k", "(", "x.yml"], ["x.yml", "-j0"]])
def test_wrong_usage_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = main(words)

    said = capsys.readouterr()
    assert (code, said.out, said.err.count("\n")) == (2, "", 1)


def test_a_report_that_cannot_be_written_is_2_before_the_engine_is_asked(
    good: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([good, "--junit", good + "/junit.xml"])

    assert code == 2
    assert capsys.readouterr().err == (
        "exec-action: cannot write the junit report to good.yml/junit.xml: Not a directory\n"
    )


@pytest.mark.parametrize("command", [["run"], ["images"]], ids=str)
def test_no_engine_is_3_in_one_sentence(
    command: list[str], good: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([*command, good])

    said = capsys.readouterr()
    assert (code, said.out, said.err.count("\n")) == (3, "", 1)
    assert said.err.startswith("exec-action: Docker cannot be reached at tcp://127.0.0.1:1: ")


def test_a_bug_of_ours_is_70_with_all_that_a_report_of_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(commands.COMMANDS, "schema", broken)

    code = main(["schema"])

    said = capsys.readouterr().err
    assert code == 70
    assert said.startswith("Traceback (most recent call last):")
    assert "in broken" in said
    assert "ZeroDivisionError" in said
    assert said.endswith("exec-action: this is a bug of ours; please report the lines above\n")


def broken(_: Arguments) -> int:
    return 1 // 0


def test_an_interrupt_is_130_and_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(commands.COMMANDS, "schema", interrupted)

    assert main(["schema"]) == 130
    assert capsys.readouterr() == ("", "")


def interrupted(_: Arguments) -> int:
    raise KeyboardInterrupt


def test_sigterm_is_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(commands.COMMANDS, "schema", terminated)

    assert main(["schema"]) == 130


def terminated(_: Arguments) -> int:
    os.kill(os.getpid(), signal.SIGTERM)
    return 0


@pytest.mark.parametrize(
    ("of", "code"),
    [
        (report(), 0),
        (report(passed("x", line=1)), 0),
        (many(10), 1),
        (every_verdict(), 3),
        (replace(every_verdict(), interrupted=True), 130),
        (replace(report(), interrupted=True), 130),
    ],
    ids=["empty", "passed", "failed", "a sandbox at fault", "interrupted", "interrupted at once"],
)
def test_the_exit_code_of_a_report(of: Report, code: int) -> None:
    assert exit_code(of) == code


# ------------------------------------------------------------------ who reads it


@pytest.mark.parametrize(
    ("words", "shell", "code"),
    [
        (["schema"], "| head -1", 0),
        (["schema"], "| true", 0),
        (["--list", "good.yml"], "| true", 0),
        (["nowhere.yml"], "2>&1 | true", 2),
        (["good.yml"], "2>&1 | true", 3),
        (["schema"], "2>/dev/full", 0),
        (["nowhere.yml"], "2>/dev/full", 2),
        (["schema"], ">&-", 0),
        (["nowhere.yml"], "2>&-", 2),
    ],
    ids=str,
)
@pytest.mark.usefixtures("good")
def test_who_stops_reading_changes_no_exit_code(words: list[str], shell: str, code: int) -> None:
    done = runner(*words, shell=shell)

    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.parametrize("words", [["schema"], ["--list", "good.yml"], ["validate", "good.yml"]])
@pytest.mark.usefixtures("good")
def test_a_full_disk_is_2_in_one_sentence(words: list[str]) -> None:
    done = runner(*words, shell=">/dev/full")

    assert done.returncode == 2
    assert done.stderr == "exec-action: cannot write: No space left on device\n"
