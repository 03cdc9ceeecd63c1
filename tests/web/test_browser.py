"""The pages in a real browser. (Five minutes of it are a benchmark; this is the short form.)"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser

from tests.station_process import HOUSE, StationProcess
from tests.web.browser import Viewer, chromium
from tests.web.conftest import ODD_TITLE


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def starts_ms(station: StationProcess) -> list[float]:
    """When each airing of the channel began or will begin, as the API says."""
    channel = station.channel("tides")
    airings = [*reversed(channel["previous"]), channel["now"], *channel["next"]]
    return [datetime.fromisoformat(airing["start"]).timestamp() * 1000 for airing in airings]


def test_a_viewer_sees_and_hears_joint_after_joint_without_a_stall(
    station: StationProcess, browser: Browser
) -> None:
    viewer = Viewer.at(browser, f"{station.url}/watch/tides")
    viewer.wait_playing()
    began_ms = viewer.wall_time_ms()
    joints = [start for start in starts_ms(station) if start > began_ms][:3]
    viewer.wait_until_wall_time(joints[2] + 500)
    assert len(joints) == 3
    stats = viewer.stats()
    assert stats["state"] == "playing"
    assert (stats["stalls"], stats["decodeErrors"]) == (0, 0)
    assert stats["audioDecoded"] is True
    assert (stats["videoWidth"], stats["videoHeight"]) == (HOUSE.width, HOUSE.height)
    assert viewer.errors == []
    assert viewer.violations == []
    assert viewer.hosts == {f"127.0.0.1:{station.port}"}


def test_the_page_says_what_is_on_when_it_is_seen(station: StationProcess, browser: Browser) -> None:
    viewer = Viewer.at(browser, f"{station.url}/watch/tides")
    viewer.wait_playing()
    viewer.wait_until("document.querySelector('[data-part=title]').textContent !== ''")
    seen_ms = viewer.wall_time_ms()
    shown = viewer.page.text_content("[data-part=title]")
    airings = station.get("/api/v1/channels/tides/as-run").json()["airings"]
    around = [
        a["title"]
        for a in airings
        if abs(datetime.fromisoformat(a["start"]).timestamp() * 1000 - seen_ms) < 5000
    ]
    assert shown in around
    assert viewer.page.text_content("[data-part=channel]") == "Tides"


def test_the_arrow_keys_change_the_channel(station: StationProcess, browser: Browser) -> None:
    viewer = Viewer.at(browser, f"{station.url}/watch/tides")
    viewer.wait_playing()
    viewer.page.keyboard.press("ArrowUp")
    viewer.page.wait_for_url("**/watch/neon")
    viewer.wait_playing()
    assert viewer.page.text_content("[data-part=channel]") == ODD_TITLE
    assert "/hls/neon/" in viewer.page.evaluate("window.webtv.hls.url")
    viewer.page.keyboard.press("ArrowDown")
    viewer.page.wait_for_url("**/watch/tides")
    viewer.wait_playing()
    viewer.page.go_back()
    viewer.page.wait_for_url("**/watch/neon")
    assert viewer.errors == []
    assert viewer.violations == []


@pytest.mark.parametrize("viewport", [{"width": 390, "height": 844}, {"width": 1440, "height": 900}])
def test_the_front_page_shows_every_channel_live(
    station: StationProcess, browser: Browser, viewport: dict[str, int]
) -> None:
    viewer = Viewer.at(browser, f"{station.url}/", viewport=viewport)
    page = viewer.page
    viewer.wait_until("document.querySelectorAll('[data-part=channels] > *').length === 2")
    text = page.inner_text("[data-part=channels]")
    assert "Tides" in text
    assert ODD_TITLE in text
    viewer.wait_until("window.webtv.stats().some((player) => player.state === 'playing')")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    links = page.eval_on_selector_all("[data-part=channels] a", "all => all.map(a => a.getAttribute('href'))")
    assert {"/watch/neon", "/watch/tides"} <= set(links)
    assert viewer.errors == []
    assert viewer.violations == []
    assert viewer.hosts == {f"127.0.0.1:{station.port}"}


def test_a_channel_that_does_not_exist_gets_a_calm_page(station: StationProcess, browser: Browser) -> None:
    viewer = Viewer.at(browser, f"{station.url}/watch/nothing")
    viewer.page.wait_for_selector(".card.missing", state="visible")
    assert viewer.violations == []
