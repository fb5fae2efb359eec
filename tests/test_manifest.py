"""Manifests that are right, and what each of their fields becomes."""

import os
from pathlib import Path

import pytest
from growth import grows_slower_than_its_square
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.errors import UsageError
from runner.languages import CLASSIC, CURRENT
from runner.manifest import read
from runner.manifest.comparison import ExpectEntry, MatchEntry, TextEntry
from runner.manifest.folder import Folder
from runner.manifest.models import CaseEntry, Manifest, SnippetEntry
from runner.model import (
    MIB,
    Case,
    ExitExpectation,
    Expectation,
    FloatTolerance,
    Isolation,
    JsonValue,
    Limits,
    Match,
    Replacement,
    Snippet,
    Source,
    TextExpectation,
    Verdict,
)

STDIN = Path("-")
HEAD = "- language: python\n  code: x\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def snippets(text: str) -> list[Snippet]:
    return read(STDIN, text=text.encode())


def snippet(more: str = "") -> Snippet:
    """The only snippet, with `more` lines to its entry."""
    return snippets(HEAD + "".join(f"  {line}\n" for line in more.splitlines()))[0]


def expect(stated: str) -> Expectation:
    return snippet(f"expect: {stated}").cases[0].expect


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(UsageError) as caught:
        snippets(text)
    return caught.value.problems


def test_the_least_that_a_snippet_can_be() -> None:
    source = Source(path="-", line=1, column=3)

    assert snippet() == Snippet(
        name="python 1",
        source=source,
        code_source=Source(path="-", line=2, column=9),
        language=CLASSIC["python"],
        code=b"x",
        cases=(Case(source=source),),
    )


def test_the_example_of_the_documentation() -> None:
    text = """\
version: 1
images: current
defaults:
  timeout: 10
languages:
  python: {image: "python:3.13-slim"}
  ruby:   {image: "ruby:3.3-slim", source: main.rb, run: [ruby, main.rb]}
snippets:
  - name: greets
    language: python
    code: |
      print("hello", input())
    stdin: Ada
    expected_output: hello Ada
    timeout: 5
  - language: ruby
    code: puts 1
"""

    first, second = snippets(text)

    assert (first.name, second.name) == ("greets", "ruby 1")
    assert first.language.image_reference == "python:3.13-slim"
    assert first.code == b'print("hello", input())\n'
    assert first.code_source == Source(path="-", line=12)
    assert first.cases == (
        Case(
            source=Source(path="-", line=9, column=5),
            stdin=b"Ada",
            timeout=5,
            expect=Expectation(stdout=TextExpectation(equals="hello Ada")),
        ),
    )
    assert second.cases[0].timeout == second.limits.timeout == 10
    assert second.language.run == ("ruby", "main.rb")


@pytest.mark.parametrize(
    "text", ["1.10", "no", "on", "012", "1:30", "2026-01-01", "true", "1e3", "0x1F", ".inf", "'~'"]
)
@pytest.mark.parametrize("field", ["code", "stdin", "expected_output", "description", "args"])
def test_text_stays_as_it_stands_whatever_it_looks_like(field: str, text: str) -> None:
    value = f"[{text}]" if field == "args" else text
    lines = {"code": "x", field: value}

    (found,) = snippets("- language: python\n" + "".join(f"  {k}: {v}\n" for k, v in lines.items()))

    case, expected = found.cases[0], text.strip("'")
    assert expected in {
        found.code.decode(),
        case.stdin.decode(),
        case.expect.stdout and case.expect.stdout.equals,
        found.description,
        *case.args,
    }


def test_default_names_count_by_language() -> None:
    languages = ("py", "bash", "python, name: a", "python@3.12", "sh")
    text = "".join(f"- {{code: x, language: {language}}}\n" for language in languages)

    names = [found.name for found in snippets(text)]

    assert names == ["python 1", "bash 1", "a", "python 3", "bash 2"]


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("python", "python:3.9-slim"),
        ("py", "python:3.9-slim"),
        ("python@3.13", "python:3.13-slim"),
        ("node@20", "node:20-alpine"),
        ("c++", "gcc:9"),
    ],
)
def test_a_language_is_named_by_name_alias_and_version(name: str, image: str) -> None:
    (found,) = snippets(f"- {{language: '{name}', code: x}}")

    assert found.language.image_reference == image


def test_the_image_set_of_the_command_line_beats_the_manifest() -> None:
    text = b"images: classic\nsnippets: [{language: go, code: x}]"

    assert read(STDIN, text=text)[0].language == CLASSIC["go"]
    assert read(STDIN, text=text, images="current")[0].language == CURRENT["go"]


def test_an_unknown_image_set_is_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'current'"):
        read(STDIN, text=b"[]", images="curent")


def test_limits_and_the_other_settings() -> None:
    stated = """\
timeout: 1.5
compile_timeout: 300
memory: 1g
cpus: 0.5
pids: 1
disk: 1048576
output_limit: 64k
isolation: fresh
retries: 10"""

    found = snippet(stated)

    assert found.limits == Limits(
        timeout=1.5,
        compile_timeout=300,
        memory=1024 * MIB,
        cpus=0.5,
        pids=1,
        disk=MIB,
        output=64 * 1024,
    )
    assert (found.isolation, found.retries) == (Isolation.FRESH, 10)
    assert found.cases[0].timeout == 1.5


def test_defaults_hold_for_what_a_snippet_does_not_state() -> None:
    text = """\
defaults: {timeout: 9, memory: 64m, isolation: fresh, retries: 2,
           match: {case: ignore, ansi: strip}}
snippets:
- {language: python, code: x}
- {language: python, code: x, memory: 32m, retries: 0, isolation: reuse, match: {case: exact}}
"""

    first, second = snippets(text)

    assert first.limits == Limits(timeout=9, memory=64 * MIB)
    assert first.match == Match(ignore_case=True, strip_ansi=True)
    assert (first.isolation, first.retries) == (Isolation.FRESH, 2)
    assert second.limits == Limits(timeout=9, memory=32 * MIB)
    assert second.match == Match(strip_ansi=True)
    assert (second.isolation, second.retries) == (Isolation.REUSE, 0)


def test_every_key_of_match() -> None:
    stated = """\
match:
  trailing_whitespace: exact
  final_newline: exact
  line_endings: exact
  whitespace: collapse
  case: ignore
  ansi: strip
  float_tolerance: {abs: 1e-6}
  replace: [{pattern: '\\d+', with: N}]"""

    assert snippet(stated).match == Match(
        ignore_trailing_whitespace=False,
        ignore_final_newline=False,
        ignore_line_endings=False,
        collapse_whitespace=True,
        ignore_case=True,
        strip_ansi=True,
        float_tolerance=FloatTolerance(abs=1e-6),
        replace=(Replacement(pattern=r"\d+", replacement="N"),),
    )


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("''", TextExpectation(equals="")),
        ("{equals: 1.0}", TextExpectation(equals="1.0")),
        ("{contains: a}", TextExpectation(contains=("a",))),
        ("{contains: [a, 1.0]}", TextExpectation(contains=("a", "1.0"))),
        ("{not_contains: no}", TextExpectation(not_contains=("no",))),
        (r"{regex: '^\d+$'}", TextExpectation(regex=r"^\d+$")),
        ("{glob: 'a[..]'}", TextExpectation(glob="a[..]")),
        ("{lines: [a, 2, '']}", TextExpectation(lines=("a", "2", ""))),
        ("{unordered: []}", TextExpectation(unordered=())),
        ("{empty: true}", TextExpectation(empty=True)),
        ("{empty: true, equals: a}", TextExpectation(empty=True, equals="a")),
    ],
)
def test_what_a_text_must_hold(stated: str, expected: TextExpectation) -> None:
    assert expect(f"{{stdout: {stated}}}").stdout == expected
    assert expect(f"{{stderr: {stated}}}").stderr == expected
    assert expect(f"{{files: {{a/b: {stated}}}}}").files == {"a/b": expected}


@pytest.mark.parametrize(
    ("stated", "text"),
    [
        ("null", "null"),
        ("", "null"),
        ("[1, 012, 0x1F, +.5, 1e3, -0]", "[1, 12, 31, 0.5, 1e3, -0]"),
        ("1.10000000000000000000000001", "1.10000000000000000000000001"),
        ("{a: [true, no, 'é', \"\\n\"], 1: {}}", '{"a": [true, "no", "é", "\\n"], "1": {}}'),
    ],
)
def test_json_is_any_value_with_exact_numbers(stated: str, text: str) -> None:
    found = expect(f"{{stdout: {{json: {stated}}}}}").stdout

    assert found == TextExpectation(json=JsonValue(text=text))


@pytest.mark.parametrize(
    ("stated", "codes", "nonzero"),
    [("3", {3}, False), ("[0, 0x02]", {0, 2}, False), ("nonzero", set(), True)],
)
def test_exit_codes(stated: str, codes: set[int], *, nonzero: bool) -> None:
    expected = ExitExpectation(codes=frozenset(codes), nonzero=nonzero)

    assert expect(f"{{exit_code: {stated}}}").exit == expected


def test_a_verdict_takes_the_place_of_the_exit_code() -> None:
    assert expect("{verdict: timeout}") == Expectation(exit=None, verdict=Verdict.TIMEOUT)
    assert expect("{verdict: runtime_error, exit_code: 3}") == Expectation(
        exit=ExitExpectation(codes=frozenset({3})), verdict=Verdict.RUNTIME_ERROR
    )


def test_cases_take_what_they_do_not_state_from_the_snippet() -> None:
    text = """\
- language: python
  code: x
  stdin: a
  args: [b]
  env: {A: 1, B: 2}
  timeout: 3
  expect: {stdout: out, exit_code: 3}
  cases:
  - {}
  - name: other
    stdin: ''
    args: []
    env: {B: 3, C: 4}
    timeout: 4
    expected_output: more
    expect: {stderr: err}
"""

    first, second = snippets(text)[0].cases

    code = ExitExpectation(codes=frozenset({3}))
    assert first == Case(
        source=Source(path="-", line=9, column=5),
        name="1",
        stdin=b"a",
        args=("b",),
        env={"A": "1", "B": "2"},
        timeout=3,
        expect=Expectation(stdout=TextExpectation(equals="out"), exit=code),
    )
    assert second == Case(
        source=Source(path="-", line=10, column=5),
        name="other",
        env={"A": "1", "B": "3", "C": "4"},
        timeout=4,
        expect=Expectation(
            stdout=TextExpectation(equals="more"), stderr=TextExpectation(equals="err"), exit=code
        ),
    )


@pytest.mark.parametrize(
    ("snippets_own", "cases_own", "expected"),
    [
        ("{exit_code: 3}", "{verdict: timeout}", Expectation(exit=None, verdict=Verdict.TIMEOUT)),
        ("{verdict: timeout}", "{exit_code: 0}", Expectation()),
        ("{verdict: timeout}", "{}", Expectation(exit=None, verdict=Verdict.TIMEOUT)),
    ],
)
def test_what_a_case_says_of_its_end_replaces_what_the_snippet_says(
    snippets_own: str, cases_own: str, expected: Expectation
) -> None:
    found = snippet(f"expect: {snippets_own}\ncases: [expect: {cases_own}]")

    assert found.cases[0].expect == expected


def test_files_come_as_text_as_base64_and_from_beside_the_manifest(folder: Path) -> None:
    (folder / "data.bin").write_bytes(b"\x00\xff")

    found = snippet("files: {a: 1.0, b/c: {base64: 'AP 8='}, d: {file: data.bin}}")

    assert found.files == {"a": b"1.0", "b/c": b"\x00\xff", "d": b"\x00\xff"}


def test_code_and_stdin_come_from_files_byte_by_byte(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "main.py").write_bytes(b"\xff\r\n")
    (folder / "sub" / "in").write_bytes(b"\x00")
    (folder / "sub" / "m.yml").write_text("- {language: python, file: main.py, stdin_file: in}")

    (found,) = read(Path("sub/m.yml"))

    assert (found.code, found.cases[0].stdin) == (b"\xff\r\n", b"\x00")
    assert found.source == Source(path="sub/m.yml", line=1, column=3)
    assert found.code_source == Source(path="sub/main.py", line=1)


def test_an_expected_file_is_named_by_its_real_path(folder: Path) -> None:
    (folder / "out.txt").write_text("x")

    found = expect("{stdout: {file: out.txt}}").stdout

    assert found is not None
    assert found.file == folder / "out.txt"


def test_a_path_inside_the_current_folder_is_shown_relative_to_it(folder: Path) -> None:
    (folder / "m.yml").write_text(HEAD)

    assert read(folder / "m.yml")[0].source.path == "m.yml"
    assert read(Path("./m.yml"))[0].source.path == "m.yml"


def test_a_path_outside_of_the_current_folder_is_shown_as_given(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "m.yml").write_text(HEAD)
    (folder / "sub").mkdir()
    monkeypatch.chdir("sub")

    assert read(Path("../m.yml"))[0].source.path == "../m.yml"


def test_a_link_that_leaves_the_folder_is_refused_unless_that_is_allowed(folder: Path) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (folder / "secret").write_text("s")
    (inner / "link").symlink_to(folder / "secret")
    (inner / "m.yml").write_text("- {language: python, file: link}\n")

    with pytest.raises(UsageError, match="outside of the manifest's folder"):
        read(Path("inner/m.yml"))
    assert read(Path("inner/m.yml"), allow_outside=True)[0].code == b"s"


def test_a_link_within_the_folder_is_followed(folder: Path) -> None:
    (folder / "a.py").write_text("a")
    (folder / "b.py").symlink_to("a.py")

    assert snippets("- {language: python, file: b.py}")[0].code == b"a"


def test_a_pipe_is_refused_without_waiting_for_its_other_end(folder: Path) -> None:
    os.mkfifo(folder / "pipe")

    assert "is no regular file" in problems("- {language: python, file: pipe}")[0]


def test_a_circle_of_links_is_refused(folder: Path) -> None:
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")

    assert "'a': too many levels" in problems("- {language: python, file: a}")[0]


def test_a_file_larger_than_16_mb_is_refused(folder: Path) -> None:
    with (folder / "big").open("wb") as file:
        file.truncate(16 * MIB + 1)

    assert "larger than 16 MB" in problems("- {language: python, file: big}")[0]


def test_a_file_of_50_mb_is_refused_by_its_size(folder: Path) -> None:
    (folder / "big").write_bytes(b"")
    os.truncate(folder / "big", 50 * MIB)

    assert "larger than 16 MB" in problems("- {language: python, file: big}")[0]


def test_a_file_that_changes_meanwhile_is_one_file_for_all_who_name_it(folder: Path) -> None:
    (folder / "a.py").write_text("before")
    files = Folder(folder, allow_outside=False)

    first = files.read("a.py")
    (folder / "a.py").write_text("after")

    assert (first, files.read("a.py")) == (b"before", b"before")


def test_a_pipe_that_took_the_place_of_a_file_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.py").write_text("before")
    os.mkfifo(folder / "pipe")
    files = Folder(folder, allow_outside=False)
    regular = files.find("a.py")

    (folder / "pipe").replace(regular)
    monkeypatch.setattr(files, "find", lambda _: regular)  # it was looked at before that

    with pytest.raises(ValueError, match=r"'a\.py' is no regular file"):
        files.read("a.py")


@pytest.mark.parametrize(
    ("name", "part"), [("nowhere.yml", "no such file"), (".", "is a directory"), ("a\0", "NUL")]
)
def test_a_manifest_that_cannot_be_read_is_a_usage_error(name: str, part: str) -> None:
    with pytest.raises(UsageError, match=part):
        read(Path(name))


@pytest.mark.parametrize(
    ("stated", "reason"),
    [("true", "no reason given"), ("flaky network", "flaky network"), ("false", None)],
)
@pytest.mark.parametrize("field", ["skip", "xfail"])
def test_skip_and_xfail_take_true_or_a_reason(field: str, stated: str, reason: str | None) -> None:
    assert getattr(snippet(f"{field}: {stated}"), field) == reason


def test_the_rest_of_the_fields() -> None:
    found = snippet("name: é\ndescription: d\ntags: [a, b, a]\nsession: 1\nrun: false")

    assert (found.name, found.description, found.tags) == ("é", "d", ("a", "b"))
    assert (found.session, found.run) == ("1", False)


def test_members_of_a_session_that_agree_are_one() -> None:
    text = "".join(
        f"- {{language: {name}, code: x, session: s, timeout: {n}}}\n"
        for n, name in enumerate(["python", "py", "python@3.9"], 1)
    )

    assert [found.session for found in snippets(text)] == ["s", "s", "s"]


def test_what_a_compiler_prints_may_be_expected_with_run_false() -> None:
    text = "run: false\nexpect: {verdict: compile_error, stderr: {contains: x}}"

    assert snippet(text).cases[0].expect.stderr == TextExpectation(contains=("x",))


@pytest.mark.parametrize(
    ("entry", "warmed"),
    [
        ("env: {A: 1}", True),
        ("compile: [javac, '{source}']", False),
        ("compile: [javac, '-J-XX:SharedArchiveFile={cache}/mine.jsa', '{source}']", True),
    ],
    ids=["as it is", "its own compiler", "its own way with what is warm"],
)
def test_a_warm_up_is_inherited_by_who_looks_at_what_it_leaves(entry: str, *, warmed: bool) -> None:
    (one,) = snippets(
        f"languages: {{own: {{extends: java, check: [], {entry}}}}}\n"
        "snippets: [{language: own, code: x, expected_output: y}]"
    )

    assert bool(one.language.warm) is bool(one.language.warm_files) is warmed


def test_a_language_of_ones_own_extends_another() -> None:
    text = """\
languages:
  docs: {extends: site, env: {B: 3}, check: [], aliases: [d]}
  site: {extends: python, image: "site:{version}", version: 7, env: {A: 1, B: 2}}
  go: {env: {A: 1}}
snippets:
- {language: d, code: x}
- {language: site@8, code: x}
- {language: go, code: x}
"""

    docs, site, go = (found.language for found in snippets(text))

    assert (docs.name, docs.image_reference, docs.run) == (
        "docs",
        "site:7",
        CLASSIC["python"].run,
    )
    assert (docs.env, docs.check, docs.aliases) == ({"A": "1", "B": "3"}, (), ("d",))
    assert (site.image_reference, site.aliases) == ("site:8", ())
    assert go.env == {**CLASSIC["go"].env, "A": "1"}
    assert go.aliases == CLASSIC["go"].aliases


@pytest.mark.parametrize(
    ("entry", "driver"),
    [
        ('image: "own:1"', "python"),
        ("env: {A: 1}, version: 3.12", "python"),
        ("run: [python, -X, dev, '{source}']", None),
        ("source: x.py", None),
        ("check: []", None),
        ("compile: [python, '{source}']", None),
    ],
)
def test_a_language_with_other_commands_has_no_driver(entry: str, driver: str | None) -> None:
    (own,) = snippets(
        f"languages: {{own: {{extends: python, {entry}}}}}\nsnippets: [{{language: own, code: x}}]"
    )

    assert own.language.driver == driver


def test_a_language_with_a_problem_is_no_second_problem_where_it_is_used() -> None:
    text = "languages: {ruby: {image: 'a b'}}\nsnippets: [{language: ruby@1, code: x}]"

    assert len(problems(text)) == 1


def test_problems_of_all_snippets_and_sections_come_in_one_go() -> None:
    text = """\
defaults: {timeout: 0, memory: x}
languages: {go: {run: x}, js: {}}
snippets:
- {language: pyton, timeot: 1, args: x, stdin: a, stdin_file: b}
- {language: python, cases: [{stdin: [], expect: {stdout: {}}}]}
- x
"""

    found = problems(text)

    assert [line.split(": ")[1] for line in found] == [
        "defaults.timeout",
        "defaults.memory",
        "languages.go.run",
        "languages.js",
        "snippets[0].language",
        "snippets[0].timeot",
        "snippets[0].args",
        "snippets[0].stdin_file",
        "snippets[1].cases[0].stdin",
        "snippets[2]",
    ]


def test_problems_of_an_aliased_entry_name_the_place_where_it_stands() -> None:
    assert problems("- &a {language: x, code: a}\n- *a\n") == tuple(
        f"-:1:17: snippets[{index}].language: {message}"
        for index in (0, 1)
        for message in [problems("- {language: x, code: a}")[0].split(": ", 2)[2]]
    )


def test_reading_takes_time_in_proportion_to_the_number_of_snippets() -> None:
    def read(count: int) -> None:
        text = "".join(
            f"- {{name: n{n}, language: python, code: 'print({n})', expected_output: {n}}}\n"
            for n in range(count)
        )
        assert len(snippets(text)) == count

    assert grows_slower_than_its_square(read, 125)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("snippets:\n" + "- {}\n" * 20_000, id="empty snippets"),
        pytest.param(HEAD + "  tags: [" + "[]," * 20_000 + "]", id="tags of a wrong kind"),
        pytest.param(HEAD + "".join(f"  f{n}: x\n" for n in range(5_000)), id="unknown fields"),
        pytest.param(HEAD + "  cases: [" + "{a: b}," * 5_000 + "]", id="bad cases"),
        pytest.param("- {language: pyton, code: x}\n" * 3_000, id="unknown languages"),
        pytest.param("- {language: c, code: x, name: a}\n" * 3_000, id="equal names"),
        pytest.param(HEAD + f"  timeout: {'9' * 1_000_000}", id="many digits"),
    ],
)
def test_thousands_of_problems_are_cut(text: str) -> None:
    found = problems(text)

    assert len(found) <= 1001


FIELDS = sorted({*Manifest.model_fields, *SnippetEntry.model_fields, *CaseEntry.model_fields})
KEYS = sorted(
    {*FIELDS, *ExpectEntry.model_fields, *MatchEntry.model_fields, *TextEntry.model_fields}
)
WORDS = ["python", "c", "x", "nonzero", "64m", "a/b", "../a", "timeout", "ignore", "exact", "fresh"]
SCALARS = ["''", "1", "1.5", "true", "no", "null", "", ".inf", "'1'", "(", '"\\0"', "*a", "&a x"]
VALUES = st.recursive(
    st.sampled_from(WORDS + SCALARS),
    lambda of: (
        st.lists(of, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(
            st.sampled_from([*KEYS, "json", "with", "pattern", "base64", "[key]"]), of, max_size=5
        ).map(lambda items: f"{{{', '.join(f'{key}: {value}' for key, value in items.items())}}}")
    ),
    max_leaves=30,
)


def problems_of(text: str) -> tuple[str, ...]:
    try:
        snippets(text)
    except UsageError as error:
        return error.problems
    return ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(VALUES)
def test_any_values_in_any_fields_are_read_or_refused(text: str) -> None:
    assert all(line.isprintable() for line in problems_of(text))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4))
def test_any_values_in_a_snippet_are_read_or_refused(fields: dict[str, str]) -> None:
    more = "".join(f"  {key}: {value}\n" for key, value in fields.items())

    assert all(line.isprintable() for line in problems_of(HEAD + more))
