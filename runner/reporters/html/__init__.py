"""The HTML report: one file that needs no network, for one case and for twenty thousand.

Everything of the snippets is escaped, and a Content-Security-Policy lets nothing run but the page's
own script and style, by their hashes. Without a script the failures and a table can be read; with
it, they can be searched.
"""

import hashlib
import html
from base64 import b64encode
from collections.abc import Sequence
from importlib.resources import files
from string import Template
from typing import Final

from runner.model import MIB, Report, Result, Verdict
from runner.reporters.figures import count, upshot
from runner.reporters.html import figures, listing
from runner.reporters.html.details import details
from runner.reporters.html.timeline import timeline

_UNFOLDED: Final = 3
_IN_PAGE: Final = 500
"""Details of so many failures are elements; those of more are made when asked for."""
_ROOM: Final = 25 * MIB
"""Bytes of all details and of the list of all cases."""
_LIMITS: Final = {100: 16_384, 1000: 4096, 5000: 1024}
"""Characters of each text where there are up to so many failures."""
_LEAST: Final = 512


def render(report: Report, *, base: str = "", slowest: int = 0) -> str:
    """The whole page; `base` is where the documents can be seen, ending in a slash.

    `slowest` is how many of the slowest cases it lists, some where it is 0.
    """
    ordered = listing.ordered(report.results)
    failures = [pair for pair in ordered if not pair[1].verdict.fine]
    flaky = [pair for pair in ordered if pair[1].verdict is Verdict.FLAKY]
    cases = listing.cases(ordered)
    told = _details([*failures, *flaky], base=base, room=_ROOM - len(cases.encode()))
    in_page = dict(list(told.items())[:_IN_PAGE])
    style, script = _asset("page.css"), _asset("page.js")
    return Template(_asset("page.html")).substitute(
        policy=_policy(style=style, script=script),
        title=html.escape(upshot(report)),
        style=style,
        script=script,
        headline=figures.headline(report),
        chips=figures.chips(report),
        options=figures.options(report),
        failures=_section("failures", "Failures", failures, in_page),
        flaky=_section("flaky", "Passed on a retry", flaky, in_page),
        timeline=timeline(report),
        languages=figures.languages(report),
        versions=figures.versions(report),
        slowest=figures.slowest(report, number=slowest or figures.SLOWEST, base=base),
        total=str(len(ordered)),
        rows=listing.rows(ordered),
        cases=cases,
        more=listing.embedded({at: text for at, text in told.items() if at not in in_page}),
    )


def _details(results: Sequence[tuple[int, Result]], *, base: str, room: int) -> dict[int, str]:
    """Each result's details by its number, as many as there is room for."""
    limit = next((size for most, size in _LIMITS.items() if len(results) <= most), _LEAST)
    told: dict[int, str] = {}
    for at, (number, result) in enumerate(results):
        unfolded = at < _UNFOLDED and not result.verdict.fine
        text = details(result, number, limit=limit, base=base, unfolded=unfolded)
        room -= len(listing.embedded(text).encode())
        if room < 0:
            break
        told[number] = text
    return told


def _section(
    name: str, title: str, results: Sequence[tuple[int, Result]], told: dict[int, str]
) -> str:
    """A section with the details that are part of the page; empty without results."""
    if not results:
        return ""
    shown = [told[number] for number, _ in results if number in told]
    left_out = len(results) - len(shown)
    more = (
        f'<p class="more">… and {left_out} more: choose them among <a href="#cases">all cases</a>;'
        f" {'their texts are' if left_out > 1 else 'its texts are'} in the other reports (junit,"
        " json) too</p>"
        if left_out
        else ""
    )
    return (
        f'<section id="{name}"><h2>{title} <small>{count(len(results), "case")}</small></h2>'
        f'<div class="results">{"".join(shown)}</div>{more}</section>'
    )


def _policy(*, style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}';"
        " base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _asset(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
