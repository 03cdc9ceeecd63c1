"""One channel's life: cards first, then a rundown kept ahead of air, and pushes to its targets."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from webtv import metrics
from webtv.broadcaster.playout import Playout
from webtv.broadcaster.pusher import Equipment
from webtv.broadcaster.status import State, TargetStatus
from webtv.config import ChannelConfig
from webtv.domain import Airing, AiringKind
from webtv.errors import ClipRejected, StationError, ToolError, WebtvError
from webtv.media.fmp4 import read_index, read_init
from webtv.playlist.keeper import Archive, Keeper
from webtv.playlist.scheduler import Rules
from webtv.playlist.slots import Slots
from webtv.playlist.stock import Stock
from webtv.playlist.store import Clip
from webtv.render.card import CardKind, card_id
from webtv.render.card_desk import CardDesk
from webtv.timeline import Timeline

log = structlog.get_logger()

_WATCHED_S = 20.0


@dataclass(frozen=True)
class House:
    """What all channels of a station share."""

    archive: Archive
    cards: CardDesk
    equipment: Equipment | ToolError | None = None
    """What pushing needs, or why there is none; None in a station without targets."""


class Channel:
    """A channel on air. ``life`` signs it on and keeps it there; the rest may be asked once it is on."""

    stock: Stock
    init: bytes
    """The initialisation segment of this epoch's house format."""

    def __init__(self, config: ChannelConfig, house: House) -> None:
        self.config, self._house, self._archive = config, house, house.archive
        self._slots = Slots(house.archive.data / "channels" / config.id)
        self._keeper: Keeper
        self.playout: Playout | None = None
        if isinstance(house.equipment, Equipment) and any(target.enabled for target in config.targets):
            self.playout = Playout(
                config.id, self._slots.folder, lambda: self.timeline, config.targets, house.equipment
            )
        self.fragments_served = metrics.fragments_served.labels(config.id)
        self._signed_on = asyncio.Event()
        self._changed = asyncio.Event()
        self._better = False
        self._asked_boot_ns: int | None = None
        self._log = log.bind(channel=config.id)

    @property
    def id(self) -> str:
        return self.config.id

    @property
    def timeline(self) -> Timeline:
        return self._keeper.timeline

    @property
    def like(self) -> Path:
        """A file in this channel's house format, to the byte of its decoder configuration."""
        return self._archive.library.path(self.stock.slate)

    def file_of(self, airing: Airing) -> Path:
        """What an airing is on air from: its slot, or the clip itself where no slot could be made."""
        slot, clip = self._slots.path(airing.slot), self.stock.get(airing.clip_id)
        return slot if clip is None or slot.exists() else self._archive.library.path(clip)

    @property
    def signed_on(self) -> bool:
        return self._signed_on.is_set()

    @property
    def on_air(self) -> bool:
        """Whether there is something on air now, in place as a file."""
        if not self.signed_on:
            return False
        timeline = self.timeline
        airing = timeline.at(timeline.position_ns(self._archive.clock.now()))
        return airing is not None and self.file_of(airing).exists()

    def asked_for(self) -> None:
        """A viewer asked for this channel's playlist."""
        self._asked_boot_ns = self._archive.clock.now().boot_ns

    @property
    def watched(self) -> bool:
        """Whether anybody gets the picture: a viewer lately, or a target."""
        if self.playout is not None:
            return True
        asked = self._asked_boot_ns
        return asked is not None and self._archive.clock.now().boot_ns - asked < _WATCHED_S * 1e9

    @property
    def targets(self) -> Sequence[TargetStatus]:
        """How the pushes to the enabled targets fare."""
        if self.playout is not None:
            return self.playout.statuses
        return [
            TargetStatus(
                target.name, target.server_url, state=State.DOWN, last_error=str(self._house.equipment)
            )
            for target in self.config.targets
            if target.enabled
        ]

    @property
    def fresh_s(self) -> float:
        """Seconds of clips that have not begun to air."""
        return self.stock.fresh_seconds(self._keeper.begun())

    @property
    def stock_s(self) -> float:
        """Seconds of clips in the library."""
        return self.stock.seconds

    @property
    def buffered_s(self) -> float:
        """Seconds of rundown ahead of air, all in place as slots."""
        return self._keeper.ahead_s

    @property
    def fresh_share(self) -> float:
        """Share of the last minutes' air that had never aired before, 0 to 1."""
        begun = self._keeper.begun()
        total = sum(airing.quanta for airing in begun)
        fresh = sum(airing.quanta for airing in begun if airing.kind is AiringKind.FRESH)
        return fresh / total if total else 0.0

    def previous(self, limit: int) -> Sequence[Airing]:
        """What aired before what is on air, newest first."""
        return self._keeper.begun()[:-1][: -limit - 1 : -1]

    def upcoming(self, limit: int) -> Sequence[Airing]:
        """What is on air, and what comes after it."""
        return self._keeper.rundown.airings[max(0, len(self._keeper.begun()) - 1) :][:limit]

    @property
    def spare(self) -> Sequence[Clip]:
        """Clips that can go without being missed on air: aired, not planned, more than the stock needs."""
        surplus_s, spare = self.stock_s - self.config.schedule.stock_s, []
        for clip in self.stock.archive(self._keeper.rundown.airings):
            surplus_s -= clip.quanta * self.config.format.quantum_s
            if surplus_s < 0:
                break
            spare.append(clip)
        return spare

    def add(self, clip: Clip) -> None:
        """A clip was admitted: air it as soon as the rundown allows."""
        self.stock.take_in([clip])
        self._better = True
        self._changed.set()

    def remove(self, clip: Clip) -> None:
        """A clip left the library. Where it is already planned it still airs, by its slot."""
        self.stock.let_go(clip)

    async def life(self) -> None:
        """From sign-on to an error or cancellation; the next life goes on where this one ended."""
        if not self.signed_on:
            await self._sign_on()
        bumper = asyncio.create_task(self._make_bumper())
        bumper.add_done_callback(self._note_bumper)
        try:
            await self._stay_on()
        finally:
            bumper.cancel()
            await asyncio.gather(bumper, return_exceptions=True)

    async def push(self) -> None:
        """Push to the targets from sign-on to cancellation; trouble in planning does not end it."""
        await self._signed_on.wait()
        if self.playout is not None:
            await self.playout.run()

    async def _sign_on(self) -> None:
        """Make the slate, gather the clips, find the rundown again or begin one."""
        house, schedule, archive = self.config.format, self.config.schedule, self._archive
        slate = await self._card("slate", None)
        stock = Stock(house, slate)
        init = await asyncio.to_thread(_init_of, archive.library.path(slate))
        bumper_file = archive.library.card_path(card_id("bumper", self.config.title, house))
        if schedule.bumper_every_s and bumper_file.exists():
            stock.bumper = await self._card("bumper", init)
        clips = await archive.database(lambda store: store.clips(self.id))
        stock.take_in(clip for clip in clips if clip.init_sha256 == slate.init_sha256)
        rules = Rules(
            no_repeat=house.quanta(schedule.no_repeat_s), bumper_every=house.quanta(schedule.bumper_every_s)
        )
        keeper = Keeper(self.id, stock, self._slots, rules, archive, self._refuse)
        self.stock, self.init = stock, init
        await keeper.open()
        self._keeper = keeper
        self._signed_on.set()
        self._log.info("on air", title=self.config.title, clips=len(stock.clips), epoch=self.timeline.epoch)

    async def _stay_on(self) -> None:
        while True:
            self._changed.clear()
            better, self._better = self._better, False
            await self._keeper.tick(better=better)
            await self._rest(self._keeper.until_tick_s())

    async def _rest(self, seconds: float) -> None:
        """Until something has changed, but no longer than ``seconds``."""
        waits = [
            asyncio.ensure_future(wait) for wait in (self._changed.wait(), self._archive.clock.sleep(seconds))
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _refuse(self, clip: Clip, rejection: ClipRejected) -> None:
        self._log.warning(
            "clip refused before air", clip=clip.id, reason=rejection.reason, detail=str(rejection)
        )
        metrics.clips_rejected.labels(rejection.reason).inc()
        if clip is self.stock.slate:
            await self._make_slate_anew()
            return
        if clip is self.stock.bumper:
            self.stock.bumper = None
            await self._make_bumper()
            return
        self.stock.let_go(clip)
        library = self._archive.library
        try:
            await asyncio.to_thread(
                library.quarantine, library.path(clip), clip.id, rejection, library.manifest(clip)
            )
            await self._archive.database(lambda store: store.mark_gone([clip.id]))
        except (OSError, sqlite3.Error) as error:
            self._log.error("the refused clip could not be set aside", clip=clip.id, error=str(error))

    async def _make_slate_anew(self) -> None:
        try:
            self.stock.slate = await self._card("slate", self.init)
        except WebtvError as error:
            self._log.error("the slate could not be made anew; older slots air", error=str(error))

    async def _make_bumper(self) -> None:
        if self.config.schedule.bumper_every_s and self.stock.bumper is None:
            try:
                self.stock.bumper = await self._card("bumper", self.init)
            except WebtvError as error:
                self._log.warning("no bumper; air goes on without", error=str(error))

    def _note_bumper(self, bumper: asyncio.Task[None]) -> None:
        if not bumper.cancelled() and (bug := bumper.exception()) is not None:
            self._log.error("the bumper failed by a bug", exc_info=bug)

    async def _card(self, kind: CardKind, init: bytes | None) -> Clip:
        try:
            return await self._house.cards.obtain(kind, self.config.title, self.config.format, init=init)
        except OSError as error:
            raise StationError(
                f"the {kind} cannot be written to {self._archive.data}: {error.strerror}. "
                "Make room there, or give another folder with --data; it is tried again by itself"
            ) from error


def _init_of(path: Path) -> bytes:
    return read_init(path, read_index(path))
