"""Runs playout in a test, with bounds on every wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from tests.broadcaster.air import Air
from webtv.broadcaster.handover import LeftPushes, running
from webtv.broadcaster.playout import Playout, push_equipment
from webtv.broadcaster.pusher import Pusher
from webtv.broadcaster.status import State
from webtv.config import Target
from webtv.media.ffmpeg import FFmpeg


def playout(air: Air, ffmpeg: FFmpeg, **targets: str) -> Playout:
    """Pushes of ``air`` to targets by name and URL."""
    configured = [Target(url=url, name=name) for name, url in targets.items()]
    return Playout(
        "channel",
        air.folder,
        lambda: air.timeline,
        configured,
        push_equipment(ffmpeg, air.clock, LeftPushes()),
    )


@asynccontextmanager
async def carried(played: Playout) -> AsyncIterator[dict[str, Pusher]]:
    task = asyncio.create_task(played.run())
    try:
        yield played.pushers
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(true: Callable[[], object], limit_s: float = 60) -> None:
    async with asyncio.timeout(limit_s):
        while not true():  # noqa: ASYNC110 - what is waited for happens in other processes
            await asyncio.sleep(0.02)


async def on_air(*pushers: Pusher) -> None:
    await until(lambda: all(pusher.status.state is State.ON_AIR for pusher in pushers))


def pids(air: Air) -> set[int]:
    return set(running(air.folder))
