"""What an operator may do to a channel on air, on virtual time with real files."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clips import SMALL
from tests.clocks import Hours
from tests.disks import hanging
from tests.seeded import seed_library
from tests.station.channels import assert_contiguous, config, edge, on_air, position_s, segments, slot
from webtv.broadcaster.hls import live_edge, media_playlist
from webtv.domain import Airing, AiringKind
from webtv.errors import StationError
from webtv.media.fmp4 import read_index
from webtv.playlist.keeper import AHEAD_S
from webtv.playlist.marks import MARKS, load_marks
from webtv.playlist.rundown import LOCK_S
from webtv.station.channel import Channel

SOON_S = LOCK_S + 0.3 + SMALL.gop_frames / SMALL.fps + 0.01
"""No edit takes longer to be seen: the lock, the look at what comes next, and a whole fragment."""
LENGTHS = (30, 30, 31, 31, 32, 32)
"""In quanta: 16 to 17 s, so that there is time to edit them."""


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory, cards: Path) -> tuple[Path, list[str]]:
    """A data folder with a library, and the ids of its clips in the order in which they will air."""
    data = tmp_path_factory.mktemp("stocked") / "data"
    shutil.copytree(cards, data / "cards")
    return data, seed_library(data, "tides", LENGTHS, SMALL)


@pytest.fixture
def data(stocked: tuple[Path, list[str]], tmp_path: Path) -> Path:
    return Path(shutil.copytree(stocked[0], tmp_path / "data"))


@pytest.fixture
def ids(stocked: tuple[Path, list[str]]) -> list[str]:
    return stocked[1]


def settled() -> dict[str, object]:
    return {"no_repeat_s": 0, "bumper_every_s": 0}


def now(channel: Channel) -> Airing:
    return channel.upcoming(1)[0]


async def test_a_skipped_clip_ends_at_the_next_fragment_that_nobody_holds_and_the_next_one_airs(
    data: Path, ids: list[str]
) -> None:
    clock = Hours()
    async with on_air(data, clock, config(schedule=settled())) as (channel, database):
        await clock.pass_by(1)
        before, planned = segments(channel, clock), channel.timeline
        assert now(channel).clip_id == ids[0]
        in_s = await channel.control.skip()
        assert LOCK_S < in_s <= SOON_S
        cut = now(channel)
        frames = cut.quanta * SMALL.quantum_frames
        assert frames % SMALL.gop_frames == 0
        assert frames < LENGTHS[0] * SMALL.quantum_frames
        assert_contiguous(channel.timeline.airings, SMALL)
        held = edge(channel, clock)
        assert media_playlist(channel.timeline, held) == media_playlist(planned, held)
        assert len(read_index(slot(data, cut.slot)).fragments) == SMALL.fragments(cut.quanta)
        await clock.pass_by(in_s + 0.01)
        assert now(channel).clip_id == ids[1]
        after = segments(channel, clock)
        assert {number: after[number] for number in before} == before
        stored = await database(lambda store: store.airings("tides", 0))
        assert cut in stored


async def test_a_clip_about_to_end_is_not_skipped_twice(data: Path, ids: list[str]) -> None:
    clock = Hours()
    async with on_air(data, clock, config(schedule=settled())) as (channel, _):
        await clock.pass_by(1)
        in_s = await channel.control.skip()
        await clock.pass_by(1)
        assert await channel.control.skip() == pytest.approx(in_s - 1)
        await clock.pass_by(in_s)
        assert now(channel).clip_id == ids[1]
        assert now(channel).quanta == LENGTHS[1]


async def test_a_daemon_killed_after_a_cut_leaves_it_and_the_next_one_knows(
    data: Path, ids: list[str]
) -> None:
    clock = Hours()
    async with on_air(data, clock, config(schedule=settled())) as (channel, _):
        await clock.pass_by(1)
        assert not channel._keeper.cut_lately
        in_s = await channel.control.skip()
        cut, before = now(channel), segments(channel, clock)
    await clock.advance(in_s - 1)
    async with on_air(data, clock, config(schedule=settled())) as (channel, _):
        assert now(channel) == cut
        assert channel._keeper.cut_lately, "pushes that were adopted would go on with the whole clip"
        assert len(read_index(slot(data, cut.slot)).fragments) == SMALL.fragments(cut.quanta)
        after = segments(channel, clock)
        assert {number: after[number] for number in before if number in after} == before
        await clock.pass_by(1.01)
        assert now(channel).clip_id == ids[1]
    text = (data / "tides.ffconcat").read_text()
    assert f"outpoint {cut.quanta * SMALL.quantum_s:.6f}\nduration {cut.quanta * SMALL.quantum_s:.6f}" in text


async def test_a_clip_that_was_cut_airs_whole_the_next_time(data: Path, ids: list[str]) -> None:
    clock = Hours()
    async with on_air(data, clock, config(schedule=settled())) as (channel, _):
        await clock.pass_by(1)
        await channel.control.skip()
        await clock.pass_by(90)
        assert sum(channel.timeline.airings[i].clip_id == ids[0] for i in range(8)) == 2
        assert segments(channel, clock)


async def test_a_pulled_clip_leaves_air_and_never_comes_back_also_after_a_kill(
    data: Path, ids: list[str]
) -> None:
    clock = Hours()
    async with on_air(data, clock, config(schedule=settled())) as (channel, _):
        await clock.pass_by(200)
        pulled = now(channel).clip_id
        in_s = await channel.control.pull()
        assert in_s <= SOON_S
        cut = now(channel).slot
        await clock.pass_by(in_s + 0.01)
        assert now(channel).clip_id != pulled
        assert not [a for a in channel.timeline.airings if a.clip_id == pulled and a.slot > cut]
        assert channel.stock_s == pytest.approx(
            sum(quanta * SMALL.quantum_s for name, quanta in zip(ids, LENGTHS, strict=True) if name != pulled)
        )
        assert [clip.id for clip in channel.spare] == []
    (data / "webtv.db").unlink()
    async with on_air(data, clock, config(schedule=settled())) as (channel, _):
        await clock.pass_by(300)
        assert pulled not in {a.clip_id for a in channel.timeline.airings[-20:]}
        await channel.control.unban(pulled)
        await clock.pass_by(300)
        assert pulled in {a.clip_id for a in channel.timeline.airings}


async def test_a_banned_clip_on_air_ends_by_itself(data: Path, ids: list[str]) -> None:
    clock = Hours()
    async with on_air(data, clock, config(schedule=settled())) as (channel, _):
        await clock.pass_by(1)
        await channel.control.ban(ids[0])
        await channel.control.ban(ids[1])
        assert now(channel).quanta == LENGTHS[0]
        assert [a.clip_id for a in channel.upcoming(3)] == [ids[0], ids[2], ids[3]]
        with pytest.raises(StationError, match="banned"):
            await channel.control.pin(ids[0])


async def test_a_banned_clip_that_is_locked_already_is_cut_as_early_as_can_be(
    data: Path, ids: list[str]
) -> None:
    clock = Hours()
    async with on_air(data, clock, config(schedule=settled())) as (channel, _):
        left_s = channel.timeline.start_ns(LENGTHS[0]) / 1e9 - position_s(channel, clock)
        await clock.pass_by(left_s - 1)
        await channel.control.ban(ids[1])
        flash = channel.upcoming(2)[1]
        assert flash.clip_id == ids[1]
        assert flash.quanta * SMALL.quantum_s <= SOON_S - 1
        assert_contiguous(channel.timeline.airings, SMALL)


async def test_two_operators_at_once_lose_nothing(data: Path, ids: list[str]) -> None:
    async with on_air(data, Hours(), config(schedule=settled())) as (channel, _):
        control = channel.control
        await asyncio.gather(
            control.ban(ids[3]), control.ban(ids[4]), control.evergreen(ids[5], on=True), control.pin(ids[2])
        )
        marks = channel.stock.marks
        assert marks.banned == {ids[3], ids[4]}
        assert marks.evergreen == {ids[5]}
        assert [*marks.pinned] == [ids[2]]
        assert load_marks(data / "channels/tides" / MARKS) == marks


async def test_a_pinned_clip_airs_next_and_once(data: Path, ids: list[str]) -> None:
    clock = Hours()
    async with on_air(data, clock, config(schedule=settled())) as (channel, _):
        await clock.pass_by(1)
        await channel.control.pin(ids[4])
        assert [a.clip_id for a in channel.upcoming(4)] == [ids[0], ids[4], ids[1], ids[2]]
        await channel.control.pin(ids[0])
        assert [a.clip_id for a in channel.upcoming(5)] == [ids[0], ids[4], ids[0], ids[1], ids[2]]
        await clock.pass_by(60)
        assert not channel.stock.marks.pinned
        assert 'pinned":{}' in (data / "channels/tides" / MARKS).read_text().replace(" ", "")


async def test_an_evergreen_is_kept_and_comes_round_about_twice_as_often(data: Path, ids: list[str]) -> None:
    clock, aired = Hours(), list[Airing]()
    async with on_air(data, clock, config(schedule=settled() | {"stock_s": 0})) as (channel, _):
        await channel.control.evergreen(ids[2], on=True)
        await clock.pass_by(100)

        def look() -> None:
            if not aired or aired[-1].slot != now(channel).slot:
                aired.append(now(channel))

        await clock.pass_by(1500, look)
        spare = {clip.id for clip in channel.spare}
        assert ids[2] not in spare
    times = {name: sum(a.clip_id == name for a in aired) for name in ids}
    others = [count for name, count in times.items() if name != ids[2]]
    assert times[ids[2]] >= 1.5 * max(others)


async def test_the_slate_is_held_until_it_is_resumed_also_over_a_kill(data: Path, ids: list[str]) -> None:
    clock = Hours()
    async with on_air(data, clock, config(schedule=settled())) as (channel, _):
        await clock.pass_by(1)
        assert await channel.control.go_to_slate() <= SOON_S
        with pytest.raises(StationError, match="already"):
            await channel.control.go_to_slate()
        with pytest.raises(StationError, match="slate"):
            await channel.control.skip()
        await clock.pass_by(SOON_S)
        assert now(channel).kind is AiringKind.SLATE
    async with on_air(data, clock, config(schedule=settled())) as (channel, _):
        await clock.pass_by(600)
        assert {a.kind for a in channel.timeline.airings} == {AiringKind.SLATE}
        in_s = await channel.control.resume()
        assert in_s <= SOON_S
        await clock.pass_by(in_s + 0.01)
        assert now(channel).clip_id == ids[1]


async def test_what_is_no_clip_of_the_channel_is_refused(data: Path) -> None:
    async with on_air(data, Hours(), config(schedule=settled())) as (channel, _):
        for name in ("0" * 20, channel.stock.slate.id):
            with pytest.raises(StationError, match="no clip of this channel"):
                await channel.control.ban(name)
        with pytest.raises(StationError, match="not banned"):
            await channel.control.unban("0" * 20)


async def test_a_disk_that_refuses_does_not_keep_a_clip_on_air(data: Path, ids: list[str]) -> None:
    clock = Hours()
    async with on_air(data, clock, config(schedule=settled())) as (channel, _):
        await clock.pass_by(1)
        (data / "channels/tides" / f".{MARKS}.new").mkdir()
        in_s = await channel.control.pull()
        await clock.pass_by(in_s + 0.01)
        assert now(channel).clip_id == ids[1]


async def test_a_disk_that_hangs_over_marks_keeps_no_clip_on_air_and_stops_no_planning(
    data: Path, ids: list[str]
) -> None:
    clock, path = Hours(), data / "channels/tides" / MARKS
    async with on_air(data, clock, config(schedule=settled())) as (channel, _):
        await clock.pass_by(1)
        with hanging(path):
            async with asyncio.timeout(60):
                in_s = await channel.control.pull()
                assert in_s <= SOON_S
                await clock.pass_by(in_s + 0.01)
                assert now(channel).clip_id == ids[1]
                await channel.control.pin(ids[4])

                def look() -> None:
                    assert channel.on_air
                    assert channel.buffered_s > AHEAD_S - 1

                await clock.pass_by(600, look)
            assert not channel.stock.marks.pinned, "it aired"
        await channel.control.ban(ids[2])
    assert load_marks(path).banned == {ids[0], ids[2]}


Act = Callable[[Channel, str], Awaitable[object]]
ACTS: dict[str, Act] = {
    "skip": lambda channel, _: channel.control.skip(),
    "pull": lambda channel, _: channel.control.pull(),
    "ban": lambda channel, clip: channel.control.ban(clip),
    "unban": lambda channel, clip: channel.control.unban(clip),
    "pin": lambda channel, clip: channel.control.pin(clip),
    "evergreen": lambda channel, clip: channel.control.evergreen(clip, on=True),
    "ordinary": lambda channel, clip: channel.control.evergreen(clip, on=False),
    "slate": lambda channel, _: channel.control.go_to_slate(),
    "resume": lambda channel, _: channel.control.resume(),
    "kill": lambda *_: asyncio.sleep(0),
}


@dataclass
class Viewer:
    """Sees all that airs, and that it never changes, repeats or goes back."""

    clock: Hours
    channel: Channel = field(init=False)
    shown: dict[int, bytes] = field(default_factory=dict)
    aired: list[Airing] = field(default_factory=list)

    def look(self) -> None:
        assert self.channel.on_air
        assert_contiguous(self.channel.timeline.airings, SMALL)
        assert all(self.channel.file_of(airing).exists() for airing in self.channel.upcoming(3))
        last = edge(self.channel, self.clock)
        assert not self.shown or last >= max(self.shown), "the media sequence went back"
        recent = segments(self.channel, self.clock, max(last - 12, min(self.shown, default=last)))
        assert [number for number, seen in recent.items() if self.shown.get(number, seen) != seen] == []
        self.shown |= recent
        airing = now(self.channel)
        if not self.aired or self.aired[-1].slot != airing.slot:
            self.aired.append(airing)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(list(ACTS)), st.integers(0, 5), st.floats(0, 25), st.booleans()),
        min_size=3,
        max_size=12,
    )
)
def test_any_edits_in_any_order_leave_air_whole(
    stocked: tuple[Path, list[str]], steps: list[tuple[str, int, float, bool]]
) -> None:
    async def edit(data: Path) -> None:
        clock, ids, life = Hours(), stocked[1], AsyncExitStack()
        viewer, alone, banned_at = Viewer(clock), False, dict[str, float]()
        for name, number, wait_s, look_first in [("kill", 0, 0.0, False), *steps]:
            if name == "kill":
                await life.aclose()
                await clock.advance(wait_s)
                viewer.channel, _ = await life.enter_async_context(
                    on_air(data, clock, config(schedule=settled()))
                )
            channel = viewer.channel
            if look_first:
                viewer.look()
            with suppress(StationError):
                await ACTS[name](channel, ids[number])
            marks = channel.stock.marks
            assert banned_at.keys() <= marks.banned or name == "unban"
            alone = alone or len(ids) - len(marks.banned) < 2
            at_s = position_s(channel, clock)
            banned_at = {name: banned_at.get(name, at_s) for name in marks.banned}
            await clock.pass_by(wait_s, viewer.look)
        await clock.pass_by(60, viewer.look)
        await life.aclose()
        for earlier, later in pairwise(viewer.aired):
            twice = earlier.clip_id == later.clip_id and earlier.kind is not AiringKind.SLATE
            assert alone or not twice, "a clip aired twice in a row"
        for name, at_s in banned_at.items():
            starts_s = [a.start_quanta * SMALL.quantum_s for a in viewer.aired if a.clip_id == name]
            assert not [start_s for start_s in starts_s if start_s > at_s + LOCK_S + 0.31]

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(edit(Path(shutil.copytree(stocked[0], Path(folder) / "data"))))


async def test_edits_while_another_epoch_begins_leave_air_whole_and_are_kept(
    data: Path, ids: list[str]
) -> None:
    clock, done = Hours(), 0
    async with on_air(data, clock, config(schedule=settled())) as (channel, _):
        await clock.pass_by(1)
        control = channel.control
        await control.ban(ids[3])
        await channel.edit(config(schedule=settled(), format={**SMALL.model_dump(), "fps": 25}))
        last = 0
        for number in range(120):
            with suppress(StationError):
                await (channel.control.skip, channel.control.go_to_slate, channel.control.resume)[
                    number % 3
                ]()
                done += 1
            await clock.pass_by(0.25)
            assert channel.on_air
            timeline = channel.timeline
            assert_contiguous(timeline.airings, timeline.format)
            shown = live_edge(timeline, clock.now())
            assert shown is not None
            assert shown >= last
            last = shown
            if timeline.epoch and number > 20:
                break
            await asyncio.sleep(0.05)  # the next epoch's slate is made in a thread meanwhile
        assert channel.timeline.epoch == 1
        assert done > 10
        assert channel.stock.marks.banned == {ids[3]}


async def test_marks_that_cannot_be_read_are_set_aside_and_not_written_over(data: Path) -> None:
    ids, clock = seed_library(data, "tides", (6, 6), SMALL), Hours()
    path = data / "channels/tides" / MARKS
    path.parent.mkdir(parents=True)
    path.write_text("{by hand")
    async with on_air(data, clock) as (channel, _):
        await channel.control.ban(ids[1])
    assert load_marks(path).banned == {ids[1]}
    assert path.with_suffix(".damaged").read_text() == "{by hand"
