"""SIGKILL at any point: the media sequence goes on, and what was on air stays as it was."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.seeded import seed_library
from tests.station_process import HOUSE, SMALL_CHANNEL, StationProcess
from tests.web.media_playlist import live, window

Moment = Callable[[StationProcess], None]


def as_it_listens(station: StationProcess) -> None:
    assert station.logged("listening")


def as_it_goes_on_air(station: StationProcess) -> None:
    station.wait_for(lambda: station.logged("on air"), "the channel is on air")


def while_a_clip_is_encoded(station: StationProcess) -> None:
    work = station.data / "work"
    station.get("/hls/tides/live.m3u8")  # somebody watches, so clips are wanted
    station.wait_for(lambda: [f for f in work.glob("*.mp4") if f.stat().st_size > 5000], "a clip is encoded")


def as_a_clip_is_admitted(station: StationProcess) -> None:
    clips = station.data / "library" / "tides"
    before = len(list(clips.glob("*.mp4")))
    station.get("/hls/tides/live.m3u8")
    station.wait_for(lambda: len(list(clips.glob("*.mp4"))) > before, "a clip is admitted")


def as_a_clip_is_planned(station: StationProcess) -> None:
    station.get("/hls/tides/live.m3u8")
    station.wait_for(lambda: station.logged("clip made"), "a clip is made")


def amid_quiet_air(station: StationProcess) -> None:
    station.wait_on_air()
    first = live(station, "tides").sequence
    station.wait_for(lambda: live(station, "tides").sequence > first, "air goes on")


def as_a_fresh_clip_airs(station: StationProcess) -> None:
    def airs() -> bool:
        return bool(station.get("/api/v1/channels/tides").json()["now"]["kind"] == "fresh")

    station.wait_on_air()
    station.wait_for(airs, "a clip that was made before the kills is on air")


MOMENTS: tuple[Moment, ...] = (
    as_it_listens,
    as_it_goes_on_air,
    while_a_clip_is_encoded,
    as_a_clip_is_admitted,
    as_a_clip_is_planned,
    amid_quiet_air,
    as_a_fresh_clip_airs,
)


def test_killed_at_any_point_air_goes_on_with_the_same_bytes_and_nothing_twice(tmp_path: Path) -> None:
    aired: dict[int, bytes] = {}
    sequence = 0
    with StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL}, workers=1) as station:
        seed_library(station.data, "tides", (6, 7), HOUSE)
        station.start()
        for moment in MOMENTS:
            moment(station)
            station.kill()
            station.start()
            if moment is as_it_listens:
                continue  # so that the next kill finds it going on air
            station.wait_on_air()
            playlist = live(station, "tides")
            assert playlist.sequence >= sequence, f"the media sequence fell after a kill {moment.__name__}"
            assert playlist.discontinuity == 0
            sequence = playlist.sequence
            shown = window(station, "tides")
            changed = [number for number, data in shown.items() if aired.get(number, data) != data]
            assert not changed, f"segments changed by a kill {moment.__name__}: {changed}"
            assert sorted(shown) == list(range(min(shown), max(shown) + 1))
            aired |= shown
        assert {number: station.get(f"/hls/tides/{number}.m4s").body for number in aired} == aired
        airings = station.get("/api/v1/channels/tides/as-run?limit=500").json()["airings"]
        orphans = [path for path in (station.data / "work").iterdir() if path.stem in library_ids(station)]
        assert not orphans
    clock_was_set = any(
        "the wall clock was set" in log.read_text() for log in station.folder.glob("log-*.jsonl")
    )
    slots = [airing["slot"] for airing in airings]
    assert slots == list(range(slots[0], -1, -1))
    for later, earlier in pairwise(airings):
        starts = [datetime.fromisoformat(airing["start"]).timestamp() for airing in (earlier, later)]
        gap_s = starts[1] - starts[0]
        if not clock_was_set:  # the wall clock of a busy virtual machine may be: then starts differ by that
            assert gap_s == pytest.approx(earlier["seconds"], abs=0.002)
    fresh = Counter(airing["clip_id"] for airing in airings if airing["kind"] == "fresh")
    assert set(fresh.values()) == {1}, "a clip was aired as fresh twice"


def library_ids(station: StationProcess) -> set[str]:
    return {path.stem for path in (station.data / "library").glob("*/*.mp4")}


def test_a_killed_daemon_leaves_no_process_behind(tmp_path: Path) -> None:
    with StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL}, workers=1) as station:
        station.start()
        children = station.wait_for(lambda: children_of(station.pid), "a worker runs")
        station.kill()
        until = time.monotonic() + 60
        while alive := [child for child in children if running(child)]:
            assert time.monotonic() < until, f"processes {alive} outlive their daemon"
            time.sleep(0.05)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_a_station_that_is_asked_to_end_says_so_and_ends_well(tmp_path: Path) -> None:
    with StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL}, workers=1) as station:
        station.start().wait_on_air()
        assert station.stop() == 0
        assert station.logged("signing off")
        assert "Traceback" not in station.log_text()


@pytest.mark.parametrize("fate", ["deleted", "overwritten", "truncated"])
def test_a_lost_database_is_rebuilt_from_the_files_and_air_goes_on(tmp_path: Path, fate: str) -> None:
    with StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL}) as station:
        ids = seed_library(station.data, "tides", (6, 7, 6, 6, 7, 6), HOUSE)
        station.start().wait_on_air()
        before, sequence = window(station, "tides"), live(station, "tides").sequence
        station.stop()  # all is in the main file then, nothing in the write-ahead log
        database = station.data / "webtv.db"
        for suffix in ("-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        match fate:
            case "deleted":
                database.unlink()
            case "overwritten":
                database.write_bytes(b"this is no database" * 5000)
            case "truncated":
                os.truncate(database, database.stat().st_size * 2 // 3)
        station.start().wait_on_air()
        assert live(station, "tides").sequence >= sequence
        again = {number: station.get(f"/hls/tides/{number}.m4s").body for number in before}
        assert again == before
        station.wait_for(lambda: station.channel("tides")["clips"] == len(ids), "all clips are known again")
        assert all(station.get(f"/clips/{clip_id}.mp4").status == 200 for clip_id in ids)
        assert "Traceback" not in station.log_text()
        if fate != "deleted":
            assert list(station.data.glob("webtv.db.damaged-*")), "the damaged database was not kept"
