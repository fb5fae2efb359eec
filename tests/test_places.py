"""Where in its document a program failed."""

from dataclasses import replace
from typing import Any

import pytest
from growth import grows_slower_than_its_square
from snippets import snippet

from runner.languages import CLASSIC
from runner.model import Ending, Outcome, Snippet, Source
from runner.places import locate

HERE = Source(path="tour.md", line=11, column=3)


def _failed(said: str) -> Outcome:
    return Outcome(ending=Ending.EXITED, exit_code=1, stderr=said.encode())


def _snippet(language: str, code: str = "a\nb\nc\nd\n", **fields: Any) -> Snippet:  # noqa: ANN401 - of many types
    return replace(snippet(language, code), code_source=HERE, **fields)


PYTHON = """Traceback (most recent call last):
  File "/work/run/main.py", line 4, in <module>
    f()
  File "/work/run/main.py", line 3, in f
    json.loads("")
  File "/usr/local/lib/python3.9/json/decoder.py", line 1, in decode
ValueError
"""


@pytest.mark.parametrize(
    ("language", "said", "line"),
    [
        ("python", PYTHON, 3),
        ("python", '  File "main.py", line 2\n    (\nSyntaxError: x\n', 2),
        ("c", "main.c: In function\nmain.c:1:2: warning: x\nmain.c:3:12: error: y\n", 3),
        ("c", "main: main.c:4: main: Assertion `0' failed.\n", 4),
        ("cpp", "main.cpp:2:10: fatal error: no.h: No such file\n", 2),
        ("rust", "warning: x\n --> main.rs:1:1\n\nerror[E0277]: y\n  --> main.rs:3:5\n", 3),
        ("rust", "thread 'main' panicked at 'x', main.rs:4:5\nnote\n", 4),
        ("go", "# command-line-arguments\n./main.go:2:2: undefined: x\n", 2),
        ("go", "panic: x\n\ngoroutine 1:\nmain.f()\n\t/build/src/main.go:3 +0x25\n", 3),
        ("javascript", "/work/run/main.js:2\nnull.foo;\n    at (/work/run/main.js:2:6)\n", 2),
        ("javascript", "file:///work/run/main.mjs:4\n", 4),
        ("java", "Main.java:3: error: ';' expected\n", 3),
        ("bash", "main.sh: line 2: a: command not found\nmain.sh: line 4: b: not found\n", 4),
    ],
)
def test_the_innermost_place_is_found(language: str, said: str, line: int) -> None:
    assert locate(_snippet(language), _failed(said)) == Source(path="tour.md", line=10 + line)


def test_java_is_known_by_its_class_and_not_by_its_library() -> None:
    said = "at java.base/java.lang.Integer.parseInt(Integer.java:2)\n\tat Foo.main(Foo.java:3)\n"

    found = locate(_snippet("java", "public class Foo {\n\n\n}\n"), _failed(said))

    assert found == Source(path="tour.md", line=13)


def test_a_frame_of_an_earlier_member_of_a_session_is_not_ones_own() -> None:
    found = locate(_snippet("python", session="tour"), _failed(PYTHON))

    assert found == Source(path="tour.md", line=14)


def test_a_transcripts_command_is_standard_input() -> None:
    outcome = Outcome(ending=Ending.EXITED, exit_code=1, stdout=b'File "<stdin>", line 2, in f\n')

    assert locate(_snippet("python", transcript=True), outcome) == Source(path="tour.md", line=12)


@pytest.mark.parametrize(
    "said", ["", "main.c:3: note", 'File "main.py", line 9', 'File "xmain.pyx", line 1', "\0" * 9]
)
def test_what_names_no_line_of_the_code_is_no_place(said: str) -> None:
    assert locate(_snippet("python"), _failed(said)) is None


def test_a_program_that_ended_well_failed_nowhere() -> None:
    outcome = Outcome(ending=Ending.EXITED, exit_code=0, stderr=PYTHON.encode())

    assert locate(_snippet("python"), outcome) is None


def test_code_in_one_line_of_a_manifest_has_no_lines_of_it() -> None:
    inline = replace(_snippet("python"), code_source=Source(path="a.yml", line=3, column=9))

    assert locate(inline, _failed(PYTHON)) is None


@pytest.mark.parametrize("language", CLASSIC)
@pytest.mark.parametrize("unit", ['File "', "error", "main.c:", "at ", "thread ", "a" * 8])
def test_looking_takes_time_by_the_size(language: str, unit: str) -> None:
    code = _snippet(language)

    assert grows_slower_than_its_square(lambda size: locate(code, _failed(unit * size)), 500)
