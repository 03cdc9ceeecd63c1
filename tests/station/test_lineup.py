"""A station of three channels, one of which cannot air: the others do, and it comes when it can."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.clips import SMALL
from tests.clocks import Hours, passes
from webtv.app import look
from webtv.config import StationConfig
from webtv.station.station import Station
from webtv.web.desk.state import StationPicture

NAMES = ("alps", "rain", "tides")


@pytest.fixture
def settings(tmp_path: Path, data: Path) -> StationConfig:
    """``alps``, ``rain`` and ``tides``, which share the title and so the cards."""
    (tmp_path / "channels").mkdir()
    for name in NAMES:
        keys = {
            "title": "Tides",
            "theme": "tides",
            "format": SMALL.model_dump(),
            "schedule": {"bumper_every_s": 0},
        }
        (tmp_path / "channels" / f"{name}.yaml").write_text(json.dumps(keys))
    keys = {"channels": tmp_path / "channels", "data": data, "workers": 0, "min_free_gb": 0}
    return StationConfig.model_validate(keys)


@asynccontextmanager
async def airing(settings: StationConfig) -> AsyncIterator[tuple[Station, Hours]]:
    """Ends as by a kill."""
    clock = Hours()
    station = Station(settings, clock)
    station.open()
    running = asyncio.create_task(station.run())
    try:
        yield station, clock
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        station.close()


def on_air(station: Station, *names: str) -> Callable[[], bool]:
    return lambda: all(station.views[name].on_air for name in names)


def put_in_the_way(folder: Path, what: str) -> Path:
    """Something where a channel's folder should be; returns what to take away."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if what == "a file":
        folder.write_text("where a restore put it")
        return folder
    if what == "a link to itself":
        folder.symlink_to(folder)
        return folder
    folder.mkdir()
    (folder / "air").write_text("not a folder")
    return folder / "air"


def replace_by_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("a file")


def forget_cards(data: Path) -> None:
    for path in (data / "cards").iterdir():
        path.unlink()


@pytest.mark.parametrize("what", ["a file", "a link to itself", "a file in place of its slots"])
async def test_a_channel_whose_folder_is_unusable_keeps_no_other_from_air_and_comes_when_it_is_mended(
    settings: StationConfig, what: str
) -> None:
    in_the_way = put_in_the_way(settings.data / "channels" / "rain", what)
    with capture_logs() as logs:
        async with airing(settings) as (station, clock):
            await passes(clock, on_air(station, "alps", "tides"))
            rain = station.channels["rain"]
            await passes(clock, lambda: rain.trouble)
            assert not rain.signed_on
            assert "cannot be used" in rain.trouble
            assert look(station)[0].startswith("2 of 3 channels on air; not on air: rain")
            desk = (await StationPicture(station).look()).channels
            assert "cannot be used" in str(desk["rain"].figures.problem)
            assert desk["alps"].figures.problem is None
            in_the_way.unlink()
            await passes(clock, on_air(station, *NAMES))
            assert rain.trouble == ""
    assert any("cannot be used" in line.get("error", "") for line in logs)


async def test_a_channel_that_went_dark_begins_anew_by_itself_and_the_watchdog_is_fed(
    settings: StationConfig,
) -> None:
    async with airing(settings) as (station, clock):
        await passes(clock, on_air(station, *NAMES))
        await clock.pass_by(10)
        folder = settings.data / "channels" / "rain"
        replace_by_a_file(folder)
        forget_cards(settings.data)  # what others air is in their slots
        await clock.pass_by(120)
        assert on_air(station, "alps", "tides")()
        assert not station.views["rain"].on_air
        assert look(station)[1], "a new daemon could not help"
        folder.unlink()
        await passes(clock, on_air(station, *NAMES))


async def test_a_station_of_which_all_channels_are_lost_lets_the_watchdog_bark(
    settings: StationConfig,
) -> None:
    async with airing(settings) as (station, clock):
        await passes(clock, on_air(station, *NAMES))
        await clock.pass_by(10)
        replace_by_a_file(settings.data / "channels")
        forget_cards(settings.data)
        await clock.pass_by(15)
        assert look(station)[1], "they are begun anew first"
        await clock.pass_by(60)
        assert not look(station)[1]
