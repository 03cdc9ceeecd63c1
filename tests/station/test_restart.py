"""What a restart costs, and what it finds: a plan that reaches far enough airs on as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clips import SMALL
from tests.clocks import Hours
from tests.seeded import seed_clip
from tests.station.channels import on_air
from webtv.domain import AiringKind
from webtv.playlist.ledger import Ledger
from webtv.playlist.plans import Planner
from webtv.playlist.reel import Reel
from webtv.playlist.rundown import Rundown


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was planned, stored and written out, in this order."""
    log: list[str] = []
    planned, store, write_out = Planner.replan, Ledger.store, Reel.write_out

    def counted_plan(self: Planner, *args: object) -> object:
        log.append("planned")
        return planned(self, *args)  # type: ignore[arg-type]

    async def counted_store(self: Ledger, rundown: Rundown, from_slot: int) -> None:
        log.append("stored")
        await store(self, rundown, from_slot)

    async def counted_write(self: Reel, rundown: Rundown, *, first_slot: int) -> None:
        log.append("written")
        await write_out(self, rundown, first_slot=first_slot)

    monkeypatch.setattr(Planner, "replan", counted_plan)
    monkeypatch.setattr(Ledger, "store", counted_store)
    monkeypatch.setattr(Reel, "write_out", counted_write)
    return log


async def test_a_restart_plans_stores_and_writes_nothing_where_the_plan_reaches_far_enough(
    data: Path, done: list[str]
) -> None:
    clock = Hours()
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(10)
        before = channel.timeline.airings
    done.clear()
    async with on_air(data, clock) as (channel, _):
        assert done == []
        assert channel.timeline.airings == before
        assert channel.on_air


async def test_a_restart_plans_and_stores_once_what_it_has_to(data: Path, done: list[str]) -> None:
    clock = Hours()
    async with on_air(data, clock):
        await clock.pass_by(10)
    done.clear()
    await clock.advance(200)
    async with on_air(data, clock) as (channel, _):
        assert done == ["planned", "stored", "written"]
        assert channel.buffered_s > 330


async def test_a_clip_that_was_made_and_not_planned_before_a_restart_airs_after_it(data: Path) -> None:
    clock = Hours()
    async with on_air(data, clock):
        await clock.pass_by(10)
    seed_clip(data, "tides", 0, 6, SMALL)
    async with on_air(data, clock) as (channel, _):
        assert AiringKind.FRESH in {airing.kind for airing in channel.timeline.airings}
