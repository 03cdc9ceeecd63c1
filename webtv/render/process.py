"""The daemon's end of one worker process."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog
from pydantic import ValidationError

from webtv.models.settings import HostSettings
from webtv.render.limits import Limits, WorkerLostError, at_work
from webtv.render.link import Call, Link
from webtv.render.memory import resident_bytes
from webtv.render.messages import EVENT, Beat, Event, Request, Running, Started

log = structlog.get_logger()

_KILL_WAIT_S = 5.0
_LAST_WORDS_S = 1.0
"""For the loop to see the end of a pipe whose writer has ended."""


class WorkerProcess:
    """Make one with ``start``, and ``end`` it whatever happens."""

    def __init__(self, link: Link, settings: HostSettings, limits: Limits) -> None:
        self.device = settings.device
        self.limits = limits.for_host(settings)
        self._link = link
        self._started = False
        self._at_work: tuple[Running, ...] = ()

    @classmethod
    async def start(cls, call: Call, settings: HostSettings, limits: Limits) -> WorkerProcess:
        """Raises OSError."""
        return cls(await call(settings.model_dump_json(), limits.start_s), settings, limits)

    def tell(self, request: Request) -> None:
        self._link.writer.write(request.model_dump_json().encode() + b"\n")

    async def event(self, *, within_s: float | None = None) -> Event:
        """The next thing it says.

        Raises:
            WorkerLostError: it ended, says nothing, or is over one of its limits.
            TimeoutError: nothing came ``within_s``, which is sooner than it must say something.
        """
        limit_s = self.limits.beat_s if self._started else self.limits.start_s
        try:
            async with asyncio.timeout(limit_s if within_s is None else min(limit_s, within_s)):
                line = await self._link.reader.readline()
        except ConnectionError:  # it ended with something unread
            line = b""
        except TimeoutError:
            if within_s is not None and within_s < limit_s:
                raise
            raise self._lost(f"said nothing for {limit_s:.0f} s and was ended") from None
        if not line:
            raise self._lost(await self._ending())
        try:
            event = EVENT.validate_json(line)
        except ValidationError as error:
            raise self._lost(f"broke the protocol: {error}") from error
        if isinstance(event, Started):
            self._started = True
        if isinstance(event, Beat):
            self._at_work = event.running
            self.limits.judge(event, resident_bytes(self._link.pid), self.device)
        return event

    def at_rest(self) -> None:
        """What it was asked is done."""
        self._at_work = ()

    async def ended(self) -> None:
        """Returns when it has ended."""
        await self._link.ended()

    def raise_if_ended(self) -> None:
        """Raises WorkerLostError."""
        if self._link.ending is not None:
            raise self._lost(f"{self._link.ending} while idle")

    async def end(self) -> None:
        """End it, and what it started.

        One that hangs in its GPU's driver does not end even so, and holds nobody up: it will never run again.
        """
        link = self._link
        if link.ending is None:
            link.kill()
        link.writer.close()
        try:
            async with asyncio.timeout(_KILL_WAIT_S):
                await link.ended()
        except TimeoutError:
            log.error("a render worker cannot be ended", device=self.device, process=link.pid)
            return
        with suppress(TimeoutError, ConnectionError):  # something that it started elsewhere holds the pipe
            async with asyncio.timeout(_LAST_WORDS_S):
                while await link.reader.readline():
                    continue

    async def _ending(self) -> str:
        with suppress(TimeoutError):
            async with asyncio.timeout(_KILL_WAIT_S):
                await self._link.ended()
        return self._link.ending or "said its last word, did not end and was ended"

    def _lost(self, how: str) -> WorkerLostError:
        return WorkerLostError(
            f"the render worker on {self.device} {how}, {at_work(self._at_work)}. The kernel's log tells "
            f"whether memory ran out; its own last words are in {self._link.log}",
            self._at_work,
        )
