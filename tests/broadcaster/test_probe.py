from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from threading import Event

import pytest

from tests.airings import HOUSE, later, timeline
from tests.clocks import FakeClock, Hours, passes
from webtv import metrics
from webtv.broadcaster import probe
from webtv.broadcaster.probe import FILE_EVERY_S, LOOK_EVERY_S, Air, OnAir, playlist_age_s, watch_air
from webtv.domain import Airing, AiringKind

FRAGMENT_S = HOUSE.gop_frames / HOUSE.fps
_TURNS = 100


class Seen:
    """A channel as the probe sees it: one endless airing of a kind, in place or not."""

    def __init__(self, name: str, kind: AiringKind = AiringKind.FRESH) -> None:
        self.id, self.signed_on, self.is_there, self.fails = name, True, True, False
        self.air, self.looks = Air(), 0
        self.show(kind)

    def show(self, kind: AiringKind) -> None:
        """From now on; the rundown is another object, as after any change."""
        planned = timeline(*[24] * _TURNS)
        airings = tuple(airing.model_copy(update={"kind": kind}) for airing in planned.airings)
        clock = FakeClock().now()
        anchor = planned.anchor.model_copy(update={"wall_ns": clock.wall_ns, "boot_ns": clock.boot_ns})
        self.timeline = replace(planned, airings=airings, anchor=anchor)

    def in_place(self, _: Airing) -> bool:
        self.looks += 1
        if self.fails:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return self.is_there


@asynccontextmanager
async def watched(clock: Hours, *channels: Seen) -> AsyncIterator[dict[str, Seen]]:
    listed: dict[str, Seen] = {channel.id: channel for channel in channels}

    def all_of_them() -> Iterable[OnAir]:
        return list(listed.values())

    for name in listed:
        metrics.forget(name)  # what other tests counted
    task = asyncio.create_task(watch_air(all_of_them, clock))
    try:
        await clock.pass_by(0)
        yield listed
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for channel in channels:
            metrics.forget(channel.id)


def value(name: str, **labels: str) -> float | None:
    return metrics.REGISTRY.get_sample_value(f"webtv_{name}", labels)


async def test_a_channel_that_is_on_air_has_no_dead_air() -> None:
    clock = Hours()
    async with watched(clock, Seen("dreams")):
        assert value("dead_air_seconds_total", channel="dreams") == 0
        await clock.pass_by(60)
        assert value("dead_air_seconds_total", channel="dreams") == 0
        assert value("filler_seconds_total", channel="dreams", reason="slate") == 0


async def test_seconds_without_a_picture_are_counted_for_their_channel_alone() -> None:
    clock, tides = Hours(), Seen("tides")
    async with watched(clock, Seen("dreams"), tides):
        await clock.pass_by(20)
        tides.is_there = False
        await clock.pass_by(7)
        tides.is_there = True
        await clock.pass_by(30)
        counted_s = value("dead_air_seconds_total", channel="tides")
        assert counted_s == pytest.approx(7, abs=FILE_EVERY_S + 2 * LOOK_EVERY_S)
        assert value("dead_air_seconds_total", channel="dreams") == 0


async def test_a_channel_that_has_not_signed_on_is_dead_air() -> None:
    clock, tides = Hours(), Seen("tides")
    tides.signed_on = False
    async with watched(clock, tides):
        await clock.pass_by(5)
        assert value("dead_air_seconds_total", channel="tides") == pytest.approx(5, abs=LOOK_EVERY_S)
        assert tides.looks == 0


async def test_a_plan_that_has_run_out_is_dead_air_from_the_next_look_on() -> None:
    clock, tides = Hours(), Seen("tides")
    async with watched(clock, tides):
        await clock.pass_by(10)
        tides.timeline = replace(tides.timeline, airings=tides.timeline.airings[:1])
        await clock.pass_by(tides.timeline.end_ns / 1e9)
        assert value("dead_air_seconds_total", channel="tides") == pytest.approx(10, abs=2 * LOOK_EVERY_S)


async def test_a_disk_that_cannot_be_asked_is_dead_air_and_does_not_end_the_watch() -> None:
    clock, dreams = Hours(), Seen("dreams")
    dreams.fails = True
    async with watched(clock, dreams, Seen("tides")):
        await clock.pass_by(5)
        assert value("dead_air_seconds_total", channel="dreams") == pytest.approx(5, abs=LOOK_EVERY_S)
        assert value("dead_air_seconds_total", channel="tides") == 0


async def test_a_disk_that_hangs_holds_up_neither_the_watch_nor_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probe, "DISK_S", 0.05)
    answers = Event()

    class Hung(Seen):
        def in_place(self, airing: Airing) -> bool:
            answers.wait(60)
            return super().in_place(airing)

    clock, tides = Hours(), Hung("tides")
    try:
        async with watched(clock, tides):
            await clock.pass_by(5)
            assert value("dead_air_seconds_total", channel="tides") == pytest.approx(5, abs=LOOK_EVERY_S)
            answers.set()
            await passes(clock, lambda: tides.air.has_picture)
    finally:
        answers.set()


async def test_a_file_is_looked_at_as_its_airing_begins_and_else_every_two_seconds() -> None:
    clock, tides = Hours(), Seen("tides")
    async with watched(clock, tides):
        await clock.pass_by(60)
    begun = 60 / (24 * HOUSE.quantum_s)
    assert begun < tides.looks <= begun + 60 / FILE_EVERY_S + 2


@pytest.mark.parametrize("kind", [AiringKind.SLATE, AiringKind.BUMPER])
async def test_filler_is_counted_while_it_airs_by_its_kind(kind: AiringKind) -> None:
    clock, dreams = Hours(), Seen("dreams", kind)
    async with watched(clock, dreams):
        await clock.pass_by(12)
        dreams.show(AiringKind.ARCHIVE)
        await clock.pass_by(12)
        aired_s = {r: value("filler_seconds_total", channel="dreams", reason=r) for r in ("slate", "bumper")}
        assert aired_s.pop(kind.value) == pytest.approx(12, abs=LOOK_EVERY_S)
        assert set(aired_s.values()) == {0}


async def test_a_station_that_stood_still_answered_nobody_whatever_is_planned() -> None:
    class Sleepy(Hours):
        """Of a machine that falls asleep during each wait."""

        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds + 100)

    clock = Sleepy()
    async with watched(clock, Seen("dreams")):
        await clock.pass_by(101)
        assert value("dead_air_seconds_total", channel="dreams") == pytest.approx(100, abs=1)


async def test_a_channel_that_signed_off_for_good_is_no_longer_shown() -> None:
    clock = Hours()
    async with watched(clock, Seen("dreams")) as channels:
        del channels["dreams"]
        await clock.pass_by(1)
        assert value("dead_air_seconds_total", channel="dreams") is None
        assert value("filler_seconds_total", channel="dreams", reason="slate") is None


def test_a_playlist_is_never_older_than_a_fragment_while_all_files_are_there() -> None:
    shown = timeline(24, 25, 24)
    ages = []
    for step in range(380):
        now, air = later(0.1 * step), Air()
        air.update(shown, now.boot_ns)
        ages.append(air.playlist_age_s(now))
    assert min(ages) >= 0
    assert max(ages) < FRAGMENT_S
    assert ages[1] == pytest.approx(0.1)
    assert ages[17] == pytest.approx(1.7 - FRAGMENT_S)


def test_a_playlist_ages_while_the_file_on_air_is_not_there() -> None:
    shown = timeline(24, 24)
    end_s = shown.airings[0].quanta * float(HOUSE.quantum_s)
    last_fragment_s = (HOUSE.fragments(24) - 1) * FRAGMENT_S
    air, missed_at, now = Air(), later(end_s + 0.1), later(end_s + 5)
    air.update(shown, later(1).boot_ns)
    air.found(False, later(1).boot_ns)
    air.found(True, later(2).boot_ns)
    air.found(False, later(3).boot_ns)
    air.update(shown, missed_at.boot_ns)
    assert air.playlist_age_s(now) == pytest.approx(end_s + 5 - last_fragment_s)
    assert playlist_age_s(shown, later(9), None) == pytest.approx(9)


def test_a_playlist_ages_when_the_plan_has_run_out() -> None:
    shown = timeline(3)
    air = Air()
    for passed_s in (1, 30, 60):
        air.update(shown, later(passed_s).boot_ns)
    assert not air.has_picture
    assert air.playlist_age_s(later(60)) == pytest.approx(60)


def test_a_playlist_of_another_epoch_is_not_taken_for_this_ones() -> None:
    shown, air = timeline(24), Air()
    air.update(shown, later(1).boot_ns)
    air.found(False, later(2).boot_ns)
    air.update(replace(shown, epoch=1), later(3).boot_ns)
    assert air.playlist_age_s(later(4)) == pytest.approx(4)


def test_the_realtime_ratio_is_that_of_the_last_ten_clips() -> None:
    for _ in range(3):
        metrics.clip_made("ratio", seconds=10, render_s=40)
    assert value("generation_realtime_ratio", channel="ratio") == pytest.approx(0.25)
    for _ in range(10):
        metrics.clip_made("ratio", seconds=10, render_s=5)
    assert value("generation_realtime_ratio", channel="ratio") == pytest.approx(2)
    assert value("clips_made_total", channel="ratio") == 13
    metrics.forget("ratio")
    assert value("generation_realtime_ratio", channel="ratio") is None
