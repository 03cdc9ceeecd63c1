"""What befalls workers: killed, hung, too large, without memory or a library. A late clip, and no more."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.clocks import FakeClock
from tests.render.pools import Begun, begun, made, order, rogue_pool, who_filmed, workers
from webtv.errors import EngineError
from webtv.render.limits import Limits
from webtv.render.pool import Pool
from webtv.render.worker_executor import WorkerExecutor


def resting(pool: Pool) -> dict[str, str]:
    return {one.engine: one.reason for one in pool.health.snapshot() if not one.up}


async def test_a_worker_killed_mid_order_is_replaced_and_the_stand_in_makes_the_clip(tmp_path: Path) -> None:
    async with rogue_pool(tmp_path) as pool:
        rendering = await begun(pool, order("slow", "procedural"))
        os.kill(workers()[0], signal.SIGKILL)
        manifest = await rendering
    assert who_filmed(manifest) == "procedural"
    assert "ended with status -9" in resting(pool)["slow"]
    assert "slow at step video" in resting(pool)["slow"]
    assert (tmp_path / "work" / f"{manifest.id}.mp4").stat().st_size == manifest.bytes


async def test_a_stopped_worker_is_ended_and_its_order_made_by_the_next(tmp_path: Path) -> None:
    async with rogue_pool(tmp_path) as pool:
        rendering = await begun(pool, order("slow", "procedural"))
        [stopped] = workers()
        os.kill(stopped, signal.SIGSTOP)
        [worker] = pool.executors
        assert isinstance(worker, WorkerExecutor)
        while not worker.connection.ended.is_set():  # a minute later, as it were
            worker.connection.heard_s -= 60
            await asyncio.sleep(0.05)
        assert who_filmed(await rendering) == "procedural"
        assert stopped not in workers()
    assert "said nothing for 60 s" in resting(pool)["slow"]


async def test_an_engine_that_hangs_is_ended_and_alone_has_to_rest(tmp_path: Path) -> None:
    async with rogue_pool(tmp_path) as pool:
        manifest = await made(pool, order("hangs", "procedural"))
    assert who_filmed(manifest) == "procedural"
    assert list(resting(pool)) == ["hangs"]
    assert resting(pool)["hangs"].startswith("hangs at step video on cpu hangs: no progress for")


async def test_an_engine_that_takes_for_ever_is_ended_though_it_tells_of_progress(tmp_path: Path) -> None:
    async with rogue_pool(tmp_path) as pool:
        manifest = await made(pool, order("endless", "procedural"))
    assert who_filmed(manifest) == "procedural"
    assert "endless at step video on cpu took more than 1800 s" in resting(pool)["endless"]


async def test_a_worker_that_takes_too_much_memory_is_ended(tmp_path: Path) -> None:
    async with rogue_pool(tmp_path, Limits(memory_bytes=500_000_000)) as pool:
        manifest = await made(pool, order("greedy", "procedural"))
    assert who_filmed(manifest) == "procedural"
    assert "may hold 0.5 GB" in resting(pool)["greedy"]
    assert "worker_memory_gb" in resting(pool)["greedy"]


@pytest.mark.parametrize(
    ("engine", "reason"),
    [
        ("memoryless", "ran out of memory on cpu"),
        ("libraryless", "needs the package a_library_that_nobody_has"),
    ],
)
async def test_what_libraries_raise_is_told_as_what_to_do_and_the_stand_in_goes_on(
    tmp_path: Path, engine: str, reason: str
) -> None:
    async with rogue_pool(tmp_path) as pool:
        manifest = await made(pool, order(engine, "procedural"))
        [worker] = workers()
        assert who_filmed(manifest) == "procedural"
        assert reason in resting(pool)[engine]
        again = await made(pool, order(engine, "procedural", seed=1))
        assert workers() == [worker]
    assert who_filmed(again) == "procedural"


async def test_the_trace_of_a_bug_in_an_engine_is_logged_as_the_station_logs_and_tells_no_secrets(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with rogue_pool(tmp_path) as pool:
        await made(pool, order("buggy", "procedural"))
    said = capfd.readouterr().err
    [logged] = [json.loads(line) for line in said.splitlines() if "engine failed" in line]
    assert "raise IndexError(len(token))" in logged["exception"]
    assert "hf_canary" not in said


async def test_an_engine_that_prints_and_reads_does_not_break_the_protocol(tmp_path: Path) -> None:
    async with rogue_pool(tmp_path) as pool:
        manifest = await made(pool, order("nosy", "procedural"))
    assert who_filmed(manifest) == "nosy"


async def test_an_order_that_costs_two_workers_is_given_up(tmp_path: Path) -> None:
    async with rogue_pool(tmp_path) as pool:
        with pytest.raises(EngineError, match="hangs at step video on cpu hangs: no progress"):
            await made(pool, order("hangs"))
    assert not resting(pool)
    assert not list((tmp_path / "work").glob("*.mp4"))


async def test_only_the_last_caller_to_go_cancels_an_order_which_leaves_no_file(tmp_path: Path) -> None:
    async with rogue_pool(tmp_path) as pool:
        asked = order("slow")
        first = await begun(pool, asked)
        second = asyncio.create_task(made(pool, asked))
        await asyncio.sleep(0)
        [worker] = workers()
        first.cancel()
        await asyncio.wait([first])
        assert first.cancelled()
        assert not second.done()
        second.cancel()
        await asyncio.wait([second])
        manifest = await made(pool, order(seed=1))
        assert workers() == [worker]
    assert [path.name for path in (tmp_path / "work").glob("*.mp4")] == [f"{manifest.id}.mp4"]


async def test_a_worker_that_does_not_let_go_of_a_cancelled_order_is_ended(tmp_path: Path) -> None:
    async with rogue_pool(tmp_path, Limits(cancel_s=0.5)) as pool:
        rendering = await begun(pool, order("hangs"))
        [worker] = workers()
        rendering.cancel()
        await made(pool, order(seed=1))
        assert worker not in workers()
    assert not resting(pool)


async def test_an_order_cancelled_and_asked_for_again_is_made(tmp_path: Path) -> None:
    async with rogue_pool(tmp_path, Limits(cancel_s=0.5)) as pool:
        asked = order("mended")
        (tmp_path / "mended").touch()
        filming = Begun("starting")
        rendering = asyncio.create_task(made(pool, asked, filming))
        await filming.wait()
        rendering.cancel()
        manifest = await made(pool, asked)
    assert (tmp_path / "work" / f"{manifest.id}.mp4").stat().st_size == manifest.bytes


async def test_an_order_is_made_once_however_often_it_is_asked_for(tmp_path: Path) -> None:
    async with rogue_pool(tmp_path) as pool:
        asked = order()
        one, other = await asyncio.gather(*(made(pool, asked) for _ in range(2)))
        path = tmp_path / "work" / f"{one.id}.mp4"
        written = path.stat().st_mtime_ns
        assert one is other is await made(pool, asked)
        assert path.stat().st_mtime_ns == written
        path.unlink()
        await made(pool, asked)
        assert path.exists()


async def test_an_engine_comes_back_when_its_check_finds_it_mended(tmp_path: Path) -> None:
    clock = FakeClock()
    with capture_logs() as logs:
        async with rogue_pool(tmp_path, clock=clock) as pool:

            async def filmed(seed: int) -> str:
                asked = order("mended", "procedural", seed=seed)
                return who_filmed(await made(pool, asked))

            assert await filmed(1) == "procedural"
            (tmp_path / "mended").touch()
            assert await filmed(2) == "procedural"
            await clock.advance(31)
            assert await filmed(3) == "mended"
    said = [(line["event"], line["engine"]) for line in logs if "engine" in line]
    assert said == [("engine rests", "mended"), ("engine is back", "mended")]


async def test_a_check_that_hangs_costs_the_worker_and_no_order(tmp_path: Path) -> None:
    clock = FakeClock()
    async with rogue_pool(tmp_path, Limits(check_s=1.0), clock=clock) as pool:
        await made(pool, order("mended", "procedural"))
        [worker] = workers()
        (tmp_path / "check hangs").touch()
        await clock.advance(31)
        manifest = await made(pool, order("mended", "procedural", seed=1))
        assert who_filmed(manifest) == "procedural"
        assert worker not in workers()
    assert "took more than 1 s" in resting(pool)["mended"]


_DAEMON = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.render.pools import Begun, begun, made, order, rogue_pool, who_filmed, workers

async def main(folder):
    async with rogue_pool(folder) as pool:
        await made(pool, order("memoryless", "procedural"))
        for process in ("self", *workers()):
            print("libtorch" in Path(f"/proc/{process}/maps").read_text())
        print(*workers(), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main(Path(sys.argv[1])))
"""


def test_the_worker_alone_loads_torch_and_dies_with_a_killed_daemon(tmp_path: Path) -> None:
    seen = subprocess.run(
        [sys.executable, "-c", _DAEMON, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert seen.returncode == -signal.SIGKILL, seen.stderr
    in_daemon, in_worker, worker = seen.stdout.split()[-3:]  # a log comes before
    assert (in_daemon, in_worker) == ("False", "True")
    with contextlib.suppress(OSError):  # it is gone
        for _ in range(1000):
            if not Path("/proc", worker, "maps").read_text():
                return  # ended, and nobody has asked for its status
            time.sleep(0.01)
        pytest.fail("the worker outlived its daemon")
