"""Whatever is printed, in whatever style it is expected: what is written passes, and nothing else
of the file changes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from update import changes, prints, read, report

from runner.model import Verdict

BEFORE = "# é before\n- language: python\n  code: x\n"
AFTER = "# after\n- {language: python, code: y, expected_output: |-\n".replace("|-", "z}")
LINES = ["a", "b", " c", "\td", "e ", "", "", "...", "[..]", "- x", "a: b", "# c", "'", '"', "\\"]
ODD = ["|", "&a", "*a", "null", "1.10", "{", "\x1b[0m", "\x07", "é\u2028", "x\ry", "\ufeff", "---"]
TEXTS = st.lists(st.sampled_from(LINES + ODD), max_size=5).flatmap(
    lambda lines: st.sampled_from(["\n".join(lines), "\n".join([*lines, ""])])
)
FORMS = {
    "plain": "  expected_output: old\n",
    "commented": "  expected_output: old  # why\n",
    "with a comment that a block would take in": "  expected_output: old\n           # deep\n",
    "over lines": "  expected_output: old\n     older # why\n",
    "single": "  expected_output: 'old'\n\n\n",
    "double": '  expected_output: "old"\n           \n',
    "literal": "  expected_output: |\n    old\n\n    older\n\n",
    "deep literal": "  expected_output: |  # why\n                 old\n",
    "stripped": "  expected_output: |-\n    old\n\n  # why\n",
    "kept": "  expected_output: |+\n    old\n\n\n",
    "indicated": "  expected_output: |1-\n     old\n",
    "folded": "  expected_output: >\n    old\n    older\n   \n",
    "anchored": "  expected_output: &out |-\n    old\n",
    "flow": "  expect: {stdout: old, exit_code: 0}\n",
    "equals": "  expect:\n    stdout:\n        equals: old\n        not_contains: never\n",
    "lines": "  expect:\n    stdout:\n      lines:\n      - old # why\n      # of c\n      - c\n",
    "lines in brackets": "  expect: {stdout: {lines: [a, 'old'], not_contains: never}}\n",
    "unordered": "  expect:\n    stdout:\n      unordered:\n        - a\n        - old\n",
    "glob": "  expect:\n    stdout:\n      glob: |\n        a\n        ...\n        [..]d\n",
}
MATCHES = [
    "",
    "  match: {final_newline: exact}\n",
    "  match: {trailing_whitespace: exact, final_newline: exact, line_endings: exact}\n",
    "  match: {whitespace: collapse, case: ignore, ansi: strip}\n",
    "  match: {replace: [{pattern: '[ab]', with: x}], float_tolerance: {abs: 1}}\n",
]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@settings(max_examples=40, deadline=None)
@given(printed=TEXTS, match=st.sampled_from(MATCHES), crlf=st.booleans(), last=st.booleans())
def test_what_is_written_passes_and_nothing_else_changes(
    form: str, printed: str, match: str, *, crlf: bool, last: bool
) -> None:
    text = BEFORE + match + form + ("" if last else AFTER)
    raw = (text.replace("\n", "\r\n") if crlf else text).encode()
    outcomes = [prints(printed), prints("z")][: 1 if last else 2]

    found = changes(raw, *outcomes)

    new = found.files[0].after if found.files else raw
    again = report("a.yml", new, outcomes)
    results = zip(report("a.yml", raw, outcomes).results, again.results, strict=True)
    assert changes(new, *outcomes).files == ()
    assert all(now.verdict is Verdict.PASSED or not found.mends(then) for then, now in results)
    assert found.kept or all(now.verdict is Verdict.PASSED for now in again.results)
    start = raw.index(b"expect")
    assert new[:start] == raw[:start]
    assert last or new.endswith(raw[raw.index(b"# after") :])
    assert [one.code for one in read("a.yml", new)] == [one.code for one in read("a.yml", raw)]
    assert (b"\n" in new.replace(b"\r\n", b"")) is not crlf


@settings(max_examples=200, deadline=None)
@given(
    printed=TEXTS, form=st.sampled_from([form for name, form in FORMS.items() if name != "glob"])
)
def test_every_text_in_utf8_can_be_written_but_into_lists(printed: str, form: str) -> None:
    found = changes(BEFORE + form, prints(printed))

    assert [kept.why for kept in found.kept if "printed" not in kept.why] == []
