"""Keeps one channel's rundown minutes ahead of air: planned, stored, and in place as slots."""

from __future__ import annotations

import asyncio
import sqlite3
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from webtv.clock import Clock, Instant
from webtv.domain import Airing, AiringKind
from webtv.errors import ClipRejected, StationError
from webtv.media.fmp4 import read_index
from webtv.playlist.database import Database
from webtv.playlist.library import Library
from webtv.playlist.marks import MARKS, Marks, load_marks, save_marks
from webtv.playlist.rundown import LOCK_S, Rundown, begin_epoch, next_epoch, recall, resume, save
from webtv.playlist.scheduler import Rules
from webtv.playlist.slots import Slots, publish
from webtv.playlist.stock import Stock
from webtv.playlist.store import ChannelState, Clip
from webtv.timeline import Timeline

log = structlog.get_logger()

AHEAD_S = 330.0
"""The rundown and its slots never reach less far ahead: RTMP outlives a dead daemon for that long."""
_EXTEND_S = 420.0
_SPREAD_S = 90
"""Plans reach up to this much farther, by chance, so that a thousand channels do not all plan at once."""
_KEEP_S = 180.0
_LOOK_S = 0.3
"""An airing is looked at this long before it is fixed."""
_STORE_S = 1.0
_AT_HAND_NS = 500_000_000
_STEP_NS = 1_000_000_000
"""A wall clock that differs by more than this from what PROGRAM-DATE-TIME says has been set."""

Refuse = Callable[[Clip, ClipRejected], Awaitable[None]]
"""Takes a clip out of ``Stock``, or puts a sound card in its place."""


@dataclass(frozen=True)
class Archive:
    """Where all channels keep things, and the clock they go by."""

    data: Path
    clock: Clock
    database: Database
    library: Library
    last_seen_ns: int = 0
    """Wall-clock time of the last sign of life of the daemon before this one."""


@dataclass(frozen=True)
class Cut:
    """The rundown was edited near air: it changes at ``media_ns``, ``in_s`` seconds from now.

    ``shortened`` says that a clip ends there before its end, which a push that reads its slot does not know.
    """

    media_ns: int
    in_s: float
    shortened: bool


class Keeper:
    """A channel's rundown. ``open`` finds it again or begins it; ``tick`` it each ``until_tick_s``.

    An operator's edits and the ticks take turns.
    """

    rundown: Rundown
    """Replaced with each change, never altered."""

    def __init__(
        self, channel: str, stock: Stock, slots: Slots, rules: Rules, archive: Archive, refuse: Refuse
    ) -> None:
        self._channel, self._rules, self._archive, self._refuse = channel, rules, archive, refuse
        self._stock, self._slots = stock, slots
        self._ticked_ns = 0
        self._unstored_from: int | None = None
        self._former_from: int | None = None
        """First slot of the epoch before, of which a window stays fetchable."""
        self._aired: frozenset[str] = frozenset()
        """Clips that aired for the first time since that was stored last."""
        self._log = log.bind(channel=channel)
        self._turn = asyncio.Lock()
        self._is_over = False

    @property
    def timeline(self) -> Timeline:
        return self.rundown.timeline

    @property
    def ahead_s(self) -> float:
        """Seconds of rundown ahead of air, all in place as slots."""
        return (self.timeline.end_ns - self._position_ns()) / 1e9

    def begun(self) -> Sequence[Airing]:
        """The airings in memory that have begun, oldest first; the last one is on air."""
        return self.rundown.airings[: self.timeline.begun(self._position_ns())]

    async def open(self) -> None:
        """Take the rundown up where it was, or begin an epoch; put its slots in place."""
        archive, path = self._archive, self._slots.folder / "rundown.json"
        found = await archive.database(lambda store: recall(store, self._channel, path))
        house, init_sha256 = self._stock.house, self._stock.slate.init_sha256
        if found is not None and (found[0].init_sha256, found[0].format) == (init_sha256, house):
            self.rundown = resume(*found, archive.clock).without_past(archive.clock.now(), keep_s=_KEEP_S)
            await self._note_unaired(found[0])
        else:
            last = (found[0], found[1][-1]) if found is not None and found[1] else None
            self.rundown = begin_epoch(house, init_sha256, last, archive.clock)
        self._stock.marks = self._load_marks()
        epoch, first = self.rundown.state.epoch, self.rundown.first_slot
        self._stock.recall(
            await archive.database(lambda store: store.last_ends(self._channel, epoch, before_slot=first))
        )
        self._ticked_ns = archive.clock.now().wall_ns
        keep = self._usable()
        for airing in self.rundown.airings[:keep]:
            if not await self._in_place(airing):
                self._place(airing)
        await self._replan(keep)

    async def tick(self, *, better: bool) -> None:
        """Plan what has to be planned: after a better clip, a bad one, or too near to the plan's end."""
        async with self._turn:
            await self._tick(better)

    async def skip(self) -> Cut:
        """End what is on air at the next fragment nobody holds yet, unless it ends sooner."""
        async with self._turn_of_operator():
            begun = self.begun()
            on_air = len(begun) - 1
            end_ns = self.timeline.start_ns(begun[-1].end_quanta if begun else 0)
            left_s = (end_ns - self._position_ns()) / 1e9
            if left_s < LOCK_S + _LOOK_S:
                return Cut(end_ns, left_s, shortened=False)
            return await self._edit(lambda index, _: index == on_air)

    async def mark(
        self,
        change: Callable[[Marks], Marks],
        *,
        at_once: Callable[[int, Airing], bool] = lambda *_: False,
    ) -> Cut:
        """Change the marks, plan by them from now on, and keep them.

        ``change`` may raise StationError. ``at_once`` is asked with the index of the airing that could be cut
        first, and with that airing, whether to end it for them.
        """
        async with self._turn_of_operator():
            self._stock.marks = change(self._stock.marks)
            await self._save_marks()
            return await self._edit(at_once)

    async def pin(self, clip_id: str) -> Cut:
        """Air a clip next: after what is on air, or as soon as the lock allows."""

        def pinned(marks: Marks) -> Marks:
            begun = self.begun()
            return marks.pin(clip_id, begun[-1].slot + 1 if begun else self.rundown.first_slot)

        return await self.mark(pinned)

    @asynccontextmanager
    async def _turn_of_operator(self) -> AsyncIterator[None]:
        async with self._turn:
            if self._is_over:
                raise StationError("a new epoch begins at this moment. Try again in a few seconds")
            yield

    async def _edit(self, at_once: Callable[[int, Airing], bool]) -> Cut:
        """Plan anew behind what is locked, or behind a cut. Raises StationError when nothing is planned."""
        while True:
            found = self.rundown.cut_point(self._archive.clock.now(), after_s=LOCK_S + _LOOK_S)
            if found is None:
                raise StationError("nothing is planned at this moment. Try again in a second")
            index, quanta = found
            airing = self.rundown.airings[index]
            if not (quanta < airing.quanta and at_once(index, airing)):
                quanta = airing.quanta if quanta else 0
            cut = self.rundown.cut(index, quanta) if quanta else self.rundown
            keep = index + 1 if quanta else index
            media_ns = self.timeline.start_ns(airing.start_quanta + quanta)
            shortened = quanta not in (0, airing.quanta)
            rundown = self._planned(cut, keep)
            if await self._take_up(rundown, index if shortened else keep, before_ns=media_ns):
                return Cut(media_ns, (media_ns - self._position_ns()) / 1e9, shortened)

    async def _tick(self, better: bool) -> None:
        now = self._archive.clock.now()
        stepped = await self._keep_time(now)
        self._ticked_ns = now.wall_ns
        self._forget_past()
        await self._forget_pins(self._stock.marks.aired_pins(self.begun()))
        airings = self.rundown.airings
        keep = self.rundown.first_lesser(now) if better else len(airings)
        next_up = self.rundown.unlocked_from(now)
        if next_up < keep and not await self._fit_to_air(airings[next_up]):
            keep = next_up
        if stepped or keep < len(airings) or self.ahead_s < AHEAD_S:
            await self._replan(keep)

    async def _keep_time(self, now: Instant) -> bool:
        """Go on at the plan's end if it ran out while the machine slept; follow steps of the wall clock.

        Returns whether the wall clock was set, so that what is stored must be stored anew with its times.
        """
        timeline, state = self.timeline, self.rundown.state
        position = timeline.position_ns(now)
        if timeline.at(position) is None:
            self.rundown = resume(state, self.rundown.airings, self._archive.clock)
            await self._mark_unaired(self._ticked_ns)
            self._log.warning("the plan ran out; air goes on behind it")
        elif abs(step_ns := now.wall_ns - timeline.wall_ns(position)) > _STEP_NS:
            anchor = state.anchor.model_copy(update={"wall_ns": state.anchor.wall_ns + step_ns})
            self.rundown = replace(self.rundown, state=state.model_copy(update={"anchor": anchor}))
            self._store_anew_from(timeline.begun(position) - 1)
            self._log.warning("the wall clock was set; air is unmoved", step_s=round(step_ns / 1e9, 1))
            return True
        return False

    @property
    def cut_lately(self) -> bool:
        """Whether a clip in memory ends before its end: a push may not know, and be ahead of the rundown."""
        return any(
            clip is not None and airing.quanta < clip.quanta
            for airing in self.rundown.airings
            for clip in [self._stock.get(airing.clip_id)]
        )

    def until_tick_s(self) -> float:
        """How long nothing needs doing: until shortly before the next airing is fixed."""
        timeline, airings = self.timeline, self.rundown.airings
        looked_at_ns = self._position_ns() + int((LOCK_S + _LOOK_S) * 1e9)
        index = timeline.begun(looked_at_ns)
        if index >= len(airings):
            return 0.5
        # Timers go by whole milliseconds; an early one would look at the same airing twice.
        look_s = 0.001 + (timeline.start_ns(airings[index].start_quanta) - looked_at_ns) / 1e9
        return max(0.001, min(look_s, self.ahead_s - AHEAD_S + 0.001))

    def go_by(self, rules: Rules) -> None:
        """Plan by these from now on."""
        self._rules = rules

    @property
    def next_cut_s(self) -> float:
        """Seconds until the first airing begins that is not fixed yet, before which the rundown can end."""
        airings, index = self.rundown.airings, self.rundown.unlocked_from(self._archive.clock.now())
        end = airings[index].start_quanta if index < len(airings) else airings[-1].end_quanta
        return (self.timeline.start_ns(end) - self._position_ns()) / 1e9

    async def follow(self, former: Keeper) -> Timeline:
        """Instead of ``open``: begin an epoch at the former one's next cut, with that as its last moment.

        Returns the former timeline, cut off; ours counts from its end on.
        """
        async with former._turn:
            ended = await self._followed(former)
            former._is_over = True
            return ended

    async def _followed(self, former: Keeper) -> Timeline:
        rundown = former.rundown
        self._stock.marks = former._stock.marks
        ended = replace(rundown, airings=rundown.airings[: rundown.unlocked_from(self._archive.clock.now())])
        house, init_sha256 = self._stock.house, self._stock.slate.init_sha256
        self.rundown = next_epoch(ended, house, init_sha256)
        self._former_from = ended.first_slot
        self._aired = former._aired | {a.clip_id for a in ended.airings if a.kind is AiringKind.FRESH}
        state, first = self.rundown.state, self.rundown.first_slot
        self._stock.recall(
            await self._archive.database(
                lambda store: store.last_ends(self._channel, state.epoch, before_slot=first)
            )
        )
        self._ticked_ns = self._archive.clock.now().wall_ns
        await self._replan(0)
        return ended.timeline

    def _first_slot_kept(self) -> int:
        if self._former_from is not None and self._position_ns() < _KEEP_S * 1e9:
            return self._former_from
        return self.rundown.first_slot

    async def _note_unaired(self, before: ChannelState) -> None:
        """What was planned for a time in which nobody aired it does not belong into the as-run log."""
        if self.rundown.state.anchor.quanta != before.anchor.quanta:
            await self._mark_unaired(self._archive.last_seen_ns)

    async def _mark_unaired(self, since_ns: int) -> None:
        try:
            await self._archive.database(lambda store: store.mark_unaired(self._channel, since_ns=since_ns))
        except sqlite3.Error as error:
            self._log.error("the as-run log could not be mended; air goes on", error=str(error))

    def _usable(self) -> int:
        """How many remembered airings can be kept: up to the first to come whose clip and slot are both gone.

        What began stays as it was: viewers and pushes may hold it.
        """
        airings = self.rundown.airings
        for index in range(max(0, len(self.begun()) - 1), len(airings)):
            airing = airings[index]
            if self._stock.get(airing.clip_id) is None and not self._slots.path(airing.slot).exists():
                return index
        return len(airings)

    async def _fit_to_air(self, airing: Airing) -> bool:
        """Whether a slot, about to be locked, holds what was admitted. The clip's own name may be gone."""
        clip, path = self._stock.get(airing.clip_id), self._slots.path(airing.slot)
        if clip is None:
            return path.exists()
        library = self._archive.library
        if library.untouched(clip, path):
            return True
        if await self._verified(clip, path) is None:
            return True
        rejection = await self._verified(clip, library.path(clip))
        if rejection is None:  # the slot was harmed, the clip was not
            self._slots.path(airing.slot).unlink(missing_ok=True)
            self._place(airing)
            return True
        await self._refuse(clip, rejection)
        return False

    async def _verified(self, clip: Clip, path: Path) -> ClipRejected | None:
        """Why ``path`` is not the clip that was admitted, or None if it is."""
        try:
            await asyncio.to_thread(self._archive.library.verify, clip, path)
        except ClipRejected as rejection:
            return rejection
        return None

    async def _replan(self, keep: int) -> None:
        """Plan anew behind the first ``keep`` airings, store it, put its slots in place, then let it air."""
        while True:
            replaced, timeline = self.rundown.airings[keep : keep + 1], self.timeline
            before_ns = timeline.start_ns(replaced[0].start_quanta) if replaced else None
            if await self._take_up(self._planned(self.rundown, keep), keep, before_ns=before_ns):
                break
            keep = self.timeline.begun(self._position_ns() + _AT_HAND_NS)

    async def _take_up(self, rundown: Rundown, changed: int, *, before_ns: int | None) -> bool:
        """Store a rundown that differs from the airing ``changed`` on, put its slots in place, let it air.

        Returns False if storing took so long that what was to be replaced, at ``before_ns``, is on air.
        """
        await self._store(rundown, changed)
        if before_ns is not None and before_ns <= self._position_ns() + _AT_HAND_NS:
            self._store_anew_from(changed)
            return False
        for airing in rundown.airings[changed:]:
            self._place(airing)
        self.rundown = rundown
        self._write_out()
        return True

    def _planned(self, rundown: Rundown, keep: int) -> Rundown:
        spread_s = zlib.crc32(f"{self._channel}{keep}".encode()) % _SPREAD_S
        return rundown.planned(
            self._stock.shelf(rundown.airings[:keep]),
            self._rules,
            self._archive.clock.now(),
            keep=keep,
            ahead_s=_EXTEND_S + spread_s,
        )

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
        aired = self._aired
        try:
            # A database that somebody else holds must not hold up air; the write still happens, in its turn.
            async with asyncio.timeout(_STORE_S):
                await self._archive.database(
                    lambda store: store.write_rundown(
                        self._channel, rundown.state, rows, replace_from=first, aired=aired
                    )
                )
        except (sqlite3.Error, TimeoutError) as error:
            # An unstored rundown is worse than a stored one, and better than dead air.
            self._unstored_from = first
            self._log.error("the rundown could not be stored; air goes on", error=str(error) or "too slow")
        else:
            self._unstored_from = None
            self._aired = self._aired - aired

    def _store_anew_from(self, index: int) -> None:
        """What is stored of the airings from ``index`` on is not what airs."""
        slot = self.rundown.airings[index].slot
        self._unstored_from = slot if self._unstored_from is None else min(slot, self._unstored_from)

    async def _in_place(self, airing: Airing) -> bool:
        """Whether a remembered airing's slot holds its clip as admitted, whatever became of the library's."""
        clip, library = self._stock.get(airing.clip_id), self._archive.library
        if clip is None:
            return False
        if self._slots.holds(airing.slot, library.path(clip)):
            return True
        return await self._verified(clip, self._slots.path(airing.slot)) is None

    def _place(self, airing: Airing) -> None:
        clip = self._stock.get(airing.clip_id)
        if clip is None:
            return  # out of the library, on air by the link that its slot already is
        path = self._archive.library.path(clip)
        try:
            if airing.quanta == clip.quanta:
                self._slots.place(airing.slot, path)
            else:
                last = read_index(path).fragments[self._stock.house.fragments(airing.quanta) - 1]
                self._slots.place_head(airing.slot, path, last.offset + last.size)
        except (OSError, ClipRejected) as error:
            if not self._slots.path(airing.slot).exists():
                self._log.error("slot not placed", slot=airing.slot, clip=clip.id, error=str(error))

    def _write_out(self) -> None:
        """The rundown as files: one to come back from should the database be lost, one for people."""
        archive, library = self._archive, self._archive.library
        known = {airing.clip_id: self._stock.get(airing.clip_id) for airing in self.rundown.airings}
        files = {name: library.relative(clip) for name, clip in known.items() if clip is not None}
        cut = {a.slot for a in self.rundown.airings if (clip := known[a.clip_id]) and a.quanta < clip.quanta}
        try:
            self._slots.clear_outside(self._first_slot_kept(), self.rundown.airings[-1].slot)
            save(self.rundown, self._slots.folder / "rundown.json")
            publish(
                archive.data / f"{self._channel}.ffconcat", self.timeline, files, archive.clock.now(), cut
            )
        except OSError as error:
            self._log.error("the rundown could not be written; air goes on", error=str(error))

    def _load_marks(self) -> Marks:
        path = self._slots.folder / MARKS
        try:
            return load_marks(path)
        except (OSError, ValueError) as error:
            aside = path.with_suffix(".damaged")
            with suppress(OSError):
                path.replace(aside)
            self._log.error(
                "what the operator marked cannot be read, and is set aside",
                aside=str(aside),
                error=str(error),
            )
            return Marks()

    async def _save_marks(self) -> None:
        try:
            await asyncio.to_thread(save_marks, self._stock.marks, self._slots.folder / MARKS)
        except OSError as error:
            self._log.error("marks cannot be written: they hold until the daemon ends", error=str(error))

    async def _forget_pins(self, aired: Collection[str]) -> None:
        if aired:
            self._stock.marks = self._stock.marks.unpinned(aired)
            await self._save_marks()

    def _forget_past(self) -> None:
        kept = self.rundown.without_past(self._archive.clock.now(), keep_s=_KEEP_S)
        dropped = self.rundown.airings[: len(self.rundown.airings) - len(kept.airings)]
        if dropped:
            self._stock.aired(dropped)
            self._aired |= {airing.clip_id for airing in dropped if airing.kind is AiringKind.FRESH}
            self.rundown = kept

    def _position_ns(self) -> int:
        return self.timeline.position_ns(self._archive.clock.now())
