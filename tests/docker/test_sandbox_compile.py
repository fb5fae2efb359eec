"""Compilation: once per snippet, limited on its own, its result read-only to the run."""

from typing import Any, Final

import pytest
from snippets import Runs, case, prints, python, snippet

from runner.languages import CLASSIC, Language
from runner.model import (
    MIB,
    Ending,
    Expectation,
    Isolation,
    Limits,
    Outcome,
    Phase,
    Result,
    Snippet,
    TextExpectation,
    Verdict,
)

TOY: Final = Language(
    name="toy",
    image="python:3.9-slim",
    source="make.py",
    compile=("python", "{source}", "{build}/made.py"),
    run=("python", "{build}/made.py"),
)
"""A compiled language whose compiler is the snippet itself: it can do what no real one would."""
MAKE: Final = "import sys\nmade = open(sys.argv[1], 'w')\nmade.write('''{run}''')\n"


@pytest.fixture(scope="module", params=[Isolation.REUSE], ids=str)
def isolation() -> Isolation:
    """One is enough: a snippet is compiled where it runs."""
    return Isolation.REUSE


def toy(run: str = "", *, compile: str = "", **fields: Any) -> Snippet:  # noqa: A002, ANN401 the field
    return snippet(TOY, compile + "\n" + MAKE.replace("{run}", run), **fields)


# ------------------------------------------------------------------ the compiler said no


@pytest.mark.runs(snippet("c", "int main() { return x; }"))
def test_code_that_does_not_compile_is_a_compile_error_with_what_the_compiler_said(
    result: Result,
) -> None:
    assert result.verdict is Verdict.COMPILE_ERROR
    assert result.outcome.phase is Phase.COMPILE
    assert b"undeclared" in result.outcome.stderr
    assert result.outcome.compile_wall > 0


@pytest.mark.runs(
    snippet("c", "int main() { return x; }", expect=Expectation(verdict=Verdict.COMPILE_ERROR))
)
def test_an_expected_compile_error_passes(result: Result) -> None:
    assert result.verdict is Verdict.PASSED


@pytest.mark.runs(toy(compile="raise SystemExit(7)"))
def test_a_compilers_exit_code_is_told(result: Result) -> None:
    assert result.verdict is Verdict.COMPILE_ERROR
    assert "exit code 7" in result.reason


@pytest.mark.runs(snippet("c", "x", cases=[case("1"), case("2"), case("3")]))
def test_every_case_of_code_that_does_not_compile_is_a_compile_error(
    results: list[Result],
) -> None:
    assert [result.verdict for result in results] == [Verdict.COMPILE_ERROR] * 3


@pytest.mark.runs(
    snippet(
        Language(
            name="lazy", image="bash:5.1", source="x", compile=("true",), run=("{build}/main",)
        ),
        "",
    )
)
def test_a_compiler_that_leaves_no_program_is_a_compile_error(result: Result) -> None:
    assert result.verdict is Verdict.COMPILE_ERROR


# ------------------------------------------------------------------ limits of the compiler


@pytest.mark.runs(toy(compile="while True: pass", limits=Limits(compile_timeout=1.0)))
def test_a_compilers_timeout_is_its_own(result: Result) -> None:
    assert result.verdict is Verdict.TIMEOUT
    assert result.outcome.phase is Phase.COMPILE
    assert "while compiling" in result.reason


@pytest.mark.runs(toy(compile="x = bytearray(150 << 20)", limits=Limits(memory=64 * MIB)))
def test_a_compilers_memory_is_limited(result: Result) -> None:
    assert result.verdict is Verdict.MEMORY_LIMIT
    assert result.outcome.phase is Phase.COMPILE


@pytest.mark.runs(
    toy(compile="while True: print('x' * 1000)", limits=Limits(output=100_000)),
)
def test_a_compilers_output_is_limited(result: Result) -> None:
    assert result.verdict is Verdict.OUTPUT_LIMIT
    assert result.outcome.phase is Phase.COMPILE
    assert len(result.outcome.stdout) == 100_000


@pytest.mark.runs(toy("print(1)", compile="import time; time.sleep(8)", timeout=7.5))
def test_the_time_to_compile_is_not_the_programs(result: Result) -> None:
    assert result.verdict is Verdict.PASSED
    assert result.outcome.compile_wall >= 8.0
    assert result.outcome.wall < 7.5


@pytest.mark.runs(toy("print(1)", compile="print('from the compiler')"))
def test_what_a_compiler_prints_is_not_the_programs_output(outcome: Outcome) -> None:
    assert outcome.stdout == b"1\n"


# ------------------------------------------------------------------ compiled once


@pytest.mark.runs(
    toy(
        "import os, sys\nprint(sys.argv[1], os.path.exists('/tmp/left'))\nopen('/tmp/left', 'w')",
        compile="import time; time.sleep(0.5)",
        cases=[case(str(n), args=(str(n),), expect=prints(f"{n} False")) for n in range(5)],
    )
)
def test_a_snippet_is_compiled_once_and_its_cases_are_apart(results: list[Result]) -> None:
    assert [result.verdict for result in results] == [Verdict.PASSED] * 5
    assert [result.outcome.compile_wall > 0 for result in results] == [True] + [False] * 4
    assert len({result.outcome.sandbox for result in results}) == 1


@pytest.mark.runs(
    toy(
        """
import os
for path in (__file__, "/build/src/make.py", "/build/src/new", "/build/home/x"):
    try:
        open(path, "a").close()
        print("changed", path)
    except OSError:
        pass
for act in (lambda: os.unlink(__file__), lambda: os.rename("/build/src", "/build/other")):
    try:
        act()
        print("removed")
    except OSError:
        pass
""",
        cases=[case("1", expect=prints("")), case("2", expect=prints(""))],
    )
)
def test_a_program_cannot_change_what_was_compiled(results: list[Result]) -> None:
    assert [result.verdict for result in results] == [Verdict.PASSED] * 2


# Each case tries to leave something in all that the compiler left open to it.
WRITES: Final = """
import os
found = []
for top in ("/build", "/tmp", "/dev/shm", "/work"):
    for path, folders, files in os.walk(top):
        if path.startswith("/work/"):
            continue
        for act in (lambda: open(path + "/planted", "x"), lambda: os.mkdir(path + "/plant")):
            try:
                act()
                found.append(path)
            except OSError:
                pass
        for name in files:
            try:
                open(os.path.join(path, name), "r+b").write(b"x")
                found.append(os.path.join(path, name))
            except OSError:
                pass
            found += [name] * name.startswith("plant")
try:
    open("/build/src/hidden/open", "r+b").write(b"x")
    found.append("hidden")
except OSError:
    pass
print(sorted(set(found) - {"/tmp", "/dev/shm", "/work"}))
"""
LEAVES_OPEN: Final = """
import os, struct
os.umask(0)
os.chmod("/build/src", 0o777)
os.chmod("/build/tmp", 0o1777)
for top in ("/build/src", "/tmp", "/dev/shm", "/work"):
    os.makedirs(f"{top}/open/inner/.deep", 0o777)
    for path in (f"{top}/open", f"{top}/open/inner/.deep"):
        open(f"{path}/file", "w").close()
        os.mkfifo(f"{path}/pipe-of-nobody", 0o600)
    os.chmod(f"{top}/open/inner", 0o2773)
os.mkdir("/build/src/hidden", 0o777)
open("/build/src/hidden/open", "w").close()
os.chmod("/build/src/hidden", 0o311)
open("/build/src/listed", "w").close()
everybody = b"".join(struct.pack("<HHI", *one) for one in (
    (1, 6, 2**32 - 1), *((2, 6, os.getuid() + n) for n in range(-8, 0)),
    (2, 6, os.getuid() + 1), (4, 6, 2**32 - 1), (16, 6, 2**32 - 1), (32, 6, 2**32 - 1),
))
try:
    os.setxattr("/build/src/listed", "system.posix_acl_access", struct.pack("<I", 2) + everybody)
except OSError as problem:
    print("no access lists:", problem)
os.symlink("/build/src/open/file", "/build/src/link")
"""


@pytest.mark.runs(
    toy(
        WRITES,
        compile=LEAVES_OPEN,
        cases=[case(number, expect=prints("[]")) for number in "123"],
    )
)
def test_what_a_compiler_leaves_open_to_everybody_no_case_can_change(results: list[Result]) -> None:
    assert [result.reason for result in results] == [""] * 3
    assert len({result.outcome.sandbox for result in results}) == 1


@pytest.mark.runs(
    toy(
        "import os; print(os.path.exists('/tmp/left')); open('/tmp/left', 'w')",
        compile="""
import os
for _ in range(100):
    os.mkdir("d", 0o777)
    os.chdir("d")
os.chdir("/build/src")
""",
        cases=[case(number, expect=prints("False")) for number in "123"],
    )
)
def test_what_is_too_deep_to_be_closed_is_compiled_for_each_case(results: list[Result]) -> None:
    assert [result.reason for result in results] == [""] * 3
    assert len({result.outcome.sandbox for result in results}) == 3


def test_what_a_warm_up_leaves_open_no_snippet_can_change(run: Runs) -> None:
    warm = "umask 0; mkdir -p {cache}/open/inner; echo warm >{cache}/open/file"
    row = Language(
        name="warmed",
        image="bash:5.1",
        source="main.sh",
        compile=("sh", "-c", "cp {source} {build}/main; sh {source}"),
        run=("sh", "{build}/main"),
        warm=("sh", "-c", warm),
        warm_files={"nothing": ""},
        env={"CACHE": "{cache}"},
    )
    code = 'ls "$CACHE"/open; for x in . file inner; do test ! -w "$CACHE/open/$x" || echo $x; done'

    report = run(*[snippet(row, code, expect=prints("file\ninner")) for _ in "12"], jobs=1)

    assert [result.reason for result in report.results] == ["", ""]
    assert len({result.outcome.sandbox for result in report.results}) == 1


@pytest.mark.runs(
    toy(
        "try: open('/build/left', 'w')\nexcept PermissionError: print('refused')",
        cases=[case("1", expect=prints("refused")), case("2", expect=prints("refused"))],
    )
)
def test_a_program_has_no_place_of_its_own_beside_the_build(results: list[Result]) -> None:
    assert [result.verdict for result in results] == [Verdict.PASSED] * 2


@pytest.mark.runs(
    toy(
        "import os; print(sorted(p for p in os.listdir('/proc') if p.isdigit())[1:] == "
        "[str(os.getpid())])",
        compile="import os, time\nif os.fork() == 0: time.sleep(1000)",
        expect=prints("True"),
    )
)
def test_what_a_compiler_started_is_gone_when_the_program_runs(result: Result) -> None:
    assert result.verdict is Verdict.PASSED


@pytest.mark.runs(
    toy(
        "import os; print(os.getuid() != os.stat(__file__).st_uid, os.getcwd())",
        expect=prints("True /work/run"),
    )
)
def test_the_compiler_is_another_user(result: Result) -> None:
    assert result.verdict is Verdict.PASSED


@pytest.mark.runs(
    snippet(
        "c",
        '#include "part.h"\n#include <stdio.h>\n'
        'int main() { char t[9]; fgets(t, 9, fopen("data.txt", "r")); printf("%d %s", PART, t); }',
        files={"part.h": b"#define PART 7\n", "data.txt": b"text\n"},
        expect=prints("7 text"),
    )
)
def test_files_are_there_for_the_compiler_and_the_program(result: Result) -> None:
    assert result.verdict is Verdict.PASSED


def test_the_next_snippet_sees_nothing_of_a_build(run: Runs) -> None:
    looking = toy("import os; print(*map(os.listdir, ('/build', '/build/src', '/build/home')))")
    leaving = toy(
        compile="import os\nfor n in range(50): os.makedirs(f'/build/home/x{n}/y', 0o000)"
    )

    report = run(leaving, looking, looking, jobs=1)

    outputs = [sorted(result.outcome.stdout.split()) for result in report.results]
    assert outputs[1] == outputs[2]
    assert b"x1" not in b"".join(outputs[1])
    assert len({result.outcome.sandbox for result in report.results}) == 1


# ------------------------------------------------------------------ run: false


@pytest.mark.runs(
    snippet("c", 'int main() { puts("ran"); }', run=False, stdin="x", expect=Expectation())
)
def test_a_compiled_snippet_that_is_not_to_be_run_is_compiled_only(result: Result) -> None:
    assert result.verdict is Verdict.PASSED
    assert result.outcome.phase is Phase.COMPILE
    assert result.outcome.stdout == b""


@pytest.mark.parametrize(
    "language",
    [
        pytest.param(name, marks=pytest.mark.runs(snippet(name, code, run=False)))
        for name, code in {
            "python": "print('ran')",
            "javascript": "console.log('ran')",
            "bash": "echo ran",
        }.items()
    ],
)
def test_an_interpreted_snippet_that_is_not_to_be_run_is_checked_only(
    language: str, result: Result
) -> None:
    assert result.verdict is Verdict.PASSED
    assert result.outcome.stdout == b""
    assert CLASSIC[language].check


@pytest.mark.parametrize(
    "language",
    [
        pytest.param(name, marks=pytest.mark.runs(snippet(name, code, run=False)))
        for name, code in {
            "python": "print('ran'",
            "javascript": "console.log('ran'",
            "bash": "if",
            "c": "int main( {}",
        }.items()
    ],
)
def test_a_check_finds_what_is_no_program(language: str, result: Result) -> None:
    assert result.verdict is Verdict.COMPILE_ERROR
    assert result.outcome.phase is Phase.COMPILE
    assert result.outcome.stderr
    assert result.snippet.language is CLASSIC[language]


@pytest.mark.runs(
    python("x = 1", run=False, cases=[case("1"), case("2")]),
)
def test_a_check_is_of_every_case(results: list[Result]) -> None:
    assert [result.verdict for result in results] == [Verdict.PASSED] * 2


# ------------------------------------------------------------------ crashes of compiled programs


@pytest.mark.runs(snippet("c", "int main() { return *(volatile int *)0; }"))
def test_a_crash_of_a_compiled_program_is_shown_with_its_signal(result: Result) -> None:
    assert result.verdict is Verdict.RUNTIME_ERROR
    assert result.outcome.ending is Ending.SIGNALED
    assert "SIGSEGV" in result.reason


@pytest.mark.runs(
    snippet(
        "c",
        'int main() { puts("kept"); fflush(0); for (;;); }',
        timeout=8.0,
        expect=Expectation(verdict=Verdict.TIMEOUT, stdout=TextExpectation(equals="kept")),
    )
)
def test_an_expected_timeout_passes_with_the_output_until_then(result: Result) -> None:
    assert result.verdict is Verdict.PASSED
    assert result.snippet.isolation in Isolation
