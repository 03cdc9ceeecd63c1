"""One channel's life: cards first, then a rundown that always reaches minutes ahead of air."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from webtv import metrics
from webtv.clock import Clock
from webtv.config import ChannelConfig
from webtv.domain import Airing, AiringKind, Manifest
from webtv.errors import ClipRejected
from webtv.media.fmp4 import read_index, read_init
from webtv.playlist.database import Database
from webtv.playlist.files import write_atomically
from webtv.playlist.library import Library
from webtv.playlist.rundown import LOCK_S, Rundown, anchor_at, begin_epoch, load, resume, save
from webtv.playlist.scheduler import Cue, Rules, Shelf
from webtv.playlist.slots import Slots, now_list
from webtv.playlist.store import ChannelState, Clip, Store
from webtv.render.card import CardKind, card_id, render_card
from webtv.timeline import Timeline

log = structlog.get_logger()

AHEAD_S = 330.0
"""The rundown and its slots never reach less far ahead: RTMP outlives a dead daemon for that long."""
_EXTEND_S = 450.0
_KEEP_S = 180.0
_PREROLL_S = 8.0
"""A new epoch begins this long ago, so that the first viewer finds a live window."""
_WATCHED_S = 20.0


@dataclass(frozen=True)
class House:
    """What all channels of a station share."""

    data: Path
    clock: Clock
    database: Database
    library: Library
    card_slots: asyncio.Semaphore


@dataclass(frozen=True)
class Cards:
    slate: Clip
    init: bytes
    bumper: Clip | None = None


class Channel:
    """A channel on air. ``sign_on`` first, then ``run`` for as long as it shall air."""

    def __init__(self, config: ChannelConfig, house: House) -> None:
        self.config, self._house = config, house
        self.folder = house.data / "channels" / config.id
        self._slots = Slots(self.folder)
        self._clips: dict[str, Clip] = {}
        self._last_ends: dict[str, int | None] = {}
        self._cards: Cards
        self._rundown: Rundown
        self._changed = asyncio.Event()
        self._better = False
        self._asked_boot_ns: int | None = None
        self.signed_on = False
        self._log = log.bind(channel=config.id)

    @property
    def id(self) -> str:
        return self.config.id

    @property
    def timeline(self) -> Timeline:
        return self._rundown.timeline

    @property
    def epoch(self) -> int:
        return self._rundown.state.epoch

    @property
    def init(self) -> bytes:
        """The initialisation segment of this epoch's house format."""
        return self._cards.init

    @property
    def like(self) -> Path:
        """A file in this channel's house format, to the byte of its decoder configuration."""
        return self._house.library.path(self._cards.slate)

    def slot_path(self, slot: int) -> Path:
        return self._slots.path(slot)

    def clip(self, clip_id: str) -> Clip | None:
        return self._clips.get(clip_id)

    @property
    def clips(self) -> Sequence[Clip]:
        """The library's clips in this house format, oldest first, without cards."""
        return [clip for clip in self._clips.values() if clip.channel]

    def asked_for(self) -> None:
        """A viewer asked for this channel's playlist."""
        self._asked_boot_ns = self._house.clock.now().boot_ns

    @property
    def watched(self) -> bool:
        if any(target.enabled for target in self.config.targets):
            return True
        asked = self._asked_boot_ns
        return asked is not None and self._house.clock.now().boot_ns - asked < _WATCHED_S * 1e9

    @property
    def fresh_s(self) -> float:
        """Seconds of clips that have not begun to air."""
        begun = self._begun()
        quanta = sum(clip.quanta for clip in self.clips if clip.id not in begun)
        return quanta * self.config.format.quantum_s

    @property
    def stock_s(self) -> float:
        """Seconds of clips in the library."""
        return sum(clip.quanta for clip in self.clips) * self.config.format.quantum_s

    @property
    def buffered_s(self) -> float:
        """Seconds of rundown ahead of air, all in place as slots."""
        timeline = self.timeline
        return (timeline.end_ns - timeline.position_ns(self._house.clock.now())) / 1e9

    @property
    def fresh_share(self) -> float:
        """Share of the last minutes' air that had never aired before, 0 to 1."""
        begun = [airing for airing in self._past() if airing.kind in (AiringKind.FRESH, AiringKind.ARCHIVE)]
        total = sum(airing.quanta for airing in self._past())
        return sum(a.quanta for a in begun if a.kind is AiringKind.FRESH) / total if total else 0.0

    def previous(self, limit: int) -> list[Airing]:
        """What aired before what is on air, newest first."""
        return self._past()[:-1][: -limit - 1 : -1]

    def upcoming(self, limit: int) -> list[Airing]:
        """What is on air, and what comes after it."""
        past = len(self._past())
        return list(self._rundown.airings[max(0, past - 1) :][:limit])

    @property
    def archive(self) -> Sequence[Clip]:
        """Clips that aired and are not planned: nothing that waits to air needs their files."""
        planned = {airing.clip_id for airing in self._rundown.airings}
        return [clip for clip in self.clips if clip.id in self._last_ends and clip.id not in planned]

    @property
    def on_air(self) -> bool:
        """Whether there is something on air now, in place as a file."""
        if not self.signed_on:
            return False
        timeline = self.timeline
        airing = timeline.at(timeline.position_ns(self._house.clock.now()))
        return airing is not None and self._slots.path(airing.slot).exists()

    async def life(self) -> None:
        """From sign-on to an error or cancellation; what aired meanwhile is remembered by the next life."""
        await self.sign_on()
        await self.run()

    async def sign_on(self) -> None:
        """Make the cards, find the rundown again or begin one, and put its slots in place.

        Raises:
            OSError: when the data folder cannot take them.
        """
        self._cards = await self._make_slate()
        self._clips[self._cards.slate.id] = self._cards.slate
        init_sha256 = self._cards.slate.init_sha256
        clips = await self._house.database(lambda store: store.clips(self.id))
        self._clips |= {clip.id: clip for clip in clips if clip.init_sha256 == init_sha256}
        state, airings = await self._remembered()
        if state is None or state.init_sha256 != init_sha256 or state.format != self.config.format:
            self._rundown = await self._new_epoch(state, init_sha256)
        else:
            self._rundown = resume(state, airings, self._house.clock)
        first = self._rundown.airings[0].slot if self._rundown.airings else self._rundown.cue.slot
        epoch = self._rundown.state.epoch
        self._last_ends = await self._house.database(
            lambda store: store.last_ends(self.id, epoch, before_slot=first)
        )
        await self._recall_aired_cards()
        await self._replan(keep=self._sound_airings(), again=True)
        self.signed_on = True
        self._log.info("on air", title=self.config.title, clips=len(self.clips), epoch=epoch)

    async def run(self) -> None:
        """Keep the rundown ahead of air. One run, ends only by an error or cancellation."""
        if self.config.schedule.bumper_every_s and self._cards.bumper is None:
            await self._make_bumper()
        while True:
            await self._tick()
            self._changed.clear()
            if self._better:
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(self._until_next_lock_s()):
                    await self._changed.wait()

    def add(self, clip: Clip) -> None:
        """A clip was admitted: air it as soon as the rundown allows."""
        self._clips[clip.id] = clip
        self._better = True
        self._changed.set()

    def remove(self, clip: Clip) -> None:
        """A clip left the library. Where it is already planned it still airs, by its slot."""
        if clip.id not in {airing.clip_id for airing in self._rundown.airings}:
            self._clips.pop(clip.id, None)

    async def _tick(self) -> None:
        now = self._house.clock.now()
        self._forget_past()
        keep = len(self._rundown.airings)
        if self._better:
            keep = self._rundown.first_lesser(now)
            self._better = False
        keep = min(keep, self._first_bad(keep))
        if keep < len(self._rundown.airings) or self.buffered_s < AHEAD_S:
            await self._replan(keep=keep)

    def _first_bad(self, keep: int) -> int:
        """Look at the next airing before it is locked; what is no longer as admitted must not air."""
        index = self._rundown.unlocked_from(self._house.clock.now())
        if index >= keep:
            return keep
        clip = self._clips.get(self._rundown.airings[index].clip_id)
        return keep if clip is not None and self._slot_holds(index, clip) else index

    def _slot_holds(self, index: int, clip: Clip) -> bool:
        """Whether a slot still holds the clip that was admitted. A clip's deleted name does not matter."""
        path = self._slots.path(self._rundown.airings[index].slot)
        try:
            self._house.library.verify(clip, path)
        except ClipRejected as rejection:
            self._refuse(clip, rejection)
            return False
        return True

    def _refuse(self, clip: Clip, rejection: ClipRejected) -> None:
        self._log.warning(
            "clip refused before air", clip=clip.id, reason=rejection.reason, detail=str(rejection)
        )
        metrics.clips_rejected.labels(rejection.reason).inc()
        self._clips.pop(clip.id, None)
        if clip.channel:
            self._house.library.quarantine(
                self._house.library.path(clip), clip.id, rejection, self._house.library.manifest(clip)
            )

    def _until_next_lock_s(self) -> float:
        """How long nothing needs doing: until shortly before the next airing is fixed."""
        now = self._house.clock.now()
        index = self._rundown.unlocked_from(now)
        if index >= len(self._rundown.airings):
            return 0.5
        timeline = self.timeline
        starts_ns = timeline.start_ns(self._rundown.airings[index].start_quanta)
        return max(0.05, (starts_ns - timeline.position_ns(now)) / 1e9 - LOCK_S - 0.3)

    async def _replan(self, *, keep: int, again: bool = False) -> None:
        """Plan anew behind the first ``keep`` airings, store it, put its slots in place, then let it air.

        With ``again`` all slots are put in place, also those that should be there.
        """
        before = self._rundown
        rundown = self._planned(keep)
        changed = rundown.airings[keep:]
        first_changed = changed[0].slot if changed else rundown.cue.slot
        await self._store(rundown, changed, first_changed)
        for airing in rundown.airings if again else changed:
            self._place(airing)
        self._rundown = rundown
        if rundown.airings:
            self._slots.clear_outside(rundown.airings[0].slot, rundown.airings[-1].slot)
        save(rundown, self.folder / "rundown.json")
        self._publish()
        if len(changed) != len(before.airings):
            self._log.debug("planned", airings=len(rundown.airings), kept=keep)

    def _planned(self, keep: int) -> Rundown:
        schedule, house = self.config.schedule, self.config.format
        kept = self._rundown.airings[:keep]
        last_ends = self._last_ends | {airing.clip_id: airing.end_quanta for airing in kept}
        fresh = [clip for clip in self.clips if clip.id not in last_ends]
        archive = [clip for clip in self.clips if clip.id in last_ends]
        shelf = Shelf(fresh, archive, last_ends, self._cards.slate, self._cards.bumper)
        rules = Rules(
            no_repeat=house.quanta(schedule.no_repeat_s), bumper_every=house.quanta(schedule.bumper_every_s)
        )
        return self._rundown.planned(shelf, rules, self._house.clock.now(), keep=keep, ahead_s=_EXTEND_S)

    async def _store(self, rundown: Rundown, changed: Sequence[Airing], first_changed: int) -> None:
        timeline = rundown.timeline
        rows = [(airing, timeline.wall_ns(timeline.start_ns(airing.start_quanta))) for airing in changed]
        try:
            await self._house.database(
                lambda store: store.write_rundown(self.id, rundown.state, rows, replace_from=first_changed)
            )
        except sqlite3.Error as error:
            # An unstored rundown is worse than a stored one, and better than dead air.
            self._log.error("the rundown could not be stored; air goes on", error=str(error))

    def _place(self, airing: Airing) -> None:
        clip = self._clips.get(airing.clip_id)
        if clip is None:
            return  # out of the library, on air by the link that its slot already is
        try:
            self._slots.place(airing.slot, self._house.library.path(clip))
        except OSError as error:
            if not self._slots.path(airing.slot).exists():
                self._log.error("slot not placed", slot=airing.slot, clip=clip.id, error=str(error))

    def _publish(self) -> None:
        timeline, now = self.timeline, self._house.clock.now()
        files = {
            airing.clip_id: self._house.library.relative(clip)
            for airing in timeline.airings
            if (clip := self._clips.get(airing.clip_id)) is not None
        }
        known = Timeline(
            timeline.format, timeline.anchor, tuple(a for a in timeline.airings if a.clip_id in files)
        )
        text = now_list(known, files, timeline.position_ns(now))
        write_atomically(self._house.data / f"{self.id}.ffconcat", text, durable=False)

    def _past(self) -> list[Airing]:
        timeline, now = self.timeline, self._house.clock.now()
        position = timeline.position_ns(now)
        return [a for a in timeline.airings if timeline.start_ns(a.start_quanta) <= position]

    def _begun(self) -> set[str]:
        return {airing.clip_id for airing in self._past()} | self._last_ends.keys()

    def _forget_past(self) -> None:
        kept = self._rundown.without_past(self._house.clock.now(), keep_s=_KEEP_S)
        dropped = len(self._rundown.airings) - len(kept.airings)
        for airing in self._rundown.airings[:dropped]:
            self._last_ends[airing.clip_id] = airing.end_quanta
            if airing.kind in (AiringKind.SLATE, AiringKind.BUMPER):
                seconds = airing.quanta * self.config.format.quantum_s
                metrics.filler_seconds.labels(self.id).inc(seconds)
        self._rundown = kept

    async def _remembered(self) -> tuple[ChannelState | None, list[Airing]]:
        """State and recent airings from the database, or else from the rundown's file."""

        def read(store: Store) -> tuple[ChannelState | None, list[Airing]]:
            state, last = store.state(self.id), store.last_airing(self.id)
            if state is None or last is None:
                return None, []
            return state, store.airings(self.id, state.epoch, from_slot=last.slot - _REMEMBER_SLOTS)

        state, airings = await self._house.database(read)
        if state is not None:
            return state, airings
        found = load(self.folder / "rundown.json")
        if found is None:
            return None, []
        rows = [(airing, found[0].anchor.wall_ns) for airing in found[1]]
        await self._house.database(lambda store: store.write_rundown(self.id, found[0], rows, replace_from=0))
        return found

    def _sound_airings(self) -> int:
        """How many remembered airings can be kept: up to the first whose clip and slot are both gone."""
        for index, airing in enumerate(self._rundown.airings):
            if airing.clip_id not in self._clips and not self._slots.path(airing.slot).exists():
                return index
        return len(self._rundown.airings)

    async def _new_epoch(self, before: ChannelState | None, init_sha256: str) -> Rundown:
        clock, house = self._house.clock, self.config.format
        last = await self._house.database(lambda store: store.last_airing(self.id))
        cue = Cue.after(last, before.format) if last and before else Cue()
        anchor = anchor_at(0, clock)
        preroll_ns = int(_PREROLL_S * 1e9)
        state = ChannelState(
            epoch=before.epoch + 1 if before else 0,
            format=house,
            init_sha256=init_sha256,
            anchor=anchor.model_copy(
                update={"wall_ns": anchor.wall_ns - preroll_ns, "boot_ns": anchor.boot_ns - preroll_ns}
            ),
        )
        return begin_epoch(state, Cue(slot=cue.slot, quanta=0, segment=cue.segment))

    async def _recall_aired_cards(self) -> None:
        """A bumper that is planned must be known before planning goes on."""
        wanted = card_id("bumper", self.config.title, self.config.format)
        path = self._house.library.card_path(wanted)
        if self.config.schedule.bumper_every_s and path.exists():
            await self._make_bumper()

    async def _make_slate(self) -> Cards:
        clip, path = await self._card("slate", None)
        return Cards(slate=clip, init=read_init(path, read_index(path)))

    async def _make_bumper(self) -> None:
        clip, _ = await self._card("bumper", self._cards.init)
        self._cards = Cards(self._cards.slate, self._cards.init, clip)
        self._clips[clip.id] = clip

    async def _card(self, kind: CardKind, init: bytes | None) -> tuple[Clip, Path]:
        """The card's clip and file: as made before, or made now."""
        library, house, title = self._house.library, self.config.format, self.config.title
        identity = card_id(kind, title, house)
        async with self._house.card_slots:
            path = library.card_path(identity)
            with suppress(FileNotFoundError, ValueError, ClipRejected):
                manifest = Manifest.model_validate_json(path.with_suffix(".json").read_bytes())
                clip = Clip.of(manifest)
                library.verify(clip, path)
                return clip, path
            manifest = await asyncio.to_thread(render_card, kind, title, house, library.work, init=init)
            return library.admit(library.work / f"{identity}.mp4", manifest), path


_REMEMBER_SLOTS = 400
