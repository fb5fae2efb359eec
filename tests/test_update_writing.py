"""What is written after a run, or shown instead, and what the exit code is then."""

import io
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from update import prints, read, report, report_of

from runner.errors import UsageError
from runner.judge import judge
from runner.model import Ending, Outcome
from runner.options import Update
from runner.reading import read as read_all
from runner.update import rewritten
from runner.update.command import before_run
from runner.update.differences import unified
from runner.update.writing import Change, in_ci, snapshot, write

TEXT = "- {language: python, code: x, expected_output: old}\n"
OTHER = "- {language: python, code: y, expected_output: fine}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    return tmp_path


def change(path: Path, before: str = "old", after: str = "new") -> Change:
    return Change(
        path=path, shown=path.name, before=before.encode(), after=after.encode(), places=1
    )


def test_a_file_keeps_its_mode_and_no_other_file_is_left(folder: Path) -> None:
    file = folder / "a.yml"
    file.write_text("old")
    file.chmod(0o640)

    write([change(file)])

    assert file.read_text() == "new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert list(folder.iterdir()) == [file]


def test_a_file_that_changed_since_is_not_written_and_the_others_are(folder: Path) -> None:
    (folder / "a.yml").write_text("edited meanwhile")
    (folder / "b.yml").write_text("old")

    with pytest.raises(UsageError) as error:
        write([change(folder / "a.yml"), change(folder / "b.yml"), change(folder / "gone.yml")])

    assert (folder / "a.yml").read_text() == "edited meanwhile"
    assert (folder / "b.yml").read_text() == "new"
    assert error.value.problems == (
        "updated: b.yml (1 place)",
        "a.yml: changed during the run; not written, run again",
        "gone.yml: cannot be written: No such file or directory",
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written_is_not_replaced(folder: Path) -> None:
    (folder / "a.yml").write_text("old")
    (folder / "a.yml").chmod(0o444)

    with pytest.raises(UsageError, match="cannot be written: Permission denied"):
        write([change(folder / "a.yml")])

    assert (folder / "a.yml").read_text() == "old"


def test_a_pipe_is_not_read_a_second_time(folder: Path) -> None:
    os.mkfifo(folder / "pipe.yml")

    with pytest.raises(UsageError, match=r"pipe\.yml: --update: no regular file"):
        snapshot(["pipe.yml"])


def test_standard_input_cannot_be_written() -> None:
    with pytest.raises(UsageError, match="standard input cannot be written; name a file"):
        snapshot(["-"])


@pytest.mark.parametrize(
    ("environ", "refused"),
    [
        ({}, False),
        ({"CI": ""}, False),
        ({"CI": "false"}, False),
        ({"CI": "true"}, True),
        ({"CI": "1"}, True),
        ({"CI": "true", "EXEC_ACTION_UPDATE": "0"}, True),
        ({"CI": "true", "EXEC_ACTION_UPDATE": "1"}, False),
    ],
)
def test_ci_refuses_unless_told(environ: dict[str, str], *, refused: bool) -> None:
    assert in_ci(environ) is refused


def test_in_ci_only_check_is_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.yml").write_text(TEXT)
    monkeypatch.setenv("CI", "true")

    before_run(Update.DIFFERING, check=True, paths=["a.yml"], read=read)

    with pytest.raises(UsageError, match="use --check, or set EXEC_ACTION_UPDATE=1"):
        before_run(Update.DIFFERING, check=False, paths=["a.yml"], read=read)


def concluded(
    outcomes: list[Outcome], *, check: bool = False, interrupted: bool = False
) -> tuple[int, str, str]:
    """Exit code, standard output and log of a run of TEXT and OTHER that would exit with 1."""
    Path("a.yml").write_text(TEXT + OTHER)
    updating = before_run(Update.DIFFERING, check=check, paths=["a.yml"], read=read)
    found = replace(report("a.yml", (TEXT + OTHER).encode(), outcomes), interrupted=interrupted)
    out, log = io.StringIO(), io.StringIO()
    code = updating.conclude(found, code=1, out=out, log=log)
    return code, out.getvalue(), log.getvalue()


def test_all_is_well_where_all_that_failed_was_rewritten(folder: Path) -> None:
    code, out, log = concluded([prints("new"), prints("fine")])

    assert (code, out, log) == (0, "", "updated: a.yml (1 place)\n")
    assert (folder / "a.yml").read_text() == TEXT.replace("old", "new") + OTHER


def test_a_failure_that_is_no_output_remains_one(folder: Path) -> None:
    code, _, log = concluded([prints("new"), prints(exit_code=1)])

    assert code == 1
    assert log == (
        "updated: a.yml (1 place)\n"
        "left alone: a.yml:2:3: python 2: exit code 1, expected 0;"
        " stdout is empty, expected 'fine'\n"
    )
    assert (folder / "a.yml").read_text() == TEXT.replace("old", "new") + OTHER


def test_check_shows_the_difference_and_writes_nothing(folder: Path) -> None:
    code, out, log = concluded([prints("new"), prints("fine")], check=True)

    assert (code, log) == (1, "")
    assert out.splitlines() == [
        "--- a.yml",
        "+++ a.yml",
        "@@ -1,2 +1,2 @@",
        f"-{TEXT.rstrip()}",
        f"+{TEXT.rstrip().replace('old', 'new')}",
        f" {OTHER.rstrip()}",
    ]
    assert (folder / "a.yml").read_text() == TEXT + OTHER


def test_a_difference_is_shown_in_any_encoding(folder: Path) -> None:
    (folder / "a.yml").write_text(TEXT)
    updating = before_run(Update.DIFFERING, check=True, paths=["a.yml"], read=read)
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")

    updating.conclude(
        report("a.yml", TEXT.encode(), [prints("né")]), code=1, out=out, log=io.StringIO()
    )

    assert rb"expected_output: n\xe9}" in out.buffer.getvalue()


@pytest.mark.usefixtures("folder")
def test_check_with_nothing_to_be_written_keeps_the_exit_code() -> None:
    assert concluded([prints("old"), prints("fine")], check=True) == (1, "", "")


@pytest.mark.usefixtures("folder")
def test_a_fault_of_a_sandbox_beats_all() -> None:
    broken = Outcome(ending=Ending.SANDBOX_ERROR, reason="gone")

    code, _, log = concluded([prints("new"), broken])

    assert code == 1
    assert log.endswith("left alone: a.yml:2:3: python 2: gone\n")


def test_after_an_interrupted_run_nothing_is_written(folder: Path) -> None:
    assert concluded([prints("new"), prints("fine")], interrupted=True) == (1, "", "")
    assert (folder / "a.yml").read_text() == TEXT + OTHER


@pytest.mark.usefixtures("folder")
def test_a_file_that_changed_before_it_was_run_is_left_alone() -> None:
    raw = TEXT.encode()
    found = report("a.yml", raw, [prints("new")])

    kept = rewritten(found, {"a.yml": raw.replace(b"code: x", b"code: y")}, read)

    assert kept.files == ()
    assert [str(one) for one in kept.kept] == [
        "a.yml:1:3: python 1: its file was changed before it was run"
    ]


def test_a_link_is_written_through_and_a_document_with_what_its_manifest_says(
    folder: Path,
) -> None:
    (folder / "docs").mkdir()
    real = folder / "docs" / "real.md"
    real.write_text("```mine\nx\n```\n\n```output\nold\n```\n")
    (folder / "link.md").symlink_to(real)
    (folder / "m.yml").write_text(
        "languages: {mine: {extends: python}}\ndocuments: [link.md]\nsnippets:\n" + TEXT
    )
    found = read_all(["m.yml"])
    updating = before_run(
        Update.DIFFERING, check=False, paths=["m.yml", "link.md"], read=found.again
    )

    results = [judge(one, one.cases[0], prints("new")) for one in found.snippets]
    code = updating.conclude(report_of(results), code=1, out=io.StringIO(), log=io.StringIO())

    assert code == 0
    assert real.read_text() == "```mine\nx\n```\n\n```output\nnew\n```\n"
    assert (folder / "link.md").is_symlink()
    assert (folder / "m.yml").read_text().endswith(TEXT.replace("old", "new"))


def test_a_difference_is_shown_in_hunks_and_cannot_act_on_a_terminal_or_a_log() -> None:
    old = "".join(f"line {number}\n" for number in range(1, 31))
    new = old.replace("line 2\n", "line 2\x1b[2J\n").replace("line 29\n", "")

    lines = unified("a.md", " ::error::x\n" + old, " ::error::x\n" + new)

    assert lines[:6] == [
        "--- a.md",
        "+++ a.md",
        "@@ -1,6 +1,6 @@",
        "  :\u200b:error::x",
        " line 1",
        "-line 2",
    ]
    assert lines[6] == r"+line 2\x1b[2J"
    assert lines[10:] == [
        "@@ -27,5 +27,4 @@",
        " line 26",
        " line 27",
        " line 28",
        "-line 29",
        " line 30",
    ]
