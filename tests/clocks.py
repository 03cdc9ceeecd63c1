"""Virtual time: a day passes in a second."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable

from webtv.clock import Instant

_WORK_S = 60.0
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


Look = Callable[[], None]


class Hours(FakeClock):
    """Moves from one thing that falls due to the next, and waits for what runs in threads meanwhile."""

    async def pass_by(self, seconds: float, look: Look = lambda: None) -> None:
        """Let ``seconds`` pass and ``look`` each time when everything is at rest again."""
        end_ns = self.now().boot_ns + round(seconds * 1e9)
        while (due_ns := await self._next_due_ns()) <= end_ns:
            await self.advance((due_ns - self.now().boot_ns) / 1e9)
            await self._next_due_ns()
            look()
        await self.advance((end_ns - self.now().boot_ns) / 1e9)
        await self._next_due_ns()
        look()

    async def at_rest(self) -> None:
        await self._next_due_ns()

    async def _next_due_ns(self) -> int:
        # What runs in a thread meanwhile knows of no event that it could set.
        while not (waiting := self._waiting()):  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        return min(waiting)

    def _waiting(self) -> list[int]:
        return [due_ns for due_ns, _, woken in self._sleepers if not woken.done()]


async def passes(clock: Hours, true: Callable[[], object], *, within_s: float = 60) -> float:
    """Let time pass until something is true, which may need work in threads; returns the seconds it took.

    Threads on a busy machine need time that really passes: they get ``_WORK_S`` of it beyond ``within_s``.
    """
    began_ns, began_s = clock.now().boot_ns, time.monotonic()
    while not true():
        late = clock.now().boot_ns - began_ns >= within_s * 1e9
        assert not late or time.monotonic() - began_s < _WORK_S, f"not within {within_s} s"
        await clock.pass_by(0.1)
        await asyncio.sleep(0.1 if late else 0.001)
    return (clock.now().boot_ns - began_ns) / 1e9
