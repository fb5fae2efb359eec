"""What `--watch` runs again, and when; with steps of its own in place of reading and running."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from snippets import alone, bash, case, together

from runner.arguments import parse
from runner.changes import Known, changed, key, remembered
from runner.errors import UsageError
from runner.judge import judge
from runner.languages import CLASSIC, Build
from runner.model import (
    Ending,
    Expectation,
    Outcome,
    Report,
    Session,
    Snippet,
    Source,
    TextExpectation,
)
from runner.sharding import Plan
from runner.stamps import snapshot
from runner.watch import _PAUSE, Steps, watch


def report_of(*sessions: Session, ending: Ending = Ending.EXITED) -> Report:
    outcome = Outcome(ending=ending, exit_code=0)
    results = [
        judge(snippet, one, outcome)
        for session in sessions
        for snippet in session.snippets
        for one in snippet.cases
    ]
    return Report(results=tuple(results), started="", duration=0, jobs=1)


def known_of(*sessions: Session, ending: Ending = Ending.EXITED) -> dict[tuple[str, ...], Known]:
    return remembered(sessions, {}, sessions, report_of(*sessions, ending=ending))


def names(sessions: Sequence[Session]) -> list[str]:
    return [snippet.name for session in sessions for snippet in session.snippets]


# ------------------------------------------------------------------ what is run again

ONE = bash("echo 1", name="one")
TWO = bash("echo 2", name="two")


def test_all_is_run_where_nothing_is_known() -> None:
    assert names(changed([alone(ONE), alone(TWO)], {})) == ["one", "two"]


@pytest.mark.parametrize(
    "edited",
    [
        replace(ONE, code=b"echo 3"),
        replace(ONE, files={"a": b"1"}),
        replace(ONE, cases=(case(stdin="x"),)),
        replace(ONE, cases=(case(expect=Expectation(stdout=TextExpectation(equals="1"))),)),
        replace(ONE, language=replace(CLASSIC["bash"], image="bash:9")),
        replace(
            ONE,
            language=replace(
                CLASSIC["bash"], build=Build(dockerfile=Path("D"), shown="D", digest="1")
            ),
        ),
        replace(ONE, name="renamed"),
    ],
    ids=["code", "file", "stdin", "expectation", "image", "build", "name"],
)
def test_only_what_was_edited_is_run_again(edited: Snippet) -> None:
    known = known_of(alone(ONE), alone(TWO))

    assert names(changed([alone(edited), alone(TWO)], known)) == [edited.name]


def test_what_only_moved_is_not_run_again_and_its_result_moves_with_it() -> None:
    there = Source(path=ONE.source.path, line=70)
    moved = replace(
        alone(replace(ONE, source=there, cases=(replace(ONE.cases[0], source=there),))), position=4
    )

    again = changed([moved], known_of(alone(ONE)))
    known = remembered([moved], known_of(alone(ONE)), again, report_of())

    (result,) = known[key(moved)].results
    assert not again
    assert (result.snippet.source, result.case.source, result.position) == (there, there, 4)


def test_a_session_is_run_again_as_a_whole() -> None:
    tour = together(ONE, TWO)
    edited = together(ONE, replace(TWO, code=b"echo 3"))

    assert names(changed([edited], known_of(tour))) == ["one", "two"]


@pytest.mark.parametrize("ending", [Ending.SANDBOX_ERROR, Ending.NOT_RUN], ids=str)
def test_what_came_to_no_verdict_is_run_again(ending: Ending) -> None:
    assert names(changed([alone(ONE)], known_of(alone(ONE), ending=ending))) == ["one"]


def test_what_is_skipped_stays_so() -> None:
    skipped = alone(replace(ONE, skip="not now"))

    assert changed([skipped], known_of(skipped)) == []


def test_what_is_compared_with_a_file_is_run_again_when_that_changes(tmp_path: Path) -> None:
    golden = tmp_path / "golden.txt"
    golden.write_text("1")
    expect = Expectation(stdout=TextExpectation(file=golden))
    compared = alone(replace(ONE, cases=(case(expect=expect),)))
    known = known_of(compared)

    before = changed([compared], known)
    golden.write_text("other")

    assert (before, changed([compared], known)) == ([], [compared])


# ------------------------------------------------------------------ what is seen of files


def test_a_snapshot_has_the_files_below_a_folder_but_for_hidden_folders(tmp_path: Path) -> None:
    for name in ("a.yml", "docs/b.md", ".hidden", ".git/HEAD", "node_modules/x.js"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "loop").symlink_to(tmp_path)

    seen = snapshot([str(tmp_path)], without=[str(tmp_path / "docs/out.xml")])

    assert {os.path.relpath(path, tmp_path) for path in seen} == {".hidden", "a.yml", "docs/b.md"}


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_text("longer"),
        lambda path: os.utime(path, ns=(1, 1)),
        lambda path: path.with_name("other").rename(path),
        lambda path: path.unlink(),
    ],
    ids=["written", "touched", "replaced", "removed"],
)
def test_a_change_of_a_file_is_seen(tmp_path: Path, change: Callable[[Path], object]) -> None:
    path = tmp_path / "a"
    path.write_text("text")
    (tmp_path / "other").write_text("text")
    before = snapshot([str(path)])

    change(path)

    assert snapshot([str(path)]) != before


# ------------------------------------------------------------------ one turn after another


class Script:
    """Steps that read a file with a snippet's code, and run it without a sandbox."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[str] = []
        self.to_save: list[str] = []

    def read(self) -> Plan:
        text = self.path.read_text()
        self.told.append(f"read {text}")
        if text == "wrong one":
            raise UsageError("wrong")
        here = Source(path=str(self.path), line=1)
        return Plan(sessions=(alone(replace(ONE, code=text.encode(), source=here)), alone(TWO)))

    def run(self, plan: Plan) -> Report:
        self.told.append(f"run {names(plan.sessions)}")
        interrupted = plan.sessions[0].snippets[0].code == b"half"
        return replace(report_of(*plan.sessions), interrupted=interrupted)

    def show(self, latest: Report, whole: Report) -> None:
        self.told.append(f"show {len(latest.results)} of {len(whole.results)}")

    def complain(self, problems: Sequence[str]) -> None:
        self.told.append(f"problem {list(problems)}")

    def nap(self, seconds: float) -> None:
        """Save the next text in a pause; then press Ctrl-C."""
        if seconds < _PAUSE:
            return
        if not self.to_save:
            raise KeyboardInterrupt
        self.path.write_text(self.to_save.pop(0))


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    path = tmp_path / "m.yml"
    path.write_text("first")
    script = Script(path)
    monkeypatch.setattr(time, "sleep", script.nap)
    return script


def watched(script: Script, *saved: str) -> tuple[int, str]:
    log = StringIO()
    script.to_save = list(saved)
    steps = Steps(read=script.read, run=script.run, show=script.show, complain=script.complain)
    return watch([str(script.path)], steps, unwatched=[], log=log), log.getvalue()


def test_what_is_saved_is_run_again_until_interrupted_which_is_no_failure(script: Script) -> None:
    code, log = watched(script, "second")

    assert code == 0
    assert script.told == [
        "read first",
        "run ['one', 'two']",
        "show 2 of 2",
        "read second",
        "run ['one']",
        "show 1 of 2",
    ]
    assert "1 of 2 to be run\n" in log
    assert log.endswith("watching for changes; Ctrl-C ends\n")


def test_a_mistake_is_told_and_watching_goes_on(script: Script) -> None:
    watched(script, "wrong one", "third")

    assert script.told[3:] == [
        "read wrong one",
        "problem ['wrong']",
        "read third",
        "run ['one']",
        "show 1 of 2",
    ]


def test_a_mistake_that_is_undone_needs_no_run(script: Script) -> None:
    _, log = watched(script, "wrong one", "first")

    assert script.told[3:] == ["read wrong one", "problem ['wrong']", "read first"]
    assert log.endswith(
        "valid again, and nothing has to be run\nwatching for changes; Ctrl-C ends\n"
    )


def test_interrupting_a_run_ends_with_what_it_came_to(script: Script) -> None:
    code, _ = watched(script, "half", "never")

    assert code == 130
    assert script.told[-1] == "show 1 of 1"
    assert script.to_save == ["never"]


# ------------------------------------------------------------------ the option


@pytest.mark.parametrize(
    ("words", "other"),
    [
        ("--list", "--list"),
        ("--shard 1/2", "--shard"),
        ("--update", "--update"),
        ("--last-failed r.json", "--last-failed"),
        ("--cluster tcp://a:1", "--cluster"),
        ("-", "standard input"),
    ],
)
def test_watching_does_not_go_with(words: str, other: str) -> None:
    with pytest.raises(UsageError, match=f"^exec-action: --watch: not with {other}$"):
        parse(["a.yml", "--watch", *words.split()])
