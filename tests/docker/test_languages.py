"""Real programs in each of the eight languages, on both sets of images.

A program's file name is its expectation: `exits_3`, `compile_error`, `prints_1000000_bytes`; what
reads gets what is written here. Files beside it are in the folder `NAME.files`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from snippets import Runs, case, prints, snippet, together

from runner.languages import CLASSIC, IMAGE_SETS, Language, find
from runner.model import (
    ExitExpectation,
    Expectation,
    Limits,
    Result,
    Snippet,
    Verdict,
)

PROGRAMS: Final = Path(__file__).with_name("programs")
STDIN: Final = "Ada\nLovelace\n"
ARGS: Final = ("one", "two words")
ENV: Final = {"GREETING": "ahoj žluťoučký"}
FILES: Final = {"notes.txt": b"noted\n", "data/deep.txt": b"deep\n"}
PRINTED: Final = {
    "hello": "hello, world",
    "reads_stdin": "hello, Ada Lovelace",
    "sees_args_and_env": "one|two words|ahoj žluťoučký",
    "reads_a_file": "noted deep",
    "prints_unicode": "žluťoučký 日本語 🦀",
    "prints_1000000_bytes": "".join(f"{number:099d}\n" for number in range(10_000)),
}
"""Every other program that is to exit 0 has looked at what it got itself, and prints `ok`."""
SYNTAX: Final = {
    "python": ("exit(5)", "exit(5"),
    "javascript": ("process.exit(5);", "process.exit(5;"),
    "java": (
        "class A { public static void main(String[] words) { System.exit(5); } }",
        "class A { public static void main(String[] words) { System.exit(5) } }",
    ),
    "cpp": ("int main() { return 5; }", "int main() { return 5 }"),
    "c": ("int main(void) { return 5; }", "int main(void) { return 5 }"),
    "go": (
        'package main\nimport "os"\nfunc main() { os.Exit(5) }',
        'package main\nimport "os"\nfunc main() { os.Exit(5 }',
    ),
    "rust": ("fn main() { std::process::exit(5) }", "fn main() { std::process::exit(5 }"),
    "bash": ("exit 5", "if exit 5"),
}
"""A program that would exit 5, and one that no compiler takes."""
ROOMY: Final = Limits(compile_timeout=300.0)
"""Go's net/http is in nobody's cache, and this machine may be busy."""


def _programs(language: str, image_set: str) -> Iterator[Path]:
    """The programs of a language; those in the folder of a set are for its images alone."""
    for folder in (PROGRAMS / language, PROGRAMS / language / image_set):
        yield from sorted(path for path in folder.glob("*.*") if path.is_file())


def _snippet(path: Path, language: Language) -> Snippet:
    beside = path.with_suffix(".files")
    files = {
        file.relative_to(beside).as_posix(): file.read_bytes()
        for file in beside.rglob("*")
        if file.is_file()
    }
    return snippet(
        language,
        path.read_bytes(),
        name=path.relative_to(PROGRAMS).as_posix(),
        stdin=STDIN,
        args=ARGS,
        env=ENV,
        files={**FILES, **files},
        limits=ROOMY,
        expect=_expectation(path.stem),
    )


def _expectation(name: str) -> Expectation:
    if name == "compile_error":
        return Expectation(exit=None, verdict=Verdict.COMPILE_ERROR)
    code = re.match(r"exits_(\d+)", name)
    if code:
        return exits(int(code[1]))
    return prints(PRINTED.get(name, "ok"))


def exits(code: int) -> Expectation:
    return Expectation(exit=ExitExpectation(codes=frozenset({code})))


def _unrun(language: Language) -> Iterator[Snippet]:
    for what, code in zip(("right", "wrong"), SYNTAX[language.name], strict=True):
        yield snippet(language, code, run=False, name=f"{language.name} {what}")


BATCHES: Final[Mapping[str, Mapping[str, Snippet]]] = {
    image_set: {
        one.name: one
        for language in table.values()
        for one in (
            *(_snippet(path, language) for path in _programs(language.name, image_set)),
            *_unrun(language),
        )
    }
    for image_set, table in IMAGE_SETS.items()
}
"""All that is run with a set of images, in one batch, by name."""


Batch = Callable[[str], Mapping[str, Result]]


@pytest.fixture(scope="module")
def batch(run: Runs) -> Batch:
    """The results of all that is run with a set of images, by name; run when first asked for."""

    @cache
    def batch(image_set: str) -> Mapping[str, Result]:
        report = run(*BATCHES[image_set].values())
        return {result.name: result for result in report.results}

    return batch


on_both_sets: Final = pytest.mark.parametrize("image_set", IMAGE_SETS)


@pytest.mark.parametrize(
    ("image_set", "program"),
    [(where, name) for where, ones in BATCHES.items() for name in ones if "/" in name],
)
def test_a_program_does_what_its_name_says(batch: Batch, image_set: str, program: str) -> None:
    result = batch(image_set)[program]

    assert result.verdict is Verdict.PASSED, told(result)


@on_both_sets
@pytest.mark.parametrize("language", CLASSIC)
def test_run_false_takes_a_right_program_and_does_not_start_it(
    batch: Batch, image_set: str, language: str
) -> None:
    result = batch(image_set)[f"{language} right"]

    assert result.verdict is Verdict.PASSED, told(result)
    assert result.outcome.exit_code == 0
    assert result.outcome.stdout == b""


@on_both_sets
@pytest.mark.parametrize("language", CLASSIC)
def test_run_false_finds_a_syntax_error(batch: Batch, image_set: str, language: str) -> None:
    result = batch(image_set)[f"{language} wrong"]

    assert result.verdict is Verdict.COMPILE_ERROR, told(result)
    assert result.outcome.stderr


@on_both_sets
def test_a_traceback_names_the_file_and_the_line(batch: Batch, image_set: str) -> None:
    result = batch(image_set)["python/exits_1_with_a_traceback.py"]

    assert b'main.py", line 2, in fails' in result.outcome.stderr
    assert result.outcome.stderr.endswith(b"ValueError: on line two\n")


@on_both_sets
@pytest.mark.parametrize("language", CLASSIC)
def test_every_language_is_seen_to_do_the_same_things(language: str, image_set: str) -> None:
    names = {path.stem for path in _programs(language, image_set)}

    assert names >= {*PRINTED, "exits_3"}


@on_both_sets
@pytest.mark.parametrize("language", ["java", "cpp"])
def test_a_program_is_compiled_once_for_all_its_cases(
    run: Runs, language: str, image_set: str
) -> None:
    (path,) = (one for one in _programs(language, image_set) if one.stem == "reads_stdin")
    cases = [
        case(name, stdin=f"{name}\nHopper\n", expect=prints(f"hello, {name} Hopper"))
        for name in ("Grace", "Ada", "Joan")
    ]

    report = run(snippet(IMAGE_SETS[image_set][language], path.read_bytes(), cases=cases))

    assert [result.verdict for result in report.results] == [Verdict.PASSED] * 3
    assert [result.outcome.compile_wall > 0 for result in report.results] == [True, False, False]


# ------------------------------------------------------------ Go's cache

_UNWRITABLE: Final = """
set -e
for file in $(find {cache}); do
    if [ -w "$file" ]; then echo "can write to $file"; exit 1; fi
done
printf '#!/bin/sh\\necho ok\\n' >{build}/main
chmod +x {build}/main
"""


@on_both_sets
def test_go_compiles_its_library_once_for_all_snippets(batch: Batch, image_set: str) -> None:
    """Cold, Go 1.26 takes 14 seconds of a processor for `fmt`."""
    ours = {name: result for name, result in batch(image_set).items() if name.startswith("go/")}
    del ours["go/uses_http_and_json.go"]

    assert len(ours) > 10
    assert max(result.outcome.compile_cpu for result in ours.values()) < 6


def test_nothing_of_a_snippet_can_write_to_gos_cache(run: Runs) -> None:
    compiler = replace(CLASSIC["go"], compile=("sh", "-c", _UNWRITABLE))
    program = replace(compiler, run=("sh", "-c", _UNWRITABLE.replace("{build}", ".")))

    report = run(
        snippet(compiler, "", expect=prints("ok")), snippet(program, "", expect=prints(""))
    )

    for result in report.results:
        assert result.verdict is Verdict.PASSED, told(result)


def test_go_snippets_of_a_session_see_each_others_files(run: Runs) -> None:
    writes = 'package main\nimport "os"\nfunc main() { os.WriteFile("out", []byte("kept"), 0o600) }'
    reads = (
        'package main\nimport ("fmt"; "os")\n'
        'func main() { text, _ := os.ReadFile("out"); fmt.Println(string(text)) }'
    )
    members = [snippet("go", writes), snippet("go", reads, expect=prints("kept"))]

    report = run(together(*members))

    assert [result.verdict for result in report.results] == [Verdict.PASSED] * 2


# ------------------------------------------------------------ rows that are not built in


RUBY: Final = Language(
    name="ruby",
    image="ruby:{version}-slim",
    version="3.3",
    source="main.rb",
    run=("ruby", "{source}"),
    check=("ruby", "-c", "{source}"),
)


def test_a_language_of_the_users_own_runs(run: Runs) -> None:
    code = (
        'puts "#{ARGV[0]}, #{$stdin.gets.strip} #{File.read("notes.txt").strip} #{ENV["GREETING"]}"'
    )
    ruby = snippet(
        RUBY,
        code,
        stdin=STDIN,
        args=ARGS,
        env=ENV,
        files=FILES,
        expect=prints("one, Ada noted ahoj žluťoučký"),
    )

    report = run(ruby, snippet(RUBY, "puts (", run=False))

    assert [result.verdict for result in report.results] == [
        Verdict.PASSED,
        Verdict.COMPILE_ERROR,
    ]


def test_a_version_picks_another_tag_of_the_family(run: Runs) -> None:
    newer = find("py@3.14", CLASSIC)

    report = run(snippet(newer, "print(__import__('sys').version_info >= (3, 13))"))

    assert newer.image_reference == "python:3.14-slim"
    assert report.results[0].outcome.stdout == b"True\n"


def test_a_row_may_change_the_compilers_words(run: Runs) -> None:
    strict = replace(CLASSIC["c"], compile=("gcc", "-Werror=unused", *CLASSIC["c"].compile[1:]))
    unused = "int main(void) { int unused; return 0; }"

    report = run(snippet(strict, unused), snippet("c", unused))

    assert [result.verdict for result in report.results] == [
        Verdict.COMPILE_ERROR,
        Verdict.PASSED,
    ]


def test_a_row_has_variables_of_its_own_and_a_snippet_beats_them(run: Runs) -> None:
    row = replace(CLASSIC["bash"], env={"FIRST": "row", "SECOND": "row"})

    report = run(snippet(row, 'echo "$FIRST $SECOND"', env={"SECOND": "snippet"}))

    assert report.results[0].outcome.stdout == b"row snippet\n"


def told(result: Result) -> str:
    outcome = result.outcome
    return (
        f"{result.verdict}: {result.reason}\n{outcome.stdout[:2000]!r}\n{outcome.stderr.decode()}"
    )
