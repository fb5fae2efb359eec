"""The YAML reader: what a text means, where it stands, and what no text can do to it."""

from decimal import Decimal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from runner.model import Source
from runner.yaml_reader import MAX_BYTES, Data, Document, Plain, read
from runner.yaml_reader.builder import MAX_ALIASED_NODES, MAX_DEPTH, MAX_NODES


def data(text: str) -> Data:
    document = read(text.encode(), "a.yml")
    assert document.problems == ()
    assert document.root is not None
    return document.root.data()


def messages(text: str | bytes) -> list[str]:
    document = read(text.encode() if isinstance(text, str) else text, "a.yml")
    return [str(problem) for problem in document.problems]


def source(document: Document, *location: str | int) -> tuple[int, int]:
    found = document.source(location)
    return found.line, found.column


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "012",
        "+12",
        "-0",
        "0x1F",
        "0o17",
        "1.10",
        ".5",
        "1.",
        "1e3",
        "-.inf",
        ".NaN",
        "true",
        "False",
        "null",
        "~",
        "NULL",
    ],
)
def test_what_the_core_schema_takes_for_no_text_keeps_its_text(text: str) -> None:
    assert data(f"- {text}") == [Plain(text)]


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "yes",
        "on",
        "off",
        "y",
        "n",
        "1:30",
        "22:22",
        "1_000",
        "2026-01-01",
        "0b1",
        "1.2.3",
        "tRUE",
        "nUll",
        "nan",
        "inf",
        "+-1",
        "1e",
        "0o8",
        "0x",
        "<<",
        "=",
        ".",
    ],
)
def test_what_only_older_yaml_takes_for_something_else_is_text(text: str) -> None:
    assert data(f"- {text}") == [text]


@pytest.mark.parametrize("quoted", ["'1'", '"1"', "|-\n  1", ">-\n  1"])
def test_quoted_and_block_scalars_are_text(quoted: str) -> None:
    assert data(f"- {quoted}") == ["1"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("012", "12"),
        ("0x1F", "31"),
        ("0o17", "15"),
        ("1.10", "1.10"),
        ("-.5", "-0.5"),
        ("1e3", "1000"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_numbers_are_exact(text: str, number: str) -> None:
    assert Plain(text).number == Decimal(number)


@pytest.mark.parametrize("text", [".inf", "true", "", "null"])
def test_what_is_no_finite_number_has_none(text: str) -> None:
    assert Plain(text).number is None


@pytest.mark.parametrize("text", ["0x" + "f" * 200, "1e" + "9" * 30])
def test_a_number_out_of_all_bounds_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="too large"):
        _ = Plain(text).number


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), ("FALSE", False), ("yes", None), ("1", None)],
)
def test_booleans_are_those_of_yaml_1_2(text: str, expected: object) -> None:
    assert Plain(text).boolean is expected


def test_plain_keys_are_text_whatever_they_look_like() -> None:
    assert data("{on: a, 1.10: b, true: c}") == {"on": "a", "1.10": "b", "true": "c"}


def test_a_quoted_merge_key_is_a_key_as_any_other() -> None:
    assert data('{"<<": a}') == {"<<": "a"}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_kinds_read_alike(end: str) -> None:
    text = "a: |\n  x\n  y\nb: 1\n".replace("\n", end)

    document = read(text.encode(), "a.yml")

    assert document.root is not None
    assert document.root.data() == {"a": "x\ny\n", "b": Plain("1")}
    assert source(document, "b") == (4, 4)


def test_a_byte_order_mark_is_no_character() -> None:
    document = read(b"\xef\xbb\xbfa: 1", "a.yml")

    assert document.root is not None
    assert document.root.data() == {"a": Plain("1")}
    assert source(document, "a") == (1, 4)


def test_positions_count_characters_of_values_and_keys() -> None:
    document = read("é😀: [x, {key: value}]\n".encode(), "a.yml")

    assert source(document, "é😀", 1, "key") == (1, 15)
    assert document.key_source(("é😀", 1, "key")) == Source(path="a.yml", line=1, column=10)


def test_the_position_of_what_is_not_there_is_that_of_what_is_around_it() -> None:
    document = read(b"a:\n- b: 1\n", "a.yml")

    assert source(document, "a", 0, "c", "d") == (2, 3)
    assert source(document, "a", 7) == (2, 1)


@pytest.mark.parametrize(
    ("value", "line", "column"),
    [
        ("|\n  x", 2, 1),
        (">-\n\n  x", 2, 1),
        ("|2 # comment\n   x", 2, 1),
        ("x", 1, 4),
        ('"x"', 1, 4),
    ],
)
def test_the_text_of_a_block_begins_on_the_line_below(value: str, line: int, column: int) -> None:
    document = read(f"a: {value}\n".encode(), "a.yml")

    assert document.text_source(("a",)) == Source(path="a.yml", line=line, column=column)


def test_an_alias_is_what_it_names_and_stands_where_that_stands() -> None:
    document = read(b"- &a {x: 1}\n- *a\n", "a.yml")

    assert document.root is not None
    assert document.root.data() == [{"x": Plain("1")}, {"x": Plain("1")}]
    assert source(document, 1, "x") == (1, 10)


def test_aliases_may_add_as_much_as_their_budget() -> None:
    aliases = MAX_ALIASED_NODES // 2

    assert messages("- &a [x]\n" + "- *a\n" * aliases) == []
    assert "aliases repeat too much" in messages("- &a [x]\n" + "- *a\n" * (aliases + 1))[0]


def test_a_long_text_is_repeated_within_a_budget_too() -> None:
    assert "aliases repeat too much" in messages(f"- &a {'x' * 400_000}\n" + "- *a\n" * 3)[0]


def test_an_alias_counts_for_the_nesting() -> None:
    inner = "&a " + "[" * (MAX_DEPTH // 2) + "]" * (MAX_DEPTH // 2)
    outer = "[" * (MAX_DEPTH // 2) + "*a" + "]" * (MAX_DEPTH // 2)

    assert "nested more than" in messages(f"- {inner}\n- {outer}\n")[0]


def test_nesting_as_deep_as_allowed_is_read() -> None:
    assert messages("[" * MAX_DEPTH + "]" * MAX_DEPTH) == []


@pytest.mark.parametrize("opening", ["[", "{", "? ", "- ", "[{", "{a: "])
def test_a_million_levels_are_refused_at_once(opening: str) -> None:
    assert "nested more than 64 deep" in messages(opening * 1_000_000)[0]


def test_more_values_than_allowed_are_refused() -> None:
    assert "more than" in messages("- a\n" * (MAX_NODES + 1))[0]


def test_a_file_larger_than_allowed_is_refused() -> None:
    assert "larger than 16 MB" in messages(b"#" * (MAX_BYTES + 1))[0]


def test_problems_that_leave_a_tree_are_all_found_with_it() -> None:
    document = read(b"a: !t x\na: y\nb: {<<: {}}\n", "a.yml")

    assert document.root is not None
    assert document.root.data() == {"a": "x", "b": {}}
    assert [str(problem) for problem in document.problems] == [
        "a.yml:1:4: a: tag '!t' is not supported; leave it out, and quote texts",
        "a.yml:2:1: duplicate key 'a'; the first is at 1:1",
        "a.yml:3:5: b: merge keys are not supported; use 'defaults', or write it out",
    ]


def test_a_position_after_many_lines_of_all_kinds_is_right() -> None:
    assert messages(b"a\r\nb\rc\n\xc3\xa9\x01")[0].startswith("a.yml:4:2: character U+0001")


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "\ufeff"])
def test_an_empty_document_is_no_problem_of_the_reader(text: str) -> None:
    assert messages(text) == []


def test_without_libyaml_all_is_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: |\n  x\nb: [1.10, 'y', *a]\n".replace("*a", "no")
    fast = read(text.encode(), "a.yml")
    monkeypatch.delattr(yaml, "CSafeLoader")

    assert read(text.encode(), "a.yml") == fast


@pytest.mark.parametrize(
    "text", ['"\\ud800"', '"\\U00110000"', "[", "a: b: c", "? ? a", "*a", "\t", "!!x", "&a [*a]"]
)
def test_without_libyaml_bad_texts_are_problems_too(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(yaml, "CSafeLoader")

    assert len(messages(text)) == 1


PIECES = st.lists(
    st.sampled_from(list("[]{}:,-?|>&*!%@`#'\"\\~0é😀\n\r\t \u2028\ufeff\0"))
    | st.sampled_from(["- ", ": ", "\n  ", "&a ", "*a ", "<<: ", "---\n", "...", "!!str ", "1e9"])
    | st.sampled_from(["0x", "\\ud800", "%YAML 1.2\n"]),
    max_size=60,
).map("".join)


@given(PIECES | st.text())
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    document = read(text.encode("utf-8", "surrogatepass"), "a.yml")

    assert all(str(problem).isprintable() for problem in document.problems)
    assert all(problem.source.line >= 1 <= problem.source.column for problem in document.problems)


@given(st.binary())
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    read(raw, "a.yml")


SCALARS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(st.recursive(SCALARS, lambda of: st.lists(of) | st.dictionaries(SCALARS, of), max_leaves=20))
def test_what_a_writer_quotes_is_read_back(value: Data) -> None:
    text = yaml.dump(value, Dumper=yaml.CSafeDumper, default_style='"', allow_unicode=False)

    assert data(text) == value


@pytest.mark.parametrize(
    ("value", "style"),
    [
        ("plain", ""),
        ("1.10", ""),
        ("'single'", "'"),
        ('"é \\n"', '"'),
        ("&anchor 'x'", "'"),
        ("|-\n  block\n", "|"),
        (">\r\n  folded\r\n", ">"),
        ("[a, 'b']", "["),
        ("{a: b}", "{"),
    ],
)
def test_a_value_knows_its_style_and_where_it_begins_and_ends(value: str, style: str) -> None:
    before = "\ufeffé: ü\r\nkey: "
    root = read(f"{before}{value}".encode(), "a.yml").root

    assert root is not None
    assert isinstance(root.value, dict)
    node = root.value["key"]
    start = len(before) - 1
    assert (node.style, node.start, node.end) == (style, start, start + len(value))
