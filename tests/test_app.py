"""What the station tells systemd of itself."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.station_process import SMALL_CHANNEL
from webtv.app import look
from webtv.clock import SystemClock
from webtv.config import StationConfig
from webtv.station.channel import Channel
from webtv.station.station import Station

SIGN_ON_S = 60.0


@pytest.fixture
async def station(tmp_path: Path) -> AsyncIterator[Station]:
    """A station with the channel ``tides``, open and not running yet."""
    (tmp_path / "channels").mkdir()
    (tmp_path / "channels" / "tides.yaml").write_text(json.dumps(SMALL_CHANNEL))
    keys = {"channels": tmp_path / "channels", "data": tmp_path / "data", "workers": 0, "min_free_gb": 0}
    station = Station(StationConfig.model_validate(keys), SystemClock())
    station.open()
    yield station
    station.close()


async def test_a_channel_that_went_dark_is_told_and_begins_anew_before_the_watchdog_barks(
    station: Station, tmp_path: Path
) -> None:
    assert look(station) == ("0 of 1 channels on air; not on air: tides", True)
    airing = asyncio.create_task(station.run())
    try:
        async with asyncio.timeout(SIGN_ON_S):
            while look(station)[0] != "1 of 1 channels on air":  # noqa: ASYNC110 - planning ahead is no event
                await asyncio.sleep(0.05)
        for folder in ("channels", "cards", "library"):
            shutil.rmtree(tmp_path / "data" / folder)
        await _looks_dark(station)
    finally:
        airing.cancel()
        with suppress(asyncio.CancelledError):
            await airing


async def test_a_disk_that_cannot_be_asked_is_dark_and_does_not_end_what_systemd_is_told(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> bool:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    airing = asyncio.create_task(station.run())
    try:
        async with asyncio.timeout(SIGN_ON_S):
            while look(station)[0] != "1 of 1 channels on air":  # noqa: ASYNC110 - planning ahead is no event
                await asyncio.sleep(0.05)
        monkeypatch.setattr(Channel, "in_place", refuse)
        await _looks_dark(station)
    finally:
        airing.cancel()
        with suppress(asyncio.CancelledError):
            await airing


async def _looks_dark(station: Station) -> None:
    """Files are looked at every two seconds."""
    async with asyncio.timeout(SIGN_ON_S):
        while look(station) != ("0 of 1 channels on air; not on air: tides", True):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_file_with_a_mistake_is_told_and_no_reason_to_start_again(tmp_path: Path) -> None:
    (tmp_path / "channels").mkdir()
    (tmp_path / "channels" / "tides.yaml").write_text(json.dumps(SMALL_CHANNEL))
    (tmp_path / "channels" / "rain.yaml").write_text("tehme: rain")
    keys = {"channels": tmp_path / "channels", "data": tmp_path / "data", "workers": 0}
    station = Station(StationConfig.model_validate(keys), SystemClock())
    station.open()
    station.close()
    told = "0 of 1 channels on air; not on air: tides; cannot be used until mended: rain.yaml"
    assert look(station) == (told, True)
