"""How texts are compared: MANIFEST, Matching."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.matching import mismatches
from runner.model import (
    MIB,
    FloatTolerance,
    JsonValue,
    Match,
    Mismatch,
    Replacement,
    TextExpectation,
)

EXACT = Match(
    ignore_trailing_whitespace=False, ignore_final_newline=False, ignore_line_endings=False
)
NEAR = Match(float_tolerance=FloatTolerance(abs=0.01))
EXPLODING = r"^(x|xx)*(x|xx)*(x|xx)*(x|xx)*(x|xx)*(x|xx)*(q|r)$"


def _faults(actual: str | bytes, match: Match | None = None, **expected: object) -> list[Mismatch]:
    raw = actual if isinstance(actual, bytes) else actual.encode()
    wanted = TextExpectation(**expected)  # type: ignore[arg-type]  # the fields' own types
    return list(mismatches("stdout", raw, wanted, match or Match()))


def _reason(actual: str | bytes, match: Match | None = None, **expected: object) -> str:
    (fault,) = _faults(actual, match, **expected)
    return fault.reason


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("hello", "hello\n"),
        ("hello\n", "hello"),
        ("a\nb", "a\r\nb\r\n"),
        ("a\nb", "a  \t\nb "),
        ("a  \nb", "a\nb"),
        ("", ""),
        ("", "\n"),
        ("  a", "  a"),
        ("é 日本", "é 日本"),
    ],
)
def test_equal_but_for_what_is_ignored_unless_told_otherwise(expected: str, actual: str) -> None:
    assert _faults(actual, equals=expected) == []


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("a", "a\n\n"),
        ("a", "\na"),
        ("a", " a"),
        ("  a", "\ta"),
        ("a b", "ab"),
        ("a b", "a  b"),
        ("a b", "a\nb"),
        ("a", "A"),
        ("", "x"),
        ("x", ""),
        ("a", "a\u00a0"),
        ("a", "\ufeffa"),
        ("a", "a\u200b"),
        ("a", "a\x00"),
        ("a\nb", "a\rb"),
        ("\u00e9", "e\u0301"),
        ("1.0", "1.00"),
    ],
)
def test_all_other_differences_count(expected: str, actual: str) -> None:
    (fault,) = _faults(actual, equals=expected)

    assert fault.expected is not None
    assert fault.actual is not None


@pytest.mark.parametrize(
    ("expected", "actual"),
    [("a\n", "a"), ("a", "a\n"), ("a\n", "a\r\n"), ("a\n", "a \n"), ("a\n", "a\n ")],
)
def test_exact_is_exact(expected: str, actual: str) -> None:
    assert len(_faults(actual, EXACT, equals=expected)) == 1


def test_trailing_blanks_may_be_ignored_where_line_endings_are_exact() -> None:
    match = Match(ignore_line_endings=False)

    assert _faults("a \r\nb\r\n", match, equals="a\r\nb") == []
    assert len(_faults("a\nb", match, equals="a\r\nb")) == 1


def test_collapse_makes_a_run_of_blanks_one_and_drops_none() -> None:
    match = Match(collapse_whitespace=True)

    assert _faults("a \t b\n   c\n", match, equals="a b\n c") == []
    assert len(_faults(" a", match, equals="a")) == 1
    assert len(_faults("a\nb", match, equals="a b")) == 1


def test_case_may_be_ignored_by_every_matcher() -> None:
    match = Match(ignore_case=True)

    assert _faults("STRASSE Äh\n", match, equals="straße äH") == []
    assert _faults("Hello", match, contains=("hELLO",), regex="^hell", glob="HE[..]") == []
    assert _faults('{"a": "B"}', match, json=JsonValue(text='{"a": "b"}')) == []
    assert _faults("A\nb", match, unordered=("B", "a"), lines=("a", "B")) == []
    assert len(_faults("Hello", match, not_contains=("hello",))) == 1


def test_ansi_sequences_may_be_stripped() -> None:
    text = "\x1b[1;31mred\x1b[0m \x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x1b(B \x9b1mx\x1b7"

    assert _faults(text, Match(strip_ansi=True), equals="red link x") == []
    assert len(_faults(text, equals="red link x")) == 1


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("pi 3.14", "pi 3.1415"),
        ("3.14 and -2", "3.145 and -2.001"),
        ("1e3s", "1000.005s"),
        (".5", "0.5"),
        ("[1, 2]", "[1.0, 2.000]"),
        ("x=1,y=2", "x=1.001,y=1.999"),
        ("0.00", "-0.0"),
    ],
)
def test_numbers_may_differ_by_a_tolerance(expected: str, actual: str) -> None:
    assert _faults(actual, NEAR, equals=expected) == []


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("3.14", "3.16"),
        ("pi 3.14", "pie 3.14"),
        ("1 2", "1"),
        ("x1.001", "x1.002"),
        ("1.2.3", "1.2.30"),
        ("nan", "1"),
        ("1e999", "5"),
        ("1  2", "1 2"),
    ],
)
def test_the_rest_must_be_the_same(expected: str, actual: str) -> None:
    assert len(_faults(actual, NEAR, equals=expected)) == 1


def test_a_tolerance_is_decimal_and_may_be_relative() -> None:
    tenth = Match(float_tolerance=FloatTolerance(abs=0.1))
    percent = Match(float_tolerance=FloatTolerance(rel=0.01))

    assert _faults("1.1", tenth, equals="1.0") == []
    assert _faults("101", percent, equals="100") == []
    assert len(_faults("102", percent, equals="100")) == 1
    assert len(_faults("9007199254740993", percent, equals="1")) == 1


def test_big_numbers_are_exact_without_a_tolerance() -> None:
    none = Match(float_tolerance=FloatTolerance())

    assert len(_faults("9007199254740993", none, equals="9007199254740992")) == 1
    assert _faults("9007199254740993.0", none, equals="9007199254740993") == []


def test_a_tolerance_holds_in_lines_glob_unordered_and_json() -> None:
    assert _faults("1.001\n2", NEAR, lines=("1", "2.001")) == []
    assert _faults("a 1.001\nx\n2", NEAR, glob="a 1\n...\n2.001") == []
    assert _faults("2\n1.001", NEAR, unordered=("1", "2.001")) == []
    assert _faults("[1.001]", NEAR, json=JsonValue(text="[1]")) == []


def test_a_diff_shows_only_numbers_beyond_the_tolerance() -> None:
    (fault,) = _faults("1.001\n5\n", NEAR, equals="1\n2\n")

    assert (fault.expected, fault.actual) == ("1.001\n2", "1.001\n5")


def test_replacements_are_made_on_both_sides() -> None:
    match = Match(replace=(Replacement(pattern=r"0x(\w+)", replacement=r"<\1>"),))

    assert _faults("at 0xbeef", match, equals="at <beef>") == []
    assert _faults("at <beef>", match, equals="at 0xbeef") == []


@pytest.mark.parametrize(("pattern", "replacement"), [("(", ""), ("x", r"\9"), ("[", "")])
def test_an_invalid_replacement_is_a_fault(pattern: str, replacement: str) -> None:
    match = Match(replace=(Replacement(pattern=pattern, replacement=replacement),))

    assert "match.replace: pattern" in _reason("x", match, equals="y")


def test_contains_and_not_contains() -> None:
    assert _faults("one\ntwo  \nthree", contains=("two\nthree", "one"), not_contains=("x",)) == []
    assert _reason("one", contains=("two",)) == "stdout does not contain 'two'"
    assert _reason("one", not_contains=("n",)) == "stdout contains 'n'"
    assert len(_faults("one", contains=("a", "b"), not_contains=("o", "n"))) == 4


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("^b$", "a\nb\nc"), ("(?s)a.*c", "a\nb\nc"), (r"\d{3}", "x123"), ("", ""), ("a$", "a \n")],
)
def test_a_regex_is_found_anywhere(pattern: str, text: str) -> None:
    assert _faults(text, regex=pattern) == []


def test_a_regex_that_is_not_found_is_a_fault() -> None:
    assert _reason("a\nc", regex="a.c") == "stdout does not match regex 'a.c'"
    assert "is not valid: missing )" in _reason("a", regex="(")


@pytest.mark.parametrize("where", ["regex", "replace"])
def test_an_exploding_pattern_is_a_fault_and_not_a_hang(where: str) -> None:
    match = Match(replace=(Replacement(pattern=EXPLODING, replacement=""),))
    reasons = {
        "regex": lambda: _reason("x" * 100, regex=EXPLODING),
        "replace": lambda: _reason("x" * 100, match, equals="y"),
    }
    reason = reasons[where]()

    assert "took longer than 1 s on this text" in reason


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("...", ""),
        ("...", "a\nb"),
        ("a\n...", "a"),
        ("a\n...\nd", "a\nb\nc\nd"),
        ("a\n...\nb\n...\nb", "a\nb\nb\nb"),
        ("...\nb", "b"),
        ("took [..] ms", "took 12.3 ms"),
        ("[..]", ""),
        ("[..]a[..]b", "xxaxxb"),
        ("a[..]a", "aa"),
        ("a.c (x)", "a.c (x)"),
        ("a\n...  ", "a\nb"),
    ],
)
def test_a_glob_stands_for_any_lines_and_any_characters_in_a_line(pattern: str, text: str) -> None:
    assert _faults(text, glob=pattern) == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("a\n...\nd", "a\nd\ne"),
        ("a[..]a", "a"),
        ("[..]", "a\nb"),
        ("x ...", "x y"),
        ("  ...", "a"),
        ("a.c", "abc"),
        ("a\n...\nb", "a"),
        ("took [..] ms", "took\n ms"),
        ("[..]ab[..]b", "xxab"),
    ],
)
def test_a_glob_is_otherwise_equal(pattern: str, text: str) -> None:
    assert len(_faults(text, glob=pattern)) == 1


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from(["a", "b", "...", "[..]"])))
def test_a_glob_is_what_its_regex_would_be(lines: list[str], pattern: list[str]) -> None:
    text = "\n".join(["^", *lines, "$"])
    glob = "\n".join(["^", *pattern, "$"])
    forms = {"...": r"(?:.*\n)*", "[..]": ".*\n"}
    regex = "".join(forms.get(line, f"{line}\n") for line in pattern)

    found = not _faults(text, glob=glob)

    assert found is not bool(_faults(text + "\n", regex=rf"\A\^\n{regex}\$\s*\Z"))


def test_a_glob_s_diff_shows_what_its_wildcards_stood_for() -> None:
    (fault,) = _faults("a\nb\nc 1\ne\n", glob="a\n...\nc [..]\nd")

    assert (fault.expected, fault.actual) == ("a\nb\nc 1\nd", "a\nb\nc 1\ne")
    assert fault.reason == "stdout differs at line 4: expected 'd', got 'e'"


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ('{"a": 1, "b": [true, null]}', ' {"b":[true,null],\n"a":1} \n'),
        ("1", "1.0"),
        ("100", "1e2"),
        ("0", "-0.0"),
        ("123456789012345678901234567890", "123456789012345678901234567890.0"),
        ('"\\u00e9"', '"é"'),
        ("[]", "[ ]"),
    ],
)
def test_json_is_compared_by_value(expected: str, actual: str) -> None:
    assert _faults(actual, json=JsonValue(text=expected)) == []


@pytest.mark.parametrize(
    ("expected", "actual", "why"),
    [
        ("[1, 2]", "[2, 1]", "$[0]: expected 1, got 2"),
        ("[1]", "[1, 2]", "$: expected 1 items, got 2"),
        ('{"a": {"b": 1}}', '{"a": {"b": "1"}}', '$.a.b: expected 1, got "1"'),
        ('{"a": 1}', "{}", '$: key "a" is missing'),
        ("{}", '{"a": 1}', '$: key "a" is not expected'),
        ("1", "true", "$: expected 1, got true"),
        ("0", "false", "$: expected 0, got false"),
        ("null", "0", "$: expected null, got 0"),
        ("[]", "{}", "$: expected an array of 0, got an object of 0"),
        (
            "123456789012345678901234567890",
            "123456789012345678901234567891",
            "$: expected 123456789012345678901234567890, got 123456789012345678901234567891",
        ),
        ("0.1", "0.1000000000000000055", "$: expected 0.1, got 0.1000000000000000055"),
        ("1", '{"a": 1, "a": 1}', 'duplicate key "a"'),
        ("NaN", "NaN", "NaN is no JSON value"),
        ("1", "", "Expecting value: line 1 column 1 (char 0)"),
        ("1", "1 2", "Extra data: line 1 column 3 (char 2)"),
        ("1", "1e99999999999999999999", "a number is out of range"),
        ("1", "[" * 100_000, "nested too deeply"),
    ],
)
def test_json_that_differs_says_where(expected: str, actual: str, why: str) -> None:
    assert _reason(actual, json=JsonValue(text=expected)) == (
        f"stdout is not the expected JSON: {why}"
    )


def test_a_json_diff_has_one_order_and_one_form_of_numbers() -> None:
    (fault,) = _faults('{"b": 1.0, "a": 1e2}', json=JsonValue(text='{"a": 100, "b": 2}'))

    assert fault.expected == '{\n  "a": 100,\n  "b": 2\n}'
    assert fault.actual == '{\n  "a": 100,\n  "b": 1\n}'


def test_lines_are_in_this_order() -> None:
    assert _faults("a \nb\n", lines=("a", "b")) == []
    assert _faults("", lines=()) == []
    assert _reason("b\na", lines=("a", "b")) == ("stdout differs at line 1: expected 'a', got 'b'")
    assert len(_faults("\n", lines=())) == 1
    assert len(_faults("a\nb\nc", lines=("a", "b"))) == 1


def test_unordered_lines_are_each_there_as_often_as_stated() -> None:
    assert _faults("b\na\nb\n", unordered=("a", "b", "b")) == []
    assert _reason("b\na\n", unordered=("a", "b", "b")) == "stdout lacks the line 'b'"
    assert _reason("a\nc\nd", unordered=("a",)) == ("stdout has the line too many 'c' and 1 more")


def test_empty_is_nothing_at_all() -> None:
    assert _faults("", empty=True) == []
    assert _reason("\n", empty=True) == "stdout is not empty: '\\n'"
    assert len(_faults("\x1b[0m", Match(strip_ansi=True), empty=True)) == 1


def test_a_file_is_read_when_judged(tmp_path: Path) -> None:
    file = tmp_path / "expected.txt"
    file.write_bytes(b"one\r\ntwo\n")

    assert _faults("one\ntwo", file=file) == []
    file.write_bytes(b"three")
    assert _reason("one", file=file) == "stdout differs at line 1: expected 'three', got 'one'"


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    reason = _reason("x", file=tmp_path / "none.txt")

    assert "none.txt' cannot be read: No such file or directory" in reason


def test_all_entries_must_hold() -> None:
    faults = _faults("a", equals="b", contains=("c",), regex="d", lines=("e",), empty=True)

    assert len(faults) == 5


@pytest.mark.parametrize("text", ["\\xff", "\ufffd", "ÿ", "?", ""])
def test_bytes_that_are_no_utf_8_never_equal_a_text(text: str) -> None:
    assert len(_faults(b"\xff", equals=text)) == 1


def test_a_mismatch_shows_bytes_that_are_no_utf_8() -> None:
    assert _reason(b"a\xff", equals="a\\xff") == (
        "stdout differs at line 1: expected 'a\\\\xff', got 'a\\xff'"
    )


@pytest.mark.parametrize(
    ("expected", "actual", "reason"),
    [
        ("a\nb", "a", "stdout ends after line 1, expected 'b' next"),
        ("a", "a\nb", "stdout goes on after line 1, which should be the last: 'b'"),
        ("", "a", "stdout is 'a', expected empty"),
        ("a", "", "stdout is empty, expected 'a'"),
        ("a\tb", "a b", r"stdout differs at line 1: expected 'a\tb', got 'a b'"),
        ("\u00e9", "e\u0301", r"stdout differs at line 1: expected '\u00e9', got 'e\u0301'"),
    ],
)
def test_the_reason_shows_the_first_difference(expected: str, actual: str, reason: str) -> None:
    assert _reason(actual, equals=expected) == reason


def test_the_reason_shows_the_difference_in_a_long_line() -> None:
    reason = _reason("x" * 5000 + "b" + "y" * 5000, equals="x" * 5000 + "a" + "y" * 5000)

    assert "…'xxxxxxxxxxxxxxxxxxxxxxxxayyy" in reason
    assert "…'xxxxxxxxxxxxxxxxxxxxxxxxbyyy" in reason
    assert len(reason) < 300


def test_a_missing_newline_is_named_where_it_counts() -> None:
    assert _reason("a", EXACT, equals="a\n") == "stdout lacks the newline at its end"
    assert _reason("a\n", EXACT, equals="a") == "stdout has a newline at its end, expected none"


@pytest.mark.parametrize(
    ("text", "expected", "match"),
    [
        ("a\n" * (MIB // 2), {"equals": "a\n" * (MIB // 2) + "b"}, Match()),
        (" " * MIB + "x", {"equals": "x"}, Match(collapse_whitespace=True)),
        ("\x1b[" * (MIB // 2), {"equals": "x"}, Match(strip_ansi=True)),
        ("\x1b[" + "1" * MIB, {"equals": "x"}, Match(strip_ansi=True)),
        ("\x1b]" * (MIB // 2), {"equals": "x"}, Match(strip_ansi=True)),
        ("a\n" * (MIB // 2), {"unordered": ("a",)}, Match()),
        ("a\n" * (MIB // 2), {"glob": "...\na\nb\n..."}, Match()),
        ("a\n" * (MIB // 2), {"glob": "...\n" + "a\n" * 1000 + "b\n..."}, Match()),
        ("a" * MIB, {"glob": "[..]aa[..]ab"}, Match()),
        ("1" * MIB, {"json": JsonValue(text="1")}, Match()),
        ("[" + "1," * (MIB // 2) + "1]", {"json": JsonValue(text="[]")}, Match()),
        ("9" * MIB, {"equals": "1"}, NEAR),
        ("1.5 " * (MIB // 4), {"equals": "2.5 " * (MIB // 4)}, NEAR),
    ],
    ids=lambda value: "" if isinstance(value, Match) else str(value)[:8],
)
def test_a_megabyte_is_judged_in_bounded_time(
    text: str, expected: dict[str, object], match: Match
) -> None:
    assert len(_faults(text, match, **expected)) == 1
