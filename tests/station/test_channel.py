"""One channel's life on virtual time, with real files: minutes of air in a second."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.clips import SMALL
from tests.clocks import Hours
from tests.seeded import found, seed_clip, seed_library
from tests.station.channels import assert_contiguous, config, edge, on_air, position_s, segments, slot
from webtv.domain import AiringKind, HouseFormat
from webtv.playlist.database import Database
from webtv.playlist.keeper import AHEAD_S
from webtv.playlist.library import Library
from webtv.playlist.rundown import LOCK_S

Mend = Callable[[], Awaitable[object]]
Refuse = Callable[[Path, Database], Awaitable[Mend]]


async def test_half_an_hour_of_air_has_no_hole_and_always_reaches_minutes_ahead(data: Path) -> None:
    seed_library(data, "tides", (6, 7, 8), SMALL)
    clock, edges = Hours(), []
    async with on_air(data, clock, config(schedule={"no_repeat_s": 30, "bumper_every_s": 60})) as (
        channel,
        _,
    ):

        def look() -> None:
            assert channel.on_air
            assert channel.buffered_s > AHEAD_S - 1
            planned = channel.upcoming(1000)
            assert all(slot(data, airing.slot).exists() for airing in planned)
            assert_contiguous(channel.timeline.airings, SMALL)
            edges.append(edge(channel, clock))

        await clock.pass_by(1800, look)
    assert edges == sorted(edges)
    assert edges[-1] * SMALL.gop_frames / SMALL.fps >= 1600


async def test_a_channel_is_viewed_for_as_long_as_nobody_is_missing_for_twenty_seconds(data: Path) -> None:
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        assert channel.viewed_since_ns is None
        began_ns = clock.now().boot_ns
        for _turn in range(4):
            channel.mark_watched()
            await clock.pass_by(15, lambda: None)
        assert channel.watched
        assert channel.viewed_since_ns == began_ns
        await clock.pass_by(6, lambda: None)
        assert not channel.watched
        assert channel.viewed_since_ns is None
        channel.mark_watched()
        assert channel.viewed_since_ns == clock.now().boot_ns


async def test_what_aired_long_ago_leaves_its_slot_but_a_window_stays_fetchable(data: Path) -> None:
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        first = channel.timeline.airings[0].slot
        await clock.pass_by(600)
        assert not slot(data, first).exists()
        assert segments(channel, clock, edge(channel, clock) - 40)


async def test_a_fresh_clip_airs_as_soon_as_the_lock_allows(data: Path) -> None:
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(20)
        made = seed_clip(data, "tides", 0, 6, SMALL)
        channel.add(*found(Library(data)))
        await clock.pass_by(0.01)
        airing = next(a for a in channel.timeline.airings if a.clip_id == made)
        starts_s = channel.timeline.start_ns(airing.start_quanta) / 1e9 - position_s(channel, clock)
        slate_s = channel.stock.slate.quanta * SMALL.quantum_s
        assert LOCK_S - 0.1 <= starts_s <= LOCK_S + slate_s
        assert airing.kind is AiringKind.FRESH
        assert slot(data, airing.slot).samefile(data / "library" / "tides" / f"{made}.mp4")


async def test_fresh_clips_air_first_then_the_archive_in_turn_also_before_it_has_rested(data: Path) -> None:
    ids = seed_library(data, "tides", (6, 6, 6), SMALL)
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        airings = channel.timeline.airings
        assert [a.clip_id for a in airings[:9]] == ids * 3
        assert {a.kind for a in airings[:3]} == {AiringKind.FRESH}
        assert {a.kind for a in airings[3:]} == {AiringKind.ARCHIVE}


async def test_an_archive_that_lasts_for_the_window_rests_for_it(data: Path) -> None:
    seed_library(data, "tides", (30,) * 6, SMALL)
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        airings = channel.timeline.airings
        last_end: dict[str, int] = {}
        for airing in airings:
            end = last_end.get(airing.clip_id, airing.start_quanta - SMALL.quanta(60))
            assert (airing.start_quanta - end) * SMALL.quantum_s >= 60 - SMALL.quantum_s
            last_end[airing.clip_id] = airing.end_quanta
        assert len(airings) > 2 * len(last_end)


async def test_bumpers_come_between_programmes_as_often_as_told(data: Path) -> None:
    seed_library(data, "tides", (8,) * 6, SMALL)
    clock = Hours()
    settings = config(schedule={"no_repeat_s": 0, "bumper_every_s": 60})
    async with on_air(data, clock, settings) as (channel, _):
        await clock.pass_by(300)
        bumpers = [a for a in channel.timeline.airings if a.kind is AiringKind.BUMPER]
        assert len(bumpers) > 3
        least = SMALL.quanta(60)
        for earlier, later in pairwise(bumpers):
            assert least <= later.start_quanta - earlier.end_quanta < least + 8


@pytest.mark.parametrize("step_s", [-3600, 3600])
async def test_a_wall_clock_that_steps_leaves_air_where_it_is(data: Path, step_s: int) -> None:
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(30)
        before = segments(channel, clock)
        clock.step_wall(step_s)
        assert segments(channel, clock) == before
        await clock.pass_by(60)
        after = segments(channel, clock)
        assert {number: after[number] for number in before} == before
        assert max(after) - max(before) == pytest.approx(60 * SMALL.fps / SMALL.gop_frames, abs=12)


@pytest.mark.parametrize("away_s", [0, 7, 100, 300])
async def test_a_channel_that_was_away_goes_on_as_if_it_had_not_been(data: Path, away_s: int) -> None:
    seed_library(data, "tides", (6, 7, 8), SMALL)
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(40)
        before = segments(channel, clock)
        planned = {airing.slot: airing for airing in channel.timeline.airings}
        position = position_s(channel, clock)
    await clock.advance(away_s)
    async with on_air(data, clock) as (channel, _):
        assert position_s(channel, clock) == position + away_s
        now = segments(channel, clock, channel.timeline.airings[0].first_segment)
        assert all(before[number] == shown for number, shown in now.items() if number in before)
        assert all(planned.get(airing.slot, airing) == airing for airing in channel.timeline.airings)
        on_now = channel.upcoming(1)[0]
        assert planned[on_now.slot] == on_now


async def test_after_longer_than_the_plan_the_media_sequence_still_goes_on(data: Path) -> None:
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(10)
        last = edge(channel, clock)
    await clock.advance(86_400)
    async with on_air(data, clock) as (channel, _):
        assert channel.on_air
        assert edge(channel, clock) > last
        assert channel.timeline.epoch == 0
        await clock.pass_by(10)
        assert_contiguous(channel.timeline.airings, SMALL)


async def test_after_a_boot_the_media_sequence_goes_on(data: Path) -> None:
    clock = Hours(boot_ns=9_000_000_000_000)
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(10)
        last = edge(channel, clock)
    booted = Hours(wall_ns=clock.now().wall_ns + 60_000_000_000, boot_ns=20_000_000_000)
    booted.boot_id = "another boot"
    async with on_air(data, booted) as (channel, _):
        assert channel.on_air
        assert edge(channel, booted) > last
        await booted.pass_by(10)
        assert channel.on_air


async def test_another_house_format_begins_an_epoch_and_the_media_sequence_goes_on(data: Path) -> None:
    seed_library(data, "tides", (6,), SMALL)
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(20)
        last, init = edge(channel, clock), channel.epochs.init
    wider = config(format=HouseFormat(width=256, height=144, video_kbps=200))
    async with on_air(data, clock, wider) as (channel, _):
        assert channel.timeline.epoch == 1
        assert channel.epochs.init != init
        assert edge(channel, clock) > last
        assert not channel.stock.clips, "a clip of the former format would be aired"
        assert position_s(channel, clock) < 60
        await clock.pass_by(30)
        assert channel.on_air


async def test_another_title_gets_another_slate_and_the_epoch_goes_on(data: Path) -> None:
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(20)
        before, slate = segments(channel, clock), channel.stock.slate.id
    async with on_air(data, clock, config(title="Ebb and Flow")) as (channel, _):
        assert channel.timeline.epoch == 0
        assert channel.stock.slate.id != slate
        now = segments(channel, clock)
        assert {number: now[number] for number in before} == before
        await clock.pass_by(600)
        assert channel.timeline.airings[-1].clip_id == channel.stock.slate.id


async def test_a_clip_let_go_while_it_waits_to_air_still_airs(data: Path) -> None:
    ids = seed_library(data, "tides", (6,) * 8, SMALL)
    clock = Hours()
    async with on_air(data, clock) as (channel, database):
        clip = channel.stock.get(ids[6])
        assert clip is not None
        airing = next(a for a in channel.timeline.airings if a.clip_id == ids[6])
        Library(data).remove(clip)
        channel.remove(clip)
        await database(lambda store: store.mark_gone([clip.id], at_ns=0))
        until_s = channel.timeline.start_ns(airing.end_quanta) / 1e9 - position_s(channel, clock)
        await clock.pass_by(until_s)
        assert airing in channel.timeline.airings
        first = airing.first_segment
        assert len(segments(channel, clock, first)) >= SMALL.fragments(airing.quanta)


async def refuse_database(data: Path, database: Database) -> Mend:
    await database(lambda store: store._db.execute("PRAGMA query_only = ON"))
    return lambda: database(lambda store: store._db.execute("PRAGMA query_only = OFF"))


async def refuse_files(data: Path, _: Database) -> Mend:
    """Folders where files are to be written: the kernel refuses them like a full disk does, also to root."""
    squatters = [data / "channels" / "tides" / ".rundown.json.new", data / ".tides.ffconcat.new"]
    for folder in squatters:
        folder.mkdir()

    async def mend() -> None:
        for folder in squatters:
            folder.rmdir()

    return mend


@pytest.mark.parametrize("refuse", [refuse_database, refuse_files])
async def test_a_disk_that_refuses_for_a_quarter_of_an_hour_leaves_air_untouched(
    data: Path, refuse: Refuse
) -> None:
    seed_library(data, "tides", (6, 7), SMALL)
    clock = Hours()
    aired: dict[int, bytes] = {}
    async with on_air(data, clock) as (channel, database):
        await clock.pass_by(30)
        mend = await refuse(data, database)

        def look() -> None:
            assert channel.on_air
            assert_contiguous(channel.timeline.airings, SMALL)
            recent = segments(channel, clock, max(0, edge(channel, clock) - 12))
            changed = [number for number, shown in recent.items() if aired.get(number, shown) != shown]
            assert not changed
            aired.update(recent)

        await clock.pass_by(900, look)
        assert max(aired) * SMALL.gop_frames / SMALL.fps > 800
        await mend()
        await clock.pass_by(200, look)
    async with on_air(data, clock) as (channel, _):
        assert_contiguous(channel.timeline.airings, SMALL)
        recent = segments(channel, clock, max(aired) - 12)
        assert all(aired[number] == shown for number, shown in recent.items() if number in aired)


@pytest.mark.parametrize("refuse", [refuse_database, refuse_files])
async def test_killed_while_the_disk_refuses_the_media_sequence_still_goes_on(
    data: Path, refuse: Refuse
) -> None:
    clock = Hours()
    async with on_air(data, clock) as (channel, database):
        await clock.pass_by(30)
        mend = await refuse(data, database)
        await clock.pass_by(900)
        shown = segments(channel, clock, edge(channel, clock) - 12)
        await mend()
    async with on_air(data, clock) as (channel, _):
        assert edge(channel, clock) >= max(shown)
        assert segments(channel, clock, min(shown)) == shown


async def test_a_foreign_file_among_the_slots_does_no_harm(data: Path) -> None:
    slots = data / "channels" / "tides" / "air"
    slots.mkdir(parents=True)
    (slots / "a folder").mkdir()
    for name in ("notes.mp4", "._00000001.mp4", "00000000.new", "readme.txt"):
        (slots / name).write_text("left by somebody")
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(200)
        assert channel.on_air
        assert (slots / "readme.txt").exists()
        assert not (slots / "00000000.new").exists(), "a half-made slot of an earlier run was left"


async def test_a_clip_harmed_while_the_daemon_was_away_airs_as_admitted_where_it_was_in_place(
    data: Path,
) -> None:
    ids = seed_library(data, "tides", (6, 7, 8, 6, 7, 8), SMALL)
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(1)
        before = segments(channel, clock)
        on_now = channel.upcoming(2)
    for clip_id in (airing.clip_id for airing in on_now):
        path = data / "library" / "tides" / f"{clip_id}.mp4"
        path.unlink()
        path.write_bytes(b"this is no clip " * 1000)
    assert {airing.clip_id for airing in on_now} <= set(ids)
    async with on_air(data, clock) as (channel, _):
        assert segments(channel, clock) == before
        await clock.pass_by(8)
        assert all(airing in channel.timeline.airings for airing in on_now)
        shown = segments(channel, clock, on_now[0].first_segment)
        assert all(data[4:8] == b"moof" for data in shown.values())
