"""A page in the machine's browser, and everything it did that it should not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCREENS = ("summary", "yield", "signals", "overlap", "why", "duplicates", "breakdown", "compare", "health", "card")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]


@contextmanager
def browser() -> Iterator[Any]:
    """Skips, saying so, where there is no Chromium or no Playwright."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: the browser test is skipped")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the browser test is skipped")
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield opened
        finally:
            opened.close()


class Watched:
    """A page that was told to open an address; `complaints` and `requests` are all there were."""

    def __init__(self, opened: Any, address: str, width: int = 1400, scheme: str = "light") -> None:
        self.page = opened.new_page(viewport={"width": width, "height": 1000}, color_scheme=scheme)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.set_default_timeout(15_000)
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.address = address
        self.page.goto(address)
        self.title = self.page.title()

    def show(self, screen: str, query: str = "") -> None:
        """A screen by its name in the address, or another of the page's addresses."""
        self.page.evaluate("hash => { location.hash = hash }", f"#/{screen}{query}")
        self.page.wait_for_function(
            "name => document.querySelector('nav.screens [aria-current]')?.hash.slice(2).split('?')[0] === name",
            arg=screen,
        )

    def outside(self) -> list[str]:
        """Requests for anything but the page itself and its server."""
        own = self.address.split("#")[0]
        return [url for url in self.requests if not (url.split("#")[0] == own or url.startswith(own + "api/"))]

    def is_untouched(self) -> bool:
        """No text of a document did anything."""
        state = self.page.evaluate("[typeof window.__pwned, document.title, document.images.length]")
        return bool(state == ["undefined", self.title, 0])
