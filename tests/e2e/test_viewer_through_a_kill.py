"""A browser watches while the daemon is killed and started again."""

from __future__ import annotations

from pathlib import Path

from tests.seeded import seed_library
from tests.station_process import HOUSE, SMALL_CHANNEL, StationProcess
from tests.web.browser import Viewer, chromium
from tests.web.media_playlist import live, window


def test_a_killed_and_restarted_daemon_costs_a_viewer_neither_place_nor_reload(tmp_path: Path) -> None:
    with StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL}) as station, chromium() as browser:
        seed_library(station.data, "tides", (6, 7, 6, 6, 7, 6), HOUSE)
        station.start().wait_on_air()
        viewer = Viewer.at(browser, f"{station.url}/watch/tides")
        viewer.wait_playing()
        viewer.page.evaluate("window.neverReloaded = true")
        viewer.wait_until("window.webtv.stats().currentTime > 2")
        before, sequence = window(station, "tides"), live(station, "tides").sequence
        place = viewer.stats()["mediaSequence"]
        seen_ms = viewer.wall_time_ms()
        station.kill()
        station.start().wait_on_air()
        assert live(station, "tides").sequence >= sequence
        assert {number: station.get(f"/hls/tides/{number}.m4s").body for number in before} == before
        # Past everything that could have been in the buffer when the daemon was killed.
        viewer.wait_until_wall_time(seen_ms + 10_000)
        viewer.wait_playing()
        stats = viewer.stats()
        assert stats["decodeErrors"] == 0
        assert stats["mediaSequence"] >= place
        assert viewer.page.evaluate("window.neverReloaded") is True
        assert viewer.violations == []
        assert viewer.hosts == {f"127.0.0.1:{station.port}"}


def test_a_station_that_stays_away_is_waited_for_in_peace_and_comes_back_by_itself(tmp_path: Path) -> None:
    with StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL}) as station, chromium() as browser:
        station.start().wait_on_air()
        viewer = Viewer.at(browser, f"{station.url}/watch/tides")
        viewer.wait_playing()
        viewer.page.evaluate("window.neverReloaded = true")
        station.kill()
        viewer.page.wait_for_selector(".card.away", state="visible")
        assert "Back in a moment" in viewer.page.inner_text(".card.away")
        station.start().wait_on_air()
        viewer.wait_playing()
        viewer.page.wait_for_selector(".card.away", state="hidden")
        assert viewer.page.evaluate("window.neverReloaded") is True
