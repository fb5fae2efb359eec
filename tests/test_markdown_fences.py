"""What is a fence, and where its parts stand."""

import pytest
from growth import grows_slower_than_its_square

from runner.markdown.fences import Fence, fences, page


@pytest.mark.parametrize(
    ("text", "content", "prefix", "column"),
    [
        ("```python\nx\n```\n", "x\n", "", 1),
        ("~~~python\nx\n~~~\n", "x\n", "", 1),
        ("````python\n```\n````\n", "```\n", "", 1),
        ("  ```python\n  x\n  ```\n", "x\n", "  ", 3),
        ("> ```python\n> x\n> ```\n", "x\n", "> ", 3),
        (">```python\n>x\n>```\n", "x\n", "> ", 2),
        ("- a\n\n  ```python\n  x\n  ```\n", "x\n", "  ", 3),
        ("10. ```python\n      x\n    ```\n", "  x\n", "    ", 5),
        ("> - ```python\n>   x\n>   ```\n", "x\n", ">   ", 5),
        ("```python\r\nx\r\n```\r\n", "x\n", "", 1),
        ("```python\n\tx\n```", "\tx\n", "", 1),
    ],
)
def test_a_fence_is_found_wherever_commonmark_has_one(
    text: str, content: str, prefix: str, column: int
) -> None:
    (fence,) = fences(text)

    assert (fence.info, fence.content, fence.prefix) == ("python", content, prefix)
    assert (fence.column, fence.closed) == (column, True)


@pytest.mark.parametrize(
    "text",
    ["    ```python\n    x\n    ```\n", "<!--\n```python\n```\n-->\n", "`` ```python ``\n", ""],
    ids=["indented_code", "comment", "inline", "nothing"],
)
def test_what_commonmark_takes_for_no_fence_is_none(text: str) -> None:
    assert fences(text) == []


def test_a_fence_has_the_lines_of_its_markers_and_its_content() -> None:
    (fence,) = fences("---\ntitle: x\n---\n\n```` python timeout=5\na\nb\n````\n")

    assert (fence.line, fence.first_line, fence.end_line) == (5, 6, 8)
    assert (fence.info, fence.info_column) == ("python timeout=5", 6)
    assert (fence.marker, fence.opening) == ("````", "```` python timeout=5")


def test_an_unclosed_fence_goes_on_to_the_end() -> None:
    (fence,) = fences("```python\na\nb")

    assert (fence.content, fence.closed, fence.end_line) == ("a\nb\n", False, 4)


def test_a_fence_has_the_comments_right_before_it_with_their_places() -> None:
    (fence,) = fences("> <!-- a -->\n>\n> <!--\n>   b c\n> -->\n> ```python\n> ```\n")

    (a, b) = fence.comments
    assert (a.text, a.place(1)) == (" a ", (1, 8))
    assert b.place(b.text.index("c")) == (4, 7)


def test_a_comment_with_something_between_it_and_the_fence_is_stray() -> None:
    found = page("<!-- a -->\n\ntext\n\n```python\n```\n\n<!-- b -->\n")

    assert [stray.text for stray in found.strays] == [" a ", " b "]
    assert found.fences[0].comments == ()


def test_mdx_has_comments_of_its_own_and_fences_between_tags() -> None:
    text = "<Tab>\n{/* a */}\n\n{/* b */}\n\n      ```js\n      x\n      ```\n</Tab>\n"

    (fence,) = fences(text, mdx=True)

    assert (fence.content, [comment.text for comment in fence.comments]) == ("x\n", [" b "])


@pytest.mark.parametrize(
    "unit",
    [
        "```python\nx\n```\n\n",
        "> - ",
        "[a]: /x\n",
        "<!-- ",
        "<!-- snippet: skip -->\n",
        "- a\n",
        "lorem ipsum\n",
        "<a ",
        "{/* ",
        "> a\n\n",
        "~~~\n```\n",
    ],
)
def test_reading_takes_time_by_the_size(unit: str) -> None:
    assert grows_slower_than_its_square(lambda size: page(unit * size), 400)


def test_what_is_nested_past_all_measure_is_not_looked_at() -> None:
    parts = page("> " * 10_000 + "```python\n" + "- " * 10_000).parts

    assert not any(isinstance(part, Fence) for part in parts)
