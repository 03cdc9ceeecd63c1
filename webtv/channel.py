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
from webtv.config import ChannelConfig, Schedule, Target
from webtv.config.diff import Change, changes
from webtv.domain import Airing, AiringKind, HouseFormat
from webtv.errors import ClipRejected, StationError, ToolError, WebtvError
from webtv.media.fmp4 import read_index, read_init
from webtv.playlist.keeper import Archive, Cut, Keeper
from webtv.playlist.marks import Marks
from webtv.playlist.rundown import LOCK_S
from webtv.playlist.scheduler import Rules
from webtv.playlist.slots import Slots
from webtv.playlist.stock import Stock
from webtv.playlist.store import Clip
from webtv.render.card import CardKind, card_id
from webtv.render.card_desk import CardDesk
from webtv.timeline import Timeline

log = structlog.get_logger()

_WATCHED_S = 20.0
_FORMER_NS = 60_000_000_000
"""An epoch that is over stays fetchable for so long: three windows of a playlist."""
_PUSHES_END_S = 0.6
"""Pushes run up to half a second ahead, and must not send the next epoch in the format of this one."""
_TURN_SOON_S = LOCK_S + 0.5
_CARDS_AGAIN_S = 30.0
_REJOIN_EARLY_S = 0.6
"""A push that must leave a clip early is ended this long before: about what a new one takes to begin."""
_MOST_WANTED = 5


@dataclass
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
    config: ChannelConfig
    """As it is in effect: an edit of the house format shows here when its epoch begins."""

    def __init__(self, config: ChannelConfig, house: House) -> None:
        self.config, self._house, self._archive = config, house, house.archive
        self._asked = config
        self.inits: dict[str, bytes] = {}
        """Initialisation segments by the names that playlists give them."""
        self._former: Timeline | None = None
        self._turning = False
        self._next: tuple[Stock, bytes] | None = None
        """Cards and clips of the house format of the next epoch, with its initialisation segment."""
        self._slots = Slots(house.archive.data / "channels" / config.id)
        self._keeper: Keeper
        self.playout: Playout | None = None
        self._has_targets = asyncio.Event()
        self._asks = asyncio.Event()
        self._push_to(config.targets)
        self.fragments_served = metrics.fragments_served.labels(config.id)
        self._signed_on = asyncio.Event()
        self._changed = asyncio.Event()
        self._better = False
        self.wanted = 0
        """Clips that the operator asked for, to be made next."""
        self._rejoins_boot_ns: list[int] = []
        self._asked_boot_ns: int | None = None
        self._log = log.bind(channel=config.id)

    @property
    def id(self) -> str:
        return self.config.id

    @property
    def timeline(self) -> Timeline:
        """Of the epoch on air."""
        if self._former is not None and self._past_former_ns() < 0:
            return self._former
        return self._keeper.timeline

    @property
    def former(self) -> Timeline | None:
        """The epoch before the one on air, while its end is still in playlists."""
        return self._former if 0 <= self._past_former_ns() < _FORMER_NS else None

    def _past_former_ns(self) -> int:
        """How long ago the former epoch ended; less than 0 while it airs, and long ago if there is none."""
        former = self._former
        return former.position_ns(self._archive.clock.now()) - former.end_ns if former else _FORMER_NS

    def timeline_of(self, segment: int) -> Timeline:
        """Of the epoch that an HLS segment belongs to."""
        timeline, former = self.timeline, self.former
        return former if former and segment < timeline.airings[0].first_segment else timeline

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
        if self.playout is not None and self.playout.pushers:
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
        return self._begun()[:-1][: -limit - 1 : -1]

    def upcoming(self, limit: int) -> Sequence[Airing]:
        """What is on air, and what comes after it."""
        return self.timeline.airings[max(0, len(self._begun()) - 1) :][:limit]

    def _begun(self) -> Sequence[Airing]:
        """The airings of this epoch in memory that have begun, oldest first; the last one is on air."""
        timeline = self.timeline
        return timeline.airings[: timeline.begun(timeline.position_ns(self._archive.clock.now()))]

    @property
    def spare(self) -> Sequence[Clip]:
        """Clips that can go without being missed on air: banned, or aired and more than the stock needs."""
        planned = self._keeper.rundown.airings
        surplus_s, spare = self.stock_s - self.config.schedule.stock_s, self.stock.banned(planned)
        for clip in self.stock.archive(planned):
            surplus_s -= clip.quanta * self.config.format.quantum_s
            if surplus_s < 0:
                break
            spare.append(clip)
        return spare

    def add(self, clip: Clip) -> None:
        """A clip was admitted: air it as soon as the rundown allows.

        One that was ordered in an earlier epoch stays in the library, should its house format return.
        """
        if clip.init_sha256 != self.stock.slate.init_sha256:
            return
        self.stock.take_in([clip])
        self._better = True
        self._changed.set()

    def remove(self, clip: Clip) -> None:
        """A clip left the library. Where it is already planned it still airs, by its slot."""
        self.stock.let_go(clip)

    @property
    def on_slate(self) -> bool:
        """Whether the operator holds the channel on its slate."""
        return self.signed_on and self.stock.marks.slate

    async def skip(self) -> float:
        """End the clip on air at the next fragment that no viewer's playlist holds yet, and go on.

        This and the other edits return the seconds until they are seen, and raise StationError.
        """
        if self.stock.marks.slate:
            raise StationError("the channel is held on its slate. Resume it to go on")
        return self._edited(await self._keeper.skip())

    async def pull(self) -> float:
        """Take what is on air off it, as ``skip`` does, and never air it again."""
        airing = self.upcoming(1)[0]
        if airing.kind in (AiringKind.SLATE, AiringKind.BUMPER):
            raise StationError(f"what is on air is the channel's {airing.kind}, no clip. Skip it instead")
        clip = self._clip(airing.clip_id)
        cut = await self._keeper.mark(
            lambda marks: marks.ban(clip.id), at_once=lambda _, a: a.clip_id == clip.id
        )
        return self._edited(cut)

    async def ban(self, clip_id: str) -> float:
        """Never air a clip again. If it is on air now it ends by itself; ``pull`` ends it."""
        clip, on_air = self._clip(clip_id), self.upcoming(1)[0].slot
        cut = await self._keeper.mark(
            lambda marks: marks.ban(clip.id), at_once=lambda _, a: a.clip_id == clip.id and a.slot > on_air
        )
        return self._edited(cut)

    async def unban(self, clip_id: str) -> float:
        if clip_id not in self.stock.marks.banned:
            raise StationError("that clip is not banned")
        return self._edited(await self._keeper.mark(lambda marks: marks.unban(clip_id)))

    async def pin(self, clip_id: str) -> float:
        """Air a clip next."""
        clip = self._clip(clip_id)
        if clip.id in self.stock.marks.banned:
            raise StationError("that clip is banned. Lift the ban to air it")
        return self._edited(await self._keeper.pin(clip.id))

    async def evergreen(self, clip_id: str, on: bool) -> float:
        """Keep a clip for ever, and air it about twice as often as others, at least each hour or so."""
        clip = self._clip(clip_id)
        return self._edited(await self._keeper.mark(lambda marks: marks.with_evergreen(clip.id, on)))

    async def go_to_slate(self) -> float:
        """Air nothing but the slate until ``resume``, also over restarts."""
        return await self._hold(slate=True)

    async def resume(self) -> float:
        """Air the programme again."""
        return await self._hold(slate=False)

    async def _hold(self, *, slate: bool) -> float:
        def held(marks: Marks) -> Marks:
            if marks.slate is slate:
                raise StationError(
                    f"the channel is {'held on' if slate else 'not held on'} its slate already"
                )
            return marks.model_copy(update={"slate": slate})

        return self._edited(await self._keeper.mark(held, at_once=lambda *_: True))

    def make_one(self) -> None:
        """Have a clip made now, whatever the stock."""
        if self.wanted >= _MOST_WANTED:
            raise StationError(f"{self.wanted} clips are asked for already, and not begun. Wait for one")
        self.wanted += 1

    def _clip(self, clip_id: str) -> Clip:
        clip = self.stock.get(clip_id)
        if clip is None or not clip.channel:
            raise StationError("that is no clip of this channel's, or it is no longer kept")
        return clip

    def _edited(self, cut: Cut) -> float:
        if cut.shortened:
            now_ns = self._archive.clock.now().boot_ns
            self._rejoins_boot_ns.append(now_ns + int((cut.in_s - _REJOIN_EARLY_S) * 1e9))
        self._changed.set()
        return cut.in_s

    async def edit(self, new: ChannelConfig) -> list[Change]:
        """Go by another configuration from now on; what needs cards waits for them. Returns what changed."""
        found = changes(self._asked, new)
        self._asked = new
        if self.signed_on:
            self._take_effect()
            self._keeper.go_by(_rules(new.schedule, self.stock.house))
            self._better = True
        else:
            self.config = new
        self._push_to(new.targets)
        self._asks.set()
        self._changed.set()
        return found

    @property
    def seen_in_s(self) -> float:
        """How long it takes at least until something that is ordered now is on air."""
        return LOCK_S + self.fresh_s if self.signed_on else 0.0

    async def sign_off(self) -> None:
        """Wait for the end of the clip on air. It is cancelled when the channel shall stay after all."""
        if self.signed_on and (airing := self.upcoming(1)):
            timeline, now = self.timeline, self._archive.clock.now()
            left_ns = timeline.start_ns(airing[0].end_quanta) - timeline.position_ns(now)
            await self._archive.clock.sleep(max(0, left_ns) / 1e9)

    def _push_to(self, targets: Sequence[Target]) -> None:
        if self.playout is not None:
            self.playout.edit(targets)
        elif isinstance(self._house.equipment, Equipment) and any(target.enabled for target in targets):
            self.playout = Playout(
                self.id, self._slots.folder, lambda: self.timeline, targets, self._house.equipment
            )
            self._has_targets.set()

    async def life(self) -> None:
        """From sign-on to an error or cancellation; the next life goes on where this one ended."""
        if not self.signed_on:
            await self._sign_on()
        dressing = asyncio.create_task(self._dress())
        dressing.add_done_callback(self._note_dressing)
        try:
            await self._stay_on()
        finally:
            dressing.cancel()
            await asyncio.gather(dressing, return_exceptions=True)

    async def push(self) -> None:
        """Push to the targets from sign-on to cancellation; trouble in planning does not end it."""
        await self._signed_on.wait()
        await self._has_targets.wait()
        if self.playout is not None:
            await self.playout.run()

    async def _sign_on(self) -> None:
        """Make the slate, gather the clips, find the rundown again or begin one."""
        house, schedule, archive = self.config.format, self.config.schedule, self._archive
        slate = await self._card("slate", house, None)
        stock = Stock(house, slate)
        init = await asyncio.to_thread(_init_of, archive.library.path(slate))
        bumper_file = archive.library.card_path(card_id("bumper", self.config.title, house))
        if schedule.bumper_every_s and bumper_file.exists():
            stock.bumper = await self._card("bumper", house, init)
        await self._take_in_clips(stock)
        keeper = Keeper(self.id, stock, self._slots, _rules(schedule, house), archive, self._refuse)
        self.stock, self.init = stock, init
        await keeper.open()
        self._keeper = keeper
        if self.playout is not None and keeper.cut_lately:
            self.playout.restart()  # the daemon before us may have been killed before it could
        self.inits = {keeper.timeline.init_name: init}
        self._take_effect()
        self._signed_on.set()
        self._log.info("on air", title=self.config.title, clips=len(stock.clips), epoch=self.timeline.epoch)

    async def _take_in_clips(self, stock: Stock) -> None:
        clips = await self._archive.database(lambda store: store.clips(self.id))
        stock.take_in(clip for clip in clips if clip.init_sha256 == stock.slate.init_sha256)

    def _take_effect(self) -> None:
        """What was asked for is in effect, save for another house format, which has an epoch of its own."""
        self.config = self._asked.model_copy(update={"format": self.stock.house})

    async def _stay_on(self) -> None:
        while True:
            await self._turn_over()
            self._changed.clear()
            better, self._better = self._better, False
            await self._keeper.tick(better=better)
            if self._next is not None and self._turns_soon(self._next[0].house):
                await self._begin_epoch(*self._next)
                continue
            await self._rest(min(self._keeper.until_tick_s(), self._until_rejoin_s()), self._changed)
            self._rejoin()

    def _turns_soon(self, house: HouseFormat) -> bool:
        """Whether an epoch of this format is at its time, and still what is asked for."""
        return house == self._asked.format and self._keeper.next_cut_s < _TURN_SOON_S

    def _until_rejoin_s(self) -> float:
        now_ns = self._archive.clock.now().boot_ns
        return max(0.0, min(((at_ns - now_ns) / 1e9 for at_ns in self._rejoins_boot_ns), default=60.0))

    def _rejoin(self) -> None:
        """Pushes leave a clip that was cut, of which they would send all, and begin with the next one."""
        now_ns = self._archive.clock.now().boot_ns
        due = [at_ns for at_ns in self._rejoins_boot_ns if at_ns <= now_ns]
        self._rejoins_boot_ns = [at_ns for at_ns in self._rejoins_boot_ns if at_ns > now_ns]
        if due and self.playout is not None:
            self.playout.restart()

    async def _rest(self, seconds: float, event: asyncio.Event) -> None:
        """Until it is set, but no longer than ``seconds``."""
        waits = [asyncio.ensure_future(wait) for wait in (event.wait(), self._archive.clock.sleep(seconds))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _begin_epoch(self, stock: Stock, init: bytes) -> None:
        """Plan the next epoch behind what is fixed of this one. It airs when that has ended."""
        self._next = None
        rules = _rules(self._asked.schedule, stock.house)
        keeper = Keeper(self.id, stock, self._slots, rules, self._archive, self._refuse)
        ended = await keeper.follow(self._keeper)
        self.inits = {ended.init_name: self.init, keeper.timeline.init_name: init}
        self._former, self._keeper, self.stock, self.init = ended, keeper, stock, init
        self._turning = True

    async def _turn_over(self) -> None:
        """Wait for the end of the former epoch, if one is about to end; the pushes begin anew behind it."""
        if not self._turning:
            return
        # Timers go by whole milliseconds, and nothing is planned before an epoch begins.
        left_s = 0.001 - self._past_former_ns() / 1e9
        await self._archive.clock.sleep(left_s - _PUSHES_END_S)
        if self.playout is not None:
            self.playout.begin_anew(max(0.0, min(left_s, _PUSHES_END_S)))
        while (left_ns := -self._past_former_ns()) > 0:
            await self._archive.clock.sleep(0.001 + left_ns / 1e9)
        self._turning = False
        self._take_effect()
        self._log.info("a new epoch", epoch=self.timeline.epoch, clips=len(self.stock.clips))

    async def _dress(self) -> None:
        """Have cards made as they are asked for, now and after each edit."""
        while True:
            self._asks.clear()
            try:
                if self._asked.format == self.stock.house:
                    self._next = None
                    await self._make_cards(self.stock, self.init)
                else:
                    await self._prepare_epoch(self._asked.format)
            except (WebtvError, OSError, sqlite3.Error) as error:
                self._log.error("no cards as they are asked for; air goes on with others", error=str(error))
                await self._rest(_CARDS_AGAIN_S, self._asks)
            else:
                await self._asks.wait()

    async def _prepare_epoch(self, house: HouseFormat) -> None:
        slate = await self._card("slate", house, None)
        stock = Stock(house, slate)
        stock.marks = self.stock.marks
        init = await asyncio.to_thread(_init_of, self._archive.library.path(slate))
        await self._make_cards(stock, init)
        await self._take_in_clips(stock)
        self._next = (stock, init)
        self._changed.set()

    async def _make_cards(self, stock: Stock, init: bytes) -> None:
        """Bring a stock's slate and bumper up to the title and schedule that are asked for."""
        title = self._asked.title
        if stock.slate.id != card_id("slate", title, stock.house):
            stock.slate = await self._card("slate", stock.house, init)
            self._better = True
        if not self._asked.schedule.bumper_every_s:
            stock.bumper = None
        elif stock.bumper is None or stock.bumper.id != card_id("bumper", title, stock.house):
            await self._make_bumper(stock, init)
            self._better = True
        self._changed.set()

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
            await self._make_bumper(self.stock, self.init)
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
            self.stock.slate = await self._card("slate", self.stock.house, self.init)
        except WebtvError as error:
            self._log.error("the slate could not be made anew; older slots air", error=str(error))

    async def _make_bumper(self, stock: Stock, init: bytes) -> None:
        try:
            stock.bumper = await self._card("bumper", stock.house, init)
        except WebtvError as error:
            self._log.warning("no bumper; air goes on without", error=str(error))

    def _note_dressing(self, dressing: asyncio.Task[None]) -> None:
        if not dressing.cancelled() and (bug := dressing.exception()) is not None:
            self._log.error("the cards failed by a bug", exc_info=bug)

    async def _card(self, kind: CardKind, house: HouseFormat, init: bytes | None) -> Clip:
        try:
            return await self._house.cards.obtain(kind, self._asked.title, house, init=init)
        except OSError as error:
            raise StationError(
                f"the {kind} cannot be written to {self._archive.data}: {error.strerror}. "
                "Make room there, or give another folder with --data; it is tried again by itself"
            ) from error


def _rules(schedule: Schedule, house: HouseFormat) -> Rules:
    return Rules(
        no_repeat=house.quanta(schedule.no_repeat_s), bumper_every=house.quanta(schedule.bumper_every_s)
    )


def _init_of(path: Path) -> bytes:
    return read_init(path, read_index(path))
