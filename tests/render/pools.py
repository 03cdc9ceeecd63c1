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
from webtv.domain import Brief, Engines, Manifest, RenderOrder
from webtv.generator.writer.grammar import compose
from webtv.models.settings import HostSettings
from webtv.playlist.library import Library
from webtv.render.artefacts import ArtefactStore
from webtv.render.executor import OnProgress
from webtv.render.health import Health
from webtv.render.limits import Limits
from webtv.render.link import Connect, child
from webtv.render.pool import Pool
from webtv.render.worker_executor import worker_executors
from webtv.supervisor import Backoff, supervise

CPU = HostSettings()
GPU = HostSettings(device="cuda:0")
"""Its worker is given two orders at once. Engines without a model use no device."""


def order(*video: str, interpolator: str = "flow", shots: int = 1, seed: int = 0) -> RenderOrder:
    script = compose(Brief(theme="a quiet tide", shots=1, seconds=1.6, seed=seed))
    return RenderOrder(
        channel="tides",
        theme_revision="1",
        script=script.model_copy(update={"shots": script.shots * shots}),
        quanta=3,
        format=SMALL,
        engines=Engines(writer="grammar 1", video=video or ("procedural",), interpolator=(interpolator,)),
    )


def pool_of(
    data: Path, *, connect: Connect | None = None, limits: Limits | None = None, clock: Clock | None = None
) -> Pool:
    """A pool whose workers are children; what they make is in ``data/work``."""
    artefacts, health = ArtefactStore(Library(data)), Health(clock or SystemClock())
    return Pool(worker_executors(connect or child(), artefacts, health, limits), artefacts, health)


async def made(pool: Pool, asked: RenderOrder, on_progress: OnProgress = lambda *_: None) -> Manifest:
    return (await pool.render(asked, None, on_progress)).manifest


class Begun:
    """Listens to an order, and says when it has come to a step."""

    def __init__(self, step: str = "video") -> None:
        self._step, self._event = step, asyncio.Event()

    def __call__(self, step: str, _engine: str, done: float) -> None:
        if step == self._step:
            self._event.set()

    async def wait(self) -> None:
        async with asyncio.timeout(120):
            await self._event.wait()


async def begun(pool: Pool, asked: RenderOrder, step: str = "video") -> asyncio.Task[Manifest]:
    """The order, at the moment when it has come to a step."""
    at_step = Begun(step)
    rendering = asyncio.create_task(made(pool, asked, at_step))
    await at_step.wait()
    return rendering


def who_filmed(manifest: Manifest) -> str:
    return manifest.engines["video"].split()[0]


async def until(what: Callable[[], bool]) -> None:
    """Until it is so; of processes the system tells nobody."""
    async with asyncio.timeout(120):
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
async def supervised(pool: Pool, settings: HostSettings) -> AsyncIterator[None]:
    """One worker of the pool's, which is started anew whenever it is lost."""
    task = asyncio.create_task(
        supervise("worker", lambda: pool.work(settings), clock=SystemClock(), backoff=Backoff(first_s=0))
    )
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def rogue_pool(
    models: Path, limits: Limits | None = None, *, clock: Clock | None = None, settings: HostSettings = CPU
) -> AsyncIterator[Pool]:
    """A pool of one worker with rogues. ``limits`` must leave room for what a healthy one needs when the
    machine is busy; rogues make their own time pass faster, see ``rogues``."""
    pool = pool_of(models, connect=child(COMMAND), limits=limits, clock=clock)
    async with supervised(pool, settings.model_copy(update={"folder": models})):
        yield pool
