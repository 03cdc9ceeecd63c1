"""Two outages before a real browser: an ingest that is away for 20 s, and a daemon that is killed.

One channel goes to two nginx-rtmp servers. One of them is killed and started again later; the other push and
the viewer must not notice. Then the daemon is killed and started again at once.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.browser import CHROMIUM, FLAGS
from bench.library import make_clips, stock
from bench.stage import OnAir, folder, make_station, on_air
from bench.table import Figure, report
from tests.ingests import Ingest, nginx_rtmp
from webtv.domain import HouseFormat

_CHANNEL = "steady"
_WAIT_S = 60.0


def main(*, quick: bool) -> None:
    away_s = 5.0 if quick else 20.0
    with folder() as place, ExitStack() as stack:
        a, b = (stack.enter_context(nginx_rtmp(_made(place / name))) for name in ("a", "b"))
        _prepare(place, a, b)
        with on_air(place) as station:
            page = stack.enter_context(_browser(station))
            _wait_pushed(station, "a")
            _wait_pushed(station, "b")
            a.kill()
            page.wait_for_timeout(1000 * away_s)
            returned = time.monotonic()
            a.start()
            back_s = _until(lambda: _back(station), page) - returned
            other = _target(station, "b")["reconnects"]
            outage_stalls = _stats(page)["stalls"]
            sequence = _sequence(station)
            buffered_s, port = _stats(page)["buffered"], station.port
            station.process.kill()
            killed = time.monotonic()
        with on_air(place, port=port) as station:
            dark_s = _until(lambda: station.get("/readyz")[0] == 200, page) - killed
            page.wait_for_timeout(15_000)
            stats = _stats(page)
            went_on = _sequence(station) - sequence
            adopted = sum(_target(station, name)["reconnects"] for name in "ab")
    report(
        "outage",
        f"An ingest that is away for {away_s:.0f} s, then a killed daemon, before a browser",
        [
            Figure("push back after the ingest's return", back_s, "s", "≤ 5 s"),
            Figure("pushes to the other target made anew", other, "", "0"),
            Figure("stalls in the browser meanwhile", outage_stalls, "", "0"),
            Figure("buffered in the browser as the daemon was killed", buffered_s, "s"),
            Figure("from the kill until the next daemon was ready", dark_s, "s", "≤ 5 s"),
            Figure("stalls in the browser meanwhile", stats["stalls"] - outage_stalls, "", "0"),
            Figure("decode errors", stats["decodeErrors"], "", "0"),
            Figure("media sequence went on by", went_on, "", "> 0"),
            Figure("pushes made anew by the next daemon", adopted, "", "0"),
        ],
        quick=quick,
    )


def _made(path: Path) -> Path:
    path.mkdir()
    return path


def _prepare(place: Path, a: Ingest, b: Ingest) -> None:
    targets = [{"name": n, "url": f"{ingest.url}/{_CHANNEL}"} for n, ingest in (("a", a), ("b", b))]
    channel = {"title": "Steady", "theme": "a tide", "targets": targets, "schedule": {"no_repeat_s": 0}}
    make_station(place, {_CHANNEL: channel}, workers=0)
    clips = _made(place / "clips")
    stock(place / "data", clips, make_clips(clips, 3, HouseFormat(), seconds=8.0), [_CHANNEL])


@contextmanager
def _browser(station: OnAir) -> Iterator[Page]:
    station.wait_ready(_WAIT_S)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(f"{station.url}/watch/{_CHANNEL}")
        _until(lambda: _stats(page) and _stats(page)["state"] == "playing", page)
        yield page
        browser.close()


def _until(happened: Any, page: Page) -> float:
    """Wait, with the browser alive, until ``happened()``; returns when it was, on the monotonic clock."""
    limit = time.monotonic() + _WAIT_S
    while not happened():
        if time.monotonic() > limit:
            raise RuntimeError("it did not happen in time")
        page.wait_for_timeout(50)
    return time.monotonic()


def _stats(page: Page) -> Any:
    return page.evaluate("window.webtv?.stats()")


def _target(station: OnAir, name: str) -> Any:
    (channel,) = station.json("/desk/api/state")["channels"]
    return next(target for target in channel["targets"] if target["name"] == name)


def _wait_pushed(station: OnAir, name: str) -> None:
    station.wait_for(lambda: _target(station, name)["state"] == "on air", _WAIT_S, f"target {name} on air")


def _back(station: OnAir) -> bool:
    """A push counts as back only after seconds of media went out, so that a refusal is not taken for one."""
    return bool(_target(station, "a")["state"] == "on air")


def _sequence(station: OnAir) -> int:
    text = station.get(f"/hls/{_CHANNEL}/live.m3u8")[1].decode()
    found = re.search(r"#EXT-X-MEDIA-SEQUENCE:(\d+)", text)
    if found is None:
        raise RuntimeError(f"no playlist: {text[:80]}")
    return int(found[1])
