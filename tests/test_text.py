"""Untrusted text: safe to print, or with every character to be seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.text import alike, capped, decoded, inert, one_line, safe, shared_length, visible

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"\xff", r"\xff"),
        ("\u0085".encode(), r"\u0085"),
        (b"\x1b[0m", r"\x1b[0m"),
        (b"\x00\x7f", r"\x00\x7f"),
        ("\u202e\u2066\u200f\ufeff\u200b".encode(), r"\u202e\u2066\u200f\ufeff\u200b"),
        ("\ufffe\U0001ffff\U000e0041".encode(), r"\ufffe\U0001ffff\U000e0041"),
        (b"a\tb\r\nc\rd\n", "a\tb\nc\\rd\n"),
        ("日本 é 👩\u200d💻 \u00a0".encode(), "日本 é 👩\u200d💻 \u00a0"),
        (b"plain", "plain"),
    ],
)
def test_safe_text_stays_readable_and_does_nothing(raw: bytes, shown: str) -> None:
    assert safe(decoded(raw)) == shown


@given(ANY_TEXT)
def test_safe_text_is_always_utf_8_without_controls(text: str) -> None:
    shown = safe(text)

    shown.encode()
    assert not any(c < " " and c not in "\n\t" for c in shown)
    assert safe(shown) == shown


@given(st.binary())
def test_nothing_is_lost_in_decoding(raw: bytes) -> None:
    assert decoded(raw).encode("utf-8", "surrogateescape") == raw


@given(ANY_TEXT)
def test_one_line_is_printable_but_for_a_few_blanks(text: str) -> None:
    assert "\n" not in one_line(text)
    assert "\t" not in one_line(text)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("a  ", r"a\x20\x20"),
        ("a\tb", r"a\tb"),
        ("a\u00a0b\u3000", r"a\u00a0b\u3000"),
        ("\u200b\ufeff\u00ad", r"\u200b\ufeff\u00ad"),
        ("plain é", "plain é"),
    ],
)
def test_visible_text_has_no_invisible_character(line: str, shown: str) -> None:
    assert visible(line) == shown


@given(ANY_TEXT, st.booleans())
def test_visible_text_is_printable(text: str, ascii_only: bool) -> None:  # noqa: FBT001 - given
    assert visible(text, ascii_only=ascii_only).isprintable()


@given(ANY_TEXT)
def test_visible_text_is_ascii_where_that_is_asked_for(text: str) -> None:
    assert visible(text, ascii_only=True).isascii()


def test_capped_text_keeps_both_ends() -> None:
    assert capped("abcdefghij", head=2, tail=3) == "ab\n[... 5 characters left out ...]\nhij"
    assert capped("abcde", head=2, tail=3) == "abcde"


@pytest.mark.parametrize(
    "line", ["##[error]x", "a ##[group]b", "::error::x", "  ::x::", "\u2003::x", "####[x]"]
)
def test_an_inert_line_is_no_command(line: str) -> None:
    changed = inert(line)

    assert "##[" not in changed
    assert not changed.lstrip().startswith("::")
    assert changed.replace("\u200b", "") == line


@pytest.mark.parametrize("line", ["", "a::b", "# [x]", "text"])
def test_another_line_stays_as_it_is(line: str) -> None:
    assert inert(line) == line


@given(st.lists(st.integers(0, 1), max_size=20), st.lists(st.integers(0, 1), max_size=20))
def test_shared_length_is_the_longest_common_start(first: list[int], second: list[int]) -> None:
    length = shared_length(first, second)

    assert first[:length] == second[:length]
    assert first[: length + 1] != second[: length + 1] or first == second


def test_shared_length_of_long_texts() -> None:
    assert shared_length("x" * 5000 + "a", "x" * 5000 + "b") == 5000


def test_composed_and_decomposed_letters_look_alike() -> None:
    assert alike("\u00e9", "e\u0301")
    assert not alike("e", "é")
