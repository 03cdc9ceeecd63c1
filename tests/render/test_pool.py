from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.clips import SMALL, make_clip
from tests.render.pools import begun, made, order, pool_of, workers
from webtv.errors import ClipRejected, EngineError
from webtv.media.fmp4 import read_index, read_init
from webtv.render.artefacts import Artefact
from webtv.render.pool import Pool


def init_of(path: Path) -> bytes:
    return read_init(path, read_index(path))


@asynccontextmanager
async def working(pool: Pool) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(pool.work())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_finished_file_comes_back_with_its_manifest(tmp_path: Path) -> None:
    pool = pool_of(tmp_path)
    async with working(pool):
        artefact = await pool.render(order(), None, lambda *_: None)
        again = await made(pool, order())
    assert artefact.file.stat().st_size == artefact.manifest.bytes
    assert again.sha256 == artefact.manifest.sha256
    assert not workers()


async def test_no_worker_starts_before_there_is_work(tmp_path: Path) -> None:
    async with working(pool_of(tmp_path)):
        for _ in range(20):
            await asyncio.sleep(0)
        assert not workers()


async def test_a_clip_unlike_the_channel_is_rejected_with_its_reason(tmp_path: Path) -> None:
    other = make_clip(tmp_path / "other.mp4", house=SMALL.model_copy(update={"width": 256}))
    pool = pool_of(tmp_path)
    async with working(pool):
        with pytest.raises(ClipRejected) as caught:
            await pool.render(order(), init_of(other), lambda *_: None)
    assert caught.value.reason == "configuration"


async def test_an_order_for_another_initialisation_segment_is_another_order(tmp_path: Path) -> None:
    alike = make_clip(tmp_path / "alike.mp4", house=SMALL)
    other = make_clip(tmp_path / "other.mp4", house=SMALL.model_copy(update={"width": 256}))
    pool = pool_of(tmp_path)
    async with working(pool):
        good, bad = await asyncio.gather(
            pool.render(order(), init_of(alike), lambda *_: None),
            pool.render(order(), init_of(other), lambda *_: None),
            return_exceptions=True,
        )
    assert isinstance(good, Artefact)
    assert isinstance(bad, ClipRejected)


async def test_an_order_that_cannot_be_made_leaves_the_worker_fit_for_the_next(tmp_path: Path) -> None:
    pool = pool_of(tmp_path)
    async with working(pool) as task:
        (tmp_path / "work").rmdir()
        with pytest.raises(EngineError, match="No such file"):
            await made(pool, order())
        (tmp_path / "work").mkdir()
        await made(pool, order())
        assert not task.done()


async def test_a_killed_worker_ends_the_run_and_the_next_one_makes_the_clip(tmp_path: Path) -> None:
    pool = pool_of(tmp_path)
    async with working(pool) as task:
        rendering = await begun(pool, order())
        os.kill(workers()[0], signal.SIGKILL)
        with pytest.raises(EngineError, match="ended with status -9"):
            await task
    async with working(pool):
        assert await rendering


@pytest.mark.parametrize("program", ["missing", "not executable"])
async def test_a_worker_that_cannot_be_started_fails_its_order_and_a_later_one_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    interpreter = tmp_path / "python"
    if program == "not executable":
        interpreter.write_text("no program")
    pool = pool_of(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", str(interpreter))
        async with working(pool) as task:
            with pytest.raises(EngineError, match="no render worker could be started"):
                await made(pool, order())
            with pytest.raises(OSError, match="python"):
                await task
    async with working(pool):
        assert await made(pool, order())
