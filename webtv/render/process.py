"""The daemon's end of one worker process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

import structlog
from pydantic import ValidationError

from webtv.models.settings import HostSettings
from webtv.render.limits import Limits, WorkerLostError, at_work
from webtv.render.memory import resident_bytes
from webtv.render.messages import EVENT, Beat, Event, Request, Running, Started

log = structlog.get_logger()

_LINE_LIMIT = 4 * 1024 * 1024
_KILL_WAIT_S = 5.0
_LAST_WORDS_S = 1.0
"""For the loop to see the end of a pipe whose writer has ended."""


class WorkerProcess:
    """Make one with ``start``, and ``end`` it whatever happens."""

    def __init__(self, process: asyncio.subprocess.Process, settings: HostSettings, limits: Limits) -> None:
        self.device = settings.device
        self.limits = limits.for_host(settings)
        self._process = process
        self._started = False
        self._at_work: tuple[Running, ...] = ()

    @classmethod
    async def start(
        cls, command: Sequence[str] | None, settings: HostSettings, limits: Limits
    ) -> WorkerProcess:
        """``command`` is told our process id as its last argument; by default it is webtv's own worker.

        Raises OSError.
        """
        command = command or (sys.executable, "-m", "webtv.render.worker")
        process = await asyncio.create_subprocess_exec(
            *command,
            str(os.getpid()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_LIMIT,
            start_new_session=True,
        )
        worker = cls(process, settings, limits)
        worker._write(settings.model_dump_json())
        return worker

    def tell(self, request: Request) -> None:
        self._write(request.model_dump_json())

    async def event(self, *, within_s: float | None = None) -> Event:
        """The next thing it says.

        Raises:
            WorkerLostError: it ended, says nothing, or is over one of its limits.
            TimeoutError: nothing came ``within_s``, which is sooner than it must say something.
        """
        limit_s = self.limits.beat_s if self._started else self.limits.start_s
        try:
            async with asyncio.timeout(limit_s if within_s is None else min(limit_s, within_s)):
                line = await self._readline()
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
            self.limits.judge(event, resident_bytes(self._process.pid), self.device)
        return event

    def at_rest(self) -> None:
        """What it was asked is done."""
        self._at_work = ()

    async def ended(self) -> None:
        """Returns when it has ended."""
        await self._process.wait()

    def raise_if_ended(self) -> None:
        """Raises WorkerLostError."""
        if self._process.returncode is not None:
            raise self._lost(f"ended with status {self._process.returncode} while idle")

    async def end(self) -> None:
        """End it, and what it started.

        One that hangs in its GPU's driver does not end even so, and holds nobody up: it will never run again.
        """
        if self._process.returncode is None:
            with suppress(ProcessLookupError):  # it ended just now
                os.killpg(self._process.pid, signal.SIGKILL)
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(_KILL_WAIT_S):
                await self._process.wait()
        except TimeoutError:
            log.error("a render worker cannot be ended", device=self.device, process=self._process.pid)
            return
        with suppress(TimeoutError):  # something that it started elsewhere holds the pipe
            async with asyncio.timeout(_LAST_WORDS_S):
                while await self._readline():
                    continue

    async def _ending(self) -> str:
        try:
            async with asyncio.timeout(_KILL_WAIT_S):
                return f"ended with status {await self._process.wait()}"
        except TimeoutError:
            return "said its last word, did not end and was ended"

    def _lost(self, how: str) -> WorkerLostError:
        return WorkerLostError(
            f"the render worker on {self.device} {how}, {at_work(self._at_work)}. The kernel's log tells "
            "whether memory ran out; its own last words are in this log",
            self._at_work,
        )

    async def _readline(self) -> bytes:
        assert self._process.stdout is not None  # noqa: S101 - opened as a pipe above
        return await self._process.stdout.readline()

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101 - opened as a pipe above
        self._process.stdin.write(line.encode() + b"\n")
