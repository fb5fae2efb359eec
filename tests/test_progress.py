"""What is to be seen while a run goes on."""

from collections.abc import Mapping
from io import StringIO
from types import MappingProxyType

import pytest
from reporters.log_parsers import commands
from reporters.reports import every_verdict, many, passed

from runner.model import Report
from runner.progress import progress

XTERM = {"TERM": "xterm"}


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def _watched(
    report: Report,
    stream: StringIO,
    *,
    verbose: bool = False,
    quiet: bool = False,
    environ: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    total = len(report.results)
    with progress(total, verbose=verbose, quiet=quiet, stream=stream, environ=environ) as watcher:
        watcher.pulling("python:3.9-slim")
        for result in report.results:
            watcher.started(result.name)
            watcher.finished(result)
    return stream.getvalue().splitlines()


def test_few_cases_have_a_line_each() -> None:
    lines = _watched(every_verdict(), StringIO())

    assert len(lines) == 18
    assert lines[:2] == ["pulling python:3.9-slim", "[ 1/17] passed greets (12 ms)"]
    assert lines[9] == "[ 9/17] runtime_error crashes (12 ms): exit code 139 (SIGSEGV), expected 0"


def test_of_many_only_failures_and_tenths_have_a_line() -> None:
    lines = _watched(many(1000), StringIO())

    assert len(lines) == 1 + 100 + 10
    assert lines[-1] == "[1000/1000] 100 failed so far"


def test_failures_without_end_do_not_fill_the_log() -> None:
    assert len(_watched(many(10_000), StringIO())) == 1 + 100 + 10


def test_verbose_tells_of_each() -> None:
    assert len(_watched(many(1000), StringIO(), verbose=True)) == 1001


@pytest.mark.parametrize("stream", [StringIO(), _Terminal()], ids=["log", "terminal"])
def test_quiet_says_nothing(stream: StringIO) -> None:
    assert _watched(every_verdict(), stream, quiet=True, environ=XTERM) == []


def test_quiet_says_why_an_image_could_not_be_built() -> None:
    stream = StringIO()

    with progress(1, quiet=True, stream=stream) as watcher:
        watcher.building("docs/Dockerfile")
        watcher.not_built("docs/Dockerfile", ["no such file"])

    assert stream.getvalue().splitlines()[-1] == "no such file"


@pytest.mark.parametrize("environ", [{"CI": "true"}, {"TERM": "dumb"}])
def test_a_terminal_gets_plain_lines_where_nobody_watches(environ: dict[str, str]) -> None:
    lines = _watched(every_verdict(), _Terminal(), environ=environ)

    assert len(lines) == 18


def test_a_terminal_gets_a_line_that_is_gone_at_the_end() -> None:
    text = "\n".join(_watched(every_verdict(), _Terminal(), environ=XTERM))

    assert "✗" in text
    assert "17/17" in text
    assert text.endswith("\x1b[2K")


def test_no_color_leaves_out_colours() -> None:
    coloured = "\n".join(_watched(every_verdict(), _Terminal(), environ=XTERM))
    plain = "\n".join(_watched(every_verdict(), _Terminal(), environ={**XTERM, "NO_COLOR": "1"}))

    assert "\x1b[1;31m" in coloured
    assert "\x1b[1;31m" not in plain
    assert "31m" not in plain


def test_nothing_that_a_snippet_is_called_is_a_command_or_a_control() -> None:
    log = "\n".join(_watched(every_verdict(), StringIO()))

    assert commands(log) == []
    assert log.replace("\n", "").replace("\u200b", "").isprintable()


def test_a_run_of_nothing_says_nothing() -> None:
    with progress(0, stream=StringIO(), environ={}):
        pass
    assert passed("x", line=1).verdict.fine
