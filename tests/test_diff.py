"""A diff for people: short, nothing invisible, the first difference always there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.diff import LINES, WIDTH, diff
from runner.model import MIB

LINE = st.sampled_from(["a", "b", "", "a ", "a\t", "a\\t", "é", "e\u0301", "\\"])
TEXT = st.lists(LINE, max_size=12).map("\n".join)


def _shown(expected: str, actual: str) -> list[str]:
    return [str(line) for line in diff(expected, actual)]


def test_equal_texts_have_no_diff() -> None:
    assert _shown("a\nb", "a\nb") == []


def test_lines_in_common_are_context() -> None:
    assert _shown("a\nb\nc", "a\nx\nc") == [" a", "-b", "+x", " c"]


def test_far_lines_in_common_are_left_out() -> None:
    before = [f"line {number}" for number in range(1, 101)]

    shown = _shown("\n".join([*before, "a", *before]), "\n".join([*before, "b", *before]))

    assert shown == [
        "\\ line 98",
        " line 98",
        " line 99",
        " line 100",
        "-a",
        "+b",
        " line 1",
        " line 2",
        " line 3",
        "\\ 97 more equal lines",
    ]


@pytest.mark.parametrize(
    ("expected", "actual", "shown"),
    [
        ("a", "a ", ["-a", r"+a\x20"]),
        ("a\tb", "a    b", [r"-a\tb", "+a    b"]),
        ("a", "a\r", ["-a", r"+a\r"]),
        ("a", "a\x00\x1b[0m", ["-a", r"+a\x00\x1b[0m"]),
        ("a", "\ufeffa\u00a0\u200b", ["-a", r"+\ufeffa\u00a0\u200b"]),
        ("\u00e9", "e\u0301", [r"-\u00e9", r"+e\u0301"]),
        (r"a\tb", "a\tb", [r"-a\\tb", r"+a\tb"]),
        (r"a\b", r"a\c", [r"-a\b", r"+a\c"]),
        ("\udcff", r"\xff", [r"-\xff", r"+\\xff"]),
        ("", "a", ["-", "+a"]),
        ("a", "a\n", [" a", "\\ expected no newline at the end, got one"]),
        ("a\n", "a", [" a", "\\ expected a newline at the end, got none"]),
    ],
)
def test_every_difference_can_be_seen(expected: str, actual: str, shown: list[str]) -> None:
    assert _shown(expected, actual) == shown


def test_a_long_line_is_shown_around_its_first_difference() -> None:
    expected, actual = "x" * 1000 + "a" + "y" * 1000, "x" * 1000 + "b" + "y" * 1000

    removed, added = _shown(expected, actual)

    assert removed.startswith("-…" + "x" * 40 + "a")
    assert added.startswith("+…" + "x" * 40 + "b")
    assert len(removed) == len(added) == WIDTH + 3


def test_many_differences_are_capped_and_counted() -> None:
    shown = _shown("\n".join("a" * 100), "\n".join("b" * 200))

    assert shown[0] == "-a"
    assert shown[LINES] == "+b"
    assert shown[2 * LINES :] == ["\\ 60 more expected lines", "\\ 160 more actual lines"]


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("a\n" * (MIB // 2), "b\n" * (MIB // 2)),
        ("a\nb\n" * (MIB // 4), "b\na\n" * (MIB // 4)),
        ("a\n" * (MIB // 2), "a\n" * (MIB // 2) + "b"),
        ("a" * MIB, "a" * MIB + "b"),
        ("a" * MIB, "b" * MIB),
        ("", "\x00" * MIB),
    ],
    ids=["all", "shifted", "end", "end of line", "line", "nul"],
)
def test_a_megabyte_is_diffed_to_a_page(expected: str, actual: str) -> None:
    shown = _shown(expected, actual)

    assert 0 < len(shown) < 100
    assert sum(map(len, shown)) < 50_000


@given(TEXT, TEXT)
def test_different_texts_never_look_the_same(expected: str, actual: str) -> None:
    lines = diff(expected, actual)

    removed = [line.text for line in lines if line.mark in " -"]
    added = [line.text for line in lines if line.mark in " +"]
    remarks = [line.text for line in lines if line.mark == "\\"]
    assert (expected == actual) is (removed == added and not remarks)


@given(TEXT, TEXT)
def test_a_diff_tells_both_texts_whole_where_they_are_short(expected: str, actual: str) -> None:
    lines = diff(expected, actual)

    marks = [line.mark for line in lines if line.mark != "\\"]
    if_different = (expected.count("\n") + 1, actual.count("\n") + 1)
    assert marks.count("-") <= if_different[0]
    assert marks.count("+") <= if_different[1]


@given(st.text(st.characters(codec=None, exclude_categories=())), st.text())
def test_a_diff_is_printable(expected: str, actual: str) -> None:
    assert all(str(line).isprintable() for line in diff(expected, actual))
