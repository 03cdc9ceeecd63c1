"""What is done to files behind the station's back: it never shows."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import cast

import av
import pytest

from tests.seeded import seed_library
from tests.station_process import HOUSE, SMALL_CHANNEL, StationProcess
from tests.web.media_playlist import live, window

GARBAGE = b"this is no clip. " * 4000


def queued(station: StationProcess, ids: list[str]) -> str:
    """A clip that has not begun to air and is far enough from it to be harmed in time: over five seconds."""
    upcoming = [str(airing["clip_id"]) for airing in station.channel("tides")["next"]]
    return next(clip_id for clip_id in upcoming[3:] if clip_id in ids)


def until_past(station: StationProcess, slot: int) -> None:
    station.wait_for(lambda: station.channel("tides")["now"]["slot"] > slot, f"slot {slot} has aired")


def slot_of(station: StationProcess, clip_id: str) -> int:
    upcoming = station.channel("tides")["next"]
    return next(int(airing["slot"]) for airing in upcoming if airing["clip_id"] == clip_id)


def assert_air_is_sound(station: StationProcess) -> None:
    """All that the playlist lists is there and decodes, picture by picture, without a seam."""
    playlist, segments = live(station, "tides"), window(station, "tides")
    stream = station.get(f"/hls/tides/{playlist.init}").body + b"".join(segments[n] for n in sorted(segments))
    with av.open(io.BytesIO(stream), "r") as container:
        times = [cast(int, frame.pts) for frame in container.decode(video=0)]
    assert times == list(range(times[0], times[0] + len(times) * HOUSE.frame_samples, HOUSE.frame_samples))


@pytest.fixture
def library(tmp_path: Path) -> tuple[StationProcess, list[str]]:
    station = StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL})
    return station, seed_library(station.data, "tides", (3,) * 16, HOUSE)


def test_a_queued_clip_overwritten_with_garbage_is_quarantined_with_its_reason_and_air_goes_on(
    library: tuple[StationProcess, list[str]],
) -> None:
    station, ids = library
    with station:
        station.start().wait_on_air()
        victim = queued(station, ids)
        slot, path = slot_of(station, victim), station.data / "library" / "tides" / f"{victim}.mp4"
        path.write_bytes(GARBAGE)
        note = station.data / "quarantine" / f"{victim}.json"
        station.wait_for(note.exists, "the clip is quarantined")
        reason = json.loads(note.read_text())
        assert reason["reason"] == "altered"
        assert reason["manifest"]["id"] == victim
        assert (note.with_suffix(".mp4")).read_bytes() == GARBAGE
        assert not path.exists()
        (logged,) = station.logged("clip refused before air")
        assert (logged["clip"], logged["reason"]) == (victim, "altered")
        until_past(station, slot)
        assert_air_is_sound(station)
        aired = station.get("/api/v1/channels/tides/as-run").json()["airings"]
        assert victim not in [airing["clip_id"] for airing in aired]
        assert 'webtv_clips_rejected_total{reason="altered"} 1.0' in station.get("/metrics").text
        assert station.get("/readyz").status == 200


@pytest.mark.parametrize("way", ["deleted", "replaced by garbage"])
def test_a_clip_that_is_gone_from_the_library_while_queued_airs_anyway(
    library: tuple[StationProcess, list[str]], way: str
) -> None:
    station, ids = library
    with station:
        station.start().wait_on_air()
        victim = queued(station, ids)
        slot, path = slot_of(station, victim), station.data / "library" / "tides" / f"{victim}.mp4"
        if way == "deleted":
            path.unlink()
            path.with_suffix(".json").unlink()
        else:
            (path.parent / "new").write_bytes(GARBAGE)
            (path.parent / "new").rename(path)
        until_past(station, slot)
        assert_air_is_sound(station)
        airings = station.get("/api/v1/channels/tides/as-run").json()["airings"]
        assert {airing["slot"]: airing["clip_id"] for airing in airings}[slot] == victim


def test_a_damaged_slate_is_made_anew_and_air_goes_on(tmp_path: Path) -> None:
    with StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL}) as station:
        station.start().wait_on_air()
        (slate,) = (station.data / "cards").glob("slate-*.mp4")
        good = slate.read_bytes()
        slate.write_bytes(GARBAGE)
        station.wait_for(lambda: slate.exists() and slate.read_bytes() == good, "the slate is made anew")
        upcoming = station.channel("tides")["next"][-1]
        assert upcoming["kind"] == "slate"
        slot = station.data / "channels" / "tides" / "air" / f"{upcoming['slot']:08d}.mp4"
        station.wait_for(lambda: slot.read_bytes() == good, "the slots hold the new slate")
        assert station.get("/readyz").status == 200


def test_what_an_interrupted_render_left_is_cleared_away(tmp_path: Path) -> None:
    with StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL}) as station:
        left = station.data / "work" / "0123456789abcdef0123.mp4"
        left.parent.mkdir(parents=True)
        left.write_bytes(GARBAGE)
        station.start().wait_on_air()
        assert not left.exists()
