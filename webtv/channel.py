"""One channel's life: cards first, then a rundown that always reaches minutes ahead of air."""

from __future__ import annotations

import asyncio
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from webtv import metrics
from webtv.broadcaster.playout import Playout
from webtv.broadcaster.pusher import Equipment
from webtv.clock import Clock
from webtv.config import ChannelConfig
from webtv.domain import Airing, AiringKind
from webtv.errors import ClipRejected, StationError
from webtv.media.fmp4 import read_index, read_init
from webtv.playlist.database import Database
from webtv.playlist.library import Library
from webtv.playlist.rundown import LOCK_S, Rundown, begin_epoch, recall, resume, save
from webtv.playlist.scheduler import Rules
from webtv.playlist.slots import Slots, publish
from webtv.playlist.stock import Stock
from webtv.playlist.store import Clip
from webtv.render.card import CardKind, card_id
from webtv.render.card_desk import CardDesk
from webtv.timeline import Timeline

log = structlog.get_logger()

AHEAD_S = 330.0
"""The rundown and its slots never reach less far ahead: RTMP outlives a dead daemon for that long."""
_EXTEND_S = 420.0
_SPREAD_S = 90
"""Plans reach up to this much farther, by chance, so that a thousand channels do not all plan at once."""
_KEEP_S = 180.0
_WATCHED_S = 20.0
_LOOK_S = 0.3
"""An airing is looked at this long before it is fixed."""
_CARDS = (AiringKind.SLATE, AiringKind.BUMPER)


@dataclass(frozen=True)
class House:
    """What all channels of a station share."""

    data: Path
    clock: Clock
    database: Database
    library: Library
    cards: CardDesk
    equipment: Equipment | None = None
    """What pushing needs; None in a station without targets."""


class Channel:
    """A channel on air. ``life`` signs it on and keeps it there; the rest may be asked once it is on."""

    def __init__(self, config: ChannelConfig, house: House) -> None:
        self.config, self._house = config, house
        self._folder = house.data / "channels" / config.id
        self._slots = Slots(self._folder)
        self.init = b""
        """The initialisation segment of this epoch's house format."""
        self.stock: Stock
        self._rundown: Rundown
        self.playout: Playout | None = None
        if house.equipment is not None and any(target.enabled for target in config.targets):
            self.playout = Playout(
                config.id, self._folder, lambda: self.timeline, config.targets, house.equipment
            )
        self._signed_on = asyncio.Event()
        self._changed = asyncio.Event()
        self._better = False
        self._unstored_from: int | None = None
        self._asked_boot_ns: int | None = None
        self._log = log.bind(channel=config.id)

    @property
    def id(self) -> str:
        return self.config.id

    @property
    def folder(self) -> Path:
        """Holds the slots and the lists of them that FFmpeg reads."""
        return self._folder

    @property
    def timeline(self) -> Timeline:
        return self._rundown.timeline

    @property
    def epoch(self) -> int:
        return self._rundown.state.epoch

    @property
    def like(self) -> Path:
        """A file in this channel's house format, to the byte of its decoder configuration."""
        return self._house.library.path(self.stock.slate)

    def slot_path(self, slot: int) -> Path:
        return self._slots.path(slot)

    @property
    def signed_on(self) -> bool:
        return self._signed_on.is_set()

    @property
    def on_air(self) -> bool:
        """Whether there is something on air now, in place as a file."""
        if not self.signed_on:
            return False
        timeline = self.timeline
        airing = timeline.at(timeline.position_ns(self._house.clock.now()))
        return airing is not None and self._slots.path(airing.slot).exists()

    def asked_for(self) -> None:
        """A viewer asked for this channel's playlist."""
        self._asked_boot_ns = self._house.clock.now().boot_ns

    @property
    def watched(self) -> bool:
        """Whether anybody gets the picture: a viewer lately, or a target."""
        if self.playout is not None:
            return True
        asked = self._asked_boot_ns
        return asked is not None and self._house.clock.now().boot_ns - asked < _WATCHED_S * 1e9

    @property
    def fresh_s(self) -> float:
        """Seconds of clips that have not begun to air."""
        return self.stock.fresh_seconds(self._begun())

    @property
    def stock_s(self) -> float:
        """Seconds of clips in the library."""
        return self.stock.seconds

    @property
    def buffered_s(self) -> float:
        """Seconds of rundown ahead of air, all in place as slots."""
        timeline = self.timeline
        return (timeline.end_ns - timeline.position_ns(self._house.clock.now())) / 1e9

    @property
    def fresh_share(self) -> float:
        """Share of the last minutes' air that had never aired before, 0 to 1."""
        begun = self._begun()
        total = sum(airing.quanta for airing in begun)
        fresh = sum(airing.quanta for airing in begun if airing.kind is AiringKind.FRESH)
        return fresh / total if total else 0.0

    def previous(self, limit: int) -> Sequence[Airing]:
        """What aired before what is on air, newest first."""
        return self._begun()[:-1][: -limit - 1 : -1]

    def upcoming(self, limit: int) -> Sequence[Airing]:
        """What is on air, and what comes after it."""
        return self._rundown.airings[max(0, len(self._begun()) - 1) :][:limit]

    @property
    def archive(self) -> Sequence[Clip]:
        """Clips that can go without being missed on air."""
        return self.stock.archive(self._rundown.airings)

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
        await self._sign_on()
        bumper = asyncio.create_task(self._make_bumper())
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
        """Make the slate, find the rundown again or begin one, and put its slots in place."""
        house = self.config.format
        slate = await self._card("slate", None)
        self.stock = Stock(house, slate)
        self.init = await asyncio.to_thread(_init_of, self.like)
        bumper_file = self._house.library.card_path(card_id("bumper", self.config.title, house))
        if self.config.schedule.bumper_every_s and bumper_file.exists():
            self.stock.bumper = await self._card("bumper", self.init)
        clips = await self._house.database(lambda store: store.clips(self.id))
        self.stock.take_in(clip for clip in clips if clip.init_sha256 == slate.init_sha256)
        self._rundown = await self._find_rundown(slate)
        first = self._rundown.first_slot
        self.stock.recall(
            await self._house.database(
                lambda store: store.last_ends(self.id, self._rundown.state.epoch, before_slot=first)
            )
        )
        await self._replan(keep=self._usable(), place_all=True)
        self._signed_on.set()
        self._log.info("on air", title=self.config.title, clips=len(self.stock.clips), epoch=self.epoch)

    async def _find_rundown(self, slate: Clip) -> Rundown:
        clock, file = self._house.clock, self._folder / "rundown.json"
        found = await self._house.database(lambda store: recall(store, self.id, file))
        if found is not None:
            state, airings = found
            if state.init_sha256 == slate.init_sha256 and state.format == self.config.format:
                return resume(state, airings, clock)
        last = (found[0], found[1][-1]) if found is not None and found[1] else None
        return begin_epoch(self.config.format, slate.init_sha256, last, clock)

    def _usable(self) -> int:
        """How many remembered airings can be kept: up to the first whose clip and slot are both gone."""
        for index, airing in enumerate(self._rundown.airings):
            if self.stock.get(airing.clip_id) is None and not self._slots.path(airing.slot).exists():
                return index
        return len(self._rundown.airings)

    async def _make_bumper(self) -> None:
        if self.config.schedule.bumper_every_s and self.stock.bumper is None:
            try:
                self.stock.bumper = await self._card("bumper", self.init)
            except StationError as error:
                self._log.warning("no bumper; air goes on without", error=str(error))

    async def _stay_on(self) -> None:
        while True:
            self._changed.clear()
            await self._tick()
            await self._rest(self._until_next_lock_s())

    async def _rest(self, seconds: float) -> None:
        """Until something has changed, but no longer than ``seconds``."""
        waits = [
            asyncio.ensure_future(wait) for wait in (self._changed.wait(), self._house.clock.sleep(seconds))
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _tick(self) -> None:
        """Plan what has to be planned: after a better clip, a bad one, or too far into the plan."""
        now = self._house.clock.now()
        self._forget_past()
        keep = len(self._rundown.airings)
        if self._better:
            self._better = False
            keep = self._rundown.first_lesser(now)
        next_up = self._rundown.unlocked_from(now)
        if next_up < keep and not await self._fit_to_air(self._rundown.airings[next_up]):
            keep = next_up
        if keep < len(self._rundown.airings) or self.buffered_s < AHEAD_S:
            await self._replan(keep=keep)

    async def _fit_to_air(self, airing: Airing) -> bool:
        """Whether a slot, about to be locked, holds what was admitted. The clip's own name may be gone."""
        clip = self.stock.get(airing.clip_id)
        if clip is None:
            return self._slots.path(airing.slot).exists()
        library, path = self._house.library, self._slots.path(airing.slot)
        if library.untouched(clip, path):
            return True
        try:
            await asyncio.to_thread(library.verify, clip, path)
        except ClipRejected as rejection:
            await self._refuse(clip, rejection)
            return False
        return True

    async def _refuse(self, clip: Clip, rejection: ClipRejected) -> None:
        library = self._house.library
        self._log.warning(
            "clip refused before air", clip=clip.id, reason=rejection.reason, detail=str(rejection)
        )
        metrics.clips_rejected.labels(rejection.reason).inc()
        if clip is self.stock.slate or clip is self.stock.bumper:
            library.remove(clip)
            self.stock.slate = await self._card("slate", self.init)
            self.stock.bumper = await self._card("bumper", self.init) if self.stock.bumper else None
        else:
            self.stock.let_go(clip)
            library.quarantine(library.path(clip), clip.id, rejection, library.manifest(clip))
            await self._house.database(lambda store: store.mark_gone([clip.id]))

    def _until_next_lock_s(self) -> float:
        """How long nothing needs doing: until shortly before the next airing is fixed."""
        now = self._house.clock.now()
        timeline, airings = self.timeline, self._rundown.airings
        looked_at_ns = timeline.position_ns(now) + int((LOCK_S + _LOOK_S) * 1e9)
        index = timeline.begun(looked_at_ns)
        if index >= len(airings):
            return 0.5
        # Timers go by whole milliseconds; an early one would look at the same airing twice.
        return 0.001 + (timeline.start_ns(airings[index].start_quanta) - looked_at_ns) / 1e9

    async def _replan(self, *, keep: int, place_all: bool = False) -> None:
        """Plan anew behind the first ``keep`` airings, store it, put its slots in place, then let it air."""
        schedule, house = self.config.schedule, self.config.format
        rules = Rules(
            no_repeat=house.quanta(schedule.no_repeat_s), bumper_every=house.quanta(schedule.bumper_every_s)
        )
        rundown = self._rundown.planned(
            self.stock.shelf(self._rundown.airings[:keep]),
            rules,
            self._house.clock.now(),
            keep=keep,
            ahead_s=_EXTEND_S + zlib.crc32(f"{self.id}{keep}".encode()) % _SPREAD_S,
        )
        await self._store(rundown, keep)
        for airing in rundown.airings[: keep if place_all else 0]:
            if not await self._in_place(airing):
                self._place(airing)
        for airing in rundown.airings[keep:]:
            self._place(airing)
        self._rundown = rundown
        self._slots.clear_outside(rundown.first_slot, rundown.airings[-1].slot)
        self._write_out()

    def _write_out(self) -> None:
        """The rundown as files: one to come back from should the database be lost, one for people."""
        now = self._house.clock.now()
        try:
            save(self._rundown, self._folder / "rundown.json")
            publish(self._house.data / f"{self.id}.ffconcat", self.timeline, self._files(), now)
        except OSError as error:
            self._log.error("the rundown could not be written; air goes on", error=str(error))

    async def _store(self, rundown: Rundown, keep: int) -> None:
        """Store what changed behind the first ``keep`` airings, and what could not be stored before."""
        airings, timeline = rundown.airings, rundown.timeline
        first = airings[keep].slot if keep < len(airings) else airings[-1].slot + 1
        if self._unstored_from is not None:
            first = min(first, self._unstored_from)
        rows = [
            (airing, timeline.wall_ns(timeline.start_ns(airing.start_quanta)))
            for airing in airings
            if airing.slot >= first
        ]
        try:
            await self._house.database(
                lambda store: store.write_rundown(self.id, rundown.state, rows, replace_from=first)
            )
        except sqlite3.Error as error:
            # An unstored rundown is worse than a stored one, and better than dead air.
            self._unstored_from = first
            self._log.error("the rundown could not be stored; air goes on", error=str(error))
        else:
            self._unstored_from = None

    async def _in_place(self, airing: Airing) -> bool:
        """Whether a remembered airing's slot holds its clip as admitted, whatever became of the library's."""
        clip, library = self.stock.get(airing.clip_id), self._house.library
        if clip is None:
            return False
        if self._slots.holds(airing.slot, library.path(clip)):
            return True
        try:
            await asyncio.to_thread(library.verify, clip, self._slots.path(airing.slot))
        except ClipRejected:
            return False
        return True

    def _place(self, airing: Airing) -> None:
        clip = self.stock.get(airing.clip_id)
        if clip is None:
            return  # out of the library, on air by the link that its slot already is
        try:
            self._slots.place(airing.slot, self._house.library.path(clip))
        except OSError as error:
            if not self._slots.path(airing.slot).exists():
                self._log.error("slot not placed", slot=airing.slot, clip=clip.id, error=str(error))

    def _files(self) -> dict[str, str]:
        """Paths of the planned clips that are in the library, from the data folder."""
        known = {airing.clip_id: self.stock.get(airing.clip_id) for airing in self._rundown.airings}
        return {name: self._house.library.relative(clip) for name, clip in known.items() if clip is not None}

    def _begun(self) -> Sequence[Airing]:
        """The airings in memory that have begun, oldest first; the last one is on air."""
        timeline = self.timeline
        position = timeline.position_ns(self._house.clock.now())
        return timeline.airings[: timeline.begun(position)]

    def _forget_past(self) -> None:
        kept = self._rundown.without_past(self._house.clock.now(), keep_s=_KEEP_S)
        if kept is self._rundown:
            return
        dropped = self._rundown.airings[: len(self._rundown.airings) - len(kept.airings)]
        self.stock.aired(dropped)
        filler = sum(airing.quanta for airing in dropped if airing.kind in _CARDS)
        metrics.filler_seconds.labels(self.id).inc(filler * self.config.format.quantum_s)
        self._rundown = kept

    async def _card(self, kind: CardKind, init: bytes | None) -> Clip:
        house = self._house
        try:
            return await house.cards.obtain(kind, self.config.title, self.config.format, init=init)
        except OSError as error:
            raise StationError(
                f"the {kind} cannot be written to {house.data}: {error.strerror}. "
                "Make room there, or give another folder with --data; the channel then signs on by itself"
            ) from error


def _init_of(path: Path) -> bytes:
    return read_init(path, read_index(path))
