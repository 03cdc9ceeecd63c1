"""Hands orders to executors, one for each device. An order goes in, a finished clip comes out."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

from webtv import metrics
from webtv.domain import RenderOrder
from webtv.errors import ClipRejected, EngineError
from webtv.models.settings import HostSettings
from webtv.render.artefacts import Artefact, ArtefactStore
from webtv.render.executor import Executor, ExecutorLostError, OnProgress, StartExecutor
from webtv.render.health import Health
from webtv.render.order_queue import OrderQueue, QueuedOrder
from webtv.render.recovery import try_rested

_ATTEMPTS = 2
"""How many workers an order may cost before it is given up."""
_REMEMBERED = 256


class Pool:
    """Orders for executors. ``work`` is one executor's life; supervise as many of them as there shall be."""

    def __init__(self, start: StartExecutor, artefacts: ArtefactStore, health: Health) -> None:
        """``start`` has an executor started, which notes in ``health`` how its engines do."""
        self.health = health
        self._start, self._artefacts = start, artefacts
        self._queue = OrderQueue()
        self.executors: list[Executor] = []
        """Those at work now."""
        self._made: dict[tuple[str, bytes | None], Artefact] = {}

    async def render(self, order: RenderOrder, init: bytes | None, on_progress: OnProgress) -> Artefact:
        """Have the clip of an order made, with the initialisation segment ``init``.

        One that is under way is joined; one that this pool has made is not made again as long as its file
        lies in the store. When all callers of an order are cancelled the order is too, and leaves no file.

        Raises:
            ClipRejected: the file was made, is in the store, and is not fit to air.
            EngineError: it could not be made.
        """
        queued = await self._queue.find(order, init)
        if queued is None:
            made = self._made.get((order.id, init))
            if made is not None and self._artefacts.has(made):
                return made
            queued = self._queue.add(order, init)
        queued.listeners.append(on_progress)
        try:
            return await asyncio.shield(queued.result)
        finally:
            queued.listeners.remove(on_progress)
            if not queued.listeners and not queued.result.done():
                self._withdraw(queued)

    async def work(self, settings: HostSettings | None = None) -> None:
        """Start an executor for a device once there is work, and hand it orders for as long as it lives.

        When this is cancelled the executor is ended, and the orders that it had in hand wait for another.

        Raises:
            ExecutorLostError: it ended, hung or took too much memory. The orders that it had are made once
                more by the next one; the engines that may be why rest, where others can stand in for them.
        """
        settings = settings or HostSettings()
        with metrics.workers_lost.labels(settings.device).count_exceptions():
            await self._queue.wait()
            executor = await self._started(settings, self._queue.take())
            shift = _Shift(executor)
            self.executors.append(executor)
            try:
                await self._keep_busy(shift)
            finally:
                self.executors.remove(executor)
                await executor.close()
                await asyncio.gather(*shift.in_hand, return_exceptions=True)

    async def _started(self, settings: HostSettings, queued: QueuedOrder) -> Executor:
        try:
            executor = await self._start(settings)
        except asyncio.CancelledError:
            self._again(queued)
            raise
        except BaseException as error:
            self._resolve(queued, EngineError(f"no render worker could be started: {error}"))
            raise
        self._again(queued)
        return executor

    async def _keep_busy(self, shift: _Shift) -> None:
        executor = shift.executor
        while True:
            executor.raise_if_lost()
            if not shift.in_hand:
                await try_rested(executor)
            while (queued := self._queue.first) is not None and shift.may_begin(queued):
                self._queue.take()
                shift.in_hand[asyncio.create_task(self._make(executor, queued))] = queued
            await self._until_something_changes(shift)
            for task in [task for task in shift.in_hand if task.done()]:
                del shift.in_hand[task]
                task.result()

    async def _until_something_changes(self, shift: _Shift) -> None:
        """One order is over, another may begin, somebody's rest is over, or the executor is lost."""
        executor = shift.executor
        waits = [asyncio.ensure_future(executor.lost())]
        if not shift.full and self._queue.first is None:
            waits.append(asyncio.ensure_future(self._queue.wait()))
        if not shift.in_hand:
            waits.append(asyncio.ensure_future(executor.health.rest_over(executor.device)))
        try:
            await asyncio.wait([*waits, *shift.in_hand], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    async def _make(self, executor: Executor, queued: QueuedOrder) -> None:
        """That the executor is lost meanwhile is for ``_keep_busy`` to see."""
        if queued.withdrawn:
            self._resolve(queued, None)
            return
        queued.attempts += 1
        queued.making = asyncio.current_task()
        try:
            artefact = await executor.render(queued.order, queued.init, queued.report)
        except asyncio.CancelledError:  # by ``_withdraw``, and by nobody else
            self._resolve(queued, None)
        except ExecutorLostError as error:
            if not error.blames(queued.order.id):
                queued.attempts -= 1
            if queued.attempts < _ATTEMPTS:
                self._again(queued)
            else:
                self._resolve(queued, error)
        except (ClipRejected, EngineError) as error:
            self._resolve(queued, error)
        except BaseException as error:
            self._resolve(queued, EngineError(f"no answer: {error!r}"))
            raise
        else:
            self._resolve(queued, artefact)
        finally:
            queued.making = None

    def _withdraw(self, queued: QueuedOrder) -> None:
        queued.withdrawn = True
        if self._queue.remove(queued):
            self._resolve(queued, None)
        elif queued.making is not None:
            queued.making.cancel()

    def _again(self, queued: QueuedOrder) -> None:
        """The next order of the next executor."""
        if queued.withdrawn:
            self._resolve(queued, None)
        else:
            self._queue.put_back(queued)

    def _resolve(self, queued: QueuedOrder, outcome: Artefact | Exception | None) -> None:
        """Let the callers have it; None, or anything that comes too late, is for nobody."""
        if queued.withdrawn or outcome is None:
            queued.result.cancel()
            if isinstance(outcome, Artefact | ClipRejected):
                self._artefacts.discard(queued.order.id)
        elif isinstance(outcome, Artefact):
            self._made[queued.order.id, queued.init] = outcome
            if len(self._made) > _REMEMBERED:
                del self._made[next(iter(self._made))]
            queued.result.set_result(outcome)
        else:
            queued.result.set_exception(outcome)
        self._queue.forget(queued)


@dataclass
class _Shift:
    """An executor at work, and the orders that it has in hand."""

    executor: Executor
    in_hand: dict[asyncio.Task[None], QueuedOrder] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        return len(self.in_hand) >= self.executor.at_once

    def may_begin(self, queued: QueuedOrder) -> bool:
        """Engines whose rest is over are checked first, and for that the executor must be idle."""
        check_due = self.executor.health.next_due_s(self.executor.device) == 0
        return may_join(queued, self.in_hand.values(), at_once=self.executor.at_once) and not (
            self.in_hand and check_due
        )


def may_join(queued: QueuedOrder, in_hand: Collection[QueuedOrder], *, at_once: int) -> bool:
    """Whether an order may be made beside those. One that may have cost a worker is made alone."""
    if queued.suspect or any(other.attempts > 1 for other in in_hand):
        return not in_hand
    return len(in_hand) < at_once
