"""Has engines tried again whose rest is over."""

from __future__ import annotations

import asyncio

from webtv.render.executor import Executor, ExecutorLostError


async def try_rested(executor: Executor) -> None:
    """Let an idle executor check each of its engines that is due. Raises ExecutorLostError."""
    health, device, loop = executor.health, executor.device, asyncio.get_running_loop()
    while (due := health.take_due(device)) is not None:
        began_s = loop.time()
        try:
            reason = await executor.check(*due)
        except ExecutorLostError as error:
            health.failed(device, *due, str(error), took_s=loop.time() - began_s)
            raise
        except BaseException:
            health.let_go(device, *due)
            raise
        if reason:
            health.failed(device, *due, reason, took_s=loop.time() - began_s)
        else:
            health.recovered(device, *due)
