from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.airings import HOUSE, later, timeline
from tests.clocks import FakeClock
from webtv import metrics
from webtv.broadcaster.probe import LOOK_EVERY_S, OnAir, playlist_age_s, watch_air
from webtv.domain import Airing, AiringKind

FRAGMENT_S = HOUSE.gop_frames / HOUSE.fps


@dataclass
class Seen:
    """A channel as the probe sees it."""

    id: str
    on_air: bool = True
    kind: AiringKind = AiringKind.FRESH

    def upcoming(self, limit: int) -> Sequence[Airing]:
        return [timeline(24).airings[0].model_copy(update={"kind": self.kind})][:limit]


@dataclass
class Unreadable:
    """A channel whose disk fails."""

    id: str

    @property
    def on_air(self) -> bool:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def upcoming(self, limit: int) -> Sequence[Airing]:
        return timeline(24).airings[:limit]


@asynccontextmanager
async def watched(clock: FakeClock, channels: Mapping[str, OnAir]) -> AsyncIterator[None]:
    def listed() -> list[OnAir]:
        return list(channels.values())

    task = asyncio.create_task(watch_air(listed, clock))
    try:
        await clock.advance(0)
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for name in list(channels):
            metrics.forget(name)


def value(name: str, **labels: str) -> float | None:
    return metrics.REGISTRY.get_sample_value(f"webtv_{name}", labels)


async def test_a_channel_that_is_on_air_has_no_dead_air() -> None:
    clock = FakeClock()
    async with watched(clock, {"dreams": Seen("dreams")}):
        assert value("dead_air_seconds_total", channel="dreams") == 0
        await clock.advance(60)
        assert value("dead_air_seconds_total", channel="dreams") == 0
        assert value("filler_seconds_total", channel="dreams", reason="slate") == 0


async def test_seconds_without_a_picture_are_counted_for_their_channel_alone() -> None:
    clock = FakeClock()
    channels = {"dreams": Seen("dreams"), "tides": Seen("tides")}
    async with watched(clock, channels):
        channels["tides"].on_air = False
        await clock.advance(7)
        channels["tides"].on_air = True
        await clock.advance(30)
        assert value("dead_air_seconds_total", channel="tides") == pytest.approx(7, abs=LOOK_EVERY_S)
        assert value("dead_air_seconds_total", channel="dreams") == 0


async def test_a_disk_that_cannot_be_asked_is_dead_air_and_does_not_end_the_watch() -> None:
    clock = FakeClock()
    async with watched(clock, {"dreams": Unreadable("dreams"), "tides": Seen("tides")}):
        await clock.advance(5)
        assert value("dead_air_seconds_total", channel="dreams") == pytest.approx(5, abs=LOOK_EVERY_S)
        assert value("dead_air_seconds_total", channel="tides") == 0


@pytest.mark.parametrize("kind", [AiringKind.SLATE, AiringKind.BUMPER])
async def test_filler_is_counted_while_it_airs_by_its_kind(kind: AiringKind) -> None:
    clock = FakeClock()
    channels = {"dreams": Seen("dreams", kind=kind)}
    async with watched(clock, channels):
        await clock.advance(12)
        channels["dreams"].kind = AiringKind.ARCHIVE
        await clock.advance(12)
        aired_s = {r: value("filler_seconds_total", channel="dreams", reason=r) for r in ("slate", "bumper")}
        assert aired_s.pop(kind.value) == pytest.approx(12, abs=LOOK_EVERY_S)
        assert set(aired_s.values()) == {0}


async def test_a_station_that_stood_still_answered_nobody_whatever_is_planned() -> None:
    class Sleepy(FakeClock):
        """Of a machine that falls asleep during each wait."""

        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds + 100)

    clock = Sleepy()
    async with watched(clock, {"dreams": Seen("dreams")}):
        await clock.advance(101)
        assert value("dead_air_seconds_total", channel="dreams") == pytest.approx(100, abs=1)


async def test_a_channel_that_signed_off_for_good_is_no_longer_shown() -> None:
    clock, channels = FakeClock(), {"dreams": Seen("dreams")}
    async with watched(clock, channels):
        del channels["dreams"]
        await clock.advance(1)
        assert value("dead_air_seconds_total", channel="dreams") is None
        assert value("filler_seconds_total", channel="dreams", reason="slate") is None


def test_a_playlist_is_never_older_than_a_fragment_while_all_files_are_there() -> None:
    shown = timeline(24, 25, 24)
    ages = [playlist_age_s(shown, later(0.1 * step), lambda _: True) for step in range(380)]
    assert min(ages) >= 0
    assert max(ages) < FRAGMENT_S
    assert ages[1] == pytest.approx(0.1)
    assert ages[17] == pytest.approx(1.7 - FRAGMENT_S)


def test_a_playlist_ages_while_the_file_on_air_is_not_there() -> None:
    shown = timeline(24, 24)
    end_s = shown.airings[0].quanta * float(HOUSE.quantum_s)
    last_fragment_s = (HOUSE.fragments(24) - 1) * FRAGMENT_S
    age_s = playlist_age_s(shown, later(end_s + 5), lambda airing: airing.slot == 0)
    assert age_s == pytest.approx(end_s + 5 - last_fragment_s)
    assert playlist_age_s(shown, later(9), lambda _: False) == pytest.approx(9)


def test_a_playlist_ages_when_the_plan_has_run_out() -> None:
    shown = timeline(3)
    assert playlist_age_s(shown, later(60), lambda _: True) == pytest.approx(60)


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
