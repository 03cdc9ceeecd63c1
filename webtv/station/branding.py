"""A channel's cards, and the stock of its next epoch, made while it is on air with what it has."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Never, Protocol

import structlog

from webtv.clock import wait_for
from webtv.config import ChannelConfig
from webtv.domain import HouseFormat
from webtv.errors import StationError, WebtvError
from webtv.media.fmp4 import read_index, read_init
from webtv.playlist.records import Clip
from webtv.playlist.stock import Stock
from webtv.playlist.storage import Storage
from webtv.render.card import CardKind, card_id
from webtv.render.card_desk import CardDesk

log = structlog.get_logger()

_CARDS_AGAIN_S = 30.0


class RequestReplan(Protocol):
    """Has the rundown looked at now; ``better`` says that there is something better to air than planned."""

    def __call__(self, *, better: bool = False) -> None: ...


class Branding:
    """Brings a channel's cards up to what is asked for, now and after each edit."""

    asked: ChannelConfig
    """What the operator asks for. All but the house format and the cards is in effect at once."""
    next: Stock | None = None
    """Of the house format that is asked for, ready for the next epoch. Who begins that takes it away."""

    def __init__(
        self, config: ChannelConfig, storage: Storage, cards: CardDesk, request_replan: RequestReplan
    ) -> None:
        self.asked, self._storage, self._cards, self._request_replan = config, storage, cards, request_replan
        self._asks = asyncio.Event()
        self._log = log.bind(channel=config.id)

    def ask(self, config: ChannelConfig) -> None:
        """Go by another configuration from now on."""
        self.asked, self.next = config, None
        self._asks.set()

    async def first(self) -> Stock:
        """The stock to sign on with: a slate, the bumper if it was made before, and the clips.

        Raises WebtvError or sqlite3.Error; nothing can air without a slate.
        """
        title, house = self.asked.title, self.asked.format
        stock = await self._with_slate(house)
        bumper_file = self._storage.library.card_path(card_id("bumper", title, house))
        if self.asked.schedule.bumper_every_s and bumper_file.exists():
            stock.bumper = await self._card("bumper", house, stock.init)
        await self._take_in_clips(stock)
        return stock

    async def renew(self, stock: Stock, card: Clip) -> None:
        """Put a sound card into a stock in place of one that was harmed."""
        if card is stock.bumper:
            stock.bumper = None
            await self._make_bumper(stock)
            return
        try:
            stock.slate = await self._card("slate", stock.house, stock.init)
        except WebtvError as error:
            self._log.error("the slate could not be made anew; older slots air", error=str(error))

    @asynccontextmanager
    async def at_work(self, on_air: Callable[[], Stock]) -> AsyncIterator[None]:
        """Meanwhile cards and stock are made as they are asked for, beside ``on_air``, the stock on air."""
        work = asyncio.create_task(self._work(on_air))
        work.add_done_callback(self._log_bug)
        try:
            yield
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    def _log_bug(self, work: asyncio.Task[Never]) -> None:
        if not work.cancelled() and (bug := work.exception()) is not None:
            self._log.error("the cards failed by a bug", exc_info=bug)

    async def _work(self, on_air: Callable[[], Stock]) -> Never:
        while True:
            self._asks.clear()
            self.next = None
            try:
                if self.asked.format == on_air().house:
                    await self._make_cards(on_air())
                else:
                    await self._prepare_epoch(self.asked.format)
            except (WebtvError, OSError, sqlite3.Error) as error:
                self._log.error("no cards as they are asked for; air goes on with others", error=str(error))
                await wait_for(self._asks, self._storage.clock, at_most_s=_CARDS_AGAIN_S)
            else:
                await self._asks.wait()

    async def _prepare_epoch(self, house: HouseFormat) -> None:
        stock = await self._with_slate(house)
        await self._make_cards(stock)
        await self._take_in_clips(stock)
        self.next = stock
        self._request_replan()

    async def _with_slate(self, house: HouseFormat) -> Stock:
        slate = await self._card("slate", house, None)
        path = self._storage.library.path(slate)
        return Stock(house, slate, await asyncio.to_thread(lambda: read_init(path, read_index(path))))

    async def _take_in_clips(self, stock: Stock) -> None:
        clips = await self._storage.database(lambda store: store.clips(self.asked.id))
        stock.take_in(clip for clip in clips if clip.init_sha256 == stock.slate.init_sha256)

    async def _make_cards(self, stock: Stock) -> None:
        """Bring a stock's slate and bumper up to the title and schedule that are asked for."""
        title = self.asked.title
        if stock.slate.id != card_id("slate", title, stock.house):
            stock.slate = await self._card("slate", stock.house, stock.init)
            self._request_replan(better=True)
        wanted = card_id("bumper", title, stock.house) if self.asked.schedule.bumper_every_s else None
        if wanted != (stock.bumper.id if stock.bumper else None):
            if wanted is None:
                stock.bumper = None
            else:
                await self._make_bumper(stock)
            self._request_replan(better=True)

    async def _make_bumper(self, stock: Stock) -> None:
        try:
            stock.bumper = await self._card("bumper", stock.house, stock.init)
        except WebtvError as error:
            self._log.warning("no bumper; air goes on without", error=str(error))

    async def _card(self, kind: CardKind, house: HouseFormat, init: bytes | None) -> Clip:
        try:
            return await self._cards.obtain(kind, self.asked.title, house, init=init)
        except OSError as error:
            raise StationError(
                f"the {kind} cannot be written to {self._storage.data}: {error.strerror}. "
                "Make room there, or give another folder with --data; it is tried again by itself"
            ) from error
