"""Two orders in one worker's hands: one films while the other is finished, and neither harms the other."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.render.activation import listening
from tests.render.pools import (
    GPU,
    begun,
    made,
    order,
    pool_of,
    rogue_pool,
    supervised,
    until,
    who_filmed,
    workers,
)
from tests.render.rogues import COMMAND
from webtv.domain import Manifest
from webtv.models.settings import HostSettings
from webtv.render.devices import orders_at_once
from webtv.render.link import Connect, child, unit
from webtv.render.order_queue import QueuedOrder
from webtv.render.pool import Pool, may_join


@contextmanager
def connecting(how: str, folder: Path) -> Iterator[Connect]:
    if how == "child":
        yield child(COMMAND)
    else:
        with listening(folder, COMMAND) as path:
            yield unit(path)


def finish(folder: Path) -> None:
    """Let those who are patient end."""
    (folder / "may end").touch()


class Listener:
    """What is reported of an order, with that of others in one list."""

    def __init__(self, name: str, heard: list[tuple[str, str, float]]) -> None:
        self._name, self._heard = name, heard

    def __call__(self, step: str, _engine: str, done: float) -> None:
        self._heard.append((self._name, step, done))


@pytest.mark.parametrize("how", ["child", "unit"])
async def test_the_next_order_is_filmed_while_one_is_finished(tmp_path: Path, how: str) -> None:
    with connecting(how, tmp_path) as connect:
        pool = pool_of(tmp_path, connect=connect)
        heard: list[tuple[str, str, float]] = []
        async with supervised(pool, GPU.model_copy(update={"folder": tmp_path})):
            asked = order(interpolator="lingers")
            first = asyncio.create_task(made(pool, asked, Listener("first", heard)))
            await until(lambda: ("first", "video") in {(name, step) for name, step, _ in heard})
            second = asyncio.create_task(made(pool, order(seed=1), Listener("second", heard)))
            await until(second.done)
            assert not first.done()
            finish(tmp_path)
            manifests = await asyncio.gather(first, second)
    for manifest in manifests:
        assert (tmp_path / "work" / f"{manifest.id}.mp4").stat().st_size == manifest.bytes


async def test_one_order_films_at_a_time_and_the_other_waits_without_being_taken_for_one_that_hangs(
    tmp_path: Path,
) -> None:
    async with rogue_pool(tmp_path, settings=GPU) as pool:
        heard: list[tuple[str, str, float]] = []
        first = await begun(pool, order("patient"))
        second = asyncio.create_task(made(pool, order(seed=1), Listener("second", heard)))
        [worker] = pool.executors
        await until(lambda: len(in_hand(pool)) == 2)
        await asyncio.sleep(0.5)  # several heartbeats
        assert not heard
        assert in_hand(pool)[1] == ()
        assert pool.executors == [worker]
        finish(tmp_path)
        await asyncio.gather(first, second)
        assert pool.executors == [worker]


def in_hand(pool: Pool) -> list[object]:
    """Who is at work on each order in the worker's hands, the oldest order first."""
    [worker] = pool.executors
    connection = worker.connection  # type: ignore[attr-defined]
    return [each.running for each in connection._conversations.values()]


async def test_a_lost_worker_costs_neither_of_its_orders(tmp_path: Path) -> None:
    async with rogue_pool(tmp_path, settings=GPU) as pool:
        first = await begun(pool, order("slow", "procedural"))
        second = asyncio.create_task(made(pool, order(seed=1)))
        await until(lambda: len(in_hand(pool)) == 2)
        os.kill(workers()[0], signal.SIGKILL)
        assert [who_filmed(each) for each in await asyncio.gather(first, second)] == ["procedural"] * 2


async def test_an_order_whose_engine_hangs_gives_up_no_order_but_itself(tmp_path: Path) -> None:
    """It costs two workers, in both of which the other was in hand too, or waited."""
    async with rogue_pool(tmp_path, settings=GPU) as pool:
        hangs = asyncio.create_task(made(pool, order("hangs")))
        other = asyncio.create_task(made(pool, order("procedural", seed=1)))
        outcomes = await asyncio.gather(hangs, other, return_exceptions=True)
    assert "hangs at step video on cuda:0 hangs" in str(outcomes[0])
    assert isinstance(outcomes[1], Manifest)
    assert not [health for health in pool.health.snapshot() if not health.up]


@pytest.mark.parametrize("cancelled", [0, 1])
async def test_cancelling_one_leaves_the_other(tmp_path: Path, cancelled: int) -> None:
    async with rogue_pool(tmp_path, settings=GPU) as pool:
        first = await begun(pool, order("patient"))
        second = asyncio.create_task(made(pool, order(seed=1)))
        await until(lambda: len(in_hand(pool)) == 2)
        [worker] = workers()
        both = (first, second)
        both[cancelled].cancel()
        await until(lambda: len(in_hand(pool)) == 1)
        finish(tmp_path)
        manifest = await both[1 - cancelled]
        assert workers() == [worker]
    assert [path.stem for path in (tmp_path / "work").glob("*.mp4")] == [manifest.id]


async def test_on_the_processor_orders_are_made_one_after_the_other(tmp_path: Path) -> None:
    async with rogue_pool(tmp_path) as pool:
        first = await begun(pool, order("patient"))
        second = asyncio.create_task(made(pool, order(seed=1)))
        for _ in range(20):
            await asyncio.sleep(0.01)
            assert len(in_hand(pool)) == 1
        finish(tmp_path)
        await asyncio.gather(first, second)


@pytest.mark.parametrize(("device", "orders"), [("cpu", 1), ("cuda:0", 2), ("cuda:7", 2)])
def test_a_second_order_in_hand_is_for_devices_that_idle_without_it(device: str, orders: int) -> None:
    assert orders_at_once(HostSettings(device=device)) == orders


async def test_an_order_that_may_have_cost_a_worker_is_made_alone() -> None:
    fresh, at_hand, suspect = (QueuedOrder(order(seed=seed), None) for seed in range(3))
    at_hand.attempts, suspect.attempts = 1, 1
    assert may_join(fresh, [at_hand], at_once=2)
    assert not may_join(fresh, [at_hand, at_hand], at_once=2)
    assert not may_join(suspect, [at_hand], at_once=2)
    assert may_join(suspect, [], at_once=2)
    at_hand.attempts = 2
    assert not may_join(fresh, [at_hand], at_once=2)
