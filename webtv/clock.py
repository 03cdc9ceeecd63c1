"""The only place that reads clocks or sleeps, so that tests can run a day in a second."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Instant:
    """One moment on two clocks, in nanoseconds. ``boot_ns`` never steps but starts anew at each boot."""

    wall_ns: int
    boot_ns: int


class Clock(Protocol):
    boot_id: str
    """Changes when ``boot_ns`` starts anew."""

    def now(self) -> Instant: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """CLOCK_BOOTTIME goes on while a laptop sleeps, and steps of the wall clock do not move it."""

    def __init__(self) -> None:
        self.boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip()

    def now(self) -> Instant:
        return Instant(wall_ns=time.time_ns(), boot_ns=time.clock_gettime_ns(time.CLOCK_BOOTTIME))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def wait_for(event: asyncio.Event, clock: Clock, *, at_most_s: float) -> None:
    """Until ``event`` is set, or ``at_most_s`` seconds have passed."""
    waits = [asyncio.ensure_future(wait) for wait in (event.wait(), clock.sleep(at_most_s))]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
