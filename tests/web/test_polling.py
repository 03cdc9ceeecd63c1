"""How often pages ask, in a real browser on virtual time: a dark channel makes no page hurry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.station_process import StationProcess
from tests.web.browser import chromium

_LEAST_S, _WATCHED_S = 5, 90


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def asked_at(page: Page, url: str, path: str, answer: bytes | None) -> list[int]:
    """Open a page and return the seconds at which it asked for ``path``; None stands for no answer."""
    seconds, asked = 0, []

    def reply(route: Route) -> None:
        asked.append(seconds)
        if answer is None:
            route.abort()
        else:
            route.fulfill(body=answer, content_type="application/json")

    page.route(f"**{path}", reply)
    page.clock.install()
    page.goto(url, wait_until="load")
    page.wait_for_timeout(200)
    while seconds < _WATCHED_S:
        seconds += 1
        page.clock.run_for(1000)
        page.evaluate(
            "new Promise((resolve) => { const c = new MessageChannel(); c.port1.onmessage = resolve; "
            "c.port2.postMessage(0); })"
        )
        if seconds % 20 == 0:  # who comes back to the page asks, but not more often
            page.evaluate("dispatchEvent(new Event('online'))")
    return asked


def dark(station: StationProcess) -> bytes:
    found = station.get("/api/v1/channels").json()
    for channel in found["channels"]:
        channel |= {"on_air": False, "now": None, "next": []}
    return json.dumps(found).encode()


def dark_channel(station: StationProcess) -> bytes:
    found = station.get("/api/v1/channels/tides").json()
    return json.dumps(found | {"on_air": False, "now": None, "next": [], "previous": []}).encode()


@pytest.mark.parametrize("away", [False, True], ids=["dark", "away"])
def test_the_overview_never_asks_faster_than_every_five_seconds(
    station: StationProcess, browser: Browser, away: bool
) -> None:
    context = browser.new_context()
    try:
        answer = None if away else dark(station)
        asked = asked_at(context.new_page(), f"{station.url}/", "/api/v1/channels", answer)
    finally:
        context.close()
    assert len(asked) >= _WATCHED_S / 20, "it does ask"
    assert min(later - earlier for earlier, later in pairwise(asked)) >= _LEAST_S - 1  # whole seconds
    assert len({later - earlier for earlier, later in pairwise(asked)}) > 1, "pages would ask in step"


@pytest.mark.parametrize("away", [False, True], ids=["dark", "away"])
def test_the_watch_page_never_asks_faster_than_every_five_seconds(
    station: StationProcess, browser: Browser, away: bool
) -> None:
    """Of its channel; the page knows that from the list, which it gets either way."""
    context = browser.new_context()
    try:
        page, answer = context.new_page(), dark_channel(station)
        page.route(
            "**/api/v1/channels",
            lambda route: route.fulfill(body=dark(station), content_type="application/json"),
        )
        asked = asked_at(
            page, f"{station.url}/watch/tides", "/api/v1/channels/tides", None if away else answer
        )
    finally:
        context.close()
    assert len(asked) >= _WATCHED_S / 20, "it does ask"
    assert min(later - earlier for earlier, later in pairwise(asked)) >= _LEAST_S - 1  # whole seconds


def test_waiting_leaves_nothing_on_the_signal_that_could_end_it(
    station: StationProcess, browser: Browser
) -> None:
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(f"{station.url}/")
        left, ended, late = page.evaluate(
            """async () => {
              const { sleep } = await import("/static/js/api.js");
              const abort = new AbortController();
              let left = 0;
              const { signal } = abort;
              const add = signal.addEventListener.bind(signal);
              const remove = signal.removeEventListener.bind(signal);
              signal.addEventListener = (...args) => (left++, add(...args));
              signal.removeEventListener = (...args) => (left--, remove(...args));
              for (let i = 0; i < 50; i++) await sleep(0, signal);
              const waiting = sleep(60_000, signal).catch((reason) => reason.name);
              abort.abort();
              return [left - 1, await waiting, await sleep(60_000, signal).catch((reason) => reason.name)];
            }"""
        )
    finally:
        context.close()
    assert (left, ended, late) == (0, "AbortError", "AbortError")
