"""A whole station in this process, on virtual time: what it keeps, what it lets go, what it finds again."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.clocks import Hours, passes
from tests.seeded import seed_library
from tests.station_process import HOUSE, SMALL_CHANNEL
from tests.stations import on_air
from webtv.broadcaster.status import State
from webtv.domain import AiringKind
from webtv.media.ffmpeg import find_ffmpeg
from webtv.playlist.marks import MARKS, Marks, save_marks

CLAIMED_BYTES = 60_000_000
NOWHERE = "/nowhere/ffmpeg"


def claim(data: Path, channel: str) -> None:
    """Let the manifests of a channel say that its clips are large: no test fills a disk."""
    for path in (data / "library" / channel).glob("*.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"bytes": CLAIMED_BYTES}))


def clips(data: Path, channel: str) -> set[str]:
    return {path.stem for path in (data / "library" / channel).glob("*.mp4")}


async def test_clips_of_a_channel_that_was_removed_go_before_any_that_can_air(tmp_path: Path) -> None:
    data, clock = tmp_path / "data", Hours()
    ours = set(seed_library(data, "tides", (1,) * 12, HOUSE))
    theirs = set(seed_library(data, "aurora", (1, 1, 1), HOUSE))
    claim(data, "aurora")
    async with on_air(tmp_path, clock, keep_gb=0.1) as station:
        await clock.pass_by(100)
        while len(clips(data, "aurora")) > 1:  # noqa: ASYNC110 - files go on a thread, in its own time
            await asyncio.sleep(0.01)
        await clock.pass_by(100)
        assert clips(data, "tides") == ours
        left = clips(data, "aurora")
        assert len(left) == 1, "more went than had to"
        known = await station.database(lambda store: store.present())
        assert known.keys() == ours | left
        assert not [path for path in data.glob("library/aurora/*.json") if path.stem in theirs - left]
        assert station.channels["tides"].on_air


async def test_clips_of_a_channel_whose_file_holds_a_mistake_wait_until_it_is_mended(tmp_path: Path) -> None:
    data, clock = tmp_path / "data", Hours()
    seed_library(data, "tides", (1,) * 12, HOUSE)
    theirs = set(seed_library(data, "aurora", (1, 1, 1), HOUSE))
    claim(data, "aurora")
    (tmp_path / "channels").mkdir()
    (tmp_path / "channels" / "aurora.yaml").write_text("thema: misspelt")
    async with on_air(tmp_path, clock, keep_gb=0.1) as station:
        assert station.config_problems
        await clock.pass_by(100)
        for _ in range(20):
            await asyncio.sleep(0.01)
        await clock.pass_by(100)
        assert clips(data, "aurora") == theirs


async def test_an_evergreen_of_a_former_house_format_is_kept(tmp_path: Path) -> None:
    data, clock = tmp_path / "data", Hours()
    wide = HOUSE.model_copy(update={"width": 256, "height": 144})
    evergreen, _ = seed_library(data, "tides", (1, 1), wide)
    claim(data, "tides")
    (data / "channels" / "tides").mkdir(parents=True)
    save_marks(Marks().with_evergreen(evergreen, True), data / "channels" / "tides" / MARKS)
    async with on_air(tmp_path, clock, keep_gb=0.1):
        await clock.pass_by(100)
        while len(clips(data, "tides")) > 1:  # noqa: ASYNC110 - files go on a thread, in its own time
            await asyncio.sleep(0.01)
        await clock.pass_by(100)
        assert clips(data, "tides") == {evergreen}


async def test_quarantine_keeps_the_latest_only(tmp_path: Path) -> None:
    data, clock = tmp_path / "data", Hours()
    (data / "quarantine").mkdir(parents=True)
    for number in range(110):
        note = data / "quarantine" / f"{number:03d}.json"
        note.write_text("{}")
        os.utime(note, (number, number))
        (data / "quarantine" / f"{number:03d}.mp4").write_text("refused")
    async with on_air(tmp_path, clock):
        await clock.pass_by(40)
        for suffix in ("json", "mp4"):
            kept = sorted(path.stem for path in (data / "quarantine").glob(f"*.{suffix}"))
            assert kept == [f"{number:03d}" for number in range(10, 110)]


@pytest.mark.parametrize("lost", ["the database", "the database and the rundown"])
async def test_after_the_database_is_lost_no_clip_comes_back_as_new(tmp_path: Path, lost: str) -> None:
    data, clock = tmp_path / "data", Hours()
    ids = seed_library(data, "tides", (3,) * 4, HOUSE)
    async with on_air(tmp_path, clock):
        await clock.pass_by(30)
    for path in data.glob("webtv.db*"):
        path.unlink()
    if lost == "the database and the rundown":
        (data / "channels" / "tides" / "rundown.json").unlink()
    await clock.advance(1)
    async with on_air(tmp_path, clock) as station:
        channel = station.channels["tides"]
        await passes(clock, lambda: {clip.id for clip in channel.stock.clips} == set(ids))
        assert channel.fresh_s == 0
        await clock.pass_by(60)
        kinds = {airing.kind for airing in channel.timeline.airings if airing.clip_id in ids}
        assert kinds == {AiringKind.ARCHIVE}


async def test_an_ffmpeg_that_is_not_there_takes_the_targets_down_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "channels").mkdir()
    targets = ["rtmp://127.0.0.1:9/live/canary", {"url": "rtmp://127.0.0.1:9/live/other", "enabled": False}]
    (tmp_path / "channels" / "tides.yaml").write_text(json.dumps(SMALL_CHANNEL | {"targets": targets}))
    clock = Hours()
    async with on_air(tmp_path, clock, ffmpeg=NOWHERE) as station:
        await clock.pass_by(60)
        channel = station.channels["tides"]
        assert channel.on_air
        (target,) = channel.targets
        assert target.state is State.DOWN
        assert NOWHERE in target.last_error
        assert "canary" not in repr(target)


@pytest.mark.parametrize("first", ["at the start", "at an edit"])
async def test_an_ffmpeg_that_is_installed_later_carries_the_targets_that_waited_for_it(
    tmp_path: Path, first: str
) -> None:
    targets = {"targets": ["rtmp://127.0.0.1:9/live/canary"]}
    (tmp_path / "channels").mkdir()
    file, clock = tmp_path / "channels" / "tides.yaml", Hours()
    file.write_text(json.dumps(SMALL_CHANNEL | (targets if first == "at the start" else {})))
    with capture_logs() as logs:
        async with on_air(tmp_path, clock, ffmpeg=tmp_path / "ffmpeg") as station:
            channel = station.channels["tides"]
            await clock.pass_by(1)
            file.write_text(json.dumps(SMALL_CHANNEL | targets))
            await passes(clock, lambda: channel.targets)
            await clock.pass_by(120)
            assert not channel.pushed
            (tmp_path / "ffmpeg").symlink_to(find_ffmpeg().path)
            await passes(clock, lambda: channel.pushed)
    assert len([line for line in logs if "until FFmpeg is found" in line["event"]]) == 1
