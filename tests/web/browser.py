"""A headless Chromium that notes everything a viewer's console and network would show."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
_NOTE_VIOLATIONS = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI}`);
});
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    assert CHROMIUM.exists(), "Chromium is needed: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Viewer:
    """One page, and what was noted while it was open."""

    page: Page
    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    @classmethod
    def at(cls, browser: Browser, url: str, **context: Any) -> Viewer:
        page = browser.new_context(**context).new_page()
        page.set_default_timeout(60_000)
        viewer = cls(page)
        page.on("console", lambda said: viewer.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: viewer.errors.append(str(error)))
        page.on("request", lambda request: viewer._note(request.url))
        page.add_init_script(_NOTE_VIOLATIONS)
        page.goto(url)
        return viewer

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("blob", "data"):
            self.hosts.add(parts.netloc)

    @property
    def violations(self) -> list[str]:
        found: list[str] = self.page.evaluate("window.violations")
        return found

    def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate("window.webtv.stats()")
        return found

    def wait_until(self, expression: str, timeout_s: float = 120) -> None:
        """Wait for a JavaScript expression. (Playwright's own way needs eval, which the pages forbid.)"""
        until = time.monotonic() + timeout_s
        while not self.page.evaluate(expression):
            if time.monotonic() > until:
                pytest.fail(f"not within {timeout_s:.0f} s: {expression}. Console: {self.errors}")
            self.page.wait_for_timeout(100)

    def wait_playing(self) -> None:
        self.wait_until("window.webtv?.player.state === 'playing'")

    def wall_time_ms(self) -> float:
        """When the picture on the screen was on air."""
        found: float = self.page.evaluate("window.webtv.player.wallTimeMs")
        return found

    def wait_until_wall_time(self, ms: float) -> None:
        self.wait_until(f"window.webtv.player.wallTimeMs >= {ms}")
