"""Markdown documents -> snippets."""

import pytest
from documents import only, problems_of, snippets_of
from growth import grows_slower_than_its_square
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import UsageError
from runner.manifest.folder import Folder
from runner.manifest.problems import Problems
from runner.manifest.sections import Outer, checked
from runner.markdown import Terms
from runner.model import ExitExpectation, Source, Verdict
from runner.yaml_reader import read as read_yaml

PYTHON = "```python\nprint(1)\n```\n"


def test_a_fence_of_a_known_language_is_a_snippet() -> None:
    snippet = only(f"# Tour\n\n{PYTHON}")

    assert (snippet.name, snippet.language.name, snippet.code) == (
        "Tour 1",
        "python",
        b"print(1)\n",
    )
    assert snippet.source == Source(path="tour.md", line=3)
    assert snippet.code_source == Source(path="tour.md", line=4)


@pytest.mark.parametrize(
    "info", ["", "text", "json", "diff", "{1,3}", "pyton", "console", "{code-block} python", "a=b"]
)
def test_other_fences_never_run(info: str) -> None:
    assert snippets_of(f"```{info}\nprint(1)\n```\n") == []


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("py", "python"),
        ("Python", "python"),
        ("C++", "cpp"),
        ("{.python .numberLines}", "python"),
        ("js{1,3}", "javascript"),
        ("js:line-numbers", "javascript"),
        ("rust,ignore", "rust"),
        ("python@3.12", "python"),
    ],
)
def test_a_language_is_known_as_people_write_it(info: str, language: str) -> None:
    assert only(f"```{info}\nx\n```\n").language.name == language


def test_a_name_is_the_nearest_heading_and_a_number() -> None:
    first = f"{PYTHON}# A `b` [c](d) {{#e}}\n{PYTHON}{PYTHON}\n## \n{PYTHON}"
    text = f"{first}\nB\n=\n{PYTHON}# A b c\n{PYTHON}"

    names = [snippet.name for snippet in snippets_of(text)]

    assert names == ["tour 1", "A b c 1", "A b c 2", "A b c 3", "B 1", "A b c 4"]


def test_a_name_gives_way_to_a_stated_one() -> None:
    text = f"# A\n{PYTHON}\n```python name='A 1'\n```\n"

    assert [snippet.name for snippet in snippets_of(text)] == ["A 2", "A 1"]


def test_the_next_fence_with_output_says_what_is_printed() -> None:
    first, second = snippets_of(
        f"{PYTHON}\nprints\n\n```output\n1\n```\n{PYTHON}```text output\n[..]\n```\n"
    )

    assert first.cases[0].expect.stdout is not None
    assert first.cases[0].expect.stdout.glob == "1\n"
    assert first.cases[0].expect.stdout.source == Source(path="tour.md", line=8)
    assert second.cases[0].expect.stdout is not None
    assert second.cases[0].expect.stdout.glob == "[..]\n"


@pytest.mark.parametrize(
    "between", ["```json\n{}\n```\n", "```output skip\n1\n```\n", "<!-- snippet: skip -->\n"]
)
def test_an_output_that_is_not_the_next_fence_is_nobodys(between: str) -> None:
    assert only(f"{PYTHON}\n{between}```output\n2\n```\n").cases[0].expect.stdout is None


def test_the_output_of_what_is_not_run_is_not_compared() -> None:
    snippet = only("```python no_run\nx\n```\n```output\n1\n```\n")

    assert (snippet.run, snippet.cases[0].expect.stdout) == (False, None)


def test_the_output_of_what_does_not_compile_is_the_compilers() -> None:
    expect = only("```c compile_fail\nx\n```\n```output\n...error...\n```\n").cases[0].expect

    assert (expect.verdict, expect.stdout) == (Verdict.COMPILE_ERROR, None)
    assert expect.stderr is not None
    assert expect.stderr.glob == "...error...\n"


def test_front_matter_gives_defaults_languages_and_images() -> None:
    text = """---
title: @!{ not for us
snippets:
  images: current
  defaults: {timeout: 7}
  languages:
    ruby: {image: "ruby:3.3-slim", source: main.rb, run: [ruby, main.rb]}
tags: [a]
---
```ruby
puts 1
```
```python
```
"""

    ruby, python = snippets_of(text)

    assert (ruby.language.image, ruby.cases[0].timeout, ruby.source.line) == (
        "ruby:3.3-slim",
        7,
        10,
    )
    assert python.language.image_reference == "python:3.14-slim"


def test_front_matter_beats_the_manifest_that_names_the_document(folder: Folder) -> None:
    document = read_yaml(
        b"images: current\ndefaults: {timeout: 9, memory: 1g}\ndocuments: [tour.md]", "m.yml"
    )
    assert document.root is not None
    data = document.root.data()
    assert isinstance(data, dict)
    outer = Outer(sections=checked(data, Problems(document)), folder=folder)

    (snippet,) = snippets_of(
        f"---\nsnippets: {{defaults: {{timeout: 7}}}}\n---\n{PYTHON}", terms=Terms(outer=outer)
    )

    assert (snippet.cases[0].timeout, snippet.limits.memory) == (7, 1 << 30)
    assert snippet.language.image_reference == "python:3.14-slim"


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.getbasetemp(), allow_outside=False)


def test_only_marked_fences_count_where_a_manifest_says_so() -> None:
    text = f"{PYTHON}```python timeout=3\n```\n<!-- snippet: xfail -->\n{PYTHON}"

    found = snippets_of(text, terms=Terms(only_marked=True))

    assert [snippet.source.line for snippet in found] == [4, 7]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            "# Usage\n```python\n```\n```python timeout=x\n```\n",
            (
                "4:19: snippet 'Usage 2': timeout: must be a number of seconds from 1 to 300, "
                "not 'x'; the fence is '```python timeout=x'"
            ),
        ),
        (
            "> <!-- snippet: exit=999 -->\n> ```py\n> ```\n",
            (
                "1:22: snippet 'tour 1': exit: must be a number from 0 to 255, a list of them, or "
                "nonzero, not 999; the fence is '```py'"
            ),
        ),
        (
            "---\nsnippets: {defaults: {timeot: 1}}\n---\n",
            "2:23: snippets.defaults.timeot: unknown field 'timeot'; did you mean 'timeout'?",
        ),
        (
            "---\na: b\nsnippets:\n  default: {}\n---\n",
            "4:3: snippets.default: unknown field 'default'; did you mean 'defaults'?",
        ),
        (
            "---\nsnippets: [a]\n---\n",
            "2:11: snippets: must be a mapping with any of images, defaults, languages",
        ),
        (
            "```py name=a\n```\n```py name=a\n```\n",
            (
                "3:1: snippet 'a': the snippet at 1:1 has the name 'a' too; choose another; "
                "the fence is '```py name=a'"
            ),
        ),
        (
            "```py session=a\n```\n```c session=a\n```\n",
            (
                "3:4: snippet 'tour 2': language: image gcc:9 differs from python:3.9-slim of the "
                "snippet at 1:1; the members of session 'a' share one sandbox; "
                "the fence is '```c session=a'"
            ),
        ),
        (
            "<!-- snippet: skip -->\n\ntext\n",
            "1:5: a comment has options and stands before no fence; move it right before one",
        ),
    ],
)
def test_a_problem_has_its_place_and_quotes_its_fence(text: str, problems: str) -> None:
    assert problems_of(text) == (f"tour.md:{problems}",)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"a\r\n\xff", "2:1: not UTF-8 (byte 0xff); save the document as UTF-8"),
        (b"a\nb\0", "2:2: a NUL character; save the document as text, in UTF-8"),
        (b"a" * (1 << 24) + b"b", "1:1: the document is larger than 16 MB; split it"),
    ],
    ids=["not_utf_8", "nul", "large"],
)
def test_what_is_no_text_is_refused_with_its_line(raw: bytes, problem: str) -> None:
    assert problems_of(raw) == (f"tour.md:{problem}",)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert (
        only(f"\ufeff---\nsnippets: {{defaults: {{timeout: 7}}}}\n---\n{PYTHON}").cases[0].timeout
        == 7
    )


def test_a_fence_that_fails_as_documented() -> None:
    snippet = only("```python should_fail\n1/0\n```\n")

    assert snippet.cases[0].expect.exit == ExitExpectation(codes=frozenset(), nonzero=True)


@pytest.mark.parametrize(
    "unit",
    [
        "```python\nx\n```\n",
        "```python continues\nx\n```\n```bash\nx\n```\n",
        "```console\n$ a\nb\n```\n",
        "```python timeot=1\n```\n",
        "# a\n",
    ],
)
def test_documents_take_time_by_their_size(unit: str) -> None:
    def reads(size: int) -> None:
        try:
            snippets_of("```python\n```\n" + unit * size)
        except UsageError:
            return

    assert grows_slower_than_its_square(reads, 60)


FENCES = ("```", "~~~", "python", "console", "pycon", "output", " ", "\n", "> ", "- ", "# ", "\t")
OPTIONS = ("<!-- snippet:", "-->", "timeout=", "save=", "continues", "session=a", "{", "}", "'")
TRANSCRIPTS = ("$ ", ">>> ", "[1]", "Traceback (most recent call last):", "...", "\r", "\0")
PIECES = st.sampled_from((*FENCES, *OPTIONS, *TRANSCRIPTS, "---\n", "snippets: "))


@settings(deadline=None)
@given(st.lists(PIECES | st.text(max_size=5), max_size=60).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = snippets_of(text.encode(errors="replace").decode())
    except UsageError:
        return

    assert len({snippet.name for snippet in found}) == len(found)
