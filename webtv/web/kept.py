"""Documents made of a piece for each channel: made anew of the pieces that changed, in slices of the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

from webtv.clock import Clock
from webtv.station.view import ChannelView
from webtv.web.document import Document

_FRESH_NS = 500_000_000
_SLICE_S = 0.002

Piece = TypeVar("Piece")


class Pauses:
    """Lets others have the loop after each two milliseconds of a long piece of work."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    async def take_if_due(self) -> None:
        if self._loop.time() - self._began > _SLICE_S:
            await asyncio.sleep(0)
            self._began = self._loop.time()


class Pieces(Generic[Piece]):
    """What one document says of each channel, kept for as long as the channel's revision stays."""

    def __init__(self, make: Callable[[ChannelView], Piece]) -> None:
        self._make = make
        self._kept: dict[str, tuple[ChannelView, int, Piece]] = {}

    async def of(self, channels: Iterable[ChannelView]) -> tuple[list[Piece], bool]:
        """One piece a channel, and whether any of it, or their order, differs from what was given last."""
        before, pauses, changed = self._kept, Pauses(), False
        now: dict[str, tuple[ChannelView, int, Piece]] = {}
        for channel in list(channels):
            revision, kept = channel.revision, before.get(channel.id)
            if kept is None or kept[0] is not channel or kept[1] != revision:
                kept, changed = (channel, revision, self._make(channel)), True
            now[channel.id] = kept
            await pauses.take_if_due()
        changed = changed or list(now) != list(before)
        self._kept = now
        return [piece for _, _, piece in now.values()], changed


class Kept:
    """One document, looked after when it is asked for, and at most every half second. One at a time makes it.

    While it is made anew, who asks gets the one before.
    """

    def __init__(self, clock: Clock, renew: Callable[[], Awaitable[Document | None]]) -> None:
        """``renew`` makes it, or returns None when nothing has changed since."""
        self._clock, self._renew = clock, renew
        self._document: Document | None = None
        self._looked_ns = 0
        self._turn = asyncio.Lock()

    async def get(self) -> Document:
        if self._document is None or not self._is_fresh():
            async with self._turn:
                if self._document is None or not self._is_fresh():
                    self._looked_ns = self._clock.now().boot_ns
                    self._document = await self._renew() or self._document
        if self._document is None:
            raise RuntimeError("nothing was made, and there was nothing before")
        return self._document

    def _is_fresh(self) -> bool:
        return self._clock.now().boot_ns - self._looked_ns < _FRESH_NS


def of_pieces(
    channels: Callable[[], Mapping[str, ChannelView]],
    make: Callable[[ChannelView], Piece],
    join: Callable[[Sequence[Piece]], bytes],
    clock: Clock,
    thread: Executor,
) -> Kept:
    """A document that ``join``, on a thread, makes of what ``make``, on the loop, makes of each channel."""
    pieces = Pieces(make)
    made = False

    async def renew() -> Document | None:
        nonlocal made
        found, changed = await pieces.of(channels().values())
        if made and not changed:
            return None
        made = False  # until it is: a failure must not pass for a document
        loop = asyncio.get_running_loop()
        document = await loop.run_in_executor(thread, lambda: Document.of(join(found)))
        made = True
        return document

    return Kept(clock, renew)
