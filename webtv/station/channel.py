"""One channel's life: cards first, then a rundown kept ahead of air, and pushes to its targets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from webtv import metrics
from webtv.broadcaster.playout import Playout
from webtv.broadcaster.pusher import Equipment
from webtv.broadcaster.status import State, TargetStatus
from webtv.clock import wait_for
from webtv.config import ChannelConfig, Target
from webtv.config.diff import Change, changes
from webtv.domain import Airing, AiringKind
from webtv.errors import StationError, ToolError
from webtv.playlist.keeper import Keeper
from webtv.playlist.policies import Rules
from webtv.playlist.records import Clip
from webtv.playlist.rundown import LOCK_S
from webtv.playlist.slots import Slots
from webtv.playlist.stock import Stock
from webtv.playlist.storage import Storage
from webtv.render.card_desk import CardDesk
from webtv.station.branding import Branding
from webtv.station.control import Control
from webtv.station.epochs import Epochs
from webtv.supervisor import Record
from webtv.timeline import Timeline

log = structlog.get_logger()

_WATCHED_S = 20.0
_PUSHES_END_S = 0.6
"""Pushes run up to half a second ahead, and must not send the next epoch in the format of this one."""
_TURN_SOON_S = LOCK_S + 0.5


@dataclass
class Facilities:
    """What all channels of a station share."""

    storage: Storage
    cards: CardDesk
    equipment: Equipment | ToolError | None = None
    """What pushing needs, or why there is none yet; None in a station without targets."""


class Channel:
    """A channel on air. ``life`` signs it on and keeps it there; the rest may be asked once it is on."""

    config: ChannelConfig
    """As it is in effect: an edit of the house format shows here when its epoch begins."""

    def __init__(self, config: ChannelConfig, facilities: Facilities) -> None:
        self.config, self._facilities, self._storage = config, facilities, facilities.storage
        self.wanted = 0
        """Clips that the operator asked for, to be made next."""
        self._slots = Slots(facilities.storage.data / "channels" / config.id)
        self._branding = Branding(config, facilities.storage, facilities.cards, self.request_replan)
        self._keeper = Keeper(config.id, self._slots, facilities.storage, self._branding.renew)
        self.epochs = Epochs(self._keeper, facilities.storage.clock)
        self.control = Control(self, self._keeper, facilities.storage.clock)
        self.playout: Playout | None = None
        self._has_targets = asyncio.Event()
        self._push_to(config.targets)
        self.fragments_served = metrics.fragments_served.labels(config.id)
        self.life_record = Record()
        """Of ``life``, kept by who supervises it."""
        self._signed_on = asyncio.Event()
        self._changed = asyncio.Event()
        self._better_seen = self._better_planned = 0
        """Counts of what is better than what was planned: known, and planned with."""
        self._found: list[Clip] = []
        """What ``take_up`` was given before there was a stock."""
        self._asked_boot_ns: int | None = None
        self._viewed_since_ns = 0
        self._log = log.bind(channel=config.id)

    @property
    def id(self) -> str:
        return self.config.id

    @property
    def stock(self) -> Stock:
        """What is planned from."""
        return self._keeper.stock

    @property
    def timeline(self) -> Timeline:
        """Of the epoch on air."""
        return self.epochs.timeline

    @property
    def init(self) -> bytes:
        """The initialisation segment that all its clips share."""
        return self.stock.init

    def file_of(self, airing: Airing) -> Path:
        """What an airing is on air from: its slot, or the clip itself where no slot could be made."""
        return self._keeper.file_of(airing)

    @property
    def signed_on(self) -> bool:
        return self._signed_on.is_set()

    @property
    def trouble(self) -> str:
        """What keeps the channel from signing on; nothing when it has."""
        return "" if self.signed_on else self.life_record.last_error

    @property
    def on_air(self) -> bool:
        """Whether there is something on air now, in place as a file."""
        if not self.signed_on:
            return False
        timeline = self.timeline
        airing = timeline.at(timeline.position_ns(self._storage.clock.now()))
        return airing is not None and self.in_place(airing)

    def in_place(self, airing: Airing) -> bool:
        """Whether there is a file that it airs from; asks the disk. Any thread may ask."""
        return self._slots.is_there(airing.slot) or self.file_of(airing).exists()

    def mark_watched(self) -> None:
        """A viewer asked for this channel's playlist."""
        now_ns = self._storage.clock.now().boot_ns
        if self.viewed_since_ns is None:
            self._viewed_since_ns = now_ns
        self._asked_boot_ns = now_ns

    @property
    def pushed(self) -> bool:
        """Whether a target gets the picture."""
        return self.playout is not None and bool(self.playout.pushers)

    @property
    def viewed_since_ns(self) -> int | None:
        """Since when, in boot time, viewers have asked without a pause; None while nobody does."""
        asked_ns = self._asked_boot_ns
        if asked_ns is None or self._storage.clock.now().boot_ns - asked_ns >= _WATCHED_S * 1e9:
            return None
        return self._viewed_since_ns

    @property
    def watched(self) -> bool:
        """Whether anybody gets the picture: a viewer lately, or a target."""
        return self.pushed or self.viewed_since_ns is not None

    @property
    def targets(self) -> Sequence[TargetStatus]:
        """How the pushes to the enabled targets fare."""
        if self.playout is not None:
            return self.playout.statuses
        return [
            TargetStatus(
                target.name, target.server_url, state=State.DOWN, last_error=str(self._facilities.equipment)
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
        return self._keeper.in_place_s

    @property
    def fresh_share(self) -> float:
        """Share of the last minutes' air that had never aired before, 0 to 1."""
        begun = self._keeper.begun()
        total = sum(airing.quanta for airing in begun)
        fresh = sum(airing.quanta for airing in begun if airing.kind is AiringKind.FRESH)
        return fresh / total if total else 0.0

    def previous(self, limit: int) -> Sequence[Airing]:
        """What aired before what is on air, newest first."""
        return self._begun()[:-1][: -limit - 1 : -1]

    def upcoming(self, limit: int) -> Sequence[Airing]:
        """What is on air, and what comes after it."""
        return self.timeline.airings[max(0, len(self._begun()) - 1) :][:limit]

    @property
    def next_slot(self) -> int:
        """The first slot that has not begun to air."""
        begun, airings = len(self._begun()), self.timeline.airings
        return airings[begun].slot if begun < len(airings) else airings[-1].slot + 1

    def _begun(self) -> Sequence[Airing]:
        """The airings of this epoch in memory that have begun, oldest first; the last one is on air."""
        timeline = self.timeline
        return timeline.airings[: timeline.begun(timeline.position_ns(self._storage.clock.now()))]

    @property
    def spare(self) -> Iterator[Clip]:
        """Clips that can go without being missed on air: banned, or aired and more than the stock needs.

        See ``Stock.spare``.
        """
        return self.stock.spare(self._keeper.rundown.airings, keep_s=self.config.schedule.stock_s)

    def add(self, clip: Clip) -> None:
        """A clip was admitted: air it as soon as the rundown allows.

        One that was ordered in an earlier epoch stays in the library, should its house format return.
        """
        if clip.init_sha256 != self.stock.slate.init_sha256:
            return
        self.stock.take_in([clip])
        self.request_replan(better=True)

    def remove(self, clip: Clip) -> None:
        """A clip left the library. Where it is already planned it still airs, by its slot."""
        self.stock.let_go(clip)

    def take_up(self, clips: Sequence[Clip]) -> None:
        """Clips were found in the library that nobody knew of: they air, but not as fresh ones."""
        if not self.signed_on:
            self._found.extend(clips)
            return
        had_none = not self.stock.seconds
        for stock in (self.stock, self._branding.next):
            if stock is not None:
                stock.take_in((c for c in clips if c.init_sha256 == stock.slate.init_sha256), aired=True)
        self.request_replan(better=had_none)

    def drop_missing(self, clip_id: str) -> None:
        """The file of a clip turned out to be gone."""
        if self.signed_on and (clip := self.stock.get(clip_id)) is not None:
            self.remove(clip)

    def request_replan(self, *, better: bool = False) -> None:
        """Have the rundown looked at now; ``better``: there is something better to air than is planned."""
        self._better_seen += better
        self._changed.set()

    async def edit(self, new: ChannelConfig) -> list[Change]:
        """Go by another configuration from now on; what needs cards waits for them. Returns what changed."""
        found = changes(self._branding.asked, new)
        self._branding.ask(new)
        if self.signed_on:
            self._apply_config()
        else:
            self.config = new
        self._push_to(new.targets)
        self.request_replan(better=True)
        return found

    @property
    def seen_in_s(self) -> float:
        """How long it takes at least until something that is ordered now is on air."""
        return LOCK_S + self.fresh_s if self.signed_on else 0.0

    async def life(self) -> None:
        """From sign-on to an error or cancellation; the next life goes on where this one ended."""
        if not self.signed_on:
            await self._sign_on()
        async with self._branding.at_work(lambda: self.stock):
            await self._keep_on_air()

    def sign_on_anew(self) -> None:
        """The next life begins with a sign-on, though this one had signed on: it went dark."""
        self._signed_on.clear()
        self._storage.off_since_boot_ns[self.id] = self._storage.clock.now().boot_ns

    def equip(self) -> None:
        """What pushing needs was found, or is asked for again: push if it is there."""
        self._push_to(self._branding.asked.targets)

    async def push(self) -> None:
        """Push to the targets from sign-on to cancellation; trouble in planning does not end it."""
        await self._signed_on.wait()
        await self._has_targets.wait()
        if self.playout is not None:
            await self.playout.run()

    async def sign_off(self) -> None:
        """Wait for the end of the clip on air. It is cancelled when the channel shall stay after all."""
        if self.signed_on and (airing := self.upcoming(1)):
            timeline, now = self.timeline, self._storage.clock.now()
            left_ns = timeline.start_ns(airing[0].end_quanta) - timeline.position_ns(now)
            await self._storage.clock.sleep(max(0, left_ns) / 1e9)

    async def record_off_air(self) -> None:
        """It has signed off, and its tasks have ended."""
        if self.signed_on:
            await self._keeper.close()

    async def _sign_on(self) -> None:
        """Have a slate, gather the clips, find the rundown again or begin one.

        Raises WebtvError, OSError or sqlite3.Error.
        """
        try:
            await asyncio.to_thread(self._slots.make_folder)
        except OSError as error:
            raise StationError(
                f"the channel's folder {self._slots.folder} cannot be used: {error.strerror}. "
                "Move away what is in its place, or make it writable; it is tried again by itself"
            ) from error
        stock = await self._branding.first()
        await self._keeper.open(stock, self._rules(stock))
        if self.playout is not None and self._keeper.cut_lately:
            self.playout.restart()  # the daemon before us may have been killed before it could
        self._apply_config()
        self._signed_on.set()
        if self._found:
            self.take_up(self._found)
            self._found.clear()
        self._log.info("on air", title=self.config.title, clips=len(stock.clips), epoch=self.timeline.epoch)

    def _apply_config(self) -> None:
        """What was asked for is in effect, save for another house format, which has an epoch of its own."""
        self.config = self._branding.asked.model_copy(update={"format": self.stock.house})
        self._keeper.reconfigure(self._rules(self.stock))

    def _rules(self, stock: Stock) -> Rules:
        schedule, house = self._branding.asked.schedule, stock.house
        return Rules(
            no_repeat=house.quanta(schedule.no_repeat_s), bumper_every=house.quanta(schedule.bumper_every_s)
        )

    def _push_to(self, targets: Sequence[Target]) -> None:
        if self.playout is not None:
            self.playout.edit(targets)
        elif isinstance(self._facilities.equipment, Equipment) and any(target.enabled for target in targets):
            self.playout = Playout(
                self.id, self._slots.folder, lambda: self.timeline, targets, self._facilities.equipment
            )
            self._has_targets.set()

    async def _keep_on_air(self) -> None:
        while True:
            if self.epochs.turning:
                await self._turn_over()
            self._changed.clear()
            better = self._better_seen
            await self._keeper.tick(better=better != self._better_planned)
            self._better_planned = better
            if (
                (stock := self._branding.next) is not None
                and self._keeper.next_cut_s < _TURN_SOON_S
                and await self._begin_epoch(stock)
            ):
                continue
            rest_s = min(self._keeper.until_tick_s(), self.control.until_rejoin_s())
            await wait_for(self._changed, self._storage.clock, at_most_s=rest_s)
            self.control.rejoin()

    async def _begin_epoch(self, stock: Stock) -> bool:
        """Returns False where it is too late for this cut; the next one is tried as well."""
        try:
            begun = await self.epochs.begin(stock, self._rules(stock))
        except StationError as error:
            self._log.error("the next house format waits for another cut", error=str(error))
            return False
        if begun and self._branding.next is stock:
            self._branding.next = None
        return begun

    async def _turn_over(self) -> None:
        """Wait for the former epoch's end, before which nothing is planned. Pushes begin anew behind it."""
        left_s = 0.001 + self.epochs.turns_in_s
        await self._storage.clock.sleep(left_s - _PUSHES_END_S)
        if self.playout is not None:
            self.playout.begin_anew(max(0.0, min(left_s, _PUSHES_END_S)))
        await self.epochs.turn()
        self._apply_config()
        self._log.info("a new epoch", epoch=self.timeline.epoch, clips=len(self.stock.clips))
