"""The as-run log as programs get it from a station on virtual time: what aired stays as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.clocks import Hours, passes
from tests.seeded import seed_library
from tests.station_process import HOUSE
from tests.stations import on_air
from webtv.station.station import Station
from webtv.web.server import application


@asynccontextmanager
async def asked(station: Station) -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(TestServer(application(station))) as client:
        yield client


async def as_run(client: TestClient[Any, Any], query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"/api/v1/channels/tides/as-run?limit=500{query}")
    airings: list[dict[str, Any]] = (await answer.json())["airings"]
    return airings


@pytest.mark.parametrize("step_s", [-7200, -60, 60, 7200])
async def test_the_log_ends_with_what_is_on_air_also_after_a_step_of_the_wall_clock(
    tmp_path: Path, step_s: int
) -> None:
    seed_library(tmp_path / "data", "tides", (6, 7), HOUSE)
    clock = Hours()
    async with on_air(tmp_path, clock) as station, asked(station) as client:
        await clock.pass_by(60)
        before = await as_run(client)
        assert len(before) > 10
        clock.step_wall(step_s)
        for _ in range(2):
            logged = await as_run(client)
            assert logged[0]["slot"] == station.channels["tides"].upcoming(1)[0].slot
            assert [line["slot"] for line in logged] == list(range(logged[0]["slot"], -1, -1))
            await clock.pass_by(10)
        assert await as_run(client, f"&before={before[5]['slot']}") == before[6:]


async def test_what_aired_is_as_long_as_it_was_after_an_edit_of_the_house_format(tmp_path: Path) -> None:
    seed_library(tmp_path / "data", "tides", (24,), HOUSE)  # 12.8 s
    clock = Hours()
    async with on_air(tmp_path, clock) as station, asked(station) as client:
        channel = station.channels["tides"]
        await passes(clock, lambda: channel.stock.seconds)
        await clock.pass_by(500)
        before = {line["slot"]: line for line in await as_run(client)}
        whole = [slot for slot, line in before.items() if line["seconds"] == 12.8]
        assert len(whole) > 3
        slow = channel.config.model_copy(update={"format": HOUSE.model_copy(update={"fps": 24})})
        await station.lineup.edit(channel.config, slow)
        await passes(clock, lambda: channel.timeline.epoch == 1)
        await clock.pass_by(60)
        after = {line["slot"]: line for line in await as_run(client)}
        assert max(after) > max(before) + 3
        assert {slot: after[slot]["seconds"] for slot in whole} == dict.fromkeys(whole, 12.8)
        assert {slot: after[slot]["start"] for slot in whole} == {s: before[s]["start"] for s in whole}
