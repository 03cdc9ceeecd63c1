"""The daemon's end of the connection to one worker: what it says of which order, and whether it lives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import structlog

from webtv.render.executor import ExecutorLostError
from webtv.render.limits import Limits, at_work
from webtv.render.link import Link
from webtv.render.memory import resident_bytes
from webtv.render.messages import EVENT, Heartbeat, OrderEvent, Request, Running, Started

log = structlog.get_logger()

_LOOK_UP_S = 1.0
_KILL_WAIT_S = 5.0
_LAST_WORDS_S = 1.0
"""For the loop to see the end of a pipe whose writer has ended."""


@dataclass(eq=False)
class Conversation:
    """What a worker says of one order."""

    order_id: str
    oldest_since_s: float
    """By the loop's clock: since when the worker has no older order in hand; in the far future before."""
    running: tuple[Running, ...] = ()
    """The engines at work on it."""
    inbox: asyncio.Queue[OrderEvent | ExecutorLostError] = field(default_factory=asyncio.Queue)


class WorkerConnection:
    """Make it in the event loop, and ``close`` it whatever happens."""

    def __init__(self, link: Link, device: str, limits: Limits) -> None:
        self.device, self.limits = device, limits
        self.started = False
        """Whether it has said its first word."""
        self.heard_s = asyncio.get_running_loop().time()
        """When it said its last word, by the loop's clock."""
        self.ended = asyncio.Event()
        """It is lost, or was closed."""
        self._link = link
        self._failure: ExecutorLostError | None = None
        self._conversations: dict[str, Conversation] = {}
        """By order, the oldest first."""
        self._closing = asyncio.Lock()
        self._listening = asyncio.create_task(self._listen())

    def send(self, request: Request) -> None:
        self._link.writer.write(request.model_dump_json().encode() + b"\n")

    @contextmanager
    def about(self, order_id: str) -> Iterator[Conversation]:
        """An order, or a check, that the worker has in hand meanwhile. Raises ExecutorLostError."""
        self.raise_if_lost()
        if order_id in self._conversations:
            raise ValueError(f"the worker has {order_id} in hand already")
        now_s = asyncio.get_running_loop().time()
        if not self._conversations and self.started:
            self.heard_s = now_s  # idle, it had nothing to say
        oldest_since_s = float("inf") if self._conversations else now_s
        conversation = self._conversations[order_id] = Conversation(order_id, oldest_since_s)
        try:
            yield conversation
        finally:
            del self._conversations[order_id]
            if oldest := next(iter(self._conversations.values()), None):
                oldest.oldest_since_s = min(oldest.oldest_since_s, asyncio.get_running_loop().time())

    async def event(self, conversation: Conversation, until_s: Callable[[], float]) -> OrderEvent:
        """The next event of an order; ``until_s`` says by the loop's clock how long that may take.

        Raises:
            ExecutorLostError: the worker ended, says nothing, or is over one of its limits.
            TimeoutError: nothing came until then.
        """
        loop = asyncio.get_running_loop()
        while True:
            silent_at_s = self.heard_s + self._silence_s
            try:
                async with asyncio.timeout_at(min(until_s(), silent_at_s, loop.time() + _LOOK_UP_S)):
                    event = await conversation.inbox.get()
            except TimeoutError:
                if loop.time() >= self.heard_s + self._silence_s:
                    raise self.give_up_worker(
                        f"the render worker on {self.device} said nothing for {self._silence_s:.0f} s "
                        "and was ended"
                    ) from None
                if loop.time() >= until_s():
                    raise
                continue  # something was said of another order, or this one has more time
            if isinstance(event, ExecutorLostError):
                raise event
            return event

    def give_up_worker(self, message: str, *, order_id: str | None = None) -> ExecutorLostError:
        """The worker is given up: all that it has in hand is lost, by that order's fault or by any's."""
        running = tuple(one for each in self._conversations.values() for one in each.running)
        return self._fail(
            ExecutorLostError(
                f"{message}, {at_work(running)}. The kernel's log tells whether memory ran out; its own last "
                f"words are in {self._link.log}",
                () if order_id else running,
                order_id=order_id,
            )
        )

    def raise_if_lost(self) -> None:
        """Raises ExecutorLostError."""
        if self._failure is not None:
            raise self._failure

    async def close(self) -> None:
        """End the worker, and what it started.

        One that hangs in its GPU's driver does not end even so, and holds nobody up: it will never run again.
        """
        self._fail(ExecutorLostError(f"the render worker on {self.device} was ended", order_id=""))
        link = self._link
        async with self._closing:
            if link.ending is None:
                link.kill()
            link.writer.close()
            try:
                async with asyncio.timeout(_KILL_WAIT_S):
                    await link.ended()
            except TimeoutError:
                log.error("a render worker cannot be ended", device=self.device, process=link.pid)
            self._listening.cancel()
            await asyncio.wait([self._listening])

    @property
    def _silence_s(self) -> float:
        return self.limits.heartbeat_s if self.started else self.limits.start_s

    async def _listen(self) -> None:
        """Hand each event to the order that it is about, until the worker ends or breaks a limit."""
        reading = asyncio.create_task(self._read())
        ending = asyncio.create_task(self._link.ended())
        try:
            await asyncio.wait({reading, ending}, return_when=asyncio.FIRST_COMPLETED)
            # Whichever of the two shows that it ended, the other follows; unless it only closed its mouth, or
            # something that it started elsewhere holds the pipe.
            await asyncio.wait({reading}, timeout=_LAST_WORDS_S)
            await asyncio.wait({ending}, timeout=_KILL_WAIT_S)
            if reading.done() and (bug := reading.exception()) is not None:
                self.give_up_worker(f"the render worker on {self.device} could not be understood: {bug!r}")
            how = self._link.ending or "said its last word, did not end and was ended"
            idle = "" if self._conversations else " while idle"
            self.give_up_worker(f"the render worker on {self.device} {how}{idle}")
        finally:
            for task in (reading, ending):
                task.cancel()
            await asyncio.wait({reading, ending})

    async def _read(self) -> None:
        with suppress(ConnectionError):  # it ended with something unread
            while line := await self._link.reader.readline():
                try:
                    self._receive(line)
                except ExecutorLostError as error:
                    self._fail(error)

    def _receive(self, line: bytes) -> None:
        self.heard_s = asyncio.get_running_loop().time()
        event = EVENT.validate_json(line)
        if isinstance(event, Started):
            self.started = True
            return
        conversation = self._conversations.get(event.order_id)
        if conversation is None:
            return  # its last heartbeat crossed its answer
        if not isinstance(event, Heartbeat):
            conversation.inbox.put_nowait(event)
            return
        conversation.running = event.running
        self.limits.judge(event, self.device)
        running = tuple(one for each in self._conversations.values() for one in each.running)
        self.limits.judge_memory(resident_bytes(self._link.pid), running, self.device)

    def _fail(self, error: ExecutorLostError) -> ExecutorLostError:
        """The first failure stands. Everybody who waits for this worker gets it."""
        if self._failure is None:
            self._failure = error
            self.ended.set()
            for conversation in self._conversations.values():
                conversation.inbox.put_nowait(error)
        return self._failure
