"""A keeper whose database is late, on virtual time: air goes on, and no segment number is given twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.airings import slate
from tests.clocks import FakeClock
from tests.playlist.keepers import NEW, RULES, kept, there
from webtv.broadcaster.hls import live_edge
from webtv.playlist.library import Library
from webtv.playlist.stock import Stock


@pytest.mark.parametrize("late", ["last_ends", "write_rundown"])
async def test_a_database_that_is_late_at_the_turn_of_an_epoch_gives_no_segment_number_twice(
    tmp_path: Path, late: str
) -> None:
    async with kept(tmp_path, FakeClock()) as on_air:
        keeper, clock = on_air.keeper, on_air.clock
        while keeper.next_cut_s >= 3.5:
            await clock.advance(0.1)
        old = keeper.timeline
        on_air.database.be_late_for(late, clock)
        card = there(Library(tmp_path), replace(slate(), id="wide", init_sha256="new"))
        stock = Stock(NEW, card, b"new")
        ended = await keeper.begin_next_epoch(stock, RULES)
        shown = live_edge(old, clock.now())
        assert shown is not None
        on_air.database.be_late_for("", clock)
        while ended is None:
            assert keeper.timeline.epoch == 0, "nothing has changed"
            await keeper.tick(better=False)
            state = await on_air.database(lambda store: store.state("dreams"))
            last = await on_air.database(lambda store: store.last_airing("dreams"))
            assert (state, last) == (keeper.rundown.state, keeper.timeline.airings[-1]), (
                "given up, yet stored"
            )
            await clock.advance(1)
            shown = live_edge(keeper.timeline, clock.now())
            assert shown is not None
            ended = await keeper.begin_next_epoch(stock, RULES)
        assert ended.airings == old.airings[: len(ended.airings)]
        assert keeper.timeline.epoch == 1
        assert keeper.timeline.airings[0].first_segment > shown
        assert keeper.timeline.boot_ns(0) > clock.now().boot_ns


@pytest.mark.parametrize("step_s", [-3600, 3600])
async def test_what_aired_stays_in_the_log_whatever_the_wall_clock_did_before_a_restart(
    tmp_path: Path, step_s: int
) -> None:
    clock = FakeClock()
    async with kept(tmp_path, clock) as on_air:
        for _ in range(20):
            await clock.advance(15)
            await on_air.keeper.tick(better=False)
        clock.step_wall(step_s)
        begun = on_air.keeper.begun()[-1].slot
        seen = {clock.boot_id: clock.now().boot_ns}
    clock = FakeClock(clock.now().wall_ns + 86_400 * 10**9, boot_ns=7)
    clock.boot_id = "another boot"
    async with kept(tmp_path, clock, seen) as on_air:
        ran = await on_air.database(lambda store: store.as_run("dreams", before_slot=2**53, limit=500))
        slots = [line.airing.slot for line in reversed(ran)]
        first = on_air.keeper.begun()[-1].slot
        assert [slot for slot in slots if slot < first] == list(range(begun + 1))
