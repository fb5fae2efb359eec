"""What is sent for a snippet."""

import struct
from typing import Final

import pytest
from snippets import case, python, snippet

from runner.languages import Language
from runner.model import MIB, Expectation, Limits, Snippet, TextExpectation
from runner.sandbox.program import commands_for
from runner.sandbox.steps import (
    COMPILED_LEVEL,
    WARM_LEVEL,
    Step,
    Tenancy,
    Uids,
    case_step,
    compile_step,
    driven_step,
    warm_step,
)

RUN_UID, COMPILE_UID = 20_000, 20_001
TENANCY: Final = Tenancy(
    uids=Uids(run=RUN_UID, compile=COMPILE_UID), keep=False, env={"PATH": "/bin", "LANG": "C"}
)
SESSION: Final = Tenancy(uids=TENANCY.uids, keep=True, env=TENANCY.env)


def stepped(one: Snippet, tenancy: Tenancy = TENANCY, *, last: bool = True) -> Step:
    commands = commands_for(one, build="/build/src")
    return case_step(one, one.cases[0], commands, tenancy, last=last)


def compiled(one: Snippet, tenancy: Tenancy = TENANCY, *, seal: bool = False) -> Step:
    commands = commands_for(one, build="/build/src")
    return compile_step(one, commands, tenancy, build="/build/src", seal=seal)


def put(stream: bytes) -> dict[str, bytes]:
    """The files that a stream of requests places, all as one user."""
    files = {}
    while stream:
        kind, length = struct.unpack_from("<cI", stream)
        payload, stream = stream[5 : 5 + length], stream[5 + length :]
        if kind == b"P":
            (name,) = struct.unpack_from("<H", payload, 6)
            files[payload[8 : 8 + name].decode()] = payload[8 + name :]
    return files


def test_a_case_is_its_program_with_its_arguments() -> None:
    one = python("1", args=("a b", ""), stdin="in", timeout=3.0, limits=Limits(output=7))

    step = stepped(one)

    assert step.program.argv == ("python", "main.py", "a b", "")
    assert step.stdin == b"in"
    assert (step.program.timeout, step.program.output) == (3.0, 7)
    assert (step.program.uid, step.program.directory) == (RUN_UID, "/work/run")


def test_the_program_and_its_files_are_placed_where_it_runs() -> None:
    step = stepped(python("code", files={"a/b.txt": b"text"}))

    assert put(step.prepare) == {"/work/run/a/b.txt": b"text", "/work/run/main.py": b"code"}


def test_the_code_wins_over_a_file_of_its_name() -> None:
    step = stepped(python("code", files={"main.py": b"other"}))

    assert put(step.prepare) == {"/work/run/main.py": b"code"}


def test_stated_variables_win_over_the_languages_and_ours() -> None:
    step = stepped(python("1", env={"PATH": "/own", "HOME": "/h", "X": "1"}))

    expected = {"PATH": "/own", "LANG": "C", "HOME": "/h", "TMPDIR": "/tmp", "X": "1"}
    assert step.program.env == expected


def test_no_file_of_a_case_can_be_larger_than_the_disk() -> None:
    assert stepped(python("1", limits=Limits(disk=3 * MIB))).program.file_size == 3 * MIB


def test_a_compiled_program_finds_its_files_but_not_its_source() -> None:
    one = snippet("c", "code", files={"data": b"1"})

    assert put(stepped(one).prepare) == {"/work/run/data": b"1"}
    assert put(compiled(one).prepare) == {"/build/src/main.c": b"code", "/build/src/data": b"1"}


def test_a_compiler_is_another_user_with_its_own_limits() -> None:
    step = compiled(snippet("c", "", limits=Limits(compile_timeout=7.0), timeout=1.0))

    assert (step.program.uid, step.program.directory) == (COMPILE_UID, "/build/src")
    assert step.program.timeout == 7.0
    assert step.stdin == b""


def test_files_that_are_expected_are_asked_for_in_order_before_the_scrub() -> None:
    expect = Expectation(files={"b": TextExpectation(), "a": TextExpectation()})

    step = stepped(python("1", expect=expect))

    assert step.files == ("b", "a")
    assert step.afterwards.index(b"/work/run/b") < step.afterwards.index(b"/work/run/a")
    assert step.afterwards.endswith(step.scrub)


@pytest.mark.parametrize(
    ("tenancy", "last", "level", "uids"),
    [
        (TENANCY, True, WARM_LEVEL, [RUN_UID, COMPILE_UID]),
        (TENANCY, False, COMPILED_LEVEL, [RUN_UID]),
    ],
    ids=["last case", "another follows"],
)
def test_a_case_is_followed_by_a_scrub(
    tenancy: Tenancy,
    last: bool,  # noqa: FBT001 a parameter of the test
    level: int,
    uids: list[int],
) -> None:
    scrub = stepped(python("1"), tenancy, last=last).scrub

    kind, _, got_level, seal, count = struct.unpack_from("<cIBBH", scrub)
    assert (kind, got_level, seal, count) == (b"S", level, 0, len(uids))
    assert list(struct.unpack_from(f"<{count}I", scrub, 9)) == uids


@pytest.mark.parametrize("options", [{"last": True}, {"last": False}], ids=str)
def test_a_member_of_a_session_is_not(options: dict[str, bool]) -> None:
    step = stepped(python("1"), SESSION, **options)

    assert step.scrub == b""
    assert step.program.keep_background


def test_what_was_compiled_for_several_cases_is_sealed() -> None:
    one = snippet("c", "")

    assert compiled(one).scrub == b""
    assert struct.unpack_from("<cIBBHI", compiled(one, seal=True).scrub)[2:] == (
        COMPILED_LEVEL,
        1,
        1,
        COMPILE_UID,
    )


def test_what_is_not_to_be_run_is_checked_within_the_compile_timeout() -> None:
    one = python("1", run=False, args=("a",), timeout=1.0, limits=Limits(compile_timeout=9.0))

    step = stepped(one)

    assert step.program.argv == commands_for(one, build="").check
    assert step.program.timeout == 9.0


def test_a_warm_up_runs_on_our_own_input_as_the_compiler() -> None:
    language = Language(
        name="toy",
        image="x",
        source="x",
        run=("x",),
        warm=("fill", "{cache}"),
        warm_files={"main.toy": "our own"},
        env={"CACHE": "{cache}"},
    )

    step = warm_step(language, TENANCY)

    assert step.program.uid == COMPILE_UID
    assert step.program.argv == ("fill", "/build/cache")
    assert step.program.env["CACHE"] == "/build/cache"
    assert put(step.prepare) == {"/build/warm/src/main.toy": b"our own"}


def test_cases_differ_only_in_what_they_state() -> None:
    cases = [case("1", args=("1",)), case("2", stdin="2")]
    one = python("1", cases=cases)
    commands = commands_for(one, build="/b")

    first, second = (case_step(one, each, commands, TENANCY, last=True) for each in cases)

    assert first.prepare == second.prepare
    assert (first.program.argv[2:], second.program.argv[2:]) == (("1",), ())
    assert (first.stdin, second.stdin) == (b"", b"2")


def driven(one: Snippet, *, first: bool = False) -> Step:
    commands = commands_for(one, build="/build/src")
    return driven_step(one, one.cases[0], commands, SESSION, first=first)


def test_a_snippet_of_an_interpreter_is_a_request_beside_the_working_directory() -> None:
    step = driven(python("x", files={"data": b"y"}, env={"A": "1"}))

    assert put(step.prepare) == {
        "/work/run/data": b"y",
        "/work/.session/python/request": b"main.py\0file\x000\0A=1\0",
        "/work/.session/python/code": b"x",
    }
    assert "A" not in step.program.env
    assert (step.program.directory, step.program.keep_background) == ("/work/run", True)
    assert step.scrub == b""


def test_the_first_snippet_of_an_interpreter_brings_its_driver() -> None:
    assert "/work/.session/python/driver.py" in put(driven(python("x"), first=True).prepare)


def test_a_snippet_that_is_not_run_is_checked_beside_the_working_directory() -> None:
    step = driven(python("x", run=False))

    assert put(step.prepare) == {"/work/.session/python/check/main.py": b"x"}
    assert step.program.directory == "/work/.session/python/check"
    assert step.program.argv[-1] == "main.py"
