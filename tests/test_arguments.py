"""From the words of the command line to what they ask for."""

import subprocess
import sys
from pathlib import Path

import pytest

from runner.arguments import Arguments, parse
from runner.errors import UsageError
from runner.flags import ISOLATIONS, PULLS
from runner.model import Isolation
from runner.options import Options, Pull
from runner.targets import Target

TABLE = Target(format="table")


def problem_of(*words: str) -> str:
    with pytest.raises(UsageError) as caught:
        parse(words)
    (problem,) = caught.value.problems
    return problem


def test_a_path_alone_runs_it_with_the_defaults() -> None:
    arguments = parse(["a.yml"])

    assert (arguments.command, arguments.paths, arguments.targets) == ("run", ("a.yml",), (TABLE,))
    assert arguments.options == Options(jobs=None, pull=Pull.MISSING, runtime=None, fail_fast=False)
    assert (arguments.overrides.isolation, arguments.overrides.timeout_scale) == (None, 1.0)
    assert (arguments.images, arguments.list, arguments.verbose) == (None, False, False)


@pytest.mark.parametrize(
    ("words", "command", "paths"),
    [
        (["run", "a.yml"], "run", ("a.yml",)),
        (["validate", "a.yml", "b.yml"], "validate", ("a.yml", "b.yml")),
        (["images", "-"], "images", ("-",)),
        (["schema"], "schema", ()),
        (["doctor"], "doctor", ()),
        (["a.yml", "validate"], "run", ("a.yml", "validate")),
        (["./schema"], "run", ("./schema",)),
        (["--", "schema"], "run", ("schema",)),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_only_the_first_word_is_a_command(
    words: list[str], command: str, paths: tuple[str, ...]
) -> None:
    arguments = parse(words)

    assert (arguments.command, arguments.paths) == (command, paths)


@pytest.mark.parametrize(
    ("words", "paths"),
    [
        (["a.yml", "--list", "b.yml"], ("a.yml", "b.yml")),
        (["--list", "a.yml", "b.yml"], ("a.yml", "b.yml")),
        (["a.yml", "b.yml", "--list"], ("a.yml", "b.yml")),
        (
            ["a.yml", "-", "--list", "--", "--fail-fast", "-x.yml"],
            ("a.yml", "-", "--fail-fast", "-x.yml"),
        ),
    ],
)
def test_options_stand_before_between_or_after_paths(
    words: list[str], paths: tuple[str, ...]
) -> None:
    arguments = parse(words)

    assert arguments.paths == paths
    assert arguments.list
    assert not arguments.options.fail_fast


def test_every_option_is_understood() -> None:
    words = (
        "a.yml --images current -j 3 --isolation fresh --timeout-scale 2.5 --pull never"
        " --runtime runsc -k hello --tag a,!b --fail-fast --list -v"
    )

    arguments = parse(words.split())

    assert arguments.options == Options(jobs=3, pull=Pull.NEVER, runtime="runsc", fail_fast=True)
    assert arguments.overrides.isolation is Isolation.FRESH
    assert arguments.overrides.timeout_scale == 2.5
    assert (arguments.selection.tags, arguments.selection.excluded_tags) == (("a",), ("b",))
    assert arguments.selection.expression is not None
    assert (arguments.images, arguments.list, arguments.verbose) == ("current", True, True)


@pytest.mark.parametrize(
    ("words", "targets"),
    [
        ([], [TABLE]),
        (["--junit", "j.xml"], [Target(format="junit", path=Path("j.xml")), TABLE]),
        (["--report", "table=t.txt"], [Target(format="table", path=Path("t.txt")), TABLE]),
        (["--report", "summary"], [Target(format="summary")]),
        (
            ["--report", "junit", "--junit", "j.xml"],
            [Target(format="junit"), Target(format="junit", path=Path("j.xml"))],
        ),
        (["--report", "github", "--report", "table"], [Target(format="github"), TABLE]),
        (["--report", "junit=a=b.xml"], [Target(format="junit", path=Path("a=b.xml")), TABLE]),
    ],
    ids=lambda words: " ".join(map(str, words)) if words and isinstance(words[0], str) else "",
)
def test_the_table_is_printed_unless_another_report_is(
    words: list[str], targets: list[Target]
) -> None:
    assert list(parse(["a.yml", *words]).targets) == targets


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("", "no file is named; for example: python -m runner README.md"),
        ("--list", "no file is named"),
        ("validate", "for example: python -m runner validate README.md"),
        ("images", "for example: python -m runner images README.md"),
        ("a.yml --nonsense", "unrecognized arguments: --nonsense; --help lists the options"),
        ("a.yml --lis", "unrecognized arguments: --lis"),
        ("schema a.yml", "unrecognized arguments: a.yml"),
        ("schema -- a.yml", "unrecognized arguments: a.yml"),
        ("validate a.yml --pull never", "unrecognized arguments: --pull never"),
        ("a.yml --report xml", "--report: unknown format 'xml'; table, junit, "),
        ("a.yml --report junit=", "--report junit=: the file's name is missing after '='"),
        ("a.yml --report", "argument --report: expected one argument"),
        ("a.yml -j 0", "--jobs: at least 1"),
        ("a.yml -j -2", "--jobs: at least 1"),
        ("a.yml -j many", "argument -j/--jobs: invalid int value: 'many'"),
        ("a.yml --timeout-scale 0", "--timeout-scale: a number above 0"),
        ("a.yml --timeout-scale -1", "--timeout-scale: a number above 0"),
        ("a.yml --timeout-scale nan", "--timeout-scale: a number above 0"),
        ("a.yml --timeout-scale inf", "--timeout-scale: a number above 0"),
        ("a.yml --timeout-scale x", "argument --timeout-scale: invalid float value: 'x'"),
        ("a.yml --pull often", "argument --pull: 'often' is none of missing, always, never"),
        ("a.yml --isolation no", "argument --isolation: 'no' is none of reuse, fresh"),
        ("a.yml --images new", "argument --images: invalid choice: 'new'"),
    ],
)
def test_what_is_wrong_is_named(words: str, problem: str) -> None:
    said = problem_of(*words.split())

    assert said.startswith("exec-action: ")
    assert problem in said
    assert "\n" not in said


@pytest.mark.parametrize("command", ["run", "validate", "schema", "images", "doctor"])
def test_help_ends_well(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([command, "--help"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: python -m runner")


def test_the_help_of_the_run_tells_commands_and_exit_codes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])

    said = capsys.readouterr().out
    assert "commands: PATH... runs" in said
    assert "exit codes: 0 all fine" in said


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--version"])

    assert capsys.readouterr().out.startswith("exec-action ")


def test_arguments_are_a_value() -> None:
    assert parse(["a.yml"]) == parse(["a.yml"])
    assert isinstance(parse(["doctor"]), Arguments)


def test_options_take_the_words_that_are_understood() -> None:
    assert (tuple(Pull), tuple(Isolation)) == (PULLS, ISOLATIONS)


def test_help_needs_nothing_of_the_pipeline() -> None:
    code = "import sys, runner.cli; print('runner.model' in sys.modules)"

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout

    assert printed == b"False\n"
