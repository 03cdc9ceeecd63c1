"""Where channels have their cards made: a few at once, slates before bumpers."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from webtv.domain import HouseFormat
from webtv.playlist.library import Library
from webtv.playlist.records import Clip
from webtv.render.card import CardKind, obtain_card


class CardDesk:
    """A channel without a slate is dark, one without a bumper is not: so slates go first."""

    def __init__(self, library: Library, *, at_once: int) -> None:
        self._library, self._free = library, at_once
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._number = count()

    async def obtain(self, kind: CardKind, title: str, house: HouseFormat, *, init: bytes | None) -> Clip:
        """The card as made before, or made now. Raises as ``render_card``."""
        async with self._turn(0 if kind == "slate" else 1):
            return await asyncio.to_thread(obtain_card, kind, title, house, self._library, init=init)

    @asynccontextmanager
    async def _turn(self, rank: int) -> AsyncIterator[None]:
        if self._free:
            self._free -= 1
        else:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            heapq.heappush(self._waiting, (rank, next(self._number), turn))
            try:
                await turn
            except asyncio.CancelledError:
                if not turn.cancelled():
                    self._pass_on()  # it was given to us in the same moment
                raise
        try:
            yield
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        while self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
