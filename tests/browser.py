"""Pages opened in a real browser: Chromium without a window, driven by Playwright.

``open_page`` fails a test whose page reports an error, shows a dialog or asks for anything but itself. Without a
browser the tests that use it are skipped; where CI is set they fail, so that they cannot be forgotten. The fixtures
are a plugin that tests/conftest.py loads.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "scripts"))
from chromium import find_chromium, launch_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request

DESKTOP = (1280, 800)
PHONE = (390, 844)
# What is no answer to a click or a key by then (milliseconds) never comes: every page is a file.
PATIENCE = 10_000


def no_browser(reason: str) -> NoReturn:
    """Skip the test; where CI is set, fail it. ``reason`` says what to install."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def require_chromium() -> None:
    """Go on only if there is a Chromium: see :func:`no_browser`."""
    try:
        find_chromium()
    except FileNotFoundError as error:
        no_browser(str(error))


# Playwright's event loop counts as running until it is stopped, and asyncio refuses a second one in the same thread. So
# it lives no longer than the tests of a module, and tests with loops of their own can come before and after them.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, started once for the tests of a module."""
    from playwright.sync_api import sync_playwright  # here, because every run of the tests loads this module

    require_chromium()
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def window(browser: Browser) -> Page:
    """The one window of a module's tests: to start another takes five times as long as to open a page."""
    window = browser.new_page()
    window.set_default_timeout(PATIENCE)
    return window


class PageOpener:
    """Opens pages, one after the other, and collects what goes wrong on them."""

    def __init__(self, window: Page, folder: Path) -> None:
        self.problems: list[str] = []
        self._window = window
        self._folder = folder
        self._listeners: dict[str, Callable[[Any], None]] = {
            "console": self._listen,
            "dialog": self._dismiss,
            "pageerror": lambda error: self.problems.append(f"an error on the page: {error}"),
            "request": self._weigh,
            "requestfailed": lambda request: self.problems.append(f"not loaded: {request.url}"),
        }
        for event, listener in self._listeners.items():
            window.on(event, listener)

    def __call__(self, page: Path | str, width: int = DESKTOP[0], height: int = DESKTOP[1]) -> Page:
        """Open a file, or HTML that is written to one, in a window of so many pixels. The page before it is gone."""
        path = page
        if isinstance(path, str):
            path = self._folder / "page.html"
            path.write_text(str(page), encoding="utf-8", newline="\n")
        self.listen_to_the_end()
        self._window.set_viewport_size({"width": width, "height": height})
        self._window.emulate_media(media="screen")
        self._window.mouse.move(0, 0)
        self._window.goto(path.as_uri())
        return self._window

    def listen_to_the_end(self) -> None:
        """Wait for what the page still has to say."""
        self._window.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")

    def close(self) -> None:
        """Close the page when it has said everything."""
        self.listen_to_the_end()
        for event, listener in self._listeners.items():
            self._window.remove_listener(event, listener)
        self._window.goto("about:blank")

    def _listen(self, message: ConsoleMessage) -> None:
        # A breach of the page's Content-Security-Policy is an error message, too.
        if message.type in ("error", "assert"):
            self.problems.append(f"in the console: {message.text}")

    def _dismiss(self, dialog: Dialog) -> None:
        self.problems.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _weigh(self, request: Request) -> None:
        is_page = request.url.startswith("file:") and request.is_navigation_request()
        if not is_page and not request.url.startswith("data:"):
            self.problems.append(f"asked for: {request.url}")


@pytest.fixture
def open_page(window: Page, tmp_path: Path) -> Iterator[PageOpener]:
    """Open pages in Chromium; a problem of one of them fails the test, unless the test takes it from ``problems``."""
    opener = PageOpener(window, tmp_path)
    yield opener
    opener.close()
    assert opener.problems == []
