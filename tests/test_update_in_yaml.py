"""Rewriting manifests: what is written, in which form, what is left alone, and why."""

from dataclasses import replace
from pathlib import Path

import pytest
from update import after, changes, prints, read, report, report_of, why_kept

from runner import manifest
from runner.judge import judge
from runner.model import Ending, Outcome, Phase, Verdict
from runner.update import rewritten

HEAD = "- language: python\n  code: x\n"
LIST = "  expect:\n    stdout:\n      lines:\n"


@pytest.mark.parametrize(
    ("before", "printed", "expected"),
    [
        ("  expected_output: old\n", "new\n", "  expected_output: new\n"),
        ("  expected_output: old # why\n", "new\n", "  expected_output: new # why\n"),
        ("  expected_output: 'old'\n", "new\n", "  expected_output: 'new'\n"),
        ("  expected_output: 'old'\n", "it's\n", "  expected_output: 'it''s'\n"),
        ('  expected_output: "old"\n', 'say "x"\n', '  expected_output: "say \\"x\\""\n'),
        ("  expected_output: old\n", "a: b\n", '  expected_output: "a: b"\n'),
        ("  expected_output: old\n", '"a": b\n', "  expected_output: '\"a\": b'\n"),
        ("  expected_output: old\n", "null\n", '  expected_output: "null"\n'),
        ("  expected_output: old\n", "1.10\n", "  expected_output: 1.10\n"),
        ("  expected_output: old\n", "", '  expected_output: ""\n'),
        ("  expected_output: old\n", "a\nb\n", "  expected_output: |\n    a\n    b\n"),
        ("  expected_output: old # why\n", "a\nb\n", "  expected_output: | # why\n    a\n    b\n"),
        ("  expected_output: old\n", " a\nb\n", "  expected_output: |2\n     a\n    b\n"),
        ("  expected_output: old\n", "a\n\n", '  expected_output: "a\\n\\n"\n'),
        ("  expected_output: old\n", "\x1b[1m\0\n", '  expected_output: "\\x1b[1m\\0"\n'),
        ("  expected_output: |\n      old\n", "new\n", "  expected_output: |\n      new\n"),
        ("  expected_output: |-\n    old\n\n", "new\n", "  expected_output: |-\n    new\n\n"),
        ("  expected_output: |+\n    a\n\n", "b\n\n", "  expected_output: |+\n    b\n\n"),
        ("  expected_output: | # c\n    a\n", "", '  expected_output: "" # c\n'),
        ("  expected_output: >\n    a\n    b\n", "c\n", "  expected_output: >\n    c\n"),
        ("  expected_output: >\n    a\n    b\n", "c\nd\n", "  expected_output: |\n    c\n    d\n"),
        (
            "  expected_output: |\n    a  \n\n    b\n",
            "a\n\nc\n",
            "  expected_output: |\n    a  \n\n    c\n",
        ),
        ("  expect: {stdout: old}\n", "a\nb\n", '  expect: {stdout: "a\\nb"}\n'),
        ("  expect: {stdout: {equals: old}}\n", "a, b\n", '  expect: {stdout: {equals: "a, b"}}\n'),
        (
            "  expect:\n    stdout: {lines: [a, 'b', c]}\n",
            "a\nb\nd\n",
            "  expect:\n    stdout: {lines: [a, 'b', d]}\n",
        ),
        (
            LIST + "      - a # 1\n      # of c\n      - c\n",
            "a\nb\nc\n",
            LIST + "      - a # 1\n      - b\n      # of c\n      - c\n",
        ),
        (
            LIST + "      - a\n      - b\n      - c\n",
            "a\nc\n",
            LIST + "      - a\n      - c\n",
        ),
        (
            "  expect:\n    stdout: {unordered: [a, b, c]}\n",
            "c\nd\na\ne\n",
            "  expect:\n    stdout: {unordered: [a, d, c, e]}\n",
        ),
    ],
)
def test_the_actual_output_takes_the_place_of_what_was_expected(
    before: str, printed: str, expected: str
) -> None:
    text = after(HEAD + before, prints(printed))

    assert text == HEAD + expected


@pytest.mark.parametrize(
    ("pattern", "printed", "expected"),
    [
        ("a|...|z", "a|1|2|y", "a|...|y"),
        ("took [..] ms|b", "took 5 ms|c", "took [..] ms|c"),
        ("took [..] ms|b", "took 5 s|b", "took 5 s|b"),
        ("a|...|b|c", "a|1|b|d", "a|...|b|d"),
        ("...|b", "1|c", "...|c"),
        ("a|...|b|...|c", "A|1|b|2|c", "A|...|b|...|c"),
        ("a|...", "A", "A"),
    ],
)
def test_wildcards_that_still_fit_stay(pattern: str, printed: str, expected: str) -> None:
    template = HEAD + "  expect:\n    stdout:\n      glob: |\n        {}\n"
    lines = {"old": pattern, "printed": printed, "new": expected}
    old, output, new = (text.split("|") for text in lines.values())

    text = after(template.format("\n        ".join(old)), prints("\n".join(output)))

    assert text == template.format("\n        ".join(new))


def test_lines_that_match_by_a_replacement_stay_as_they_are() -> None:
    head = HEAD + "  match: {replace: [{pattern: '[0-9]+ ms', with: TIME}]}\n  expected_output: |\n"

    text = after(f"{head}    took TIME\n    old\n", prints("took 5 ms\nnew 6 ms\n"))

    assert text == f"{head}    took TIME\n    new 6 ms\n"


def test_what_differs_only_in_what_is_ignored_is_not_written() -> None:
    found = changes(HEAD + "  expected_output: a\n", prints("a  \r\n"))

    assert found.files == ()
    assert found.kept == ()


def test_byte_order_mark_and_crlf_stay() -> None:
    text = "\ufeff" + (HEAD + "  expected_output: |\n    a\n    b\n# end").replace("\n", "\r\n")

    new = after(text, prints("a\nc\nd\n"))

    assert new == text.replace("    b\r\n", "    c\r\n    d\r\n")


@pytest.mark.parametrize(
    ("expectation", "outcome", "why"),
    [
        ("expect: {stdout: {regex: ^x}}", prints("a"), "'regex' says what is right"),
        ("expect: {stdout: {equals: b, contains: c}}", prints("a"), "'contains' says what is"),
        ("expect: {stdout: {json: {a: 1}}}", prints("a"), "'json' says what is right"),
        ("expect: {stdout: {empty: true}}", prints("a"), "'empty' says what is right"),
        ("expected_output: b", prints(b"\xff"), r"is not UTF-8 (byte \xff)"),
        ("expected_output: b", prints("a", exit_code=1), "exit code 1, expected 0"),
        ("expected_output: b", prints("a", ending=Ending.TIMEOUT), "timed out"),
        ("expected_output: b", prints("a", ending=Ending.OUTPUT_LIMIT), "output limit"),
        ("expect: {verdict: timeout, stdout: b}", prints("a", ending=Ending.TIMEOUT), "timeout"),
        ("expect: {stdout: {glob: b}}", prints("...\n"), "would stand for"),
        ("expect: {stdout: {glob: b}}", prints("a[..]\n"), "would stand for"),
        ("expect: {files: {f: b}}", prints("a"), "was not written"),
        ("expect: {stdout: {lines: [\n    a,\n    b]}}", prints("a"), "a list in brackets over"),
        ("expect:\n    stdout:\n      lines:\n      - a", prints(), "nothing was printed"),
        ("expected_output: &a b\n  stdin: *a", prints("c"), "would change something else"),
        ("expected_output:\n    &a\n    b", prints("c"), "anchor stands on a line of its own"),
    ],
)
def test_what_cannot_or_must_not_be_written_is_left_alone(
    expectation: str, outcome: Outcome, why: str
) -> None:
    (kept,) = why_kept(f"{HEAD}  {expectation}\n", outcome)

    assert kept.startswith("a.yml:")
    assert why in kept


@pytest.mark.parametrize("mark", ["xfail", "skip"])
def test_a_snippet_that_need_not_pass_is_left_alone(mark: str) -> None:
    found = changes(f"{HEAD}  {mark}: true\n  expected_output: b\n", prints("a"))

    assert (found.files, found.kept) == ((), ())


CASES = HEAD + "  expected_output: old\n  cases:\n  - stdin: a\n  - stdin: b\n"


def test_what_several_cases_share_is_rewritten_if_they_agree() -> None:
    found = changes(CASES, prints("new\n"), prints("new"))

    assert found.files[0].after.decode() == CASES.replace("old", "new")
    assert len(found.mended) == 2


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (prints("b"), "'python 1 / 1', 'python 1 / 2' share it, and their outputs differ"),
        (prints("old"), "'python 1 / 1', 'python 1 / 2' share it, and their outputs differ"),
        (prints("new", ending=Ending.TIMEOUT), "'python 1 / 2' ended with timeout"),
        (Outcome(ending=Ending.NOT_RUN), "'python 1 / 2' ended with skipped"),
    ],
)
def test_what_several_cases_share_is_left_alone_if_not(other: Outcome, why: str) -> None:
    kept = why_kept(CASES, prints("new"), other)

    assert kept[0] == f"a.yml:3:20: python 1 / 1: {why}"


def test_what_a_case_shares_that_was_not_run_is_left_alone() -> None:
    raw = CASES.encode()
    part = report_of(report("a.yml", raw, [prints("new"), prints("new")]).results[:1])

    found = rewritten(part, {"a.yml": raw}, read)

    assert found.files == ()
    assert "'python 1 / 2', of which it is expected too, was not run" in found.kept[0].why


def test_what_versions_share_is_left_alone_if_they_differ() -> None:
    text = "- language: python\n  versions: ['3.11', '3.12']\n  code: x\n  expected_output: old\n"

    agreed = after(text, prints("new"), prints("new"))
    kept = why_kept(text, prints("3.11"), prints("3.12"))

    assert agreed == text.replace("old", "new")
    assert "'python 1 [3.11]', 'python 1 [3.12]' share it" in kept[0]


def test_an_anchor_is_rewritten_where_all_that_name_it_agree() -> None:
    text = HEAD + "  expected_output: &out old # c\n" + HEAD + "  expected_output: *out\n"

    agreed = after(text, prints("new"), prints("new"))
    kept = why_kept(text, prints("new"), prints("other"))

    assert agreed == text.replace("old", "new")
    assert "share it" in kept[0]


def test_one_edit_that_does_harm_does_not_keep_the_others_from_being_made() -> None:
    bad = HEAD + "  stdin: *a\n"
    text = HEAD + "  expected_output: &a old\n" + bad + HEAD + "  expected_output: old\n"

    new = after(text, prints("new"), prints(), prints("new"))

    assert new == text[: -len("old\n")] + "new\n"


def test_what_prints_something_else_at_each_attempt_is_left_alone() -> None:
    raw = (HEAD + "  expected_output: old\n").encode()
    first = report("a.yml", raw, [prints("1")]).results[0]
    last = report("a.yml", raw, [prints("2")]).results[0]
    whole = report_of([replace(last, attempts=2, earlier=(first,))])

    found = rewritten(whole, {"a.yml": raw}, read)

    assert found.files == ()
    assert "printed something else at another attempt" in found.kept[0].why


def test_a_flaky_pass_is_left_alone() -> None:
    raw = (HEAD + "  expected_output: old\n").encode()
    (result,) = report("a.yml", raw, [prints("1")]).results

    found = rewritten(report_of([replace(result, verdict=Verdict.FLAKY)]), {"a.yml": raw}, read)

    assert (found.files, found.kept) == ((), ())


def test_what_a_compiler_says_is_written_too() -> None:
    text = "- language: c\n  code: x\n  expect: {verdict: compile_error, stderr: old}\n"
    outcome = prints(stderr=b"error: x\n", phase=Phase.COMPILE, exit_code=1)

    assert after(text, outcome) == text.replace("old", '"error: x"')


def test_files_and_both_streams_are_written() -> None:
    text = HEAD + "  expect:\n    stdout: a\n    stderr: b\n    files:\n      f.txt: c\n"
    outcome = prints("1", stderr=b"2", files={"f.txt": b"3\n"})

    found = changes(text, outcome)

    assert found.files[0].after.decode() == (
        HEAD + "  expect:\n    stdout: 1\n    stderr: 2\n    files:\n      f.txt: 3\n"
    )
    assert str(found.files[0]) == "a.yml (3 places)"


def test_an_expected_file_is_rewritten_in_its_own_line_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out.txt").write_bytes(b"a\r\nb\r\n")
    text = HEAD + "  expect: {stdout: {file: out.txt}}\n"

    found = changes(text, prints("a\nc\n"))

    (change,) = found.files
    assert (change.path, change.after) == (tmp_path / "out.txt", b"a\r\nc\r\n")
    assert len(found.mended) == 1


def test_an_expected_file_outside_of_the_manifests_folder_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "out.txt").write_text("a")
    monkeypatch.chdir(tmp_path / "inside")
    raw = (HEAD + "  expect: {stdout: {file: ../out.txt}}\n").encode()
    (snippet,) = manifest.read(Path("a.yml"), text=raw, allow_outside=True)
    result = judge(snippet, snippet.cases[0], prints("b"))

    found = rewritten(report_of([result]), {"a.yml": raw}, lambda *_: [snippet])

    assert found.files == ()
    assert "outside of the manifest's folder" in found.kept[0].why
