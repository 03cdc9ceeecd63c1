"""Worker processes on this machine. An order goes in, a finished file's manifest comes out."""

from __future__ import annotations

import asyncio
from collections import deque

import structlog

from webtv import metrics
from webtv.clock import Clock, SystemClock
from webtv.domain import Manifest
from webtv.errors import ClipRejected, EngineError
from webtv.models.settings import HostSettings
from webtv.render.health import Health
from webtv.render.limits import Limits, WorkerLostError
from webtv.render.link import Call, child
from webtv.render.messages import (
    Cancel,
    Cancelled,
    EngineFailed,
    Failed,
    Finished,
    Job,
    Progressed,
    Rejected,
    Started,
)
from webtv.render.process import WorkerProcess
from webtv.render.recovery import try_rested
from webtv.render.task import Key, OnProgress, Task, key_of

log = structlog.get_logger()

_ATTEMPTS = 2
"""How many workers an order may cost before it is given up."""
_REMEMBERED = 256


class Pool:
    """Jobs for workers. ``work`` is one worker's life; supervise as many of them as there shall be."""

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        limits: Limits | None = None,
        call: Call | None = None,
    ) -> None:
        """``call`` has a worker started; by default it is a child."""
        self._clock = clock or SystemClock()
        self.health = Health(self._clock)
        self._limits = limits or Limits()
        self._call = call or child()
        self._waiting: deque[Task] = deque()
        self._some = asyncio.Event()
        self._tasks: dict[Key, Task] = {}
        self._made: dict[Key, Manifest] = {}

    async def render(self, job: Job, on_progress: OnProgress) -> Manifest:
        """Have a job done.

        A job is known by its order, folder and channel. One that is under way is joined; one that this pool
        has done is not done again as long as its file lies there in the length that the manifest tells. When
        all callers of a job are cancelled the job is too, and leaves no file.

        Raises:
            ClipRejected: the file was made, is in the job's folder, and is not fit to air.
            EngineError: it could not be made.
        """
        key = key_of(job)
        while (task := self._tasks.get(key)) is not None and task.withdrawn:
            await task.over.wait()
        if task is None:
            if (manifest := self._made.get(key)) is not None and _lies_there(job, manifest):
                return manifest
            task = self._tasks[key] = Task(job)
            self._waiting.append(task)
            self._some.set()
        task.listeners.append(on_progress)
        try:
            return await asyncio.shield(task.result)
        finally:
            task.listeners.remove(on_progress)
            if not task.listeners and not task.result.done():
                self._withdraw(task)

    async def work(self, settings: HostSettings | None = None) -> None:
        """Start a worker on a device once there is work, and hand it jobs for as long as it lives.

        When this is cancelled the worker is ended, and the job that it had waits for another.

        Raises:
            WorkerLostError: the worker ended, hung or took too much memory. The job that it had is done once
                more by the next one; the engines that may be why rest, where others can stand in for them.
        """
        settings = settings or HostSettings()
        with metrics.workers_lost.labels(settings.device).count_exceptions():
            while not self._waiting:
                await self._some.wait()
            task = self._take()
            try:
                worker = await WorkerProcess.start(self._call, settings, self._limits)
            except asyncio.CancelledError:
                self._again(task)
                raise
            except BaseException as error:
                self._settle(task, EngineError(f"no render worker could be started: {error}"))
                raise
            try:
                while True:
                    await self._hand_over(worker, task)
                    task = await self._next_task(worker)
            finally:
                await worker.end()

    def _take(self) -> Task:
        task = self._waiting.popleft()
        if not self._waiting:
            self._some.clear()
        return task

    def _withdraw(self, task: Task) -> None:
        task.let_go_by_s = asyncio.get_running_loop().time() + self._limits.cancel_s
        if task in self._waiting:
            self._waiting.remove(task)
            if not self._waiting:
                self._some.clear()
            self._settle(task, None)
        elif task.worker is not None:
            task.worker.tell(Cancel(order_id=task.job.order.id))

    def _settle(self, task: Task, outcome: Manifest | Exception | None) -> None:
        """Let the callers have it; None, or anything that comes too late, is for nobody."""
        self._tasks.pop(key_of(task.job), None)
        task.over.set()
        if task.withdrawn or outcome is None:
            task.result.cancel()
            if task.attempts:
                task.path.unlink(missing_ok=True)
        elif isinstance(outcome, Manifest):
            self._made[key_of(task.job)] = outcome
            if len(self._made) > _REMEMBERED:
                del self._made[next(iter(self._made))]
            task.result.set_result(outcome)
        else:
            task.result.set_exception(outcome)

    async def _next_task(self, worker: WorkerProcess) -> Task:
        while not self._waiting:
            await try_rested(worker, self.health)
            await self._idle(worker)
        return self._take()

    async def _idle(self, worker: WorkerProcess) -> None:
        """Until there is work, or somebody's rest is over."""
        until = [asyncio.ensure_future(self._some.wait()), asyncio.ensure_future(worker.ended())]
        due_s = self.health.next_due_s(worker.device)
        if due_s is not None:
            until.append(asyncio.ensure_future(self._clock.sleep(due_s)))
        try:
            await asyncio.wait(until, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in until:
                one.cancel()
        worker.raise_if_ended()

    async def _hand_over(self, worker: WorkerProcess, task: Task) -> None:
        try:
            await try_rested(worker, self.health)
        except BaseException:
            self._again(task)  # it had no part in that
            raise
        if task.withdrawn:
            self._settle(task, None)
            return
        task.attempts += 1
        task.worker = worker
        try:
            outcome = await self._converse(worker, task)
        except asyncio.CancelledError:
            task.attempts -= 1
            try:
                await worker.end()
            finally:
                task.path.unlink(missing_ok=True)
                self._again(task)
            raise
        except WorkerLostError as error:
            try:
                await worker.end()  # before another one writes to the same file
            finally:
                self._lost(worker.device, task, error)
            raise
        except BaseException as error:
            self._settle(task, EngineError(f"no answer: {error!r}"))
            raise
        finally:
            task.worker = None
            worker.at_rest()
        self._settle(task, outcome)

    def _lost(self, device: str, task: Task, error: WorkerLostError) -> None:
        task.path.unlink(missing_ok=True)
        for running in error.at_work:
            if not task.withdrawn and task.can_do_without(running.step, running.engine):
                self.health.failed(device, running.step, running.engine, str(error), took_s=running.for_s)
        if task.attempts < _ATTEMPTS:
            self._again(task)
        else:
            self._settle(task, error)

    def _again(self, task: Task) -> None:
        """The next worker's first job."""
        if task.withdrawn:
            self._settle(task, None)
        else:
            self._waiting.appendleft(task)
            self._some.set()

    async def _converse(
        self, worker: WorkerProcess, task: Task
    ) -> Manifest | ClipRejected | EngineError | None:
        resting = self.health.resting(worker.device)
        worker.tell(task.job.model_copy(update={"resting": resting}))
        failed: set[tuple[str, str]] = set()
        began_s = asyncio.get_running_loop().time()
        while True:
            try:
                event = await worker.event(within_s=self._left_s(worker, task, began_s))
            except TimeoutError:
                continue  # and find that no time is left
            match event:
                case Started():
                    task.tell("starting", "", 0.0)
                case Progressed(step=step, engine=engine, done=done):
                    task.tell(step, engine, done)
                case EngineFailed(step=step, engine=engine, reason=reason):
                    failed.add((step, engine))
                    self.health.failed(worker.device, step, engine, reason)
                case Finished(manifest=manifest):
                    for step, engine in _who_worked(manifest) - failed:
                        self.health.worked(worker.device, step, engine)
                    return manifest
                case Rejected(reason=reason, detail=detail):
                    return ClipRejected(reason, detail)
                case Cancelled():
                    return None
                case Failed(message=message, trace=trace):
                    if trace:
                        log.error("bug in the render worker", trace=trace)
                    return EngineError(message)

    def _left_s(self, worker: WorkerProcess, task: Task, began_s: float) -> float:
        """How long the order may still take, or its cancelling. Raises WorkerLostError when time is up."""
        now_s = asyncio.get_running_loop().time()
        if task.let_go_by_s is not None:
            left_s, limit_s, what = task.let_go_by_s - now_s, worker.limits.cancel_s, "to let go of an order"
        else:
            limit_s = worker.limits.order_s
            left_s, what = began_s + limit_s - now_s, "for one order"
        if left_s <= 0:
            raise WorkerLostError(
                f"the render worker on {worker.device} took more than {limit_s:.0f} s {what} and was ended"
            )
        return left_s


def _lies_there(job: Job, manifest: Manifest) -> bool:
    try:
        return (job.folder / f"{job.order.id}.mp4").stat().st_size == manifest.bytes
    except OSError:
        return False


def _who_worked(manifest: Manifest) -> set[tuple[str, str]]:
    return {
        (step, who.rpartition(" ")[0])
        for step in ("video", "interpolator", "musician", "screener")
        for who in manifest.engines.get(step, "").split(", ")
        if who
    }
