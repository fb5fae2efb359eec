"""Rewriting documents: output fences and transcripts, in lists and quotes; adding what lacks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from update import after, changes, prints, report, why_kept

from runner.model import Outcome, Verdict

CODE = "# Title\n\n```python\nx\n```\n\n"
DOCUMENT = CODE + "```output\n{}```\n\ntext\n"


@pytest.mark.parametrize(
    ("before", "printed", "expected"),
    [
        ("old\n", "new\n", "new\n"),
        ("old\n", "", ""),
        ("", "new\n", "new\n"),
        ("a\n...\nz\n", "a\n1\n2\ny\n", "a\n...\ny\n"),
        ("[..] ms\nb  \nc\n", "5 ms\nb\nd\n", "[..] ms\nb  \nd\n"),
    ],
)
def test_the_lines_of_an_output_fence_are_rewritten(
    before: str, printed: str, expected: str
) -> None:
    text = after(DOCUMENT.format(before), prints(printed), path="a.md")

    assert text == DOCUMENT.format(expected)


def test_a_fence_grows_where_the_output_holds_one() -> None:
    text = after(DOCUMENT.format("old\n"), prints("a\n````\nb\n"), path="a.md")

    assert text == CODE + "`````output\na\n````\nb\n`````\n\ntext\n"


@pytest.mark.parametrize("prefix", ["> ", "  ", ">   > ", "   "], ids=repr)
def test_what_stands_before_each_line_of_a_fence_stays(prefix: str) -> None:
    container = {"  ": "- item\n\n", "   ": "1. item\n\n"}.get(prefix, "")
    lines = ["```python", "x", "```", "", "```output", "old", "```", ""]
    text = container + "\n".join((prefix + line).rstrip() for line in lines)

    new = after(text, prints("a\n\nb\n"), path="a.md")

    blank = prefix.rstrip()
    assert new == text.replace(f"{prefix}old", f"{prefix}a\n{blank}\n{prefix}b")


def test_line_ends_the_mark_and_a_missing_last_newline_stay() -> None:
    text = "\ufeff" + (CODE + "```output\nold").replace("\n", "\r\n")

    new = after(text, prints("a\nb\n"), path="a.md")

    assert new == text.replace("old", "a\r\nb")


CONSOLE = "```console\n$ one\nold\n$ two\n$\n$ three\nx\n\n[1]\n$ four \\\n> more\ny\n```\n"


def test_each_command_of_a_console_gets_its_own_output() -> None:
    outcomes = [prints("1\n"), prints("2\n"), prints("a\nb\n", exit_code=1), prints("y\n")]

    new = after(CONSOLE, *outcomes, path="a.md")
    all_of_it = after(CONSOLE, *outcomes, path="a.md", add=True)

    assert new == CONSOLE.replace("old", "1").replace("x\n\n[1]", "a\nb\n[1]")
    assert all_of_it == new.replace("$ two\n", "$ two\n2\n")


PYCON = """\
```pycon
>>> 1 + 1
3
>>> print("a")
>>> for x in y:
...     print(x)
1

>>> 1 / 0
Traceback (most recent call last):
  File "<stdin>", line 3
    1 / 0
ZeroDivisionError: old
>>> x = 1
```
"""


def test_each_example_of_a_pycon_gets_its_own_output() -> None:
    error = "Traceback (most recent call last):\n  File x\nZeroDivisionError: new\n"
    printed = [prints("2\n"), prints("a\n"), prints("1\n\n2\n"), prints(error, exit_code=1)]

    new = after(PYCON, *printed, prints(), path="a.md")

    wanted = PYCON.replace("\n3\n", "\n2\n").replace('("a")\n', '("a")\na\n')
    wanted = wanted.replace("1\n\n>>>", "1\n<BLANKLINE>\n2\n\n>>>").replace(": old", ": new")
    assert new == wanted


@pytest.mark.parametrize(
    ("text", "printed", "why"),
    [
        (DOCUMENT.format("old\n"), "\0\n", "the output has a character '\\x00'"),
        (DOCUMENT.format("old\n"), b"\xff\n", "the output has a character '\\xff'"),
        (DOCUMENT.format("old\n"), "a\n...\n", "would stand for"),
        (DOCUMENT.format("old\n"), "a\rb\n", "the output has a character '\\r'"),
        ("```console\n$ one\nold\n```\n", "", "nothing was printed, which a transcript cannot say"),
        ("```console\n$ one\nold\n```\n", "$ two\n", "would change something else"),
        ("```console\n$ one\nold\n```\n", "a\n[3]\n", "would change something else"),
    ],
)
def test_what_a_document_cannot_say_is_left_alone(
    text: str, printed: str | bytes, why: str
) -> None:
    (kept,) = why_kept(text, prints(printed), path="a.md")

    assert why in kept


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("```python\nx\n```\n", "```python\nx\n```\n\n```output\na\n\nb\n```\n"),
        ("```python\nx\n```", "```python\nx\n```\n\n```output\na\n\nb\n```"),
        (
            "> ~~~~py\n> x\n> ~~~~\n\ntext\n",
            "> ~~~~py\n> x\n> ~~~~\n>\n> ```output\n> a\n>\n> b\n> ```\n\ntext\n",
        ),
        (
            "- item\n  ```py\n  x\n  ```\n  text\n",
            "- item\n  ```py\n  x\n  ```\n\n  ```output\n  a\n\n  b\n  ```\n  text\n",
        ),
    ],
)
def test_an_output_fence_that_is_missing_is_added_if_asked_for(before: str, expected: str) -> None:
    new = after(before, prints("a\n\nb\n"), path="a.md", add=True)

    assert new == expected
    assert after(new, prints("a\n\nb\n"), path="a.md", add=True) == new
    assert after(before, prints("a\n\nb\n"), path="a.md") == before


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("```python\nx\n```\n", prints()),
        ("```python\nx\n```\n", prints(" \n\n")),
        ("```python\nx\n```\n", prints("a", exit_code=1)),
        ("```python no_run\nx\n```\n", prints("a")),
        ("```python xfail\nx\n```\n", prints("a", exit_code=1)),
        ("```python\nx\n```\n\n```output skip\nold\n```\n", prints("a")),
        ("```python\nx\n```\n", prints("...\n")),
    ],
)
def test_no_output_fence_is_added_where_there_is_nothing_sure_to_say(
    text: str, outcome: Outcome
) -> None:
    found = changes(text, outcome, path="a.md", add=True)

    assert found.files == ()
    assert [kept for kept in found.kept if outcome.stdout.isspace()] == []


def test_a_fence_that_moves_does_not_change_the_names_of_sessions() -> None:
    text = CODE + "```bash\nx=1\n```\n\n```bash continues\necho\n```\n"

    new = after(text, prints("a"), prints(), prints("b"), path="a.md", add=True)

    assert new.count("```output") == 2


LINES = ["a", "b", "", " c", "\td", "```", "~~~~", "# x", "- y", "> z", "<!--", "e  ", "é", "$ x"]
PLACES = {
    "fence": DOCUMENT.format("old\nolder\n"),
    "tildes": DOCUMENT.format("old\n")
    .replace("```output", "~~~output")
    .replace("d\n```", "d\n~~~"),
    "list": "1. x\n\n   ```py\n   x\n   ```\n   ```output\n   old\n   ```\n   y\n",
    "quote": "> ```py\n> x\n> ```\n>\n> ```output\n> old\n>\n> ```\n\ntext\n",
    "console": "```console\n$ x\nold\n```\n\ntext\n",
    "pycon": "```pycon\n>>> x\nold\n```\n\ntext\n",
}


@pytest.mark.parametrize("text", PLACES.values(), ids=PLACES.keys())
@settings(max_examples=60, deadline=None)
@given(lines=st.lists(st.sampled_from(LINES), max_size=5), crlf=st.booleans())
def test_what_is_written_passes_or_nothing_is(text: str, lines: list[str], *, crlf: bool) -> None:
    raw = (text.replace("\n", "\r\n") if crlf else text).encode()
    outcome = prints("".join(f"{line}\n" for line in lines))

    found = changes(raw, outcome, path="a.md")

    new = found.files[0].after if found.files else raw
    (result,) = report("a.md", new, [outcome]).results
    assert (result.verdict is Verdict.PASSED) is not bool(found.kept)
    assert changes(new, outcome, path="a.md").files == ()
    assert new.endswith(raw[-4:])
    assert (b"\n" in new.replace(b"\r\n", b"")) is not crlf
