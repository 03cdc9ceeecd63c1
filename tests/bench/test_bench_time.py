"""Accelerated time, and what the soak counts as a fault."""

from __future__ import annotations

import asyncio
import time

from bench.fast import ScaledClock, fast_loop
from bench.soak import early_repeats, gaps
from tests.airings import timeline
from webtv.domain import Airing, AiringKind


def test_clock_and_timers_of_an_accelerated_station_keep_one_pace() -> None:
    clock = ScaledClock(2000, from_real_ns=time.monotonic_ns())

    async def wait() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        began, began_ns = loop.time(), clock.now().boot_ns
        await clock.sleep(100)
        return loop.time() - began, (clock.now().boot_ns - began_ns) / 1e9

    with asyncio.Runner(loop_factory=lambda: fast_loop(2000)) as runner:
        by_loop_s, by_clock_s = runner.run(wait())
    assert by_loop_s >= 100
    assert by_clock_s >= 99  # loops round their timers to their resolution


def test_a_rundown_that_tiles_has_no_gaps_and_one_that_does_not_has() -> None:
    tiled = list(timeline(12, 24, 6).airings)
    assert gaps(tiled) == 0
    assert gaps([tiled[0], tiled[2]]) == 1


def test_a_clip_that_comes_again_too_soon_is_counted() -> None:
    def airing(slot: int, clip: str, start: int) -> Airing:
        return Airing(
            slot=slot,
            clip_id=clip,
            kind=AiringKind.ARCHIVE,
            title="",
            start_quanta=start,
            quanta=10,
            first_segment=0,
        )

    soon = [airing(0, "a", 0), airing(1, "b", 10), airing(2, "a", 20)]
    assert early_repeats(soon, no_repeat=11) == 1
    assert early_repeats(soon, no_repeat=10) == 0
