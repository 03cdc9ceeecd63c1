"""Worker processes on this machine. An order goes in, a finished file's manifest comes out."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from pydantic import ValidationError

from webtv.domain import Manifest
from webtv.errors import ClipRejected, EngineError
from webtv.render.worker import (
    EVENT,
    Failed,
    Finished,
    Job,
    Progressed,
    Rejected,
    Started,
)

log = structlog.get_logger()

QUIET_S = 300.0
"""A worker that reports no progress for this long hangs, and is ended."""

_LINE_LIMIT = 4 * 1024 * 1024

OnProgress = Callable[[str, float], None]


@dataclass
class _Task:
    job: Job
    on_progress: OnProgress
    result: asyncio.Future[Manifest] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Pool:
    """Jobs for workers. ``work`` is one worker's life; supervise as many of them as there shall be."""

    def __init__(self) -> None:
        self._tasks: asyncio.Queue[_Task] = asyncio.Queue()

    async def render(self, job: Job, on_progress: OnProgress) -> Manifest:
        """Have a job done.

        Raises:
            ClipRejected: the file was made, is in the job's folder, and is not fit to air.
            EngineError: it could not be made.
        """
        task = _Task(job, on_progress)
        await self._tasks.put(task)
        return await task.result

    async def work(self) -> None:
        """Start a worker once there is work, and hand it jobs for as long as it lives.

        Raises:
            EngineError: the worker ended or hung; the job it had is failed with the same error.
        """
        task = await self._tasks.get()
        try:
            process = await _started()
        except BaseException as error:
            _settle(task, EngineError(f"no render worker could be started: {error}"))
            raise
        try:
            while True:
                await self._hand_over(process, task)
                task = await self._next_task(process)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def _next_task(self, process: asyncio.subprocess.Process) -> _Task:
        waiting = asyncio.ensure_future(self._tasks.get())
        ending = asyncio.ensure_future(process.wait())
        try:
            await asyncio.wait((waiting, ending), return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                return waiting.result()
            raise EngineError(f"the render worker ended with status {process.returncode} while idle")
        finally:
            waiting.cancel()
            ending.cancel()

    async def _hand_over(self, process: asyncio.subprocess.Process, task: _Task) -> None:
        try:
            outcome = await _converse(process, task)
        except BaseException as error:
            _settle(task, error if isinstance(error, EngineError) else EngineError(f"no answer: {error!r}"))
            raise
        _settle(task, outcome)


async def _started() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "webtv.render.worker",
        str(os.getpid()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_LIMIT,
        start_new_session=True,
    )


def _settle(task: _Task, outcome: Manifest | Exception) -> None:
    if task.result.done():
        return
    if isinstance(outcome, Manifest):
        task.result.set_result(outcome)
    else:
        task.result.set_exception(outcome)


async def _converse(process: asyncio.subprocess.Process, task: _Task) -> Manifest | Exception:
    assert process.stdin is not None  # noqa: S101 - opened as a pipe above
    process.stdin.write(task.job.model_dump_json().encode() + b"\n")
    while True:
        match await _event(process, QUIET_S):
            case Started():
                task.on_progress("starting", 0.0)
            case Progressed(step=step, done=done):
                task.on_progress(step, done)
            case Finished(manifest=manifest):
                return manifest
            case Rejected(reason=reason, detail=detail):
                return ClipRejected(reason, detail)
            case Failed(message=message, trace=trace):
                if trace:
                    log.error("bug in the render worker", trace=trace)
                return EngineError(message)


async def _event(
    process: asyncio.subprocess.Process, timeout_s: float
) -> Started | Progressed | Finished | Rejected | Failed:
    assert process.stdout is not None  # noqa: S101 - opened as a pipe above
    try:
        async with asyncio.timeout(timeout_s):
            line = await process.stdout.readline()
    except TimeoutError:
        raise EngineError(f"the render worker said nothing for {timeout_s:.0f} s") from None
    if not line:
        raise EngineError(f"the render worker ended with status {await process.wait()}")
    try:
        return EVENT.validate_json(line)
    except ValidationError as error:
        raise EngineError(f"the render worker broke the protocol: {error}") from error
