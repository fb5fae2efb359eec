"""Which snippets are asked for."""

import pytest
from snippets import case, python

from runner.errors import UsageError
from runner.model import Snippet
from runner.selection import Selection, parse_expression, parse_tags


@pytest.mark.parametrize(
    ("expression", "takes"),
    [
        ("hello", True),
        ("HELLO", True),
        ("bye", False),
        ("not bye", True),
        ("not hello", False),
        ("hello and world", True),
        ("hello and bye", False),
        ("bye or world", True),
        ("bye or not hello", False),
        ("not bye and not later", True),
        ("bye and world or hello", True),
        ("bye and (world or hello)", False),
        ("(bye or hello) and (world or later)", True),
        ("not (bye or later)", True),
        ("not not hello", True),
        ("'hello world'", True),
        ('"world hello"', False),
        ("'not'", False),
        ("test.yml", True),
        ("python", True),
        ("first", True),
        ("((hello))", True),
        ("  hello  ", True),
        ("hello(", None),
        ("hello bye", None),
        ("and", None),
        ("hello and", None),
        ("or hello", None),
        ("(hello", None),
        ("hello)", None),
        ("()", None),
        ("not", None),
        ("", None),
        ("   ", None),
    ],
)
def test_an_expression_over_names(
    expression: str,
    takes: bool | None,  # noqa: FBT001 a parameter of the test
) -> None:
    one = python("1", name="Hello World", cases=[case("first"), case("second")])

    assert answer(expression, one) is takes


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 20_000 + "hello" + ")" * 20_000,
        "not " * 20_000 + "hello",
        " or ".join(["bye"] * 20_000 + ["hello"]),
        " and ".join(["hello"] * 20_000),
        "not (" * 20_000 + "hello" + ")" * 20_000,
    ],
    ids=["parentheses", "not", "or", "and", "both"],
)
def test_an_expression_may_be_as_deep_as_it_likes(expression: str) -> None:
    assert answer(expression, python("1", name="hello")) is True


@pytest.mark.parametrize(
    ("expression", "takes"),
    [("'('", True), ("'and' or bye", False), ("not '('", False), ("'(' and hello", True)],
)
def test_what_is_quoted_is_a_name(
    expression: str,
    takes: bool,  # noqa: FBT001 a parameter of the test
) -> None:
    assert answer(expression, python("1", name="hello (x)")) is takes


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("", "the expression is empty"),
        ("hello bye", "unexpected 'bye' in 'hello bye'"),
        ("hello)", "unexpected ')' in 'hello)'"),
        ("hello (bye)", "unexpected '(' in 'hello (bye)'"),
        ("and hello", "a name is missing before 'and'"),
        ("()", "a name is missing before ')'"),
        ("not", "a name is missing at the end"),
        ("(hello", "a closing parenthesis is missing"),
    ],
)
def test_what_is_wrong_with_an_expression_is_said(expression: str, problem: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_expression(expression)

    assert raised.value.problems == (f"-k: {problem}",)


def answer(expression: str, one: Snippet) -> bool | None:
    """Whether the snippet is taken; None where the expression is none."""
    try:
        return Selection(expression=parse_expression(expression)).takes(one)
    except UsageError:
        return None


def test_what_is_no_expression_is_said_to_be_of_the_flag() -> None:
    with pytest.raises(UsageError, match=r"^-k: .*closing parenthesis"):
        parse_expression("(hello")


@pytest.mark.parametrize(
    ("text", "wanted", "excluded"),
    [
        ("a", ("a",), ()),
        ("a,b", ("a", "b"), ()),
        ("a,!b", ("a",), ("b",)),
        ("!a", (), ("a",)),
        (" a , ! b ", ("a",), ("b",)),
        ("", (), ()),
        (",,", (), ()),
    ],
)
def test_a_list_of_tags(text: str, wanted: tuple[str, ...], excluded: tuple[str, ...]) -> None:
    assert parse_tags(text) == (wanted, excluded)


@pytest.mark.parametrize(
    ("tags", "wanted", "excluded", "takes"),
    [
        ((), (), (), True),
        (("a",), (), (), True),
        (("a",), ("a", "b"), (), True),
        (("c",), ("a", "b"), (), False),
        ((), ("a",), (), False),
        (("a", "slow"), ("a",), ("slow",), False),
        (("a",), (), ("slow",), True),
    ],
)
def test_tags(
    tags: tuple[str, ...],
    wanted: tuple[str, ...],
    excluded: tuple[str, ...],
    takes: bool,  # noqa: FBT001 a parameter of the test
) -> None:
    selection = Selection(tags=wanted, excluded_tags=excluded)

    assert selection.takes(python("1", tags=tags)) is takes


def test_both_must_hold() -> None:
    selection = Selection(expression=parse_expression("hello"), tags=("a",))

    assert selection.takes(python("1", name="hello", tags=("a",)))
    assert not selection.takes(python("1", name="hello"))
    assert not selection.takes(python("1", name="bye", tags=("a",)))
