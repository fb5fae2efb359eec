"""A real Chromium, headless. Where none is installed these tests are skipped, and say so."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from runner.model import Report
from runner.reporters.html import render

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

PATIENCE: Final = 240_000
"""Milliseconds: a machine of CI may stand still for a while."""
expect.set_options(timeout=PATIENCE)

Opens = Callable[[Report], Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip("no Chromium here: scripts/setup '.[dev]' installs one on Debian")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program)
        yield started
        started.close()


def patient(context: BrowserContext) -> BrowserContext:
    """It, with as much time for each step as what is expected of it has."""
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture
def problems() -> list[str]:
    """What the page complained of, or asked the network for, in the test that takes it."""
    return []


@pytest.fixture
def opened(browser: Browser, tmp_path: Path, problems: list[str]) -> Iterator[Opens]:
    """Opens a report's page from a file; no test goes by with the page's script in error."""
    context = patient(browser.new_context(viewport={"width": 1280, "height": 900}))

    def open_page(report: Report) -> Page:
        file = tmp_path / "report.html"
        file.write_text(render(report, base="docs/"), encoding="utf-8")
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        page.on("dialog", lambda dialog: problems.append(dialog.message))
        page.on("request", lambda request: problems.append(request.url))
        page.goto(file.as_uri())
        problems.remove(file.as_uri())
        return page

    yield open_page
    context.close()
    assert problems == []
