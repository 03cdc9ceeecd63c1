"""The station's workers, and the directors that keep them busy. Both are changed while on air."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence, Set
from functools import partial
from typing import Never

from webtv.clock import Clock
from webtv.models.settings import HostSettings
from webtv.render.devices import orders_at_once
from webtv.render.director import Director
from webtv.supervisor import supervise


class Staff:
    """``run`` keeps them at work until cancelled; ``reconfigure`` changes who they are."""

    def __init__(self, director: Director, clock: Clock, hosts: Sequence[HostSettings]) -> None:
        """``hosts`` has one entry for each worker; without any, no clips are made."""
        self.hosts = tuple(hosts)
        self._director, self._clock = director, clock
        self._workers: list[tuple[HostSettings, asyncio.Task[Never]]] = []
        self._leaving: set[asyncio.Task[Never]] = set()
        """Workers that were told to end and have not yet, perhaps over several changes."""
        self._directors: list[asyncio.Task[Never]] = []
        self._tasks = asyncio.TaskGroup()
        self._runs = False

    async def run(self) -> Never:
        """Once in a staff's life."""
        async with self._tasks:
            self._runs = True
            self._fill()
            await asyncio.get_running_loop().create_future()
        raise AssertionError("a staff works until cancelled")

    def reconfigure(self, hosts: Sequence[HostSettings]) -> None:
        """From now on, a worker for each of ``hosts``. Those whose settings stay are not disturbed.

        Others end; what they had in hand is begun anew by those that follow. With the settings engines may
        work that did not before, so all that rest are tried.
        """
        if Counter(hosts) == Counter(self.hosts):
            return
        self.hosts = tuple(hosts)
        self._director.pool.health.clear_failures()
        if self._runs:
            self._fill()

    def _fill(self) -> None:
        missing = Counter(self.hosts)
        for settings, task in list(self._workers):
            if missing[settings]:
                missing[settings] -= 1
            else:
                self._workers.remove((settings, task))
                task.cancel()
                self._leaving.add(task)
                task.add_done_callback(self._leaving.discard)
        for settings in missing.elements():
            work = partial(self._work, settings, frozenset(self._leaving))
            self._workers.append((settings, self._begin(f"worker {settings.device}", work)))
        directors = sum(map(orders_at_once, self.hosts)) + 1 if self.hosts else 0
        while len(self._directors) > directors:
            self._directors.pop().cancel()
        while len(self._directors) < directors:
            name = f"director {len(self._directors)}"
            self._directors.append(self._begin(name, self._director.run))

    async def _work(self, settings: HostSettings, leaving: Set[asyncio.Task[Never]]) -> None:
        if leaving:
            await asyncio.wait(leaving)  # their devices' memory is free only then
        await self._director.pool.work(settings)

    def _begin(self, name: str, run: Callable[[], Awaitable[None]]) -> asyncio.Task[Never]:
        return self._tasks.create_task(supervise(name, run, clock=self._clock))
