"""Keeps one channel's rundown minutes ahead of air: planned, stored, and in place as slots."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from webtv.clock import Instant
from webtv.domain import Airing
from webtv.errors import StationError
from webtv.playlist.air import AT_HAND_NS, KEEP_S, Air
from webtv.playlist.disk import Disk
from webtv.playlist.ledger import Ledger
from webtv.playlist.marks import Marks, MarksFile
from webtv.playlist.plans import LOOK_S, Cut, Planner, up_to_lock
from webtv.playlist.policies import Rules
from webtv.playlist.reel import Renew
from webtv.playlist.rundown import LOCK_S, Rundown, remembered, resume, take_up
from webtv.playlist.slots import Slots
from webtv.playlist.stock import Stock
from webtv.playlist.storage import Storage
from webtv.timeline import Timeline

log = structlog.get_logger()

AHEAD_S = 330.0
"""The rundown and its slots never reach less far ahead: RTMP outlives a dead daemon for that long."""
_JUST_BEGUN_NS = 1_000_000_000
"""What began so shortly before its channel was off air was not seen."""
_STEP_NS = 1_000_000_000
"""A wall clock that differs by more than this from what PROGRAM-DATE-TIME says has been set."""
_EDITS_TRIED = 5


class Keeper:
    """A channel's rundown. ``open`` finds it again or begins it; then ``tick`` it each ``until_tick_s``.

    Ticks, an operator's edits and the beginning of an epoch take turns, of a few seconds at most.
    """

    def __init__(self, channel: str, slots: Slots, storage: Storage, renew: Renew) -> None:
        self._channel, self._slots, self._storage = channel, slots, storage
        self._ledger = Ledger(channel, storage.database)
        self._marks_file = MarksFile(channel, slots.folder, Disk(storage.threads))
        self._air = Air(channel, slots, storage, Disk(storage.threads), self._ledger, renew)
        self._rules: Rules
        self._ticked: Instant
        self._log = log.bind(channel=channel)
        self._turn = asyncio.Lock()
        self._remembered = False
        """Whether air goes by the plan of an earlier daemon, whose rules may have been others."""

    @property
    def rundown(self) -> Rundown:
        """On air; replaced with each change, never altered."""
        return self._air.rundown

    @property
    def stock(self) -> Stock:
        """What is planned from."""
        return self._air.stock

    @property
    def timeline(self) -> Timeline:
        return self._air.timeline

    @property
    def ahead_s(self) -> float:
        """Seconds that are planned ahead of air."""
        return (self.timeline.end_ns - self._air.position_ns) / 1e9

    @property
    def in_place_s(self) -> float:
        """Seconds ahead of air that are in place as slots: for so long pushes go on without a daemon."""
        position_ns, timeline = self._air.position_ns, self.timeline
        for airing in self.rundown.airings[max(0, timeline.begun(position_ns) - 1) :]:
            if not self._air.reel.in_place(airing):
                return max(0.0, (timeline.start_ns(airing.start_quanta) - position_ns) / 1e9)
        return self.ahead_s

    def begun(self) -> Sequence[Airing]:
        """The airings in memory that have begun, oldest first; the last one is on air."""
        return self.rundown.airings[: self.timeline.begun(self._air.position_ns)]

    def file_of(self, airing: Airing) -> Path:
        """What an airing is on air from: its slot, or the clip itself where the slot is not in place."""
        return self._air.file_of(airing)

    @property
    def next_cut_s(self) -> float:
        """Seconds until the first airing begins that is not fixed yet, before which the rundown can end."""
        airings, index = self.rundown.airings, self.rundown.unlocked_from(self._storage.clock.now())
        end = airings[index].start_quanta if index < len(airings) else airings[-1].end_quanta
        return (self.timeline.start_ns(end) - self._air.position_ns) / 1e9

    @property
    def cut_lately(self) -> bool:
        """Whether a clip in memory ends before its end: a push may not know, and be ahead of the rundown."""
        return bool(self._air.reel.cut(self.rundown.airings))

    def until_tick_s(self) -> float:
        """How long nothing needs doing: until shortly before the next airing is fixed."""
        timeline, airings = self.timeline, self.rundown.airings
        looked_at_ns = self._air.position_ns + int((LOCK_S + LOOK_S) * 1e9)
        index = timeline.begun(looked_at_ns)
        if index >= len(airings):
            return 0.5
        # Timers go by whole milliseconds; an early one would look at the same airing twice.
        look_s = 0.001 + (timeline.start_ns(airings[index].start_quanta) - looked_at_ns) / 1e9
        return max(0.001, min(look_s, self.ahead_s - AHEAD_S + 0.001))

    def reconfigure(self, rules: Rules) -> None:
        """Plan by these from now on."""
        self._rules = rules

    async def open(self, stock: Stock, rules: Rules) -> None:
        """Take the rundown up where it was, or begin an epoch; put its slots in place.

        Raises StationError when neither the database nor the files say where the channel was.
        """
        clock, init_sha256 = self._storage.clock, stock.slate.init_sha256
        found = await self._ledger.recall(self._slots.rundown_path)
        rundown, goes_on = take_up(found, stock.house, init_sha256, clock, keep_s=KEEP_S)
        self._air.use(rundown, stock)
        self._rules, self._ticked = rules, clock.now()
        if goes_on and self._ledger.ended_unaired and (begun := self.begun()):
            # The channel had signed off, and airs after all.
            self._ledger.store_anew_from(rundown.state.epoch, begun[-1].slot)
        elif found is not None and not goes_on:
            was = remembered(*found)
            seen_ns = self._storage.last_sign_ns(self._channel, was.state.anchor.boot_id)
            if seen_ns is not None:
                await self._ledger.mark_unaired(was.first_slot_after(seen_ns))
        stock.marks = await self._marks_file.load()
        last_ends = await self._ledger.last_ends(
            rundown.state.epoch, before_slot=rundown.first_slot, sign_on=True
        )
        await asyncio.to_thread(stock.recall, last_ends)
        keep = await self._air.reel.take_over(rundown.airings, max(0, len(self.begun()) - 1))
        now = clock.now()
        self._remembered = goes_on and keep == len(rundown.airings) and not self._ledger.lags
        if self._remembered and self.ahead_s >= AHEAD_S and not self._planner.is_outdated(rundown, now):
            return  # all of it is in place: of a thousand channels that start together none plans
        at_hand = self.timeline.begun(self._air.position_ns + AT_HAND_NS)
        # Clips may have been made that were not planned any more: the one plan of a sign-on has them too.
        await self._replan(max(min(keep, rundown.first_lesser(now)), at_hand))

    async def close(self) -> None:
        """The channel is off air: what is planned behind the clip that has just ended does not air."""
        now_ns = self._storage.clock.now().boot_ns
        self._storage.off_since_boot_ns[self._channel] = now_ns
        await self._ledger.mark_unaired(self.rundown.first_slot_after(now_ns - _JUST_BEGUN_NS))

    async def begin_next_epoch(self, stock: Stock, rules: Rules) -> Timeline | None:
        """Begin an epoch at the next cut, with that as the last moment of this one.

        Returns this one's timeline, cut off; ours counts from its end on. None, with nothing changed, when
        the database was too slow for this cut. Raises StationError when it does not answer.
        """
        async with self._turn:
            epoch, behind = self.rundown.state.epoch + 1, self.rundown.next_slot
            last_ends = await self._ledger.last_ends(epoch, before_slot=behind)
            await asyncio.to_thread(stock.recall, last_ends)
            stock.marks = self.stock.marks
            now = self._storage.clock.now()
            ended = up_to_lock(self.rundown, now)
            if not await self._air.commit(Planner(self._channel, stock, rules).epoch_behind(ended, now)):
                return None
            self._ledger.aired(ended.airings)
            self._rules = rules
            return ended.timeline

    async def tick(self, *, better: bool) -> None:
        """Plan what has to be planned: after a better clip, a bad one, or too near to the plan's end."""
        async with self._turn:
            now = self._storage.clock.now()
            stepped = await self._keep_time(now)
            self._ticked = now
            self._forget_past()
            await self._forget_pins()
            airings = self.rundown.airings
            better = better or (self._remembered and self.ahead_s < AHEAD_S)
            keep = self.rundown.first_lesser(now) if better else len(airings)
            next_up = self.rundown.unlocked_from(now)
            if next_up < keep and not await self._air.reel.fit_to_air(airings[next_up]):
                keep = next_up
            if stepped or keep < len(airings) or self.ahead_s < AHEAD_S or self._ledger.holds_another:
                await self._replan(keep)

    async def skip(self) -> Cut:
        """End what is on air at the next fragment nobody holds yet, unless it ends sooner."""
        async with self._turn:
            on_air = next(reversed(self.begun()), None)
            end_ns = self.timeline.start_ns(on_air.end_quanta if on_air else 0)
            left_s = (end_ns - self._air.position_ns) / 1e9
            if left_s < LOCK_S + LOOK_S:
                return Cut(left_s, shortened=False)
            return await self._edit(lambda airing: airing == on_air)

    async def mark(
        self, change: Callable[[Marks], Marks], *, at_once: Callable[[Airing], bool] = lambda _: False
    ) -> Cut:
        """Change the marks, plan by them from now on, and keep them.

        ``change`` may raise StationError. ``at_once`` is asked with the airing that could be cut first,
        whether to end it for them.
        """
        async with self._turn:
            self.stock.marks = change(self.stock.marks)
            await self._marks_file.save(self.stock.marks)
            return await self._edit(at_once)

    async def pin(self, clip_id: str) -> Cut:
        """Air a clip next: after what is on air, or as soon as the lock allows."""

        def pinned(marks: Marks) -> Marks:
            begun = self.begun()
            return marks.pin(clip_id, begun[-1].slot + 1 if begun else self.rundown.first_slot)

        return await self.mark(pinned)

    async def _edit(self, at_once: Callable[[Airing], bool]) -> Cut:
        """Plan anew behind what is locked, or behind a cut. Raises StationError where that cannot be."""
        for _ in range(_EDITS_TRIED):
            edit = self._planner.edit(self.rundown, self._storage.clock.now(), at_once)
            if edit is None:
                raise StationError("nothing is planned at this moment. Try again in a second")
            if await self._air.commit(edit.plan):
                in_ns = edit.cut_boot_ns - self._storage.clock.now().boot_ns
                return Cut(in_ns / 1e9, edit.shortened)
        raise StationError("the station is too slow at this moment. Try again in a while")

    async def _replan(self, keep: int) -> None:
        """Plan anew behind the first ``keep`` airings, or, if that was too late, behind what is locked."""
        while not await self._air.commit(self._planner.replan(self.rundown, self._storage.clock.now(), keep)):
            keep = self.rundown.unlocked_from(self._storage.clock.now())
        self._remembered = False

    @property
    def _planner(self) -> Planner:
        return Planner(self._channel, self.stock, self._rules)

    async def _keep_time(self, now: Instant) -> bool:
        """Go on at the plan's end if it ran out while the machine slept; follow steps of the wall clock.

        Returns whether the wall clock was set, so that what is stored must be stored anew with its times.
        """
        rundown, timeline, position = self.rundown, self.timeline, self._air.position_ns
        if timeline.at(position) is None:
            self._air.rundown = resume(rundown.state, rundown.airings, self._storage.clock)
            await self._ledger.mark_unaired(rundown.first_slot_after(self._ticked.boot_ns))
            self._log.warning("the plan ran out; air goes on behind it")
        elif abs(step_ns := now.wall_ns - timeline.wall_ns(position)) > _STEP_NS:
            self._air.rundown = rundown.with_wall_step(step_ns)
            on_air = rundown.airings[timeline.begun(position) - 1]
            self._ledger.store_anew_from(rundown.state.epoch, on_air.slot)
            self._log.warning("the wall clock was set; air is unmoved", step_s=round(step_ns / 1e9, 1))
            return True
        return False

    def _forget_past(self) -> None:
        kept = self.rundown.without_past(self._storage.clock.now(), keep_s=KEEP_S)
        dropped = self.rundown.airings[: len(self.rundown.airings) - len(kept.airings)]
        if dropped:
            self.stock.aired(dropped)
            self._ledger.aired(dropped)
            self._air.rundown = kept

    async def _forget_pins(self) -> None:
        if aired := self.stock.marks.aired_pins(self.begun()):
            self.stock.marks = self.stock.marks.unpinned(aired)
            await self._marks_file.save(self.stock.marks)
