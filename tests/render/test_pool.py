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
from tests.render.jobs import job, workers
from webtv.errors import ClipRejected, EngineError
from webtv.render.pool import Pool


@asynccontextmanager
async def working(pool: Pool) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(pool.work())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_finished_file_comes_back_with_its_manifest(tmp_path: Path) -> None:
    pool = Pool()
    async with working(pool):
        manifest = await pool.render(job(tmp_path), lambda *_: None)
        again = await pool.render(job(tmp_path), lambda *_: None)
    assert (tmp_path / f"{manifest.id}.mp4").stat().st_size == manifest.bytes
    assert again.sha256 == manifest.sha256
    assert not workers()


async def test_no_worker_starts_before_there_is_work() -> None:
    pool = Pool()
    async with working(pool):
        for _ in range(20):
            await asyncio.sleep(0)
        assert not workers()


async def test_a_clip_unlike_the_channel_is_rejected_with_its_reason(tmp_path: Path) -> None:
    other = make_clip(tmp_path / "other.mp4", house=SMALL.model_copy(update={"width": 256}))
    pool = Pool()
    async with working(pool):
        with pytest.raises(ClipRejected) as caught:
            await pool.render(job(tmp_path, reference_file=other), lambda *_: None)
    assert caught.value.reason == "configuration"


async def test_a_job_that_cannot_be_done_leaves_the_worker_fit_for_the_next(tmp_path: Path) -> None:
    pool = Pool()
    async with working(pool) as task:
        with pytest.raises(EngineError, match="No such file"):
            await pool.render(job(tmp_path / "nowhere"), lambda *_: None)
        await pool.render(job(tmp_path), lambda *_: None)
        assert not task.done()


async def test_a_killed_worker_ends_the_run_and_the_next_one_makes_the_clip(tmp_path: Path) -> None:
    pool = Pool()
    started = asyncio.Event()
    async with working(pool) as task:
        rendering = asyncio.create_task(pool.render(job(tmp_path), lambda *_: started.set()))
        await started.wait()
        os.kill(workers()[0], signal.SIGKILL)
        with pytest.raises(EngineError, match="ended with status -9"):
            await task
    async with working(pool):
        assert await rendering


@pytest.mark.parametrize("program", ["missing", "not executable"])
async def test_a_worker_that_cannot_be_started_fails_its_job_and_a_later_one_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    interpreter = tmp_path / "python"
    if program == "not executable":
        interpreter.write_text("no program")
    pool = Pool()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", str(interpreter))
        async with working(pool) as task:
            with pytest.raises(EngineError, match="no render worker could be started"):
                await pool.render(job(tmp_path), lambda *_: None)
            with pytest.raises(OSError, match="python"):
                await task
    async with working(pool):
        assert await pool.render(job(tmp_path), lambda *_: None)
