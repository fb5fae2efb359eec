"""The words that a fence and the comments before it may have."""

import pytest
from documents import only, problems_of, snippets_of

from runner.model import Snippet

COMMENT = "<!-- snippet: {} -->\n\n```python\nx\n```\n"
INFO = "```python {}\nx\n```\n"
BRACES = "```python {{{}}}\nx\n```\n"


@pytest.mark.parametrize("form", [COMMENT, INFO, BRACES], ids=["comment", "info", "braces"])
def test_options_stand_in_any_of_three_places(form: str) -> None:
    snippet = only(form.format("""timeout=5 exit=1 session=tour name="a b" stdin='c d'"""))

    case = snippet.cases[0]
    assert (snippet.name, snippet.session, case.timeout, case.stdin) == ("a b", "tour", 5, b"c d")
    assert case.expect.exit is not None
    assert case.expect.exit.codes == {1}


def test_a_comment_adds_to_the_info_string() -> None:
    snippet = only("<!-- prettier-ignore -->\n<!-- snippet: xfail -->\n```py,timeout=5\nx\n```\n")

    assert (snippet.xfail, snippet.cases[0].timeout) == ("no reason given", 5)


@pytest.mark.parametrize(
    ("word", "field", "value"),
    [
        ("skip", "skip", "no reason given"),
        ("ignore", "skip", "no reason given"),
        ("notest", "skip", "no reason given"),
        ('skip="needs a network"', "skip", "needs a network"),
        ("skip=false", "skip", None),
        ("xfail='later'", "xfail", "later"),
        ("no_run", "run", False),
        ("no-run", "run", False),
    ],
)
def test_a_word_sets_a_field(word: str, field: str, value: object) -> None:
    assert getattr(only(INFO.format(word)), field) == value


@pytest.mark.parametrize("word", ["no_run", "ignore", "should_panic", "compile_fail,E0277"])
def test_rust_has_the_words_of_rustdoc(word: str) -> None:
    snippet = only(f"```rust,{word},edition2021\nx\n```\n")

    changed = (snippet.run, snippet.skip, snippet.cases[0].expect)
    assert changed != (True, None, only("```rust\n```\n").cases[0].expect)


@pytest.mark.parametrize(
    "words",
    [
        'title="skip this" linenums="1" hl_lines="2 3"',
        "{1,3-5} showLineNumbers",
        "{.numberLines #id startFrom=10}",
        "filename=a.py copy",
        "src/a.py",
        "/const/ 'skip' (skip)",
        "edition2021 ignore-x86_64 E0277 noplayground",
        "npm2yarn twoslash live noInline",
        '{"name":"x","interactive":"false"}',
    ],
)
def test_words_of_other_tools_pass(words: str) -> None:
    assert only(INFO.format(words)) == only(INFO.format(""))


@pytest.mark.parametrize(
    ("words", "column", "message"),
    [
        ("tiemout=5", 11, "unknown option 'tiemout=5'; did you mean 'timeout'?"),
        ("{ Timeout=5}", 13, "unknown option 'Timeout=5'; did you mean 'timeout'?"),
        ("norun", 11, "unknown option 'norun'; did you mean 'no_run'?"),
        ("timeout", 11, "'timeout' needs a value; write timeout=..."),
        ("continues=1", 11, "'continues' takes no value; write continues alone"),
        (
            "should_fail exit=3",
            23,
            "'exit' stands beside 'should_fail' on line 1; keep one of them",
        ),
        ("run=5", 11, "unknown option 'run=5'; did you mean 'no_run'?"),
    ],
)
def test_a_word_that_is_wrong_is_told_with_its_place(words: str, column: int, message: str) -> None:
    (problem,) = problems_of(INFO.format(words))

    assert problem.startswith(f"tour.md:1:{column}: snippet 'tour 1': {message}; the fence is '```")


def test_a_comment_for_us_has_our_words_alone() -> None:
    (problem,) = problems_of(COMMENT.format("linenums"))

    assert problem.startswith("tour.md:1:15: snippet 'tour 1': unknown option 'linenums'; known: ")


def _sessions(text: str) -> list[str | None]:
    return [snippet.session for snippet in snippets_of(text)]


def test_continues_joins_the_previous_snippet_of_its_language() -> None:
    text = (
        "```py\n```\n```js\n```\n```python continues\n```\n```python continues\n```\n```py\n```\n"
    )

    assert _sessions(text) == ["line-1", None, "line-1", "line-1", None]


def test_continues_joins_the_session_that_is_there() -> None:
    assert _sessions("```py session=a\n```\n```py continues\n```\n") == ["a", "a"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```js\n```\n```py continues\n```\n", "'continues': no python snippet stands before"),
        ("```py\n```\n```py continues session=a\n```\n", "'continues' stands beside 'session'"),
    ],
)
def test_continues_needs_something_to_go_on_with(text: str, message: str) -> None:
    (problem,) = problems_of(text)

    assert message in problem


def _files(text: str) -> list[dict[str, bytes]]:
    return [dict(snippet.files) for snippet in snippets_of(text)]


def test_a_saved_fence_is_a_file_of_what_follows() -> None:
    text = "```py\n```\n```json save=a/b.json\n{}\n```\n```py\n```\n"
    text += "<!-- snippet: save=c -->\n```\nc\n```\n```js\n```\n"

    assert _files(text) == [{}, {"a/b.json": b"{}\n"}, {"a/b.json": b"{}\n", "c": b"c\n"}]


def test_the_members_of_a_session_get_a_file_once() -> None:
    member = "```py session=t\n```\n"
    text = f"```txt save=a\na\n```\n```py session=t skip\n```\n{member}{member}```py\n```\n"

    assert _files(text) == [{}, {"a": b"a\n"}, {}, {"a": b"a\n"}]


def test_a_file_saved_for_a_session_is_nobody_elses() -> None:
    text = "```txt save=a session=t\na\n```\n```py\n```\n```py session=t\n```\n"

    assert _files(text) == [{}, {"a": b"a\n"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```txt save=../a\n```\n", "1:13: file '../a': save: '../a' leaves the working directory"),
        (
            "```txt save=a\n```\n```txt save=a/b\n```\n",
            "3:13: file 'a/b': save: 'a' is a file here",
        ),
        ("```txt save=a timeout=3\n```\n", "1:23: file 'a': 'timeout' stands beside 'save'"),
        (
            "```txt save=main.py\n```\n```py\n```\n",
            "1:1: save: 'main.py' is the name of the program",
        ),
    ],
)
def test_a_file_that_cannot_be_is_refused(text: str, message: str) -> None:
    (problem,) = problems_of(text)

    assert problem.startswith(f"tour.md:{message}")


def test_a_document_holds_only_so_many_files() -> None:
    problems = problems_of("```txt save=a\n```\n" * 201)

    assert len(problems) == 1


def _commands(text: str) -> list[Snippet]:
    found = snippets_of(text)
    assert {snippet.transcript for snippet in found} <= {True}
    return found


CONSOLE = """```console
$ echo a \\
    b
a b
$ for i in 1 2; do
>   echo $i
> done
1
...
$ false
[1]
$ cd /tmp

$
$ cat nothing
cat: [..]
[1]
```
"""


def test_a_console_is_a_session_of_commands_with_their_outputs() -> None:
    found = _commands(CONSOLE)

    stdout = [s.cases[0].expect.stdout and s.cases[0].expect.stdout.glob for s in found]
    assert stdout == ["a b\n", "1\n...\n", None, None, "cat: [..]\n"]
    assert [s.source.line for s in found] == [2, 5, 10, 12, 15]
    assert found[1].code == b"for i in 1 2; do\n  echo $i\ndone\n"
    assert {s.session for s in found} == {"line-1"}
    exits = [s.cases[0].expect.exit and set(s.cases[0].expect.exit.codes) for s in found]
    assert exits == [{0}, {0}, {1}, {0}, {1}]


PYCON = """```pycon
>>> def f():
...     return 1
...
>>> f()
1
>>> print("a\\n\\nb")
a
<BLANKLINE>
b
>>> 1 / 0
Traceback (most recent call last):
    ...
ZeroDivisionError: division by zero
>>> {1: 2}  # doctest: +SKIP
>>> print("x = 5")  # doctest: +ELLIPSIS
x = ...
```
"""


def test_a_python_console_is_read_as_doctest_reads_it() -> None:
    found = _commands(PYCON)

    stdout = [s.cases[0].expect.stdout and s.cases[0].expect.stdout.glob for s in found]
    traceback = "Traceback (most recent call last):\n...\nZeroDivisionError: division by zero\n"
    assert stdout == ["", "1\n", "a\n\nb\n", traceback, "", "x = [..]\n"]
    assert found[0].code == b"def f():\n    return 1\n\n"
    assert found[3].cases[0].expect.exit is not None
    assert found[3].cases[0].expect.exit.codes == {1}
    assert found[4].skip == "doctest: +SKIP"
    assert found[0].code_source.column == 5


@pytest.mark.parametrize(
    ("info", "prompt", "language"),
    [
        ("bash", "$", "bash"),
        ("sh", "$", "bash"),
        ("shell-session", "$", "bash"),
        ("python", ">>>", "python"),
        ("pycon", ">>>", "python"),
    ],
)
def test_what_begins_with_a_prompt_is_a_transcript(info: str, prompt: str, language: str) -> None:
    (snippet,) = _commands(f"```{info}\n{prompt} x\n```\n")

    assert (snippet.language.name, snippet.code) == (language, b"x\n")


def test_a_transcript_can_go_on_with_a_session() -> None:
    text = "```py\nx = 1\n```\n```pycon continues name=a\n>>> x\n1\n>>> x\n1\n```\n"

    found = snippets_of(text)

    assert [(s.name, s.session) for s in found] == [
        ("tour 1", "line-1"),
        ("a", "line-1"),
        ("a 2", "line-1"),
    ]


def test_a_transcript_takes_no_option_of_a_single_program() -> None:
    (problem,) = problems_of("```console exit=1\n$ false\n```\n")

    assert "1:17: snippet 'tour 1': 'exit' has no meaning for a terminal's transcript" in problem
