"""Orders that wait for a worker, or are made: each once, however many ask for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from webtv.domain import RenderOrder
from webtv.render.artefacts import Artefact
from webtv.render.executor import OnProgress


@dataclass(eq=False)
class QueuedOrder:
    """``listeners`` has one entry for each caller that waits for it."""

    order: RenderOrder
    init: bytes | None
    """The initialisation segment that its clip must have."""
    listeners: list[OnProgress] = field(default_factory=list)
    attempts: int = 0
    """How many workers it may have cost, the present one included."""
    withdrawn: bool = False
    """Nobody waits for it any more."""
    making: asyncio.Task[None] | None = None
    result: asyncio.Future[Artefact] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """It is made, given up or let go; its files may be somebody else's from now on."""

    @property
    def suspect(self) -> bool:
        """Whether a worker was lost that had it in hand. Then it is made alone, to harm no other."""
        return self.attempts > 0

    def report(self, step: str, engine: str, done: float) -> None:
        for listener in list(self.listeners):
            listener(step, engine, done)


class OrderQueue:
    """First come, first served; what comes back from a lost worker goes first."""

    def __init__(self) -> None:
        self._waiting: deque[QueuedOrder] = deque()
        self._some = asyncio.Event()
        self._known: dict[str, QueuedOrder] = {}

    async def wait(self) -> None:
        """Returns when an order waits."""
        while not self._waiting:
            await self._some.wait()

    @property
    def first(self) -> QueuedOrder | None:
        """Who is next."""
        return self._waiting[0] if self._waiting else None

    async def find(self, order: RenderOrder, init: bytes | None) -> QueuedOrder | None:
        """The order as it waits or is made for others, which does for ``init`` too.

        One that does not, or that was withdrawn, is waited for: its file has the same name.
        """
        while (queued := self._known.get(order.id)) is not None:
            if not queued.withdrawn and queued.init == init:
                return queued
            await queued.over.wait()
        return None

    def add(self, order: RenderOrder, init: bytes | None) -> QueuedOrder:
        queued = self._known[order.id] = QueuedOrder(order, init)
        self._put(self._waiting.append, queued)
        return queued

    def put_back(self, queued: QueuedOrder) -> None:
        """It waits again, before all others."""
        self._put(self._waiting.appendleft, queued)

    def take(self) -> QueuedOrder:
        """Who is next, to be made. Raises IndexError when nobody waits."""
        queued = self._waiting.popleft()
        self._clear_if_empty()
        return queued

    def remove(self, queued: QueuedOrder) -> bool:
        """Whether it still waited, and does no longer."""
        if queued not in self._waiting:
            return False
        self._waiting.remove(queued)
        self._clear_if_empty()
        return True

    def forget(self, queued: QueuedOrder) -> None:
        """It is over."""
        self._known.pop(queued.order.id, None)
        queued.over.set()

    def _put(self, where: Callable[[QueuedOrder], None], queued: QueuedOrder) -> None:
        where(queued)
        self._some.set()

    def _clear_if_empty(self) -> None:
        if not self._waiting:
            self._some.clear()
