"""Has engines tried again whose rest is over."""

from __future__ import annotations

import asyncio

from webtv.render.health import Health
from webtv.render.limits import WorkerLostError
from webtv.render.messages import Check, Checked
from webtv.render.process import WorkerProcess


async def try_rested(worker: WorkerProcess, health: Health) -> None:
    """Let an idle worker check each engine of its device that is due. Raises WorkerLostError."""
    device = worker.device
    while (due := health.take_due(device)) is not None:
        step, engine = due
        try:
            async with asyncio.timeout(worker.limits.check_s):
                reason = await _checked(worker, Check(step=step, engine=engine))
        except TimeoutError:
            limit_s = worker.limits.check_s
            reason = f"finding out whether {engine} works again took more than {limit_s:.0f} s on {device}"
            health.failed(device, step, engine, reason)
            raise WorkerLostError(f"{reason}; the worker was ended") from None
        except WorkerLostError as error:
            health.failed(device, step, engine, str(error))
            raise
        except BaseException:
            health.let_go(device, step, engine)
            raise
        if reason:
            health.failed(device, step, engine, reason)
        else:
            health.recovered(device, step, engine)


async def _checked(worker: WorkerProcess, check: Check) -> str:
    worker.tell(check)
    while True:
        match await worker.event():
            case Checked(reason=reason):
                worker.at_rest()
                return reason
