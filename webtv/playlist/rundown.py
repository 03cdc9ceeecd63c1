"""A channel's rundown: where it stands in time, what is fixed, and what may still be replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from pathlib import Path

from webtv.clock import Clock, Instant
from webtv.domain import Airing, AiringKind, Frozen, HouseFormat
from webtv.media.files import write_atomically
from webtv.playlist.policies import Rules
from webtv.playlist.records import ChannelState
from webtv.playlist.scheduler import Cue, plan
from webtv.playlist.shelf import Selection
from webtv.playlist.store import Store
from webtv.timeline import Anchor, Timeline

LOCK_S = 3.0
"""Airings that start sooner are fixed: a viewer's playlist or FFmpeg's read-ahead may already hold them."""

_PREROLL_S = 8.0
"""A new epoch begins this long ago, so that the first viewer finds a live window."""
_REMEMBERED = 400
"""Airings that a restart looks at: more than what is kept of the past and planned ahead."""


@dataclass(frozen=True)
class Rundown:
    """Immutable: each change gives a new rundown, which is stored before anything of it airs."""

    state: ChannelState
    airings: tuple[Airing, ...]
    cue: Cue
    """Where the next airing begins when ``airings`` is empty."""

    @cached_property
    def timeline(self) -> Timeline:
        state = self.state
        return Timeline(state.format, state.anchor, self.airings, state.epoch, state.init_sha256)

    @property
    def first_slot(self) -> int:
        return self.airings[0].slot if self.airings else self.cue.slot

    @property
    def past_slot(self) -> int:
        """Airings of earlier slots are over. 0 where none is known to be: the epoch before may be on air.

        An epoch forgets its first airing when that has been over for a while, and with it all before it.
        """
        begins = self.airings[0].start_quanta if self.airings else self.cue.quanta
        return self.first_slot if begins > 0 else 0

    def unlocked_from(self, now: Instant) -> int:
        """Index of the first airing that may still be replaced."""
        return self.timeline.begun(self.timeline.position_ns(now) + int(LOCK_S * 1e9))

    def first_slot_after(self, boot_ns: int) -> int:
        """The first slot that had not begun to air at a moment since this rundown was last tied to clocks."""
        anchor, timeline = self.state.anchor, self.timeline
        begun = timeline.begun(timeline.start_ns(anchor.quanta) + max(0, boot_ns - anchor.boot_ns))
        return self.airings[begun].slot if begun < len(self.airings) else self.next_slot

    @property
    def next_slot(self) -> int:
        """The slot behind all airings."""
        return self.airings[-1].slot + 1 if self.airings else self.cue.slot

    def first_lesser(self, now: Instant) -> int:
        """Index of the first airing that a fresh clip may push back."""
        index = self.unlocked_from(now)
        while index < len(self.airings) and self.airings[index].kind is AiringKind.FRESH:
            index += 1
        return index

    def cut_point(self, now: Instant, *, after_s: float = LOCK_S) -> tuple[int, int] | None:
        """Where the rundown can be cut first: the index of an airing, and how many quanta of it stay.

        At the first fragment that begins ``after_s`` from now or later, and with it a whole quantum, so that
        sound and picture end together. None when the plan does not reach that far.
        """
        house, timeline = self.state.format, self.timeline
        from_ns = timeline.position_ns(now) + int(after_s * 1e9)
        if self.airings and from_ns < timeline.start_ns(self.airings[0].start_quanta):
            return 0, 0
        index = timeline.index_at(from_ns)
        if index is None:
            return None
        airing = self.airings[index]
        step = max(1, house.gop_frames // house.quantum_frames)
        whole = timeline.quanta_at(from_ns - 1) + 1 - airing.start_quanta
        return index, min(ceil(whole / step) * step, airing.quanta)

    def cut(self, index: int, quanta: int) -> Rundown:
        """End with the airing ``index``, shortened to its first ``quanta``."""
        last = self.airings[index].model_copy(update={"quanta": quanta})
        return replace(self, airings=(*self.airings[:index], last))

    def planned(
        self, selection: Selection, rules: Rules, now: Instant, *, keep: int, ahead_s: float
    ) -> Rundown:
        """Keep the first ``keep`` airings and plan anew behind them, ``ahead_s`` seconds ahead of air.

        ``selection`` is what there is to choose from behind those; it is used up.
        """
        house, kept = self.state.format, self.airings[:keep]
        cue = Cue.after(kept[-1], house) if kept else self._cue_at(keep)
        timeline = self.timeline
        until = timeline.quanta_at(timeline.position_ns(now) + int(ahead_s * 1e9)) + 1

        def wall_ns(quanta: int) -> int:
            return timeline.wall_ns(timeline.start_ns(quanta))

        return replace(
            self, airings=(*kept, *plan(selection, rules, house, cue, kept, until, wall_ns=wall_ns))
        )

    def _cue_at(self, index: int) -> Cue:
        if index >= len(self.airings):
            return self.cue
        airing = self.airings[index]
        return Cue(airing.slot, airing.start_quanta, airing.first_segment)

    def with_wall_step(self, step_ns: int) -> Rundown:
        """Tied to a wall clock that was set by so much; air is unmoved."""
        anchor = self.state.anchor.model_copy(update={"wall_ns": self.state.anchor.wall_ns + step_ns})
        return replace(self, state=self.state.model_copy(update={"anchor": anchor}))

    def without_past(self, now: Instant, *, keep_s: float) -> Rundown:
        """Forget airings that ended more than ``keep_s`` seconds ago."""
        timeline = self.timeline
        past = timeline.begun(timeline.position_ns(now) - int(keep_s * 1e9)) - 1
        if past <= 0:
            return self
        return replace(self, airings=self.airings[past:], cue=Cue.after(self.airings[-1], self.state.format))


def take_up(
    found: tuple[ChannelState, Sequence[Airing]] | None,
    house: HouseFormat,
    init_sha256: str,
    clock: Clock,
    *,
    keep_s: float,
) -> tuple[Rundown, bool]:
    """Where a channel goes on that was at ``found``, with ``keep_s`` seconds of its past, or a new epoch.

    Also returns whether air goes on there as if nobody had been away.
    """
    if found is not None and (found[0].init_sha256, found[0].format) == (init_sha256, house):
        rundown = resume(*found, clock).without_past(clock.now(), keep_s=keep_s)
        return rundown, rundown.state.anchor.quanta == found[0].anchor.quanta
    last = (found[0], found[1][-1]) if found is not None and found[1] else None
    return begin_epoch(house, init_sha256, last, clock), False


def remembered(state: ChannelState, airings: Sequence[Airing]) -> Rundown:
    """As it was when it was stored last."""
    return Rundown(state, tuple(airings), Cue.after(airings[-1], state.format) if airings else Cue())


def resume(state: ChannelState, airings: Sequence[Airing], clock: Clock) -> Rundown:
    """Go on where the channel was.

    While this boot lasts, air has gone on by the clock that never steps, also while nobody was at the desk.
    After another boot, or when the planned rundown ran out meanwhile, air goes on at the rundown's end: media
    time and the HLS media sequence never go back.
    """
    rundown, now = remembered(state, airings), clock.now()
    same_boot = state.anchor.boot_id == clock.boot_id
    position_ns = rundown.timeline.position_ns(now)
    if same_boot and rundown.timeline.at(position_ns) is not None:
        return rundown
    # Of an epoch that was about to begin nothing has aired: it begins now.
    begins = 0 if same_boot and position_ns < 0 else rundown.cue.quanta
    return replace(rundown, state=state.model_copy(update={"anchor": _anchor(begins, clock)}))


def begin_epoch(
    house: HouseFormat, init_sha256: str, last: tuple[ChannelState, Airing] | None, clock: Clock
) -> Rundown:
    """A new epoch: media time starts at 0; slots and segments go on counting behind ``last``, if any.

    A first epoch's segments start at the seconds of the wall clock. Fragments last longer than a second, so
    that a station that lost its data does not give old numbers, which caches hold, to new pictures.
    """
    state = ChannelState(
        epoch=last[0].epoch + 1 if last else 0,
        format=house,
        init_sha256=init_sha256,
        anchor=_anchor(0, clock, ago_s=_PREROLL_S),
    )
    first = Cue(segment=clock.now().wall_ns // 1_000_000_000)
    behind = Cue.after(last[1], last[0].format) if last else first
    return Rundown(state, (), replace(behind, quanta=0))


def next_epoch(former: Rundown, house: HouseFormat, init_sha256: str) -> Rundown:
    """The epoch that begins where ``former`` ends: media time starts at 0 then, slots and segments go on."""
    timeline, anchor = former.timeline, former.state.anchor
    ahead_ns = timeline.end_ns - timeline.start_ns(anchor.quanta)
    begins = anchor.model_copy(
        update={"quanta": 0, "wall_ns": anchor.wall_ns + ahead_ns, "boot_ns": anchor.boot_ns + ahead_ns}
    )
    state = ChannelState(epoch=former.state.epoch + 1, format=house, init_sha256=init_sha256, anchor=begins)
    return Rundown(state, (), replace(Cue.after(former.airings[-1], former.state.format), quanta=0))


def _anchor(quanta: int, clock: Clock, *, ago_s: float = 0.0) -> Anchor:
    now, ago_ns = clock.now(), int(ago_s * 1e9)
    return Anchor(
        quanta=quanta, wall_ns=now.wall_ns - ago_ns, boot_ns=now.boot_ns - ago_ns, boot_id=clock.boot_id
    )


class _Saved(Frozen):
    state: ChannelState
    airings: tuple[Airing, ...]


def save(rundown: Rundown, path: Path) -> None:
    """The rundown as a file, from which it can be rebuilt should the database be lost."""
    saved = _Saved.model_construct(state=rundown.state, airings=rundown.airings)
    write_atomically(path, saved.model_dump_json(), durable=False)


def recall(store: Store, channel: str, path: Path) -> tuple[ChannelState, list[Airing]] | None:
    """A channel's state and its recent airings, oldest first: from the database, or else from its file.

    The file is also believed when it reaches further: the database may have refused the last plans, or come
    back from a copy. None for a channel that never aired. What only the file knew is stored again.
    """
    state, last, found = store.state(channel), store.last_airing(channel), load(path)
    if state is not None and last is not None and not _reaches_past(found, state, last):
        return state, store.airings(channel, state.epoch, from_slot=last.slot - _REMEMBERED)
    if found is not None:
        timeline = Timeline(found[0].format, found[0].anchor, tuple(found[1]))
        rows = [(a, timeline.wall_ns(timeline.start_ns(a.start_quanta))) for a in found[1]]
        store.write_rundown(channel, found[0], rows, replace_from=found[1][0].slot if found[1] else 0)
    return found


def _reaches_past(found: tuple[ChannelState, list[Airing]] | None, state: ChannelState, last: Airing) -> bool:
    if found is None or not found[1]:
        return False
    return (found[0].epoch, found[1][-1].end_quanta) > (state.epoch, last.end_quanta)


def load(path: Path) -> tuple[ChannelState, list[Airing]] | None:
    """What ``save`` wrote, or None when there is no readable file."""
    try:
        saved = _Saved.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None
    return saved.state, list(saved.airings)
