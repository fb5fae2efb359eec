"""The action without an engine: its inputs, what it leaves to a workflow, how it tells faults."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporters.log_parsers import obeyed
from reporters.reports import every_verdict

from runner import action, inputs, stages
from runner.action import main, outputs
from runner.arguments import parse
from runner.errors import UsageError
from runner.inputs import understand
from runner.workflow import append_outputs

SKIPPED = """
- name: later
  language: python
  code: print(1)
  skip: not yet
"""
PASSING = SKIPPED.replace("skip: not yet", "tags: [quick]")
NAMES = (
    *("total", "passed", "failed", "errored", "skipped", "cached"),
    *("duration", "conclusion", "exit-code", "junit-path"),
)

Step = Callable[..., int]


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """The handlers as they were before `main` set its own."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a manifest that runs nothing and one that would."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "skipped.yml").write_text(SKIPPED)
    (tmp_path / "passing.yml").write_text(PASSING)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/skipped.yml").write_text(SKIPPED)
    (tmp_path / "output").touch()
    (tmp_path / "summary").touch()
    return tmp_path


@pytest.fixture
def step(workspace: Path) -> Step:
    """Runs the action with these inputs, named with underscores: `step(manifest="a.yml")`."""

    def run(**given: str) -> int:
        environ = {
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_OUTPUT": str(workspace / "output"),
            "GITHUB_STEP_SUMMARY": str(workspace / "summary"),
        }
        return main({**environ, **_inputs(given)})

    return run


def _inputs(given: Mapping[str, str]) -> dict[str, str]:
    return {f"INPUT_{name.upper().replace('_', '-')}": text for name, text in given.items()}


def _understood(**given: str) -> inputs.Inputs:
    return understand(_inputs({"manifest": "a.yml", **given}))


def _problems(**given: str) -> tuple[str, ...]:
    with pytest.raises(UsageError) as raised:
        _understood(**given)
    return raised.value.problems


def _outputs(workspace: Path) -> dict[str, str]:
    lines = (workspace / "output").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


# ---------------------------------------------------------------- inputs


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, []),
        ({"jobs": "3"}, ["--jobs", "3"]),
        ({"images": "current"}, ["--images", "current"]),
        ({"tags": "a,!b"}, ["--tag", "a,!b"]),
        ({"isolation": "fresh"}, ["--isolation", "fresh"]),
        ({"timeout_scale": "2.5"}, ["--timeout-scale", "2.5"]),
        ({"pull": "never"}, ["--pull", "never"]),
        ({"runtime": "runsc"}, ["--runtime", "runsc"]),
        ({"fail_fast": "true"}, ["--fail-fast"]),
        ({"fail_fast": "false", "verbose": "TRUE"}, ["--verbose"]),
        ({"junit": "out/j.xml"}, ["--junit", "out/j.xml"]),
        (
            {"report": "\ntable=t.txt\n  junit = a b.xml\n".replace(" = ", "=")},
            ["--report", "table=t.txt", "--report", "junit=a b.xml"],
        ),
    ],
    ids=str,
)
def test_an_input_asks_for_what_its_option_does(given: dict[str, str], words: list[str]) -> None:
    expected = parse([*words, "--report", "github", "a.yml"])

    arguments = _understood(**given).arguments

    assert set(arguments.targets) == set(expected.targets)
    assert arguments.options == expected.options
    assert arguments.overrides == expected.overrides
    assert arguments.selection == expected.selection
    assert (arguments.paths, arguments.images) == (("a.yml",), expected.images)
    assert arguments.verbose == expected.verbose


@pytest.mark.parametrize("expression", ["hello and not (slow)", "--help", "-x", "a=b", "--list"])
def test_any_expression_reaches_the_selection(expression: str) -> None:
    arguments = _understood(select=expression).arguments

    assert arguments.selection.expression is not None
    assert not arguments.list


@pytest.mark.parametrize("path", ["--list", "-k", "run", "validate", "a b.yml", "--junit=x"])
def test_a_manifest_is_never_an_option(path: str) -> None:
    arguments = understand({"INPUT_MANIFEST": path}).arguments

    assert (arguments.command, arguments.paths) == ("run", (path,))


def test_manifests_stand_one_a_line() -> None:
    arguments = understand({"INPUT_MANIFEST": "\n a.yml\r\n\nb c.yml  \n"}).arguments

    assert arguments.paths == ("a.yml", "b c.yml")


def test_all_files_are_below_the_working_directory(workspace: Path) -> None:
    given = understand(
        _inputs(
            {
                "manifest": f"a.yml\n{workspace}/b.yml",
                "working_directory": "docs",
                "junit": "out/j.xml",
                "report": "summary=s.md",
            }
        )
    )

    assert given.arguments.paths == ("docs/a.yml", f"{workspace}/b.yml")
    paths = [str(target.path) for target in given.arguments.targets if target.path]
    assert sorted(paths) == ["docs/out/j.xml", "docs/s.md"]
    assert given.junit == Path("docs/out/j.xml")


def test_an_input_left_empty_is_unset() -> None:
    blank = dict.fromkeys((name.replace("-", "_") for name in inputs.NAMES), " \n")

    assert _understood(**{**blank, "manifest": "a.yml"}) == _understood()


def test_what_is_true_unless_said_otherwise() -> None:
    given = _understood()

    assert given.summary
    assert given.annotations
    assert given.fail_on_failure
    assert given.fail_on_empty
    assert given.junit is None


@pytest.mark.parametrize("key", ["INPUT_FAIL-ON-FAILURE", "INPUT_FAIL_ON_FAILURE"])
def test_hyphens_may_have_become_underscores(key: str) -> None:
    assert not understand({"INPUT_MANIFEST": "a.yml", key: "False"}).fail_on_failure


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"manifest": ""}, "input 'manifest': required: the manifests, Markdown files and folders"),
        ({"merge": "a.json"}, "input 'merge': makes a report of others, and runs no 'manifest'"),
        ({"manifest": "", "merge": "shard-*.json"}, "input 'merge': no file is named as 'shard-*"),
        ({"jobs": "0"}, "input 'jobs': at least 1"),
        ({"jobs": "many"}, "input 'jobs': invalid int value: 'many'"),
        ({"isolation": "warm"}, "input 'isolation': 'warm' is none of reuse, fresh"),
        ({"pull": "maybe"}, "input 'pull': 'maybe' is none of missing, always, never"),
        ({"timeout_scale": "-1"}, "input 'timeout-scale': a number above 0"),
        ({"select": "a and"}, "input 'select': a name is missing at the end"),
        ({"summary": "yes"}, "input 'summary': 'yes' is neither true nor false"),
        ({"fail_fast": "1"}, "input 'fail-fast': '1' is neither true nor false"),
        ({"junit": "a\nb"}, "input 'junit': takes one path; more reports go into 'report'"),
        ({"report": "table"}, "input 'report': 'table' is not FORMAT=FILE"),
        ({"report": "pdf=x"}, "input 'report': unknown format 'pdf'; "),
        ({"working_directory": "no"}, "input 'working-directory': there is no folder 'no'"),
        ({"images": "old"}, "input 'images': invalid choice: 'old'"),
    ],
    ids=str,
)
def test_a_wrong_input_is_named(given: dict[str, str], problem: str) -> None:
    (told,) = _problems(**given)

    assert told.startswith(problem)


def test_all_wrong_inputs_are_named_at_once() -> None:
    assert len(_problems(manifest="", jobs="x", pull="x", report="x\ny", verbose="x")) == 6


# ---------------------------------------------------------------- outputs


def test_the_outputs_are_those_of_the_report() -> None:
    assert outputs(every_verdict(), code=3, junit=Path("out/j.xml")) == {
        "total": "17",
        "passed": "4",
        "failed": "9",
        "errored": "1",
        "skipped": "3",
        "cached": "1",
        "duration": "1.234",
        "conclusion": "error",
        "exit-code": "3",
        "junit-path": "out/j.xml",
    }


@pytest.mark.parametrize(
    ("code", "conclusion"),
    [(0, "success"), (1, "failure"), (2, "error"), (3, "error"), (130, "cancelled"), (70, "error")],
)
def test_each_exit_code_has_its_conclusion(code: int, conclusion: str) -> None:
    values = outputs(None, code=code, junit=Path("never-written.xml"))

    assert (values["conclusion"], values["exit-code"]) == (conclusion, str(code))
    assert (values["total"], values["junit-path"]) == ("0", "")
    assert tuple(values) == NAMES


@given(st.text())
def test_an_output_is_one_line_or_refused(text: str) -> None:
    file = Path(os.devnull)

    broken = len(f"x{text}x".splitlines()) > 1

    with pytest.raises(ValueError, match="more than one line") if broken else _nothing():
        append_outputs(file, {"name": f"x{text}x"})


class _nothing:  # noqa: N801 - reads as `pytest.raises` does
    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


# ---------------------------------------------------------------- whole steps


def test_a_step_writes_its_outputs_summary_and_junit(
    step: Step, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = step(manifest="skipped.yml", junit="out/j.xml")

    assert status == 0
    assert _outputs(workspace)["conclusion"] == "success"
    assert _outputs(workspace)["skipped"] == "1"
    assert _outputs(workspace)["junit-path"] == "out/j.xml"
    assert (workspace / "out/j.xml").read_text().startswith("<?xml")
    assert (workspace / "summary").read_text().startswith("## ✅ 1 case fine")
    assert capsys.readouterr().err == ""


def test_paths_are_relative_to_the_repository(step: Step, workspace: Path) -> None:
    step(manifest="skipped.yml", working_directory="docs", junit="j.xml", report="table=t.txt")

    assert 'file="docs/skipped.yml"' in (workspace / "docs/j.xml").read_text()
    assert "docs/skipped.yml\n" in (workspace / "docs/t.txt").read_text()
    assert _outputs(workspace)["junit-path"] == "docs/j.xml"


def test_a_summary_is_added_to_what_is_there(step: Step, workspace: Path) -> None:
    (workspace / "summary").write_text("before\n")

    step(manifest="skipped.yml")

    assert (workspace / "summary").read_text().startswith("before\n## ")


def test_a_summary_can_be_left_out(step: Step, workspace: Path) -> None:
    step(manifest="skipped.yml", summary="false")

    assert (workspace / "summary").read_text() == ""


def test_a_runner_without_outputs_and_summaries_will_do(workspace: Path) -> None:
    assert main({"INPUT_MANIFEST": str(workspace / "skipped.yml")}) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_and_new_folders_belong_to_the_owner_of_the_workspace(
    step: Step, workspace: Path
) -> None:
    os.chown(workspace, 1234, 2345)

    step(manifest="skipped.yml", junit="new/folder/j.xml", report="table=docs/t.txt")

    paths = [workspace / name for name in ("new", "new/folder", "new/folder/j.xml", "docs/t.txt")]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in paths} == {(1234, 2345)}
    assert (workspace / "docs").stat().st_uid == 0


def test_an_invalid_manifest_is_annotated_at_its_lines(
    step: Step, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "a.yml").write_text("- language: pyton\n  code: x\n- langage: python\n")

    status = step(manifest="a.yml\nmissing.yml")

    errors = obeyed(capsys.readouterr().out)
    assert status == 2
    assert errors[0].properties["file"] == "a.yml"
    assert errors[0].properties["line"] == "1"
    assert "did you mean 'python'" in errors[0].data
    assert errors[-1].data == "missing.yml: no such file or directory"
    assert _outputs(workspace)["conclusion"] == "error"
    assert "pyton" in (workspace / "summary").read_text()


def test_wrong_inputs_are_told_and_nothing_runs(
    step: Step, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = step(manifest="skipped.yml", jobs="many", junit="j.xml")

    assert status == 2
    assert "::error title=exec-action::input 'jobs': invalid int value" in capsys.readouterr().out
    assert not (workspace / "j.xml").exists()
    assert _outputs(workspace)["exit-code"] == "2"


def test_nothing_selected_is_wrong(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    assert step(manifest="passing.yml", tags="slow") == 2
    assert "the inputs 'select' and 'tags'" in capsys.readouterr().out


def test_nothing_selected_can_be_meant(step: Step, workspace: Path) -> None:
    assert step(manifest="passing.yml", tags="slow", fail_on_empty="false") == 0
    assert _outputs(workspace)["conclusion"] == "success"
    assert _outputs(workspace)["total"] == "0"


def test_a_report_that_cannot_be_written_is_known_before_anything_runs(
    step: Step, capsys: pytest.CaptureFixture[str]
) -> None:
    assert step(manifest="passing.yml", junit="passing.yml/j.xml") == 2
    assert "cannot write the junit report" in capsys.readouterr().out


def test_an_engine_out_of_reach_is_an_error(
    step: Step,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(action, "SOCKET", workspace)

    status = step(manifest="passing.yml", fail_on_failure="false")

    assert status == 3
    assert "Docker cannot be reached" in capsys.readouterr().out


def test_a_runner_without_docker_is_explained(
    step: Step,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(action, "SOCKET", workspace / "nothing")

    status = step(manifest="passing.yml")

    told = capsys.readouterr().out
    assert status == 3
    assert told.count("\n") == 1
    assert "/var/run/docker.sock is not in this container" in told
    assert "`runs-on: ubuntu-latest`" in told


def test_a_bug_of_ours_is_told_with_its_traceback(
    step: Step,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_: object) -> int:
        raise RuntimeError("##[add-mask]e")

    monkeypatch.setattr(action, "exit_code", fail)

    status = step(manifest="skipped.yml")

    out, err = capsys.readouterr()
    assert (status, err) == (70, "")
    assert "Traceback" in out
    assert [command.name for command in obeyed(out)][-1] == "error"
    assert "add-mask" not in [command.name for command in obeyed(out)]
    assert _outputs(workspace)["conclusion"] == "error"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_cancelled_before_the_run_is_cancelled(
    step: Step, workspace: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setattr(stages, "read", lambda _: signal.raise_signal(number))

    assert step(manifest="passing.yml", fail_on_failure="false") == 130
    assert _outputs(workspace)["conclusion"] == "cancelled"


def test_a_second_signal_does_not_stop_the_cleaning_up(
    step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "read", lambda _: signal.raise_signal(signal.SIGINT))
    step(manifest="passing.yml")

    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGINT)
