"""The command line on the real engine, as a process of its own."""

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from lateness import ENDED_WITHIN

ENVIRON: Final = {
    **{k: v for k, v in os.environ.items() if k not in ("CI", "NO_COLOR", "COLUMNS", "TERM")},
    "PYTHONPATH": ":".join(sys.path),
}
RUNNER: Final = [sys.executable, "-m", "runner"]
GOOD: Final = "snippets:\n  - {name: good, language: bash, code: echo 1, expect: {stdout: '1'}}\n"
FAILING: Final = GOOD + "  - {name: bad, language: bash, code: echo 1, expect: {stdout: '2'}}\n"
NO_IMAGE: Final = (
    "languages: {mine: {image: 'localhost/exec-action/no-such:1', source: x, run: [sh, x]}}\n"
    "snippets:\n  - {name: none, language: mine, code: echo}\n"
)
SLOW: Final = (
    "snippets:\n  - {name: quick, language: bash, code: echo 1}\n"
    "  - {name: slow, language: bash, code: sleep 60}\n"
    "  - {name: never, language: bash, code: sleep 60}\n"
)
FIVE: Final = "snippets:\n" + "".join(
    f"  - {{name: s{number}, language: bash, code: exit {code}}}\n"
    for number, code in enumerate((0, 1, 0, 0, 0))
)


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Writes a manifest into a working directory of the test's own; its name."""
    monkeypatch.chdir(tmp_path)

    def manifest(text: str) -> str:
        Path("m.yml").write_text(text)
        return "m.yml"

    return manifest


def runner(*words: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUNNER, *words],
        env=ENVIRON | environ,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=ENDED_WITHIN,
    )


def verdicts(junit: str | Path) -> dict[str, str]:
    """What became of each case, by its name: a tag of JUnit, or `passed`."""
    return {
        case.get("name", ""): next(
            (child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed"
        )
        for case in ET.parse(junit).iter("testcase")
    }


# ------------------------------------------------------------------ exit codes


@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (FAILING, 1)], ids=["fine", "failed"])
def test_the_exit_code_is_the_runs(manifest: Callable[[str], str], text: str, code: int) -> None:
    done = runner(manifest(text), "--junit", "out/junit.xml")

    assert done.returncode == code
    assert "good" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert verdicts("out/junit.xml")["good"] == "passed"


def test_a_manifest_on_standard_input_is_run() -> None:
    done = runner("-", stdin=FAILING)

    assert done.returncode == 1
    assert "-:3" in done.stdout


def test_progress_goes_to_standard_error_and_the_report_stays_whole(
    manifest: Callable[[str], str],
) -> None:
    done = runner(manifest(FAILING), "--report", "junit", "--jobs", "1")

    assert done.stdout.startswith("<?xml")
    assert done.stderr.splitlines()[0].startswith("[1/2] passed good (")
    assert done.stderr.splitlines()[1].startswith("[2/2] wrong_output bad (")


@pytest.mark.parametrize(
    ("text", "words", "reason"),
    [
        (GOOD, ["--runtime", "no-such"], "no-such"),
        (NO_IMAGE, ["--pull", "never"], "is not here, and pulling is off (--pull never)"),
    ],
    ids=["runtime", "image"],
)
def test_a_sandbox_that_cannot_be_had_is_3_with_its_reason(
    manifest: Callable[[str], str], text: str, words: list[str], reason: str
) -> None:
    done = runner(manifest(text), "--junit", "junit.xml", *words)

    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert reason.lower() in done.stderr.lower()
    assert list(verdicts("junit.xml").values()) == ["error"]


# ------------------------------------------------------------------ an interrupt


@pytest.fixture
def process() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a runner; ends what a failed test leaves of it."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen([*RUNNER, *words], env=ENVIRON, stderr=subprocess.PIPE, text=True)
        )
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_interrupted_run_is_130_and_reports_what_had_finished(
    manifest: Callable[[str], str],
    process: Callable[..., subprocess.Popen[str]],
    number: signal.Signals,
) -> None:
    words = ["--junit", "junit.xml", "--report", "table=table.txt", "--report", "summary=s.md"]
    running = process(manifest(SLOW), "--jobs", "1", *words)
    assert running.stderr is not None
    assert "passed quick" in running.stderr.readline()

    running.send_signal(number)
    _, said = running.communicate(timeout=ENDED_WITHIN)

    assert running.returncode == 130
    assert said == ""
    assert verdicts("junit.xml") == {"quick": "passed"}
    assert "is missing here" in Path("table.txt").read_text()
    assert Path("s.md").stat().st_size > 0


# ------------------------------------------------------------------ who reads


@pytest.mark.parametrize("shell", ["| head -1 >first", "2>&1 | true"])
def test_who_stops_reading_costs_neither_exit_code_nor_reports(
    manifest: Callable[[str], str], shell: str
) -> None:
    words = f"{manifest(FAILING)} --report summary --junit junit.xml"

    done = subprocess.run(
        ["bash", "-c", f'"$0" -m runner {words} {shell}; exit ${{PIPESTATUS[0]}}', sys.executable],
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
        timeout=ENDED_WITHIN,
    )

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert verdicts("junit.xml") == {"good": "passed", "bad": "failure"}


def test_a_report_that_fails_does_not_cost_the_others(manifest: Callable[[str], str]) -> None:
    full, also = ["--report", "table=/dev/full"], ["--report", "github=/dev/full"]

    done = runner(manifest(GOOD), *full, *also, "--junit", "junit.xml")

    assert done.returncode == 2
    assert done.stderr.splitlines()[1:] == [
        f"exec-action: cannot write the {name} report to /dev/full: No space left on device"
        for name in ("table", "github")
    ]
    assert verdicts("junit.xml") == {"good": "passed"}


# ------------------------------------------------------------------ how it runs


def test_fail_fast_leaves_out_what_had_not_begun(manifest: Callable[[str], str]) -> None:
    done = runner(manifest(FIVE), "--jobs", "1", "--fail-fast", "--junit", "junit.xml")

    assert done.returncode == 1
    assert list(verdicts("junit.xml").values()) == ["passed", "failure", *["skipped"] * 3]
    assert "'s1' failed before (--fail-fast)" in Path("junit.xml").read_text()


@pytest.mark.parametrize("jobs", [1, 3])
def test_so_many_sandboxes_work_as_there_are_jobs(
    manifest: Callable[[str], str], jobs: int
) -> None:
    done = runner(manifest(FIVE), "--jobs", str(jobs), "--junit", "junit.xml")

    assert f"{jobs} job" in done.stdout
    assert list(verdicts("junit.xml")) == ["s0", "s1", "s2", "s3", "s4"]


def test_a_longer_timeout_by_the_command_line_is_had() -> None:
    text = "snippets:\n  - {name: s, language: bash, code: sleep 1.2, timeout: 1}\n"

    assert runner("-", "--timeout-scale", "20", stdin=text).returncode == 0


# ------------------------------------------------------------------ images


def test_images_that_are_here_are_told_with_their_digests(manifest: Callable[[str], str]) -> None:
    done = runner("images", manifest(FAILING), "--pull", "never")

    (line,) = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert line.startswith("bash:5.1: sha256:")


def test_an_image_that_cannot_be_had_is_3_and_the_others_are_told(
    manifest: Callable[[str], str],
) -> None:
    text = NO_IMAGE + "  - {name: two, language: bash, code: echo}\n"

    done = runner("images", manifest(text), "--pull", "never")

    assert done.returncode == 3
    assert done.stdout.startswith("bash:5.1: sha256:")
    assert done.stderr == (
        "localhost/exec-action/no-such:1: image 'localhost/exec-action/no-such:1' is not here,"
        " and pulling is off (--pull never)\n"
    )


# ------------------------------------------------------------------ a terminal


def on_a_terminal(*words: str, **environ: str) -> str:
    """All that the runner shows on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*RUNNER, *words],
        env=ENVIRON | {"TERM": "xterm", "COLUMNS": "80"} | environ,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    end = time.monotonic() + 60
    with contextlib.suppress(OSError):  # EIO: the other end was closed
        while select.select([ours], [], [], max(0, end - time.monotonic()))[0]:
            shown += os.read(ours, 65536)
    os.close(ours)
    process.wait(10)
    return shown.decode()


def test_a_terminal_gets_a_live_line_and_colours(manifest: Callable[[str], str]) -> None:
    shown = on_a_terminal(manifest(FAILING))

    assert "\x1b[2K" in shown
    assert "\x1b[31m" in shown or "\x1b[1;31m" in shown


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_who_wants_no_colours_gets_none(
    manifest: Callable[[str], str], environ: dict[str, str]
) -> None:
    shown = on_a_terminal(manifest(FAILING), **environ)

    assert "1 of 2 cases failed" in shown
    assert "\x1b[31m" not in shown
    assert ";31m" not in shown


def test_ci_gets_plain_lines(manifest: Callable[[str], str]) -> None:
    shown = on_a_terminal(manifest(FAILING), CI="true", NO_COLOR="1")

    assert "\x1b" not in shown
    assert "/2] passed good (" in shown
