"""What a restart costs: what a channel remembers is planned on once, not twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clocks import Hours
from tests.station.channels import on_air
from webtv.playlist.ledger import Ledger
from webtv.playlist.rundown import Rundown


async def test_a_channel_that_signs_on_again_plans_and_stores_its_rundown_once(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, stored, store = Hours(), [], Ledger.store

    async def counted(ledger: Ledger, rundown: Rundown, from_slot: int) -> None:
        stored.append(len(rundown.airings))
        await store(ledger, rundown, from_slot)

    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(30)
        before = channel.timeline.airings
    monkeypatch.setattr(Ledger, "store", counted)
    async with on_air(data, clock) as (channel, _):
        await clock.pass_by(1)
        assert len(stored) == 1
        assert channel.timeline.airings[0].slot <= before[-1].slot
