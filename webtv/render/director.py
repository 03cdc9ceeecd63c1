"""Decides what is made next, has it written and rendered, and sees it into the library.

Air never waits for it. A channel that somebody watches is kept in fresh clips; one that nobody watches gets a
small archive and then rests, so that it costs nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import structlog

from webtv import metrics
from webtv.clock import Clock
from webtv.config import ChannelConfig
from webtv.domain import RenderOrder
from webtv.errors import ClipRejected, WebtvError
from webtv.playlist.database import Database
from webtv.playlist.records import Clip
from webtv.render import demand
from webtv.render.artefacts import Artefact, ArtefactStore
from webtv.render.budget import Budget, Shown
from webtv.render.newsroom import Newsroom
from webtv.render.order_writer import OrderWriter
from webtv.render.pool import Pool
from webtv.render.quality import Quality

log = structlog.get_logger()

_UNFIT_IN_A_ROW = 2
"""Clips that the screener may refuse before the last of the channel's video engines films one."""
_IDLE_S, _BUSY_S = 1.0, 0.1
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 2.0, 300.0


class Customer(Shown, Protocol):
    """What the director must know of a channel."""

    config: ChannelConfig
    wanted: int
    """Clips that somebody asked for, to be made next, whatever the stock."""

    @property
    def id(self) -> str: ...
    @property
    def fresh_s(self) -> float: ...
    @property
    def stock_s(self) -> float: ...
    @property
    def init(self) -> bytes:
        """The initialisation segment that its clips share."""

    def add(self, clip: Clip) -> None: ...


@dataclass
class OrderInProgress:
    """An order that is being made, for people to see."""

    channel: str
    order_id: str
    title: str
    step: str = "waiting"
    engine: str = ""
    done: float = 0.0


@dataclass
class _Pause:
    """A channel whose orders fail waits longer each time."""

    seconds: float
    until_boot_ns: int


class Director:
    """``run`` makes clips for ever, one at a time.

    Run it once more than workers have orders in hand: so a script is written while they film, and one that
    takes long does not hold up the other channels.
    """

    def __init__(
        self,
        customers: Callable[[], Iterable[Customer]],
        pool: Pool,
        artefacts: ArtefactStore,
        database: Database,
        clock: Clock,
        *,
        newsroom: Newsroom,
        min_free_bytes: int,
    ) -> None:
        self.pool, self._artefacts = pool, artefacts
        self.quality, self.budget = Quality(), Budget(clock)
        self.writer = OrderWriter(newsroom, database, self.quality)
        self._customers = customers
        self._database, self._clock, self.min_free_bytes = database, clock, min_free_bytes
        self._coming_s: dict[str, float] = {}
        self._pauses: dict[str, _Pause] = {}
        self._unfit: Counter[str] = Counter()
        self._room = True
        self.in_progress: dict[str, OrderInProgress] = {}

    async def run(self) -> None:
        while True:
            customer = self._neediest()
            if customer is None or not self._has_room():
                await self._clock.sleep(_BUSY_S if self.writer.busy else _IDLE_S)
                continue
            seconds = customer.config.clip_seconds
            coming_s = self._coming_s.get(customer.id, 0.0)
            self.quality.order_due(
                customer.config,
                watched=self.budget.keeps_fresh(customer),
                fresh_s=customer.fresh_s,
                coming_s=coming_s,
            )
            if not customer.wanted:
                self.budget.order_due(
                    customer,
                    stock_s=customer.stock_s + coming_s,
                    wanted_stock_s=customer.config.schedule.stock_s,
                )
            customer.wanted = max(0, customer.wanted - 1)
            self._coming_s[customer.id] = coming_s + seconds
            try:
                await self._make(customer)
            finally:
                self._coming_s[customer.id] -= seconds

    def clear_failures(self, channel: str) -> None:
        """The channel's configuration was edited: what failed before may be made now."""
        self._pauses.pop(channel, None)
        self._unfit.pop(channel, None)

    def _has_room(self) -> bool:
        free = self._artefacts.free_bytes()
        room = free >= self.min_free_bytes
        if room != self._room:
            self._room = room
            log_at = log.info if room else log.error
            log_at("clips are made again" if room else "disk too full: no clips are made", free_gb=free / 1e9)
        return room

    def _neediest(self) -> Customer | None:
        customers = list(self._customers())
        self.budget.look(customers)
        return demand.neediest((self._need(one), one.id, one) for one in customers)

    def _need(self, customer: Customer) -> demand.Need | None:
        """None when it needs nothing now, or is not to be served now.

        So while a script of its is written: whoever waited for that could see to no other channel.
        """
        if self.writer.writes_for(customer.id):
            return None
        if customer.wanted:
            return demand.ASKED_FOR
        pause = self._pauses.get(customer.id)
        if pause is not None and self._clock.now().boot_ns < pause.until_boot_ns:
            return None
        coming_s = self._coming_s.get(customer.id, 0.0)
        return demand.need(
            customer.config.schedule,
            watched=self.budget.keeps_fresh(customer),
            fresh_s=customer.fresh_s + coming_s,
            stock_s=customer.stock_s + coming_s,
        )

    async def _make(self, customer: Customer) -> None:
        try:
            order = await self.writer.write(self._cautious(customer.config))
            if await asyncio.to_thread(self._artefacts.in_library, order.channel, order.id):
                # After the database was lost, orders are counted from 0 again.
                log.info("clip is there already", channel=customer.id, clip=order.id)
                return
            artefact = await self._render(order, customer)
            clip = await asyncio.to_thread(self._artefacts.admit, artefact)
            await self._database(lambda store: store.add_clips([clip]))
        except (WebtvError, OSError, sqlite3.Error) as error:
            self._failed(customer.id, error)
            return
        self._pauses.pop(customer.id, None)
        self._unfit.pop(customer.id, None)
        self.by_now(customer).add(clip)
        seconds = clip.quanta * order.format.quantum_s
        metrics.clip_made(customer.id, seconds=seconds, render_s=artefact.manifest.render_seconds)
        log.info(
            "clip made",
            channel=customer.id,
            clip=clip.id,
            title=clip.title,
            seconds=round(seconds, 1),
            took_s=round(artefact.manifest.render_seconds, 1),
        )

    def by_now(self, customer: Customer) -> Customer:
        """Who has that id by now: a channel may have signed off, and on anew, while its clip was made."""
        return next((other for other in self._customers() if other.id == customer.id), customer)

    def _cautious(self, config: ChannelConfig) -> ChannelConfig:
        """A channel's configuration, with its last video engine alone after clips in a row were unfit to air.

        Where a theme has a model show what must not air, the channel still gets fresh clips.
        """
        if self._unfit[config.id] < _UNFIT_IN_A_ROW:
            return config
        engines = config.engines
        return config.model_copy(update={"engines": engines.model_copy(update={"video": engines.video[-1:]})})

    async def _render(self, order: RenderOrder, customer: Customer) -> Artefact:
        shown = OrderInProgress(customer.id, order.id, order.script.title)
        self.in_progress[order.id] = shown

        def on_progress(step: str, engine: str, done: float) -> None:
            shown.step, shown.engine, shown.done = step, engine, done

        try:
            return await self.pool.render(order, customer.init, on_progress)
        except ClipRejected as rejection:
            await asyncio.to_thread(self._artefacts.quarantine, order, rejection)
            metrics.clips_rejected.labels(rejection.reason).inc()
            self._unfit[customer.id] += rejection.reason == "unfit"
            raise
        finally:
            self.in_progress.pop(order.id, None)

    def _failed(self, channel: str, error: Exception) -> None:
        metrics.orders_failed.labels(channel).inc()
        before = self._pauses.get(channel)
        seconds = min(_LONGEST_PAUSE_S, 2 * before.seconds) if before else _FIRST_PAUSE_S
        until = self._clock.now().boot_ns + int(seconds * 1e9)
        self._pauses[channel] = _Pause(seconds, until)
        log.warning("no clip made; air goes on", channel=channel, error=str(error), next_try_s=seconds)
