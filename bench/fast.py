"""Time that runs faster, for a whole station: its clock and all timers of its event loop at one rate."""

from __future__ import annotations

import asyncio
import selectors
import time

from webtv.clock import Instant


class ScaledClock:
    """A clock that passes ``rate`` seconds for each real one. For use on a loop made by ``fast_loop``."""

    boot_id = "accelerated"

    def __init__(self, rate: float, *, from_real_ns: int) -> None:
        """``from_real_ns`` on ``time.monotonic_ns`` is where acceleration begins; any process may know it."""
        self._rate, self._from_ns = rate, from_real_ns
        self._wall_ns = time.time_ns() - time.monotonic_ns() + from_real_ns

    def now(self) -> Instant:
        passed_ns = int((time.monotonic_ns() - self._from_ns) * self._rate)
        return Instant(self._wall_ns + passed_ns, self._from_ns + passed_ns)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def fast_loop(rate: float) -> asyncio.AbstractEventLoop:
    """An event loop whose timers come ``rate`` times sooner."""

    class Selector(selectors.EpollSelector):
        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            return super().select(timeout / rate if timeout else timeout)

    class Loop(asyncio.SelectorEventLoop):
        def time(self) -> float:
            return super().time() * rate

    return Loop(Selector())
