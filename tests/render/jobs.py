"""Small orders, and pools that are supervised as in the station."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.clips import SMALL
from tests.render.rogues import COMMAND
from webtv.clock import Clock, SystemClock
from webtv.domain import Brief, Engines, RenderOrder
from webtv.generator.writer.grammar import compose
from webtv.models.settings import HostSettings
from webtv.render.limits import Limits
from webtv.render.link import child
from webtv.render.messages import Job
from webtv.render.pool import Pool
from webtv.supervisor import Backoff, supervise


def job(folder: Path, *video: str, reference_file: Path | None = None, shots: int = 1, seed: int = 0) -> Job:
    script = compose(Brief(theme="a quiet tide", shots=1, seconds=1.6, seed=seed))
    order = RenderOrder(
        channel="tides",
        theme_revision="1",
        script=script.model_copy(update={"shots": script.shots * shots}),
        quanta=3,
        format=SMALL,
        engines=Engines(writer="grammar 1", video=video or ("procedural",)),
    )
    return Job(order=order, folder=folder, reference_file=reference_file)


async def until(what: Callable[[], bool]) -> None:
    """Until it is so; of processes the system tells nobody."""
    async with asyncio.timeout(60):
        while not what():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def workers() -> list[int]:
    """Our child processes that are render workers."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            line = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == os.getpid() and (b"webtv.render.worker" in line or COMMAND[1].encode() in line):
            found.append(int(path.parent.name))
    return found


@asynccontextmanager
async def rogue_pool(
    models: Path, limits: Limits | None = None, *, clock: Clock | None = None
) -> AsyncIterator[Pool]:
    """A pool of one worker with rogues, which is started anew whenever it is lost."""
    pool = Pool(clock, limits=limits, call=child(COMMAND))
    settings = HostSettings(folder=models)
    task = asyncio.create_task(
        supervise("worker", lambda: pool.work(settings), clock=SystemClock(), backoff=Backoff(first_s=0))
    )
    try:
        yield pool
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
