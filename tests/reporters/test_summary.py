"""The job summary: its order, its size, and that no text in it is Markdown, HTML or a link."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reporters.reports import (
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
    Ending,
    Expectation,
    Outcome,
    Report,
    Result,
    TextExpectation,
    Verdict,
)
from runner.reporters import REPORTERS
from runner.reporters.charts import chart
from runner.reporters.details import sections
from runner.reporters.markup import fenced, inline, link
from runner.reporters.summary import render
from runner.text import ends, one_line

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
BASE = "https://github.example/o/r/blob/0123abc/"
OURS = re.compile(r"<details><summary>[^<]*<b>[^<]*</b>[^<]*</summary>\n|</details>\n")
"""All the HTML that there may be."""
LINKED = re.compile(r"@\w|#\d|\bGH-\d|://|\bwww\.|:[\w+-]+:", re.IGNORECASE)
"""What GitHub makes links or pictures of."""
DEFAULT = Expectation(stdout=TextExpectation(equals="hello"))


def _tokens(markdown: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(markdown)


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _types(markdown: str) -> set[str]:
    return {token.type for token in _flat(_tokens(markdown))}


def _cells(markdown: str, row: int) -> list[str]:
    """The texts of a row of the table of failures, as a reader sees them."""
    html = MarkdownIt("commonmark").enable("table").render(markdown)
    rows = html.split("Failures</h3>")[1].split("<tr>")[1 + row :]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", rows[0], re.DOTALL)
    return [_text(re.sub("<[^>]*>", "", cell)) for cell in cells]


def _text(html: str) -> str:
    for reference, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        html = html.replace(reference, character)
    return html.replace("\u200b", "")


def _headings(markdown: str) -> list[str]:
    return re.findall(r"^#+ (.*)$", markdown, re.MULTILINE)


def test_the_shared_report_is_as_its_golden_file(golden: Callable[[str, str], None]) -> None:
    golden("every_verdict.md", render(every_verdict(), base=BASE))


def test_the_reporter_by_name_gives_the_same_without_links() -> None:
    summary = REPORTERS["summary"](every_verdict())

    assert summary == render(every_verdict())
    assert "](" not in summary


def test_totals_come_first_then_failures_then_figures() -> None:
    assert _headings(render(every_verdict())) == [
        "❌ 10 of 17 cases failed in 1.23 s",
        "Failures",
        "Details",
        "Passed on a retry",
        "Languages",
        "Slowest cases",
        "Timing",
    ]


def test_what_went_well_is_short() -> None:
    summary = render(report(passed("x", line=1)))

    assert summary == (
        "## ✅ 1 case passed in 1.23 s\n\n"
        "| passed | failed | errored | skipped | total |\n"
        "| --: | --: | --: | --: | --: |\n"
        "| 1 | 0 | 0 | 0 | 1 |\n\n"
        "### Languages\n\n"
        "| language | cases | passed | rate | average | maximum |\n"
        "| :-- | --: | --: | --: | --: | --: |\n"
        "| python | 1 | 1 | 100.0% | 12&nbsp;ms | 12&nbsp;ms |\n\n"
        "4 jobs · Docker Engine 20.10.24\n"
    )


def test_the_counts_are_those_of_junit_and_make_the_total() -> None:
    assert "| 4 | 9 | 1 | 3 | 17 |" in render(every_verdict())


@pytest.mark.parametrize(
    ("of", "headline"),
    [
        (report(), "## ⚠️ no cases in 1.23 s"),
        (report(interrupted=True), "## ⚠️ no cases in 1.23 s"),
        (report(passed("x", line=1), interrupted=True), "## ⚠️ 1 case passed in 1.23 s"),
        (report(result("x", exited(), skip="no")), "## ✅ 1 case fine in 1.23 s"),
    ],
    ids=["nothing", "interrupted", "interrupted-passed", "skipped"],
)
def test_the_headline_has_a_mark(of: Report, headline: str) -> None:
    assert render(of).splitlines()[0] == headline


def test_an_interrupted_run_says_so() -> None:
    assert "> Interrupted" in render(report(interrupted=True))


def test_a_failure_has_its_row_with_a_link_to_its_line() -> None:
    one = result("sums", exited("bye"), path="docs/a b.md", line=7, expect=DEFAULT)

    assert (
        f"| ❌ | sums | [docs/a b.md:7]({BASE}docs/a%20b.md#L7) | python | `wrong_output` | "
        "stdout differs at line 1: expected 'hello', got 'bye' | 12&nbsp;ms |\n"
    ) in render(report(one), base=BASE)


@pytest.mark.parametrize("path", ["-", "/tmp/x.yml", "../x.yml", "a/../../x.yml", "x" * 400])
def test_what_is_not_in_the_repository_has_no_link(path: str) -> None:
    assert link("text", base=BASE, path=path, line=1) == "text"


def test_a_failure_shows_stdin_expected_actual_diff_and_stderr_folded() -> None:
    expect = Expectation(stdout=TextExpectation(equals="one\ntwo"))
    one = result("x", exited("one\n2\n", "oops", code=1), stdin=b"in", expect=expect)

    assert """\
<details><summary>❌ <b>x</b> · examples/tour.yml:1 · runtime_error</summary>

❌ exit code 1, expected 0

❌ stdout differs at line 2: expected 'two', got '2'

**stdin**

```text
in
```

**diff of stdout** (`-` expected, `+` actual)

```diff
 one
-two
+2
```

**expected stdout**

```text
one
two
```

**actual stdout**

```text
one
2
```

**stderr**

```text
oops
```

</details>
""" in render(report(one))


def test_of_a_long_text_the_middle_lines_are_left_out() -> None:
    lines = "".join(f"{number}\n" for number in range(1000))

    summary = render(report(result("x", exited(lines, code=1))))

    assert "\n39\n[... 940 lines left out ...]\n980\n" in summary


def test_thousands_of_failures_are_cut_and_counted() -> None:
    summary = render(many(20_000))

    assert "… and 1800 more: the other reports (junit) have them all." in summary
    assert "… and the details of 1900 more failures: " in summary
    assert len(summary.encode()) < 200_000


@pytest.mark.parametrize("unit", [b"x", b"\xff", b"<", "\U0001f469".encode(), b"`\n"], ids=repr)
def test_megabytes_of_output_stay_below_a_mebibyte(unit: bytes) -> None:
    flood = unit * (MIB // len(unit))
    failing = result("x", exited(flood, flood, code=1), stdin=flood, expect=DEFAULT)

    summary = render(report(*[failing] * 150))

    assert len(summary.encode()) < 900 * 1024
    assert summary.count("<details>") == 100
    assert "the details of 50 more failures" in summary


def test_the_longest_names_stay_below_a_mebibyte_and_details_are_given_up_last() -> None:
    name = "|\U0001f469" * 1000
    expect = Expectation(stdout=TextExpectation(equals="|" * MIB))
    failing = result(name, exited("`" * MIB, code=1), path=name, case=name, expect=expect)

    summary = render(report(*[failing] * 20_000), base=BASE)

    assert 300_000 < len(summary.encode()) < 900 * 1024
    assert summary.startswith("## ❌ 20000 of 20000 cases failed")
    assert "### Languages" in summary


def test_much_makes_a_page_that_github_takes() -> None:
    reports = [flooded(), many(5000), report(*flooded().results * 20)]

    sizes = [len(render(one).encode()) for one in reports]

    assert max(sizes) < 900 * 1024


@given(ANY_TEXT, ANY_TEXT)
@example(HOSTILE, NAME)
@example("a|b\\|c`d`**e**_f_~g~<!--<b>$x$![i](u)[l](u)\\", "@everyone #12 GH-3 www.a.b http://c.d")
@example("# x", "- y")
@example("    code", "\t> quote")
@example("</details>", "```\n</details>\n~~~")
@example("&lt;b&gt;&#64;all&commat;x", ":smile: a@b.c ftp://x")
def test_no_text_is_markdown_html_or_a_link(text: str, other: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    expect = Expectation(
        stdout=TextExpectation(equals=other + "x"), files={text: TextExpectation(equals=other)}
    )
    outcome = replace(exited(raw, raw, code=2), files={text: raw})
    failed = result(text, outcome, stdin=raw, path=other, expect=expect)
    lost = result(other, Outcome(ending=Ending.SANDBOX_ERROR, reason=text), path=text)
    some = replace(report(failed, lost, passed("x", line=1)), engine=other)

    summary = render(some, base=BASE)

    tokens = list(_flat(_tokens(summary)))
    html = [token.content for token in tokens if token.type.startswith("html")]
    assert [text for text in html if not OURS.fullmatch(text)] == []
    assert len(html) == 4
    assert {token.type for token in tokens} <= {
        *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "text"),
        *("table_open", "thead_open", "tr_open", "th_open", "tbody_open", "td_open"),
        *("table_close", "thead_close", "tr_close", "th_close", "tbody_close", "td_close"),
        *("fence", "html_block", "strong_open", "strong_close", "code_inline"),
        *("link_open", "link_close", "text_special"),
    }
    links = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
    assert [href for href in links if not href.startswith(BASE)] == []
    shown = [token.content for token in tokens if token.type in ("text", "text_special")]
    assert [text for text in shown if LINKED.search(text)] == []


@given(ANY_TEXT, ANY_TEXT)
@example(NAME, "a|b\\|c`d`*e*_f_~g~<b>$x$![i](u)[l](u)\\")
@example("@all #1 http://x", "&amp; &#64;")
def test_a_reader_sees_every_text_as_it_is(text: str, reason: str) -> None:
    lost = result(text, Outcome(ending=Ending.SANDBOX_ERROR), path=f"{text}.yml")

    mark, name, where, language, verdict, told, took = _cells(
        render(report(replace(lost, reason=reason))), row=1
    )

    assert name == one_line(text, limit=120).strip()
    assert where == f"{one_line(f'{text}.yml', limit=120)}:1".strip()
    assert told == one_line(reason, limit=240).strip()
    assert (mark, language, verdict, took) == ("⚠️", "python", "sandbox_error", "")


@given(ANY_TEXT)
@example("```")
@example("``````\n</details>\n")
@example("~~~\n    x\n\n")
def test_a_fence_holds_its_text_and_nothing_else(text: str) -> None:
    failed = result("x", exited(text.encode("utf-8", "surrogatepass"), code=1))
    texts = [section.text for section in sections(failed, limit=8192)]

    blocks = [token.content for token in _tokens(render(report(failed))) if token.type == "fence"]

    lines = [text.removesuffix("\n").split("\n") for text in texts]
    assert blocks == ["\n".join(ends(some, head=40, tail=20)) + "\n" for some in lines]


def test_inline_text_is_cut_before_it_is_escaped() -> None:
    assert inline("|" * 300, limit=3) == "&#124;&#124;&#124;…"


def test_a_fence_is_longer_than_any_in_its_text() -> None:
    assert fenced("a `````` b") == "```````text\na `````` b\n```````\n"


def test_a_few_cases_are_drawn_along_a_time_line() -> None:
    first = replace(passed("greets", line=1, wall=0.25), started=0.1)
    second = replace(result("title: sums;#1 %%{init}", exited(code=1), language="go"), started=0.4)

    assert chart(report(second, first)) == (
        "gantt\n"
        "  dateFormat x\n"
        "  axisFormat %S.%L\n"
        "  section sandbox 1\n"
        "    (python) greets :100, 350\n"
        "    (go) title sums 1 init :crit, 400, 412"
    )


def test_each_sandbox_is_a_section_of_the_time_line() -> None:
    cases = [passed(f"{number}", line=number + 1) for number in range(4)]
    placed = [
        replace(one, outcome=replace(one.outcome, sandbox=f"box{number % 2}"))
        for number, one in enumerate(cases)
    ]

    lines = chart(report(*placed)).splitlines()

    assert [line for line in lines if "section" in line] == [
        "  section sandbox 1",
        "  section sandbox 2",
    ]


def test_of_many_cases_the_languages_share_a_pie() -> None:
    pythons = [passed(f"{number}", line=number + 1, wall=0.1) for number in range(40)]
    rust = passed("x", line=99, language="rust", wall=6.0)

    assert chart(report(*pythons, rust)) == (
        'pie showData\n  title Seconds by language\n  "rust" : 6.000\n  "python" : 4.000'
    )


@pytest.mark.parametrize(
    "of",
    [report(), report(passed("x", line=1)), many(300)],
    ids=["nothing", "one case", "many of one language"],
)
def test_where_a_chart_tells_nothing_there_is_none(of: Report) -> None:
    assert chart(of) == ""


@given(ANY_TEXT)
@example("end\nsection x")
@example("a:b;c#d%%e{f}\"g'<h>")
def test_no_name_is_a_word_of_the_chart(text: str) -> None:
    language = replace(passed("x", line=1).snippet.language, name=text)
    one = result(text, exited())
    named = replace(one, snippet=replace(one.snippet, language=language))

    *_, line, _ = chart(report(named, one)).split("\n")

    assert re.fullmatch(r" {4}\([\w ./()+-]* :500, 512", line)


def test_what_passed_on_a_retry_is_shown() -> None:
    flaky = replace(passed("x", line=1), verdict=Verdict.FLAKY, reason="passed after: timed out")

    summary = render(report(flaky))

    assert _headings(summary)[1] == "Passed on a retry"
    assert "| `flaky` | passed after: timed out |" in summary


def _versioned(version: str, verdict: Verdict, *, line: int = 3) -> Result:
    one = passed(f"greets {line}", line=line)
    snippet = replace(one.snippet, version=version, versions=("3.9", "3.14"))
    return replace(one, snippet=snippet, verdict=verdict)


def test_versions_of_a_case_are_a_row_with_a_column_for_each() -> None:
    some = report(
        _versioned("3.9", Verdict.PASSED),
        _versioned("3.14", Verdict.WRONG_OUTPUT),
        _versioned("3.14", Verdict.FLAKY, line=9),
        passed("plain", line=20),
    )

    summary = render(some)

    assert (
        """\
### Versions

| snippet | where | language | 3.9 | 3.14 |
| :-- | :-- | :-- | :-- | :-- |
| greets 3 | examples/tour.yml:3 | python | ✅ `passed` | ❌ `wrong_output` |
| greets 9 | examples/tour.yml:9 | python |  | 🔁 `flaky` |
"""
        in summary
    )


def test_without_versions_there_is_no_table_of_them() -> None:
    assert "Versions" not in render(every_verdict())


def test_the_slowest_are_as_many_as_asked_for() -> None:
    some = report(*[passed(f"n{at}", line=at + 1, wall=at + 1.0) for at in range(5)])

    slowest = render(some, slowest=2).split("### Slowest cases")[1]

    assert re.findall(r"^[|] (n[0-9])", slowest, re.MULTILINE) == ["n4", "n3"]
