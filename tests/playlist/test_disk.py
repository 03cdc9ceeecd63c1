"""File work on a disk that hangs, in real time with generous limits."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.clocks import FakeClock
from tests.playlist.keepers import kept
from webtv.playlist.disk import Disk, disk_threads


async def test_work_is_done_in_order_and_gives_its_result_or_its_error() -> None:
    disk, done = Disk(disk_threads()), list[int]()
    jobs = [disk.begin(lambda number=number: done.append(number)) for number in range(50)]  # type: ignore[misc]
    assert await disk(lambda: 7, within_s=30) == 7
    assert done == list(range(50))
    assert all(job.done() for job in jobs)
    with pytest.raises(OSError, match="full"):
        await disk(refused, within_s=30)


def refused() -> None:
    raise OSError("the disk is full")


async def test_what_has_not_begun_in_time_is_not_done_and_what_has_goes_on() -> None:
    disk, free, done = Disk(ThreadPoolExecutor(1)), threading.Event(), list[str]()

    def hang() -> None:
        free.wait()
        done.append("hung")

    for work in (hang, lambda: done.append("late")):
        with pytest.raises(TimeoutError):
            await disk(work, within_s=0.05)
    free.set()
    await disk(lambda: done.append("next"), within_s=30)
    assert done == ["hung", "next"]


async def test_one_channel_that_hangs_holds_up_no_other() -> None:
    threads, free = disk_threads(), threading.Event()
    one, other = Disk(threads), Disk(threads)
    hung = one.begin(free.wait)
    assert await other(lambda: 7, within_s=30) == 7
    assert not hung.done()
    free.set()


async def test_a_disk_that_hangs_leaves_the_rundown_growing_and_what_it_held_up_in_place_later(
    tmp_path: Path,
) -> None:
    free = threading.Event()
    async with kept(tmp_path, FakeClock()) as on_air:
        keeper, air = on_air.keeper, on_air.keeper._air
        hung = air._disk.begin(free.wait)
        await on_air.clock.advance(200)
        before, in_place_s = keeper.timeline.end_ns, keeper.in_place_s
        assert in_place_s == keeper.ahead_s
        async with asyncio.timeout(60):
            await keeper.tick(better=False)
        assert keeper.timeline.end_ns > before
        assert keeper.in_place_s == in_place_s
        assert not hung.done()
        last = keeper.timeline.airings[-1]
        assert keeper.file_of(last) == air._storage.library.path(keeper.stock.get(last.clip_id))  # type: ignore[arg-type]
        free.set()
        await on_air.clock.advance(200)
        await keeper.tick(better=False)
        assert keeper.in_place_s == keeper.ahead_s
        assert keeper.file_of(last) == air._slots.path(last.slot)
        assert keeper.file_of(last).read_text() == last.clip_id


async def test_work_that_was_withdrawn_holds_up_nothing_behind_it() -> None:
    disk, free, done = Disk(ThreadPoolExecutor(1)), threading.Event(), list[str]()
    hung = disk.begin(free.wait)
    assert disk.begin(lambda: done.append("withdrawn")).cancel()
    behind = disk.begin(lambda: done.append("behind"))
    free.set()
    await asyncio.wrap_future(behind)
    assert hung.result()
    assert done == ["behind"]


async def test_eight_disks_that_hang_have_a_thread_each_by_which_they_are_known() -> None:
    threads, together = disk_threads(), threading.Barrier(9)

    def meet() -> str:
        together.wait(60)
        return threading.current_thread().name

    work = [Disk(threads).begin(meet) for _ in range(9)]
    async with asyncio.timeout(60):
        while threads._work_queue.qsize() != 1:  # noqa: ASYNC110 - the threads begin by themselves
            await asyncio.sleep(0.001)
    together.wait(60)
    together.reset()
    names = {job.result(60) for job in work[:8]}
    assert names == {f"disk_{number}" for number in range(8)}
    together.abort()
