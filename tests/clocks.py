"""Virtual time: a day passes in a second."""

from __future__ import annotations

import asyncio
import heapq
import itertools

from webtv.clock import Instant

_SETTLE_TURNS = 50
"""Turns of the event loop that woken tasks get to run until they sleep again."""


class FakeClock:
    """A clock that moves only by ``advance``, which wakes sleepers in the order of their times."""

    def __init__(self, wall_ns: int = 1_800_000_000_000_000_000, boot_ns: int = 1_000_000_000_000) -> None:
        self.boot_id = "fake-boot"
        self._now = Instant(wall_ns, boot_ns)
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> Instant:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        until_ns = self._now.boot_ns + round(seconds * 1e9)
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (until_ns, next(self._order), woken))
        await woken

    @property
    def sleepers(self) -> int:
        return len(self._sleepers)

    async def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass; whatever falls due meanwhile happens at its own time."""
        await _settle()
        end_ns = self._now.boot_ns + round(seconds * 1e9)
        while self._sleepers and self._sleepers[0][0] <= end_ns:
            until_ns, _, woken = heapq.heappop(self._sleepers)
            self._move_to(until_ns)
            if not woken.done():
                woken.set_result(None)
                await _settle()
        self._move_to(end_ns)

    def step_wall(self, seconds: float) -> None:
        """Step the wall clock alone, as an operator or NTP does."""
        self._now = Instant(self._now.wall_ns + round(seconds * 1e9), self._now.boot_ns)

    def _move_to(self, boot_ns: int) -> None:
        self._now = Instant(self._now.wall_ns + boot_ns - self._now.boot_ns, boot_ns)


async def _settle() -> None:
    for _ in range(_SETTLE_TURNS):
        await asyncio.sleep(0)
