"""Has engines tried again whose rest is over."""

from __future__ import annotations

import asyncio

from webtv.render.health import Health
from webtv.render.limits import WorkerLostError
from webtv.render.messages import Check, Checked
from webtv.render.process import WorkerProcess


async def try_rested(worker: WorkerProcess, health: Health) -> None:
    """Let an idle worker check each engine of its device that is due. Raises WorkerLostError."""
    device, loop = worker.device, asyncio.get_running_loop()
    while (due := health.take_due(device)) is not None:
        began_s = loop.time()
        try:
            reason = await _checked(worker, *due)
        except WorkerLostError as error:
            health.failed(device, *due, str(error), took_s=loop.time() - began_s)
            raise
        except BaseException:
            health.let_go(device, *due)
            raise
        if reason:
            health.failed(device, *due, reason, took_s=loop.time() - began_s)
        else:
            health.recovered(device, *due)


async def _checked(worker: WorkerProcess, step: str, engine: str) -> str:
    limit_s = worker.limits.check_s
    try:
        async with asyncio.timeout(limit_s):
            worker.tell(Check(step=step, engine=engine))
            while True:
                match await worker.event():
                    case Checked(reason=reason):
                        worker.at_rest()
                        return reason
    except TimeoutError:
        raise WorkerLostError(
            f"finding out whether {engine} works again took more than {limit_s:.0f} s on {worker.device}; "
            "the worker was ended"
        ) from None
