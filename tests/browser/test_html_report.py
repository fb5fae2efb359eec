"""The HTML report as a reader meets it: in a browser, by keyboard, in the dark, on paper."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect
from reporters.reports import every_verdict, exited, many, passed, report, result

from browser.conftest import Opens, patient
from runner.model import Expectation, Outcome, Report, TextExpectation
from runner.reporters.html import render

ATTACKS: Final = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "<!--<script>",
    "\"><svg onload='alert(3)'>",
    "</title></style></pre></textarea><iframe src=https://example.org>",
    "javascript:alert(4)",
    "\u202e\x1b[31m\x00\ud800",
)
HOSTILE: Final = "\n".join(ATTACKS)
FOCUSED: Final = "document.activeElement.closest('details')?.id ?? document.activeElement.id"
CONTRASTS: Final = """() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => channels(color).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return channels(color)[3] === 0 ? behind(element.parentElement) : color;
  };
  const written = (element) => element.checkVisibility() && !element.closest("svg")
    && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll("body, body *")].filter(written).map((element) => {
    const pair = [light(getComputedStyle(element).color), light(behind(element))];
    pair.sort((a, b) => b - a);
    return [(pair[0] + 0.05) / (pair[1] + 0.05), element.outerHTML.slice(0, 80)];
  }).filter(([contrast]) => contrast < 4.5);
}"""


def _rows(page: Page) -> int:
    return page.locator("#rows tr[data-at]").count()


def _timed(number: int) -> Report:
    """Cases one after the other in one sandbox, every third a failure."""
    expected = Expectation(stdout=TextExpectation(equals="hello"))
    results = [
        result(f"case {at}", exited("hello" if at % 3 else "bye"), line=at + 1, expect=expected)
        for at in range(number)
    ]
    return report(
        *(
            replace(one, outcome=replace(one.outcome, sandbox="0123abcd"), started=at * 0.1)
            for at, one in enumerate(results)
        )
    )


def test_a_page_of_every_verdict_says_how_many_cases_failed(opened: Opens) -> None:
    page = opened(every_verdict())

    expect(page.locator("h1")).to_have_text("✗ 10 of 17 cases failed in 1.23 s")
    expect(page.locator("#failures .result")).to_have_count(10)
    expect(page.locator("#matching")).to_have_text("17 cases")


def test_hostile_text_is_shown_and_nothing_of_it_runs(opened: Opens, problems: list[str]) -> None:
    wanted = Expectation(stdout=TextExpectation(equals=HOSTILE + "x"))
    raw = HOSTILE.encode("utf-8", "surrogatepass")
    hostile = [
        result(attack, exited(raw, raw, code=1), path=attack, case=attack, stdin=raw, expect=wanted)
        for attack in ATTACKS
    ]

    page = opened(report(*hostile))
    page.wait_for_timeout(200)

    assert problems == []
    expect(page.locator("#failures .result b").first).to_have_text(f"{ATTACKS[0]} / {ATTACKS[0]}")
    assert page.locator("img, iframe, svg[onload]").count() == 0


def test_a_script_that_is_not_the_page_s_own_is_refused(opened: Opens, problems: list[str]) -> None:
    page = opened(report(passed("x", line=1)))

    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'),"
        " { textContent: 'document.title = 1' }))"
    )

    assert page.title() == "✓ 1 case passed in 1.23 s"
    assert "Content Security Policy" in problems.pop()


def test_slash_goes_to_the_search_and_what_is_typed_narrows_everything(opened: Opens) -> None:
    page = opened(many(300))

    page.keyboard.press("/")
    page.keyboard.type("SNIPPET page0.md:121")

    expect(page.locator("#matching")).to_have_text("1 of 300")
    expect(page.locator(".result:visible")).to_have_count(1)
    assert _rows(page) == 1


def test_escape_ends_a_search(opened: Opens) -> None:
    page = opened(many(300))
    page.keyboard.press("/")
    page.keyboard.type("page7.md")
    expect(page.locator("#matching")).to_have_text("15 of 300")

    page.keyboard.press("Escape")

    expect(page.locator("#matching")).to_have_text("300 cases")


def test_a_verdict_is_a_filter_and_two_are_either(opened: Opens) -> None:
    page = opened(every_verdict())

    page.get_by_role("button", name="timeout").click()
    expect(page.locator("#matching")).to_have_text("1 of 17")
    page.get_by_role("button", name="passed 3", exact=True).click()

    expect(page.locator("#matching")).to_have_text("4 of 17")
    expect(page.locator(".chip[aria-pressed=true]")).to_have_count(2)


def test_a_language_is_a_filter(opened: Opens) -> None:
    page = opened(every_verdict())

    page.get_by_label("Language").select_option("rust")

    expect(page.locator("#matching")).to_have_text("2 of 17")


def test_j_and_k_go_through_failures_enter_opens_escape_closes(opened: Opens) -> None:
    page = opened(many(100))

    for key in ("j", "j", "j", "j", "j", "k"):
        page.keyboard.press(key)
    fourth = page.locator("#failures .result").nth(3)
    assert page.evaluate(FOCUSED) == fourth.get_attribute("id")
    page.keyboard.press("Enter")
    expect(fourth).to_have_attribute("open", "")
    page.keyboard.press("Escape")

    expect(fourth).not_to_have_attribute("open", "")
    assert page.evaluate(FOCUSED) == fourth.get_attribute("id")


def test_arrows_go_through_the_list_and_enter_opens_the_failure(opened: Opens) -> None:
    page = opened(many(100))

    page.locator("#list").focus()
    for key in ("ArrowDown", "ArrowDown", "End", "Home", "ArrowDown", "Enter"):
        page.keyboard.press(key)

    second = page.locator("#failures .result").nth(1)
    assert page.evaluate(FOCUSED) == second.get_attribute("id")
    expect(second).to_be_in_viewport()


def test_expected_stands_beside_actual_and_the_diff_shows_what_is_invisible(
    opened: Opens,
) -> None:
    wanted = Expectation(stdout=TextExpectation(equals="a\nb"))
    page = opened(report(result("x", exited("a\nb\u200b\n"), expect=wanted)))

    expected, actual = page.locator(".pair > div").all()
    left, right = expected.bounding_box(), actual.bounding_box()

    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    assert right["x"] >= left["x"] + left["width"]
    expect(page.locator(".diff mark")).to_have_text([r"\u200b"])


def test_of_twenty_thousand_cases_only_those_in_sight_are_rows(opened: Opens) -> None:
    page = opened(many(20_000))

    assert _rows(page) < 100
    page.locator("#list").focus()
    page.keyboard.press("End")
    expect(page.locator("tr.chosen")).to_contain_text("snippet 19999")
    assert _rows(page) < 100
    expect(page.locator("tr.chosen")).to_be_in_viewport()


def test_a_failure_beyond_those_in_the_page_is_made_when_it_is_opened(opened: Opens) -> None:
    page = opened(many(10_000))
    expect(page.locator("#failures .result")).to_have_count(500)

    page.keyboard.press("/")
    page.keyboard.type("snippet 9990")
    expect(page.locator("#matching")).to_have_text("2 of 10000")
    page.locator("#rows tr").first.click()

    made = page.locator("#case-9991")
    expect(made).to_have_attribute("open", "")
    expect(made.locator(".diff")).to_contain_text("+bye")
    expect(made).to_be_in_viewport()


def test_a_column_s_title_sorts_by_it(opened: Opens) -> None:
    page = opened(every_verdict())

    page.get_by_role("button", name="time", exact=True).click()

    expect(page.locator("#rows tr").first).to_contain_text("never ends")
    expect(page.locator("th[data-sort=time]")).to_have_attribute("aria-sort", "descending")


def test_arrows_go_along_a_lane_of_the_timeline_and_enter_leads_to_the_case(
    opened: Opens,
) -> None:
    page = opened(_timed(10))

    page.locator(".lane.sandbox svg").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#shown")).to_contain_text("case 3 · wrong_output")
    page.keyboard.press("Enter")

    assert page.evaluate(FOCUSED) == "case-4"


def test_pointing_at_a_bar_tells_its_case(opened: Opens) -> None:
    page = opened(_timed(10))

    page.locator("rect.failed").nth(1).hover()

    expect(page.locator("#shown")).to_contain_text("case 3 · wrong_output")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_is_legible(scheme: str, opened: Opens) -> None:
    page = opened(every_verdict())
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    assert page.evaluate(CONTRASTS) == []


def test_light_is_light_and_dark_is_dark(opened: Opens) -> None:
    page = opened(every_verdict())
    colors = []

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        colors.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert colors == ["rgb(255, 255, 255)", "rgb(20, 23, 27)"]


@pytest.mark.parametrize("width", [360, 800, 1600])
def test_no_width_needs_scrolling_sideways(width: int, opened: Opens) -> None:
    page = opened(every_verdict())

    page.set_viewport_size({"width": width, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_the_list_still_has_names(opened: Opens) -> None:
    page = opened(many(30))

    page.set_viewport_size({"width": 360, "height": 800})
    # In one step: the rows are drawn anew whenever the page hears of its new width.
    names = "document.querySelectorAll('#rows tr[data-at] td')[1]"
    width = page.evaluate(f"{names}.getBoundingClientRect().width")

    assert width > 100


def test_nothing_moves_while_the_page_loads(opened: Opens) -> None:
    page = opened(many(2000))

    moved = page.evaluate(
        "new Promise((told) => new PerformanceObserver((list) => told(list.getEntries().length))"
        ".observe({ type: 'layout-shift', buffered: true }) || setTimeout(told, 500, 0))"
    )

    assert moved == 0


def test_on_paper_every_failure_is_unfolded_and_no_control_is_left(opened: Opens) -> None:
    page = opened(every_verdict())
    folded = "document.querySelectorAll('.result:not([open])').length"
    page.evaluate(f"addEventListener('beforeprint', () => {{ window.atPrint = {folded}; }})")
    before = page.evaluate(folded)

    page.pdf()
    page.emulate_media(media="print")

    assert before > 0
    assert page.evaluate("window.atPrint") == 0
    assert page.evaluate(folded) == before
    expect(page.locator(".controls")).to_be_hidden()


def test_without_a_script_failures_and_cases_can_be_read(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(render(many(300)), encoding="utf-8")
    context = patient(browser.new_context(java_script_enabled=False))

    page = context.new_page()
    page.goto(file.as_uri())

    expect(page.locator(".controls")).to_be_hidden()
    expect(page.locator("#rows tr")).to_have_count(300)
    page.locator("#failures .result > summary").nth(10).click()
    expect(page.locator("#failures .result").nth(10).locator(".diff")).to_be_visible()
    context.close()


def test_an_empty_report_is_a_page_too(opened: Opens) -> None:
    page = opened(report())

    expect(page.locator("h1")).to_have_text("- no cases in 1.23 s")
    assert _rows(page) == 0


def test_a_case_s_address_opens_it(opened: Opens) -> None:
    page = opened(many(100))

    page.evaluate("location.hash = '#case-91'")

    expect(page.locator("#case-91")).to_have_attribute("open", "")


def test_an_outcome_without_times_has_no_timeline(opened: Opens) -> None:
    skipped = replace(passed("x", line=1), outcome=Outcome(ending=exited().ending))

    page = opened(report(skipped))

    expect(page.locator("#timeline")).to_have_count(0)
