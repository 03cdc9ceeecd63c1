"""What befell a channel once, on virtual time with real files: each test holds one mend."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from tests.clips import SMALL
from tests.clocks import Hours
from tests.seeded import found, seed_clip, seed_library
from tests.station.channels import assert_contiguous, config, edge, on_air, position_s, segments, slot
from webtv.broadcaster.packager import Packager
from webtv.config import ChannelConfig
from webtv.domain import Airing, AiringKind, HouseFormat
from webtv.playlist.database import Database
from webtv.playlist.library import Library
from webtv.playlist.records import AsRun, Clip
from webtv.playlist.rundown import LOCK_S
from webtv.render.card import card_id
from webtv.station.channel import Channel

TOLD_OFTEN = {"no_repeat_s": 60, "bumper_every_s": 60}
NO_BUMPERS = {"no_repeat_s": 60, "bumper_every_s": 0}

Inodes = dict[str, int]


class Nights(Hours):
    """A clock whose machine can be put to sleep: timers stand still, CLOCK_BOOTTIME does not."""

    def sleep_through(self, seconds: float) -> None:
        slept_ns = round(seconds * 1e9)
        self._move_to(self.now().boot_ns + slept_ns)
        self._sleepers = [(due_ns + slept_ns, number, woken) for due_ns, number, woken in self._sleepers]


def inodes(data: Path) -> Inodes:
    """The slots that are there, and which file each of them is."""
    return {path.name: path.stat().st_ino for path in (data / "channels" / "tides" / "air").glob("*.mp4")}


def on_now(channel: Channel) -> Airing:
    return channel.upcoming(1)[0]


def held(channel: Channel, clock: Hours) -> list[Airing]:
    """What viewers or FFmpeg may hold already: on air, or so near to it that it is fixed."""
    timeline = channel.timeline
    fixed = timeline.begun(timeline.position_ns(clock.now()) + int(LOCK_S * 1e9))
    return list(timeline.airings[timeline.begun(timeline.position_ns(clock.now())) - 1 : fixed])


async def aired_per_log(database: Database, channel: Channel) -> list[AsRun]:
    """The as-run log of now, newest first."""
    before = channel.next_slot
    return await database(lambda store: store.as_run("tides", before_slot=before, limit=500))


async def stored(database: Database, channel: Channel) -> list[Airing]:
    first = channel.timeline.airings[0].slot
    return await database(lambda store: store.airings("tides", channel.timeline.epoch, from_slot=first))


async def newly_made(data: Path, channel: Channel, number: int) -> Clip:
    """A clip as a worker delivers it, on its way to the air."""
    made = await asyncio.to_thread(seed_clip, data, "tides", number, 6, SMALL)
    clip = next(clip for clip in found(Library(data)) if clip.id == made)
    channel.add(clip)
    return clip


def start_in_s(channel: Channel, clock: Hours, airing: Airing) -> float:
    return channel.timeline.start_ns(airing.start_quanta) / 1e9 - position_s(channel, clock)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"title": "Ebb and Flow", "schedule": TOLD_OFTEN}, id="another title"),
        pytest.param({"schedule": NO_BUMPERS}, id="no bumpers any more"),
        pytest.param({"schedule": TOLD_OFTEN, "retired": True}, id="a clip retired"),
    ],
)
async def test_after_a_quarter_of_an_hour_a_restart_leaves_all_that_was_published_as_it_was(
    data: Path, changes: dict[str, object]
) -> None:
    seed_library(data, "tides", (6, 7, 8, 6, 7), SMALL)
    clock, published = Hours(), dict[int, bytes]()
    retired = bool(changes.pop("retired", False))
    async with on_air(data, clock, config(schedule=TOLD_OFTEN)) as (channel, database):

        def look() -> None:
            published.update(
                segments(channel, clock, max(edge(channel, clock) - 12, min(published, default=0)))
            )

        await clock.pass_by(20)
        published.update(segments(channel, clock))
        await clock.pass_by(880, look)
        if retired:
            clip = next(
                clip for clip in channel.stock.clips if clip.id in {a.clip_id for a in channel.previous(9)}
            )
            Library(data).remove(clip)
            channel.remove(clip)
            await database(lambda store: store.mark_gone([clip.id], at_ns=0))
        now, holding, slots = on_now(channel), held(channel, clock), inodes(data)
        logged = await aired_per_log(database, channel)
    async with on_air(data, clock, config(**changes)) as (channel, database):
        assert on_now(channel) == now
        assert held(channel, clock) == holding
        names = [f"{airing.slot:08d}.mp4" for airing in holding]
        after = inodes(data)
        assert [after[name] for name in names] == [slots[name] for name in names]
        past = {name: inode for name, inode in after.items() if name < names[0]}
        assert past.items() <= slots.items(), "a slot of the past was made again"
        again = segments(channel, clock)
        assert again.keys() <= published.keys()
        assert len(again) > 12
        assert all(published[number] == shown for number, shown in again.items())
        assert await aired_per_log(database, channel) == logged
        await clock.pass_by(60)
        assert_contiguous(channel.timeline.airings, SMALL)


async def test_what_is_on_air_stays_though_something_of_the_past_is_gone_for_good(data: Path) -> None:
    seed_library(data, "tides", (6, 7, 8), SMALL)
    clock = Hours()
    async with on_air(data, clock) as (channel, database):
        await clock.pass_by(60)
        gone = next(airing for airing in channel.previous(99) if airing.kind is AiringKind.FRESH)
        clip = channel.stock.get(gone.clip_id)
        assert clip is not None
        Library(data).remove(clip)
        await database(lambda store: store.mark_gone([clip.id], at_ns=0))
        slot(data, gone.slot).unlink()
        holding, shown = held(channel, clock), segments(channel, clock, on_now(channel).first_segment)
    async with on_air(data, clock) as (channel, _):
        assert held(channel, clock) == holding
        assert segments(channel, clock, min(shown)) == shown


async def test_a_database_that_somebody_holds_does_not_hold_up_planning_and_is_caught_up_with(
    data: Path,
) -> None:
    clock = Hours()
    async with on_air(data, clock) as (channel, database):
        await clock.pass_by(20)
        with closing(sqlite3.connect(data / "webtv.db", isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            clip = await newly_made(data, channel, 0)
            await clock.pass_by(0.01)
            turn = asyncio.ensure_future(database(lambda _: None))
            await asyncio.wait([turn], timeout=0.2)
            assert not turn.done(), "planning waited for the database"
            airing = next(a for a in channel.timeline.airings if a.clip_id == clip.id)
            assert slot(data, airing.slot).exists()
            assert start_in_s(channel, clock, airing) < LOCK_S + channel.stock.slate.quanta * SMALL.quantum_s
            holder.execute("ROLLBACK")
            await turn
        await clock.pass_by(start_in_s(channel, clock, airing) + 1)
        assert on_now(channel) == airing
        await clock.pass_by(170)
        assert await stored(database, channel) == list(channel.timeline.airings)


@pytest.mark.parametrize("patience", ["the store answers late", "the store does not answer in time"])
async def test_what_comes_on_air_while_its_replacement_is_stored_is_not_replaced(
    data: Path, patience: str
) -> None:
    clock, free = Hours(), threading.Event()
    async with on_air(data, clock) as (channel, database):
        await clock.pass_by(20)
        planned = channel.upcoming(4)
        waiting = asyncio.ensure_future(database(lambda _: free.wait()))
        await newly_made(data, channel, 0)
        await clock.advance(start_in_s(channel, clock, planned[2]) + 0.1)
        assert on_now(channel) == planned[2]
        before = segments(channel, clock)
        if patience == "the store answers late":
            free.set()
        await clock.at_rest()
        free.set()
        await waiting
        assert on_now(channel) == planned[2]
        assert any(a.kind is AiringKind.FRESH for a in channel.timeline.airings)
        assert segments(channel, clock) == before
        await clock.pass_by(170)
        assert await stored(database, channel) == list(channel.timeline.airings)
        shown, timeline = segments(channel, clock), channel.timeline
    async with on_air(data, clock) as (channel, _):
        assert segments(channel, clock, timeline.airings[0].first_segment) == shown


@pytest.mark.parametrize("harm", ["overwritten", "deleted"])
async def test_a_harmed_slot_whose_clip_is_sound_is_put_right_before_it_airs(data: Path, harm: str) -> None:
    seed_library(data, "tides", (6,) * 9, SMALL)
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(1)
        victims = channel.upcoming(5)[3:]
        for airing in victims:
            slot(data, airing.slot).unlink()
            if harm == "overwritten":
                slot(data, airing.slot).write_bytes(b"this is no clip " * 1000)
        await clock.pass_by(start_in_s(channel, clock, victims[-1]) + 1)
        assert on_now(channel) == victims[-1]
        for airing in victims:
            assert slot(data, airing.slot).samefile(data / "library" / "tides" / f"{airing.clip_id}.mp4")
        assert not list((data / "quarantine").iterdir())


@pytest.mark.parametrize("manifest", [b"", b"{", b'\xff\xfe{"id"', b"[1, 2]", None])
async def test_a_harmed_clip_is_quarantined_whatever_its_manifest_says(
    data: Path, manifest: bytes | None
) -> None:
    seed_library(data, "tides", (6,) * 8, SMALL)
    clock = Hours()
    async with on_air(data, clock) as (channel, database):
        await clock.pass_by(1)
        victim = channel.upcoming(4)[3]
        path = data / "library" / "tides" / f"{victim.clip_id}.mp4"
        path.write_bytes(b"this is no clip " * 1000)
        if manifest is None:
            path.with_suffix(".json").unlink()
        else:
            path.with_suffix(".json").write_bytes(manifest)
        await clock.pass_by(start_in_s(channel, clock, victim) + 1)
        assert on_now(channel).clip_id != victim.clip_id
        note = json.loads((data / "quarantine" / f"{victim.clip_id}.json").read_bytes())
        assert note["reason"] == "altered"
        assert (data / "quarantine" / f"{victim.clip_id}.mp4").exists()
        assert not path.exists()
        assert victim.clip_id not in await database(lambda store: store.present())


async def test_a_machine_that_slept_for_eight_hours_goes_on_behind_the_plan(data: Path) -> None:
    seed_library(data, "tides", (6, 7, 8), SMALL)
    clock = Nights()
    async with on_air(data, clock) as (channel, database):
        await clock.pass_by(30)
        planned, last = channel.timeline.airings[-1], edge(channel, clock)
        lines = len(await aired_per_log(database, channel))
        clock.sleep_through(8 * 3600)
        await clock.pass_by(20)
        assert channel.on_air
        assert edge(channel, clock) > last
        assert on_now(channel).slot > planned.slot
        assert position_s(channel, clock) < channel.timeline.start_ns(planned.end_quanta) / 1e9 + 21
        assert_contiguous(channel.timeline.airings, SMALL)
        edges = [edge(channel, clock)]
        await clock.pass_by(60, lambda: edges.append(edge(channel, clock)))
        assert edges == sorted(edges)
        ahead = planned.slot - lines + 50
        assert len(await aired_per_log(database, channel)) < lines + ahead, "hours of airings were made up"


def shown_times(channel: Channel, clock: Hours) -> list[float]:
    """All PROGRAM-DATE-TIMEs of the playlist as it is now, in seconds from now."""
    playlist = Packager().playlist("tides", channel.timeline, clock.now())
    assert playlist is not None
    times = re.findall(r"^#EXT-X-PROGRAM-DATE-TIME:(.+)$", playlist.text.decode(), re.MULTILINE)
    return [datetime.fromisoformat(text).timestamp() - clock.now().wall_ns / 1e9 for text in times]


@pytest.mark.parametrize("step_s", [-3600, 3600])
async def test_a_wall_clock_that_is_set_shows_in_the_playlist_with_the_next_tick_and_media_stays(
    data: Path, step_s: int
) -> None:
    seed_library(data, "tides", (6, 7, 8), SMALL)
    clock = Hours()
    async with on_air(data, clock) as (channel, database):
        await clock.pass_by(30)
        before, position, planned = segments(channel, clock), position_s(channel, clock), channel.upcoming(99)
        clock.step_wall(step_s)
        assert abs(shown_times(channel, clock)[-1]) > 3000
        waited_s = max(airing.quanta for airing in planned) * SMALL.quantum_s
        await clock.pass_by(waited_s)
        times = shown_times(channel, clock)
        assert -20 < times[-1] <= 0
        assert times == sorted(times)
        assert position_s(channel, clock) == pytest.approx(position + waited_s)
        assert [a for a in planned if a not in channel.timeline.airings] == []
        after = segments(channel, clock)
        assert {number: after[number] for number in before} == before
        newest = (await aired_per_log(database, channel))[0]
        assert newest.airing.slot <= on_now(channel).slot, "what is yet to come is logged as run"


async def test_after_another_boot_nothing_is_logged_as_run_that_nobody_aired(data: Path) -> None:
    seed_library(data, "tides", (6, 7, 8), SMALL)
    clock = Hours(boot_ns=9_000_000_000_000)
    async with on_air(data, clock) as (channel, database):
        await clock.pass_by(41)
        last_seen_ns, last, ran = (
            clock.now().wall_ns,
            edge(channel, clock),
            await aired_per_log(database, channel),
        )
        begun = on_now(channel)
    booted = Hours(wall_ns=last_seen_ns + 86_400 * 10**9, boot_ns=20_000_000_000)
    booted.boot_id = "another boot"
    async with on_air(data, booted, last_seen={clock.boot_id: clock.now().boot_ns}) as (channel, database):
        assert channel.on_air
        assert edge(channel, booted) > last
        await booted.pass_by(30)
        logged = await aired_per_log(database, channel)
        assert logged[-len(ran) :] == ran
        new = logged[: -len(ran)]
        assert new
        assert all(line.wall_ns >= last_seen_ns + 86_000 * 10**9 for line in new)
        assert new[-1].airing.slot > begun.slot
        assert new[0].airing == on_now(channel)


async def test_a_station_that_lost_all_its_data_gives_no_segment_number_twice(data: Path) -> None:
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(30)
        first, last, name = (
            channel.timeline.airings[0].first_segment,
            edge(channel, clock),
            channel.timeline.init_name,
        )
        assert first == Hours().now().wall_ns // 10**9
    for path in data.iterdir():
        if path.name != "cards":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    await clock.advance(1)
    async with on_air(data, clock) as (channel, _):
        assert channel.timeline.airings[0].first_segment > last
        assert channel.timeline.init_name == name, "the same bytes have the same name"
        wider: ChannelConfig = config(format=HouseFormat(width=256, height=144, video_kbps=200))
    async with on_air(data, clock, wider) as (channel, _):
        assert channel.timeline.init_name != name
        assert channel.timeline.airings[0].first_segment > last


async def test_a_title_that_changes_when_an_epoch_is_about_to_begin_is_on_its_slate_and_begins_no_other(
    data: Path,
) -> None:
    seed_library(data, "tides", (60, 60, 60), SMALL)
    clock, wide = Hours(), HouseFormat(width=256, height=144, video_kbps=200)
    settled = {"no_repeat_s": 0, "bumper_every_s": 0}
    async with on_air(data, clock, config(schedule=settled)) as (channel, _):
        await clock.pass_by(1)
        await channel.edit(config(schedule=settled, format=wide, title="Ebb"))
        while channel._branding.next is None:  # noqa: ASYNC110 - cards are made on threads
            await asyncio.sleep(0.01)
        await clock.pass_by(start_in_s(channel, clock, channel.upcoming(2)[1]) - LOCK_S - 0.4)
        assert channel.timeline.epoch == 0
        await channel.edit(config(schedule=settled, format=wide, title="Flow"))
        while channel.timeline.epoch == 0:
            await clock.pass_by(1)
            await asyncio.sleep(0.01)
        assert channel.stock.slate.id == card_id("slate", "Flow", wide)
        await clock.pass_by(120)
        assert channel.timeline.epoch == 1


async def test_a_replan_that_fails_does_not_forget_that_there_was_something_better(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, fails = Hours(), [True]
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(20)
        tick = channel._keeper.tick

        async def fail_once(*, better: bool) -> None:
            if fails and better:
                fails.clear()
                raise OSError("the disk is gone for a moment")
            await tick(better=better)

        monkeypatch.setattr(channel._keeper, "tick", fail_once)
        made = await newly_made(data, channel, 0)
        await clock.pass_by(5)
        assert not fails
        assert made.id in {airing.clip_id for airing in channel.timeline.airings}
