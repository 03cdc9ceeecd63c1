"""A channel's rundown: where it stands in time, what is fixed, and what may still be replaced."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from webtv.clock import Clock, Instant
from webtv.domain import Airing, AiringKind
from webtv.playlist.files import write_atomically
from webtv.playlist.scheduler import Cue, Rules, Shelf, plan
from webtv.playlist.store import ChannelState
from webtv.timeline import Anchor, Timeline

LOCK_S = 3.0
"""Airings that start sooner are fixed: a viewer's playlist or FFmpeg's read-ahead may already hold them."""


@dataclass(frozen=True)
class Rundown:
    """Immutable: each change gives a new rundown, which is stored before anything of it airs."""

    state: ChannelState
    airings: tuple[Airing, ...]
    cue: Cue
    """Where the next airing begins when ``airings`` is empty."""

    @property
    def timeline(self) -> Timeline:
        return Timeline(self.state.format, self.state.anchor, self.airings)

    def unlocked_from(self, now: Instant) -> int:
        """Index of the first airing that may still be replaced."""
        timeline = self.timeline
        fixed_ns = timeline.position_ns(now) + int(LOCK_S * 1e9)
        return sum(1 for airing in self.airings if timeline.start_ns(airing.start_quanta) <= fixed_ns)

    def first_lesser(self, now: Instant) -> int:
        """Index of the first airing that a fresh clip may push back."""
        index = self.unlocked_from(now)
        while index < len(self.airings) and self.airings[index].kind is AiringKind.FRESH:
            index += 1
        return index

    def planned(self, shelf: Shelf, rules: Rules, now: Instant, *, keep: int, ahead_s: float) -> Rundown:
        """Keep the first ``keep`` airings and plan anew behind them, ``ahead_s`` seconds ahead of air.

        ``shelf`` must count the airings dropped here as not aired.
        """
        house, kept = self.state.format, self.airings[:keep]
        cue = Cue.after(kept[-1], house) if kept else self._cue_at(keep)
        timeline = self.timeline
        until = timeline.quanta_at(timeline.position_ns(now) + int(ahead_s * 1e9)) + 1
        airings = (*kept, *plan(shelf, rules, house, cue, kept, until))
        return replace(self, airings=airings)

    def _cue_at(self, index: int) -> Cue:
        if index >= len(self.airings):
            return self.cue
        airing = self.airings[index]
        return Cue(airing.slot, airing.start_quanta, airing.first_segment)

    def without_past(self, now: Instant, *, keep_s: float) -> Rundown:
        """Forget airings that ended more than ``keep_s`` seconds ago."""
        timeline = self.timeline
        oldest_ns = timeline.position_ns(now) - int(keep_s * 1e9)
        keep = tuple(a for a in self.airings if timeline.start_ns(a.end_quanta) > oldest_ns)
        return (
            replace(self, airings=keep, cue=Cue.after(self.airings[-1], self.state.format)) if keep else self
        )


def resume(state: ChannelState, airings: Sequence[Airing], clock: Clock) -> Rundown:
    """Go on where the channel was.

    While this boot lasts, air has gone on by the clock that never steps, also while nobody was at the desk.
    After another boot, or when the planned rundown ran out meanwhile, air goes on at the rundown's end: media
    time and the HLS media sequence never go back.
    """
    rundown = Rundown(state, tuple(airings), Cue.after(airings[-1], state.format) if airings else Cue())
    now = clock.now()
    same_boot = state.anchor.boot_id == clock.boot_id
    if same_boot and rundown.timeline.at(rundown.timeline.position_ns(now)) is not None:
        return rundown
    return replace(rundown, state=state.model_copy(update={"anchor": anchor_at(rundown.cue.quanta, clock)}))


def begin_epoch(state: ChannelState, cue: Cue) -> Rundown:
    """A new epoch: media time starts at 0, slots and segments go on counting."""
    return Rundown(state, (), cue)


def anchor_at(quanta: int, clock: Clock) -> Anchor:
    now = clock.now()
    return Anchor(quanta=quanta, wall_ns=now.wall_ns, boot_ns=now.boot_ns, boot_id=clock.boot_id)


def save(rundown: Rundown, path: Path) -> None:
    """The rundown as a file, from which it can be rebuilt should the database be lost."""
    document = {
        "state": rundown.state.model_dump(mode="json"),
        "airings": [airing.model_dump(mode="json") for airing in rundown.airings],
    }
    write_atomically(path, json.dumps(document, ensure_ascii=False), durable=False)


def load(path: Path) -> tuple[ChannelState, list[Airing]] | None:
    """What ``save`` wrote, or None when there is no readable file."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        state = ChannelState.model_validate(document["state"])
        return state, [Airing.model_validate(airing) for airing in document["airings"]]
    except (FileNotFoundError, ValueError, KeyError):
        return None
