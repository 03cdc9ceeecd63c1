"""Keeps one channel's rundown minutes ahead of air: planned, stored, and in place as slots."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from webtv.clock import Instant
from webtv.domain import Airing
from webtv.errors import StationError
from webtv.playlist.ledger import Ledger
from webtv.playlist.marks import Marks, MarksFile
from webtv.playlist.reel import Reel, Renew
from webtv.playlist.rundown import LOCK_S, Rundown, begin_epoch, next_epoch, resume
from webtv.playlist.scheduler import Rules
from webtv.playlist.slots import Slots
from webtv.playlist.stock import Stock
from webtv.playlist.storage import Storage
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
_AT_HAND_NS = 500_000_000
_JUST_BEGUN_NS = 1_000_000_000
"""What began so shortly before its channel was off air was not seen."""
_STEP_NS = 1_000_000_000
"""A wall clock that differs by more than this from what PROGRAM-DATE-TIME says has been set."""


@dataclass(frozen=True)
class Cut:
    """The rundown was edited near air: it changes ``in_s`` seconds from now.

    ``shortened`` says that a clip ends there before its end, which a push that reads its slot does not know.
    """

    in_s: float
    shortened: bool


class Keeper:
    """A channel's rundown. ``open`` finds it again or begins it; then ``tick`` it each ``until_tick_s``.

    Ticks, an operator's edits and the beginning of an epoch take turns.
    """

    rundown: Rundown
    """Replaced with each change, never altered."""
    stock: Stock
    """What it is planned from."""

    def __init__(self, channel: str, slots: Slots, storage: Storage, renew: Renew) -> None:
        self._channel, self._slots, self._storage, self._renew = channel, slots, storage, renew
        self._ledger = Ledger(channel, storage.database)
        self._marks_file = MarksFile(channel, slots.folder)
        self._rules: Rules
        self._reel: Reel
        self._ticked_ns = 0
        self._former_from: int | None = None
        """First slot of the epoch before, of which a window stays fetchable."""
        self._log = log.bind(channel=channel)
        self._turn = asyncio.Lock()

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

    @property
    def next_cut_s(self) -> float:
        """Seconds until the first airing begins that is not fixed yet, before which the rundown can end."""
        airings, index = self.rundown.airings, self.rundown.unlocked_from(self._storage.clock.now())
        end = airings[index].start_quanta if index < len(airings) else airings[-1].end_quanta
        return (self.timeline.start_ns(end) - self._position_ns()) / 1e9

    @property
    def cut_lately(self) -> bool:
        """Whether a clip in memory ends before its end: a push may not know, and be ahead of the rundown."""
        return bool(self._reel.cut(self.rundown.airings))

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

    async def open(self, stock: Stock, rules: Rules) -> None:
        """Take the rundown up where it was, or begin an epoch; put its slots in place."""
        clock, init_sha256 = self._storage.clock, stock.slate.init_sha256
        self._use(stock, rules)
        found = await self._ledger.recall(self._slots.rundown_path)
        if found is not None and (found[0].init_sha256, found[0].format) == (init_sha256, stock.house):
            self.rundown = resume(*found, clock).without_past(clock.now(), keep_s=_KEEP_S)
            goes_on = self.rundown.state.anchor.quanta == found[0].anchor.quanta
        else:
            last = (found[0], found[1][-1]) if found is not None and found[1] else None
            self.rundown = begin_epoch(stock.house, init_sha256, last, clock)
            goes_on = False
        if goes_on and (begun := self.begun()):
            self._ledger.store_anew_from(begun[-1].slot)  # it airs after all, if the channel had signed off
        elif found is not None and not goes_on:
            seen_ns = self._storage.off_since_ns.get(self._channel, self._storage.last_seen_ns)
            await self._ledger.mark_unaired(seen_ns)
        stock.marks = self._marks_file.load()
        stock.recall(await self._ledger.last_ends(self.rundown))
        self._ticked_ns = clock.now().wall_ns
        on_air = max(0, len(self.begun()) - 1)
        await self._replan(await self._reel.take_over(self.rundown.airings, on_air))

    async def close(self) -> None:
        """The channel is off air: what is planned behind the clip that has just ended does not air."""
        now_ns = self._storage.clock.now().wall_ns
        self._storage.off_since_ns[self._channel] = now_ns
        await self._ledger.mark_unaired(now_ns - _JUST_BEGUN_NS)

    async def begin_next_epoch(self, stock: Stock, rules: Rules) -> Timeline:
        """Begin an epoch at the next cut, with that as the last moment of this one.

        Returns this one's timeline, cut off; ours counts from its end on.
        """
        async with self._turn:
            rundown, now = self.rundown, self._storage.clock.now()
            ended = replace(rundown, airings=rundown.airings[: rundown.unlocked_from(now)])
            begun = next_epoch(ended, stock.house, stock.slate.init_sha256)
            stock.recall(await self._ledger.last_ends(begun))
            stock.marks = self.stock.marks
            self._ledger.begin_epoch(ended)
            # Nobody may see a rundown without airings, nor one epoch's airings with another's stock.
            planned = self._planned(begun, 0, stock, rules)
            await self._ledger.store(planned, 0)
            self._former_from = ended.first_slot
            self._use(stock, rules)
            self._air(planned, 0)
            return ended.timeline

    async def tick(self, *, better: bool) -> None:
        """Plan what has to be planned: after a better clip, a bad one, or too near to the plan's end."""
        async with self._turn:
            now = self._storage.clock.now()
            stepped = await self._keep_time(now)
            self._ticked_ns = now.wall_ns
            self._forget_past()
            await self._forget_pins()
            airings = self.rundown.airings
            keep = self.rundown.first_lesser(now) if better else len(airings)
            next_up = self.rundown.unlocked_from(now)
            if next_up < keep and not await self._reel.fit_to_air(airings[next_up]):
                keep = next_up
            if stepped or keep < len(airings) or self.ahead_s < AHEAD_S:
                await self._replan(keep)

    async def skip(self) -> Cut:
        """End what is on air at the next fragment nobody holds yet, unless it ends sooner."""
        async with self._turn:
            on_air = next(reversed(self.begun()), None)
            end_ns = self.timeline.start_ns(on_air.end_quanta if on_air else 0)
            left_s = (end_ns - self._position_ns()) / 1e9
            if left_s < LOCK_S + _LOOK_S:
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
        """Plan anew behind what is locked, or behind a cut. Raises StationError when nothing is planned."""
        while True:
            found = self.rundown.cut_point(self._storage.clock.now(), after_s=LOCK_S + _LOOK_S)
            if found is None:
                raise StationError("nothing is planned at this moment. Try again in a second")
            index, quanta = found
            airing = self.rundown.airings[index]
            if not (quanta < airing.quanta and at_once(airing)):
                quanta = airing.quanta if quanta else 0
            cut = self.rundown.cut(index, quanta) if quanta else self.rundown
            keep = index + 1 if quanta else index
            cut_ns = self.timeline.start_ns(airing.start_quanta + quanta)
            shortened = quanta not in (0, airing.quanta)
            rundown = self._planned(cut, keep, self.stock, self._rules)
            if await self._take_up(rundown, index if shortened else keep, before_ns=cut_ns):
                return Cut((cut_ns - self._position_ns()) / 1e9, shortened)

    async def _replan(self, keep: int) -> None:
        """Plan anew behind the first ``keep`` airings, store it, put its slots in place, then let it air."""
        while True:
            replaced, timeline = self.rundown.airings[keep : keep + 1], self.timeline
            before_ns = timeline.start_ns(replaced[0].start_quanta) if replaced else None
            rundown = self._planned(self.rundown, keep, self.stock, self._rules)
            if await self._take_up(rundown, keep, before_ns=before_ns):
                break
            keep = self.timeline.begun(self._position_ns() + _AT_HAND_NS)

    async def _take_up(self, rundown: Rundown, changed: int, *, before_ns: int | None) -> bool:
        """Store a rundown that differs from the airing ``changed`` on, put its slots in place, let it air.

        Returns False if storing took so long that what was to be replaced, at ``before_ns``, is on air.
        """
        await self._ledger.store(rundown, changed)
        if before_ns is not None and before_ns <= self._position_ns() + _AT_HAND_NS:
            self._ledger.store_anew_from(self.rundown.airings[changed].slot)
            return False
        self._air(rundown, changed)
        return True

    def _air(self, rundown: Rundown, changed: int) -> None:
        self._reel.place(rundown.airings[changed:])
        self.rundown = rundown
        self._reel.write_out(rundown, first_slot=self._first_slot_kept())

    def _planned(self, rundown: Rundown, keep: int, stock: Stock, rules: Rules) -> Rundown:
        spread_s = zlib.crc32(f"{self._channel}{keep}".encode()) % _SPREAD_S
        return rundown.planned(
            stock.shelf(rundown.airings[:keep]),
            rules,
            self._storage.clock.now(),
            keep=keep,
            ahead_s=_EXTEND_S + spread_s,
        )

    def _use(self, stock: Stock, rules: Rules) -> None:
        self.stock, self._rules = stock, rules
        self._reel = Reel(self._channel, stock, self._slots, self._storage, self._renew)

    async def _keep_time(self, now: Instant) -> bool:
        """Go on at the plan's end if it ran out while the machine slept; follow steps of the wall clock.

        Returns whether the wall clock was set, so that what is stored must be stored anew with its times.
        """
        timeline, state = self.timeline, self.rundown.state
        position = timeline.position_ns(now)
        if timeline.at(position) is None:
            self.rundown = resume(state, self.rundown.airings, self._storage.clock)
            await self._ledger.mark_unaired(self._ticked_ns)
            self._log.warning("the plan ran out; air goes on behind it")
        elif abs(step_ns := now.wall_ns - timeline.wall_ns(position)) > _STEP_NS:
            anchor = state.anchor.model_copy(update={"wall_ns": state.anchor.wall_ns + step_ns})
            self.rundown = replace(self.rundown, state=state.model_copy(update={"anchor": anchor}))
            self._ledger.store_anew_from(self.rundown.airings[timeline.begun(position) - 1].slot)
            self._log.warning("the wall clock was set; air is unmoved", step_s=round(step_ns / 1e9, 1))
            return True
        return False

    def _forget_past(self) -> None:
        kept = self.rundown.without_past(self._storage.clock.now(), keep_s=_KEEP_S)
        dropped = self.rundown.airings[: len(self.rundown.airings) - len(kept.airings)]
        if dropped:
            self.stock.aired(dropped)
            self._ledger.aired(dropped)
            self.rundown = kept

    async def _forget_pins(self) -> None:
        if aired := self.stock.marks.aired_pins(self.begun()):
            self.stock.marks = self.stock.marks.unpinned(aired)
            await self._marks_file.save(self.stock.marks)

    def _first_slot_kept(self) -> int:
        if self._former_from is not None and self._position_ns() < _KEEP_S * 1e9:
            return self._former_from
        return self.rundown.first_slot

    def _position_ns(self) -> int:
        return self.timeline.position_ns(self._storage.clock.now())
