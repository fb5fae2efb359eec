"""Outcomes kept in a folder, where no engine is needed."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import pytest
from snippets import alone, bash, case, prints, python, together

from runner import cache as cache_module
from runner.cache import SIZE, Cache
from runner.errors import EngineError, UsageError
from runner.execute import execute
from runner.judge import judge
from runner.languages import CLASSIC
from runner.model import (
    Case,
    Ending,
    Expectation,
    Isolation,
    Limits,
    Match,
    Outcome,
    Report,
    Session,
    Snippet,
    Source,
    TextExpectation,
    Verdict,
)
from runner.options import CacheOptions, Options, Pull

DAY = 86_400.0
SAID = Outcome(
    ending=Ending.EXITED,
    exit_code=0,
    stdout=b"1\n",
    wall=0.5,
    sandbox="abc",
    image_digest="sha256:1",
)
ONE = alone(bash("echo 1"))
PINNED = replace(CLASSIC["bash"], image="bash@sha256:" + "0" * 64)


class Silence:
    """A watcher that tells nobody."""

    def __getattr__(self, _: str) -> Callable[..., None]:
        return lambda *_: None


@dataclass(slots=True)
class Time:
    """A clock that the test sets."""

    now: float = field(default=1e9)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def cache(tmp_path: Path, clock: Time) -> Cache:
    return Cache(tmp_path, max_age=DAY, clock=clock)


def keep(cache: Cache, session: Session, *outcomes: Outcome, attempts: int = 1) -> None:
    cases = [(snippet, each) for snippet in session.snippets for each in snippet.cases]
    given = outcomes or (SAID,) * len(cases)
    results = [judge(*pair, outcome) for pair, outcome in zip(cases, given, strict=True)]
    cache.keep(session, [replace(result, attempts=attempts) for result in results])


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def run(
    folder: Path, *sessions: Session, pull: Pull = Pull.NEVER, fail_fast: bool = False
) -> Report:
    options = Options(
        jobs=2, pull=pull, fail_fast=fail_fast, cache=CacheOptions(folder=folder, max_age=DAY)
    )
    return execute(sessions, options=options, watcher=Silence())


def stored(folder: Path, *sessions: Session, outcome: Outcome = SAID) -> None:
    for session in sessions:
        count = sum(len(one.cases) for one in session.snippets)
        keep(Cache(folder, max_age=DAY), session, *[outcome] * count)


# ------------------------------------------------------------------ what is known


def test_what_was_kept_is_found_without_what_was_true_of_that_run_alone(cache: Cache) -> None:
    keep(cache, ONE)

    found = cache.find(ONE)

    assert found is not None
    assert found.outcomes == (replace(SAID, sandbox=""),)


def test_nothing_is_known_of_what_was_never_kept(cache: Cache) -> None:
    assert cache.find(ONE) is None


@pytest.mark.parametrize(
    "other",
    [
        bash("echo 2"),
        bash("echo 1", stdin="x"),
        bash("echo 1", args=("x",)),
        bash("echo 1", env={"A": "1"}),
        bash("echo 1", timeout=3.0),
        bash("echo 1", files={"a": b"x"}),
        bash("echo 1", limits=Limits(memory=1 << 28)),
        bash("echo 1", limits=Limits(output=5)),
        bash("echo 1", isolation=Isolation.FRESH),
        bash("echo 1", transcript=True),
        bash("echo 1", run=False),
        bash("echo 1", expect=Expectation(files={"a": TextExpectation(equals="x")})),
        bash("echo 1", cases=[case("a"), case("b")]),
        replace(bash("echo 1"), language=CLASSIC["bash"].at("5.2")),
        replace(bash("echo 1"), language=replace(CLASSIC["bash"], run=("bash", "-e", "{source}"))),
        replace(bash("echo 1"), language=replace(CLASSIC["bash"], env={"A": "1"})),
        python("echo 1"),
    ],
)
def test_whatever_could_change_the_outcome_is_another_session(cache: Cache, other: Snippet) -> None:
    keep(cache, ONE)

    assert cache.find(alone(other)) is None


@pytest.mark.parametrize(
    "same",
    [
        bash("echo 1", name="other", description="x", tags=("a",)),
        bash("echo 1", source=Source(path="other.yml", line=9)),
        bash("echo 1", expect=prints("2")),
        bash("echo 1", match=Match(ignore_case=True)),
        bash("echo 1", xfail="not yet", retries=2),
        replace(bash("echo 1"), language=replace(CLASSIC["bash"], aliases=("b",))),
    ],
    ids=["name", "place", "expectation", "match", "xfail and retries", "alias"],
)
def test_what_changes_only_the_meaning_is_the_same_session(cache: Cache, same: Snippet) -> None:
    keep(cache, ONE)

    assert cache.find(alone(same)) is not None


def test_the_same_snippet_in_a_session_is_not_the_same(cache: Cache) -> None:
    keep(cache, ONE)

    assert cache.find(together(bash("echo 1"))) is None


def test_an_earlier_member_is_part_of_what_happens_to_a_later_one(cache: Cache) -> None:
    keep(cache, together(bash("x=1"), bash("echo 1")))

    assert cache.find(together(bash("x=2"), bash("echo 1"))) is None
    assert cache.find(together(bash("x=1"), bash("echo 1"))) is not None


def test_a_skipped_member_is_as_if_it_were_not_there(cache: Cache) -> None:
    keep(cache, together(bash("echo 1"), bash("echo 2", skip="not now")))

    found = cache.find(together(bash("echo 1")))

    assert found is not None
    assert len(found.outcomes) == 1


@pytest.mark.parametrize(
    ("noun", "counts", "means_only"),
    [
        (
            Snippet,
            "language code cases files limits isolation transcript run",
            """name source code_source description tags match session versions version retries
            skip xfail""",
        ),
        (Case, "stdin args env timeout expect", "source name"),
        (Session, "snippets id", "position seconds"),
    ],
)
def test_of_every_field_it_is_known_whether_it_can_change_the_outcome(
    noun: type, counts: str, means_only: str
) -> None:
    assert {field.name for field in fields(noun)} == {*counts.split(), *means_only.split()}


def test_another_runtime_is_another_cache(tmp_path: Path) -> None:
    keep(Cache(tmp_path, max_age=DAY), ONE)

    assert Cache(tmp_path, max_age=DAY, runtime="runsc").find(ONE) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("__version__", "99"), ("PROTOCOL_VERSION", 99), ("_DRIVERS", Path(__file__).parent)],
)
def test_another_runner_is_another_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    keep(Cache(tmp_path, max_age=DAY), ONE)

    monkeypatch.setattr(cache_module, name, value)

    assert Cache(tmp_path, max_age=DAY).find(ONE) is None


# ------------------------------------------------------------------ what is never kept


@pytest.mark.parametrize(
    "ending",
    [
        Ending.TIMEOUT,
        Ending.MEMORY_LIMIT,
        Ending.OUTPUT_LIMIT,
        Ending.SANDBOX_ERROR,
        Ending.NOT_RUN,
    ],
    ids=str,
)
def test_what_did_not_end_by_itself_is_not_kept_and_takes_back_what_was(
    cache: Cache, tmp_path: Path, ending: Ending
) -> None:
    session = together(bash("echo 1"), bash("echo 2"))
    keep(cache, session)

    keep(cache, session, SAID, Outcome(ending=ending))

    assert files(tmp_path) == []


def test_what_needed_a_second_attempt_is_not_kept(cache: Cache) -> None:
    keep(cache, ONE, attempts=2)

    assert cache.find(ONE) is None


def test_a_failure_that_ended_by_itself_is_kept(cache: Cache) -> None:
    keep(cache, ONE, Outcome(ending=Ending.SIGNALED, exit_code=139, signal=11))

    assert cache.find(ONE) is not None


def test_what_is_larger_than_an_entry_may_be_is_not_kept(cache: Cache, tmp_path: Path) -> None:
    keep(cache, ONE, replace(SAID, stdout=b"x" * (13 << 20)))

    assert files(tmp_path) == []


# ------------------------------------------------------------------ how long it holds


@pytest.mark.parametrize(("age", "known"), [(DAY, True), (DAY + 1, False), (-7200.0, False)])
def test_what_a_tag_did_holds_for_a_time(
    cache: Cache,
    clock: Time,
    age: float,
    known: bool,  # noqa: FBT001 a parameter of the test
) -> None:
    keep(cache, ONE)

    clock.now += age

    assert (cache.find(ONE) is not None) is known


def test_an_image_named_by_its_digest_holds_for_ever(cache: Cache, clock: Time) -> None:
    session = alone(replace(bash("echo 1"), language=PINNED))
    keep(cache, session)

    clock.now += 1000 * DAY

    assert cache.find(session) is not None


# ------------------------------------------------------------------ files of others


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def pickled(path: Path) -> None:
    path.write_bytes(b"\x80\x04.")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_link(path: Path) -> None:
    path.rename(path.parent / "x")
    path.symlink_to(path.parent / "x")


def huge(path: Path) -> None:
    os.truncate(path, 1 << 40)


@pytest.mark.parametrize("spoil", [empty, cut, longer, pickled, a_folder, a_pipe, a_link, huge])
def test_a_file_that_is_not_whole_or_not_ours_is_as_good_as_none(
    cache: Cache, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    keep(cache, ONE)
    (path,) = files(tmp_path)

    spoil(path)

    assert cache.find(ONE) is None


def test_a_spoilt_file_is_replaced(cache: Cache, tmp_path: Path) -> None:
    keep(cache, ONE)
    (path,) = files(tmp_path)
    path.write_bytes(b"")

    keep(cache, ONE)

    assert cache.find(ONE) is not None


def test_an_entry_of_another_session_does_not_pass(cache: Cache, tmp_path: Path) -> None:
    keep(cache, ONE)
    (path,) = files(tmp_path)
    content = path.read_bytes()
    path.unlink()
    other = alone(bash("echo 2"))
    keep(cache, other)
    (path,) = files(tmp_path)

    path.write_bytes(content)

    assert cache.find(other) is None


@pytest.mark.parametrize("path", ["file", "file/below"])
def test_a_folder_that_cannot_be_made_is_told_before_anything_runs(
    tmp_path: Path, path: str
) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match=r"^exec-action: --cache: outcomes cannot be kept in "):
        run(tmp_path / path, ONE)


def test_a_folder_that_is_gone_is_made_anew(tmp_path: Path, clock: Time) -> None:
    cache = Cache(tmp_path / "gone", max_age=DAY, clock=clock)

    keep(cache, ONE)

    assert cache.find(ONE) is not None


def test_who_writes_and_reads_side_by_side_finds_all_or_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path, max_age=DAY)
    outcome = replace(SAID, stdout=b"x" * 100_000)

    with ThreadPoolExecutor(max_workers=5) as threads:
        writing = [threads.submit(keep, cache, ONE, outcome) for _ in range(100)]
        found = [cache.find(ONE) for _ in range(200)]

    assert {one.result() for one in writing} == {None}
    assert {one.outcomes[0].stdout for one in found if one is not None} <= {outcome.stdout}
    assert len(files(tmp_path)) == 1


# ------------------------------------------------------------------ how large it grows


def test_what_was_not_used_for_the_longest_time_goes_first(
    cache: Cache, tmp_path: Path, clock: Time
) -> None:
    sessions = [alone(bash(f"echo {number}")) for number in range(4)]
    for session in sessions:
        keep(cache, session, replace(SAID, stdout=b"x" * 1000))
    for number, path in enumerate(files(tmp_path)):
        os.utime(path, (number, number))
    newest = files(tmp_path)[2:]
    clock.now = 10.0

    cache.trim(size=4000)

    assert files(tmp_path) == newest


def test_an_entry_that_is_used_is_young_again(cache: Cache, tmp_path: Path, clock: Time) -> None:
    keep(cache, ONE)
    (path,) = files(tmp_path)
    os.utime(path, (1, 1))

    cache.find(ONE)

    assert path.stat().st_mtime == clock.now


def test_files_of_others_stay(cache: Cache, tmp_path: Path) -> None:
    keep(cache, ONE)
    (tmp_path / "README").write_text("x" * 10_000)
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / "mine").write_text("x" * 10_000)

    cache.trim(size=1)

    assert [path.name for path in files(tmp_path)] == ["README", "mine"]


def test_what_a_killed_run_left_half_written_goes(cache: Cache, tmp_path: Path) -> None:
    keep(cache, ONE)
    (path,) = files(tmp_path)
    left = path.parent / ".exec-action-0123"
    left.write_bytes(b"x" * 1000)
    os.utime(left, (1, 1))

    cache.trim(size=900)

    assert files(tmp_path) == [path]


def test_nothing_is_looked_through_where_nothing_was_added(tmp_path: Path) -> None:
    keep(Cache(tmp_path, max_age=DAY), ONE)

    Cache(tmp_path, max_age=DAY).trim(size=0)

    assert len(files(tmp_path)) == 1
    assert SIZE == 500 << 20


# ------------------------------------------------------------------ a run


def test_what_is_all_known_needs_no_engine(tmp_path: Path) -> None:
    session = together(bash("echo 1"), bash("echo 2", skip="not now"), bash("echo 3"))
    stored(tmp_path, ONE, session)

    report = run(tmp_path, ONE, session)

    assert [(one.verdict, one.cached) for one in report.results] == [
        (Verdict.PASSED, True),
        (Verdict.PASSED, True),
        (Verdict.SKIPPED, False),
        (Verdict.PASSED, True),
    ]
    assert report.engine == ""
    assert report.results[0].outcome.wall == SAID.wall
    assert [one.run_id.partition("-")[2] for one in report.results] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("expected", "verdict"), [("1", Verdict.PASSED), ("2", Verdict.WRONG_OUTPUT)]
)
def test_an_edited_expectation_is_judged_anew(
    tmp_path: Path, expected: str, verdict: Verdict
) -> None:
    stored(tmp_path, ONE)

    report = run(tmp_path, alone(bash("echo 1", expect=prints(expected))))

    assert [one.verdict for one in report.results] == [verdict]


def test_a_file_with_what_is_expected_is_read_when_judged(tmp_path: Path) -> None:
    expected = tmp_path / "expected.txt"
    expect = Expectation(stdout=TextExpectation(file=expected))
    session = alone(bash("echo 1", expect=expect))
    stored(tmp_path / "cache", session)
    expected.write_text("2\n")

    report = run(tmp_path / "cache", session)

    assert [one.verdict for one in report.results] == [Verdict.WRONG_OUTPUT]


def test_what_is_not_known_needs_the_engine(tmp_path: Path) -> None:
    stored(tmp_path, ONE)

    with pytest.raises(EngineError):
        run(tmp_path, ONE, alone(bash("echo 2")))


def test_a_failure_that_may_be_retried_is_run_and_not_replayed(tmp_path: Path) -> None:
    stored(tmp_path, ONE)

    with pytest.raises(EngineError):
        run(tmp_path, alone(bash("echo 1", expect=prints("2"), retries=1)))


def test_who_wants_every_tag_asked_for_anew_is_told_nothing_of_old(tmp_path: Path) -> None:
    stored(tmp_path, ONE)

    with pytest.raises(EngineError):
        run(tmp_path, ONE, pull=Pull.ALWAYS)


def test_after_a_known_failure_nothing_is_begun_where_the_first_one_ends_the_run(
    tmp_path: Path,
) -> None:
    failing = alone(bash("echo 1", cases=[case("a", expect=prints("2")), case("b")]))
    later = alone(bash("echo 3"))
    stored(tmp_path, failing, later)

    report = run(tmp_path, failing, later, fail_fast=True)

    assert [one.verdict for one in report.results] == [
        Verdict.WRONG_OUTPUT,
        Verdict.PASSED,
        Verdict.SKIPPED,
    ]
    assert "failed before (--fail-fast)" in report.results[2].reason


def test_where_a_session_ended_otherwise_the_rest_is_not_run_in_a_replay_either(
    tmp_path: Path,
) -> None:
    session = together(bash("exit 3", expect=Expectation(exit=None)), bash("echo 2"))
    stored(tmp_path, session, outcome=Outcome(ending=Ending.EXITED, exit_code=3))

    report = run(tmp_path, together(bash("exit 3"), bash("echo 2")))

    assert [(one.verdict, one.cached) for one in report.results] == [
        (Verdict.RUNTIME_ERROR, True),
        (Verdict.SKIPPED, False),
    ]
