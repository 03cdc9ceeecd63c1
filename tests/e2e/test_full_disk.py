"""A real file system without a byte of room: the station starts, airs, and makes room where it can."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.disks import SmallDisk, small_disk
from tests.seeded import seed_library
from tests.station_process import HOUSE, SMALL_CHANNEL, StationProcess
from tests.web.media_playlist import live, window

MEGABYTES = 24
ROUNDS_S = 150.0
"""Several rounds of retention on a machine that has other work to do."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "station" / "data", MEGABYTES) as disk:
        yield disk


def station_on(disk: SmallDisk, **keys: object) -> StationProcess:
    return StationProcess(disk.path.parent, {"tides": SMALL_CHANNEL}, station=keys, within=disk.within)


def airs(station: StationProcess) -> None:
    sequence = live(station, "tides").sequence
    assert window(station, "tides")
    station.wait_for(lambda: live(station, "tides").sequence > sequence, "air goes on")
    assert "Traceback" not in station.log_text()


@pytest.mark.parametrize("end", ["stopped", "killed"])
def test_a_station_that_ended_airs_again_on_a_full_disk_and_stores_again_with_room(
    disk: SmallDisk, end: str
) -> None:
    with station_on(disk) as station:
        ids = seed_library(disk.seen_at, "tides", (6, 7), HOUSE)
        station.start().wait_on_air()
        before = window(station, "tides")
        if end == "stopped":
            assert station.stop() == 0
        else:
            station.kill()
        disk.fill()
        assert disk.free_bytes() == 0
        station.start().wait_on_air()
        assert max(window(station, "tides")) >= max(before)
        airs(station)
        station.wait_for(lambda: station.channel("tides")["clips"] == len(ids), "its clips are known")
        (disk.seen_at / "filler").unlink()
        if station.logged("the database cannot be opened; air goes on without"):
            station.wait_for(lambda: station.logged("the database is in use again"), "it is stored again")
        sequence = live(station, "tides").sequence
        assert station.stop() == 0
        station.start().wait_on_air()
        assert live(station, "tides").sequence >= sequence
        assert not station.logged("the database cannot be opened; air goes on without")


def test_a_station_that_finds_its_disk_full_makes_room_by_itself(disk: SmallDisk) -> None:
    with station_on(disk, min_free_gb=0.002) as station:
        theirs = seed_library(disk.seen_at, "gone", (24,) * 12, HOUSE)
        station.start().wait_on_air()
        assert station.stop() == 0
        folder = disk.seen_at / "library" / "gone"
        size = sum(path.stat().st_size for path in folder.glob("*.mp4"))
        assert size > 2_000_000, "letting them go would not make the room that is wanted"
        disk.fill()
        station.start().wait_on_air()
        station.wait_for(lambda: disk.free_bytes() >= 2_000_000, "there is room", ROUNDS_S)
        station.wait_for(lambda: station.logged("the database is in use again"), "it is stored again")
        airs(station)
        assert len(list(folder.glob("*.mp4"))) < len(theirs)


def test_a_damaged_database_on_a_full_disk_takes_nothing_off_air(disk: SmallDisk) -> None:
    with station_on(disk) as station:
        seed_library(disk.seen_at, "tides", (6, 7), HOUSE)
        station.start().wait_on_air()
        station.stop()
        database = disk.seen_at / "webtv.db"
        database.write_bytes(b"no database" * (database.stat().st_size // 11))
        disk.fill()
        station.start().wait_on_air()
        airs(station)


def test_the_lock_names_who_holds_it_also_on_a_full_disk(disk: SmallDisk) -> None:
    with station_on(disk) as station:
        station.start().wait_on_air()
        station.stop()
        disk.fill()
        station.start().wait_on_air()
        assert json.loads((disk.seen_at / "lock").read_text()) == station.pid
