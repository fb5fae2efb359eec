"""The HTML report: one valid file in which no text is markup, and of bounded size."""

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import html5lib
import pytest
from growth import grows_slower_than_its_square
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reporters.reports import (
    CONTROLS,
    HOSTILE,
    NAME,
    every_verdict,
    exited,
    flooded,
    many,
    passed,
    report,
    result,
)
from runner.model import (
    MIB,
    Expectation,
    ImagePull,
    Mismatch,
    Report,
    Result,
    Shard,
    TextExpectation,
    Verdict,
)
from runner.reporters import REPORTERS
from runner.reporters.html import render
from runner.reporters.html.escape import href
from runner.text import one_line

ANY_TEXT: Final = st.text(st.characters(codec=None, exclude_categories=()))
BASE: Final = "https://github.example/o/r/blob/0123abc/"
HTML: Final = "{http://www.w3.org/1999/xhtml}"
ELEMENTS: Final = frozenset(
    """
        a b body button code del details div footer g h1 h2 h4 head header html input ins kbd line
        main mark meta nav option p pre rect script section select small span style summary svg
        table tbody td text th thead title tr
    """.split()  # noqa: SIM905 a list of a page
)
ATTRIBUTES: Final = frozenset(
    """
        aria-hidden aria-label aria-live aria-pressed autocomplete charset class colspan content
        data-case data-copy data-sort data-verdict height href http-equiv id lang name open
        placeholder role rx scope spellcheck tabindex type value width x x1 x2 y y1 y2
    """.split()  # noqa: SIM905 a list of a page
)
"""All that the page itself is made of."""


def _parsed(text: str) -> Any:  # noqa: ANN401 an element of xml.etree, as html5lib makes it
    """The page's tree; strictly: what the standard calls a parse error is one."""
    return html5lib.HTMLParser(strict=True).parse(text)


def _names(tree: Any) -> tuple[set[str], set[str]]:  # noqa: ANN401 as above
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    tags = {element.tag.rpartition("}")[2] for element in elements}
    return tags, {name for element in elements for name in element.attrib}


def _found(tree: Any, tag: str, kind: str = "") -> Iterator[Any]:  # noqa: ANN401 as above
    for element in tree.iter(f"{HTML}{tag}"):
        if not kind or kind in element.get("class", "").split():
            yield element


def _text(element: Any) -> str:  # noqa: ANN401 as above
    return "".join(element.itertext())


def _embedded(text: str) -> Any:  # noqa: ANN401 JSON
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _versioned(version: str, verdict: Verdict) -> Result:
    one = passed("greets", line=3)
    snippet = replace(one.snippet, version=version, versions=("3.9", "3.14"))
    return replace(one, snippet=snippet, verdict=verdict)


def _body(text: str) -> str:
    """What the report says, without the style and the script that show it."""
    return text[text.index("<header>") : text.index('<script type="application/json"')]


def test_a_small_report_is_as_its_golden_file(golden: Callable[[str, str], None]) -> None:
    wanted = Expectation(stdout=TextExpectation(equals="3\n5\n5"))
    failed = result("sums", exited("3\n4 \n5\n"), line=60, stdin=b"1 2\n", expect=wanted)

    text = render(report(passed("greets", line=3), failed), base=BASE)

    golden("small.html", _body(text))


def test_the_reporter_by_name_gives_the_same() -> None:
    assert REPORTERS["html"](every_verdict()) == render(every_verdict())


def test_nothing_is_fetched_from_anywhere() -> None:
    text = render(every_verdict())

    assert re.findall(r"""\bsrc=|<link|<img|<iframe|url\(|@import|https?:""", text) == []


def test_the_page_allows_its_own_script_and_style_alone() -> None:
    text = render(every_verdict())
    tree = _parsed(text)

    (style,), (*_, script) = _found(tree, "style"), _found(tree, "script")
    policies = [meta.get("content") for meta in _found(tree, "meta") if meta.get("http-equiv")]

    (policy,) = policies
    assert policy == (
        f"default-src 'none'; style-src {_hash(_text(style))};"
        f" script-src {_hash(_text(script))}; base-uri 'none'; form-action 'none'"
    )


@pytest.mark.parametrize("base", ["", BASE])
def test_the_shared_report_is_valid_and_holds_what_the_page_is_made_of(base: str) -> None:
    tags, attributes = _names(_parsed(render(every_verdict(), base=base)))

    assert tags - ELEMENTS == set()
    assert attributes - ATTRIBUTES == set()


@settings(max_examples=40)
@given(ANY_TEXT)
@example(HOSTILE)
@example(NAME)
@example("</script><script>alert(1)</script><!--<script>")
@example("'\"><img src=x onerror=alert(1)>")
@example("</pre></title></textarea></style><svg/onload=alert(1)>")
@example("\x00\ud800\udfff\uffff\u2028&lt;&#0;&amp")
def test_no_text_becomes_markup(text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    expect = Expectation(stdout=TextExpectation(equals=text + "x"))
    failed = result(
        text, exited(raw, raw + CONTROLS, code=2), stdin=raw, path=text, case=text, expect=expect
    )
    language = replace(failed.snippet.language, name=text or "?", image=text)
    snippet = replace(failed.snippet, language=language, version=text, code=raw, session=text)
    outcome = replace(failed.outcome, sandbox=text)
    hostile = replace(failed, snippet=snippet, outcome=outcome, reason=text, earlier=(failed,))
    flaky = replace(hostile, verdict=Verdict.FLAKY)
    pull = ImagePull(image=text, started=0.0, duration=1.0)

    page = render(replace(report(hostile, flaky), engine=text, started=text, pulls=(pull,)))

    page.encode()
    tree = _parsed(page)
    tags, attributes = _names(tree)
    assert tags - ELEMENTS == set()
    assert attributes - ATTRIBUTES == set()
    assert _text(next(_found(tree, "b"))) != ""
    assert _embedded(page)["cases"][0][1].startswith(one_line(text, limit=20)[:20])


@given(ANY_TEXT, st.integers(1, 9))
@example("javascript:alert(1)", 1)
@example("//host/x", 1)
@example("\\\\host\\x", 1)
@example("data:text/html,x", 1)
@example("a/../../b", 1)
def test_a_link_leads_nowhere_but_below_its_base(path: str, line: int) -> None:
    address = href(path, line, base=BASE)

    assert address == "" or urljoin("file:///reports/x.html", address).startswith(BASE)
    assert b".." not in urlsplit(address).path.encode().split(b"/")


def test_failures_come_first_and_the_rest_in_the_order_of_the_report() -> None:
    verdicts = [case[5] for case in _embedded(render(every_verdict()))["cases"]]

    assert verdicts[:10].count("passed") == 0
    assert verdicts[10:] == [
        "flaky", "xfailed", "skipped", "skipped", "passed", "passed", "passed",
    ]  # fmt: skip


def test_a_failure_shows_stdin_expected_actual_diff_and_the_code() -> None:
    wanted = Expectation(stdout=TextExpectation(equals="one\ntwo"))
    failed = result("x", exited("one\n2\u00a0\n"), stdin=b"in", expect=wanted)

    tree = _parsed(render(report(failed)))
    details = next(_found(tree, "details", "result"))

    assert [_text(pre) for pre in _found(details, "pre")] == [
        "one\ntwo",
        "one\n2\u00a0",
        " one-two+2\\u00a0",
        "in",
        "    1  print('hello')",
    ]  # fmt: skip


def test_of_a_line_in_place_of_another_what_differs_is_marked() -> None:
    wanted = Expectation(stdout=TextExpectation(equals="hello, Grace!"))

    tree = _parsed(render(report(result("x", exited("hello, Ada!"), expect=wanted))))

    assert [_text(mark) for mark in _found(tree, "mark")] == ["Grace", "Ada"]


def test_the_line_that_a_traceback_names_is_marked_in_the_code() -> None:
    failed = result("x", exited(b"", b'  File "/work/run/main.py", line 2, in f\n', code=1), line=7)
    snippet = replace(failed.snippet, code=b"def f():\n    1 / 0\nf()\n")

    tree = _parsed(render(report(replace(failed, snippet=snippet))))
    (code,) = _found(tree, "details", "code")

    assert [_text(mark) for mark in _found(code, "mark")] == ["    1 / 0"]
    assert _text(next(_found(code, "pre"))) == "    7  def f():\n    8      1 / 0\n    9  f()"


def test_earlier_attempts_are_told_with_their_failures() -> None:
    wanted = Expectation(stdout=TextExpectation(equals="up"))
    before = result("x", exited("down"), expect=wanted)
    flaky = replace(
        result("x", exited("up"), expect=wanted),
        verdict=Verdict.FLAKY,
        attempts=2,
        earlier=(before,),
    )

    tree = _parsed(render(report(flaky)))
    (attempt,) = _found(tree, "details", "earlier")

    assert "attempt 1: wrong_output" in _text(attempt)
    assert "expected 'up', got 'down'" in _text(attempt)


def test_a_hundred_broken_expectations_of_one_case_are_counted_past_a_few() -> None:
    one = result("x", exited(code=1))
    faults = tuple(Mismatch(subject=f"f{at}", reason=f"no f{at}") for at in range(100))

    text = render(report(replace(one, mismatches=faults)))

    assert "no f7<" in text
    assert "no f8<" not in text
    assert "and 92 more broken expectations" in text


def test_versions_of_a_case_are_a_row_with_a_column_for_each() -> None:
    both = report(_versioned("3.9", Verdict.PASSED), _versioned("3.14", Verdict.WRONG_OUTPUT))

    tree = _parsed(render(both))
    (section,) = (one for one in _found(tree, "section") if one.get("id") == "versions")

    assert [_text(cell) for cell in _found(section, "th")] == [
        "case", "language", "3.9", "3.14", "greets",
    ]  # fmt: skip
    assert [_text(cell) for cell in _found(section, "td")] == [
        "python", "✓passed", "✗wrong_output",
    ]  # fmt: skip


def test_the_head_says_what_the_run_was() -> None:
    one = replace(report(replace(passed("x", line=1), cached=True), interrupted=True))

    text = render(replace(one, shard=Shard(index=2, count=5)))

    assert "2026-11-22 20:15:00 UTC · 4 jobs · Docker Engine 20.10.24" in text
    assert "shard 2/5 · 1 from the cache" in text
    assert "Interrupted" in text


def test_the_slowest_are_as_many_as_asked_for_and_none_that_was_cached() -> None:
    some = [passed(f"n{at}", line=at + 1, wall=at + 1.0) for at in range(20)]
    cached = replace(passed("known", line=99, wall=99.0), cached=True)

    tree = _parsed(render(report(*some, cached), slowest=3))
    (section,) = (one for one in _found(tree, "section") if one.get("id") == "slowest")

    assert [_text(link) for link in _found(section, "a")] == ["n19", "n18", "n17"]


def test_a_place_is_a_link_where_documents_can_be_seen_and_text_elsewhere() -> None:
    failed = report(result("x", exited(code=1), path="docs/a b.md", line=7))

    assert f'<a class="place" href="{BASE}docs/a%20b.md#L7">' in render(failed, base=BASE)
    assert '<code class="place">docs/a b.md:7</code>' in render(failed)


def test_megabytes_of_output_take_some_kilobytes() -> None:
    assert len(render(flooded())) < MIB


def test_twenty_thousand_failures_fit_into_thirty_megabytes() -> None:
    wide = "\U0001f469<&" * 1000
    failed = result(wide, exited(wide, wide), expect=Expectation(stdout=TextExpectation(equals="")))

    text = render(report(*[failed] * 20_000))

    assert len(text.encode()) < 30 * MIB
    assert len(_embedded(text)["cases"]) == 20_000


def test_the_page_is_made_in_time_that_grows_with_the_cases() -> None:
    def work(size: int) -> str:
        return render(many(size))

    assert grows_slower_than_its_square(work, 250)


def test_a_report_of_nothing_is_a_valid_page() -> None:
    empty = Report(results=(), started="", duration=0.0, jobs=1)

    tags, _ = _names(_parsed(render(empty)))

    assert "svg" not in tags
