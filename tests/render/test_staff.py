"""Workers that are changed while on air."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.render.pools import CPU, made, order, until, workers
from tests.render.rogues import COMMAND
from webtv.clock import SystemClock
from webtv.config import StationConfig
from webtv.domain import Manifest
from webtv.models.settings import HostSettings
from webtv.playlist.database import Database
from webtv.playlist.library import Library
from webtv.render.artefacts import ArtefactStore
from webtv.render.director import Director
from webtv.render.executor import StartExecutor
from webtv.render.health import Health
from webtv.render.link import child
from webtv.render.newsroom import Newsroom
from webtv.render.pool import Pool
from webtv.render.staff import Staff
from webtv.render.worker_executor import worker_executors


@asynccontextmanager
async def at_work(
    folder: Path, *hosts: HostSettings, kind: type[Pool] = Pool
) -> AsyncIterator[tuple[Staff, Pool]]:
    """A staff without channels: orders come from the test."""
    clock = SystemClock()
    artefacts, health = ArtefactStore(Library(folder)), Health(clock)
    pool = kind(worker_executors(child(COMMAND), artefacts, health), artefacts, health)
    database, _ = Database.open(folder / "webtv.db")
    newsroom = Newsroom.of(StationConfig(), clock)
    director = Director(list, pool, artefacts, database, clock, newsroom=newsroom, min_free_bytes=0)
    staff = Staff(director, clock, hosts)
    task = asyncio.create_task(staff.run())
    try:
        yield staff, pool
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        database.close()


def begun(pool: Pool, *video: str) -> tuple[asyncio.Task[Manifest], Callable[[], Awaitable[None]]]:
    """An order, and what waits until an engine films it."""
    films = asyncio.Event()

    def on_progress(step: str, engine: str, done: float) -> None:
        if done:
            films.set()

    async def filming() -> None:
        films.clear()
        async with asyncio.timeout(120):
            await films.wait()

    return asyncio.create_task(made(pool, order(*video), on_progress)), filming


async def test_an_order_in_hand_is_made_by_the_worker_that_follows(tmp_path: Path) -> None:
    async with at_work(tmp_path, CPU) as (staff, pool):
        rendering, filming = begun(pool, "slow")
        await filming()
        [before] = workers()
        staff.reconfigure([CPU.model_copy(update={"screening": "none"})])
        await filming()
        [after] = workers()
        assert after != before
        rendering.cancel()


async def test_a_worker_whose_settings_stay_is_not_disturbed(tmp_path: Path) -> None:
    async with at_work(tmp_path, CPU) as (staff, pool):
        rendering, filming = begun(pool, "slow")
        await filming()
        before = workers()
        staff.reconfigure([CPU, CPU])
        staff.reconfigure([CPU])
        assert workers() == before
        await filming()
        rendering.cancel()


class SlowToEnd(Pool):
    """Its workers end when they may, as those do that have a GPU's memory to give back."""

    def __init__(self, start: StartExecutor, artefacts: ArtefactStore, health: Health) -> None:
        super().__init__(start, artefacts, health)
        self.may_end = asyncio.Event()
        self.at_work: list[HostSettings | None] = []

    async def work(self, settings: HostSettings | None = None) -> None:
        self.at_work.append(settings)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await self.may_end.wait()
            self.at_work.remove(settings)


async def test_settings_that_change_twice_in_a_row_begin_no_worker_before_the_first_has_ended(
    tmp_path: Path,
) -> None:
    async with at_work(tmp_path, CPU, kind=SlowToEnd) as (staff, pool):
        assert isinstance(pool, SlowToEnd)
        await until(lambda: pool.at_work == [CPU])
        once, twice = (CPU.model_copy(update={"screening": which}) for which in ("none", "all"))
        met = []
        for settings in (once, twice):
            staff.reconfigure([settings])
            await asyncio.sleep(0.05)
            met.append(list(pool.at_work))
        pool.may_end.set()
        assert met == [[CPU], [CPU]]
        await until(lambda: pool.at_work == [twice])


async def test_without_workers_nothing_runs_until_there_are_some_again(tmp_path: Path) -> None:
    async with at_work(tmp_path, CPU) as (staff, pool):
        rendering, filming = begun(pool, "slow")
        await filming()
        staff.reconfigure([])
        await until(lambda: not workers())
        assert not rendering.done()
        staff.reconfigure([CPU])
        await filming()
        rendering.cancel()


async def test_an_engine_that_rests_is_tried_at_once_with_other_settings(tmp_path: Path) -> None:
    async with at_work(tmp_path) as (staff, pool):
        pool.health.failed("cpu", "video", "space", "no Space is named")
        assert pool.health.take_due("cpu") is None
        staff.reconfigure([CPU])
        assert pool.health.take_due("cpu") == ("video", "space")


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_there_is_a_worker_for_each_host_once_there_is_work(tmp_path: Path, count: int) -> None:
    async with at_work(tmp_path) as (staff, pool):
        staff.reconfigure([CPU] * count)
        orders = [asyncio.create_task(made(pool, order("slow", seed=seed))) for seed in range(4)]
        await until(lambda: len(workers()) == count)
        for rendering in orders:
            rendering.cancel()
