"""What airs next. Pure: the same shelf and the same past give the same plan, and there is always a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webtv.domain import Airing, AiringKind, HouseFormat
from webtv.playlist.store import Clip

_SLATES_PER_BUMPER = 3
"""With nothing but cards to air, a bumper comes about once in this many of its lengths."""


@dataclass(frozen=True)
class Shelf:
    """All that could air on a channel.

    ``fresh`` holds clips that never aired, oldest first; ``archive`` those that did. ``last_ends`` gives the
    quantum at which a clip's last airing ends, None if that was in an earlier epoch.
    """

    fresh: Sequence[Clip]
    archive: Sequence[Clip]
    last_ends: Mapping[str, int | None]
    slate: Clip
    bumper: Clip | None = None


@dataclass(frozen=True)
class Rules:
    """How a channel is scheduled, in quanta."""

    no_repeat: int
    bumper_every: int


@dataclass(frozen=True)
class Cue:
    """Where the next airing begins."""

    slot: int = 0
    quanta: int = 0
    segment: int = 0

    @classmethod
    def after(cls, airing: Airing, house: HouseFormat) -> Cue:
        return cls(airing.slot + 1, airing.end_quanta, airing.first_segment + house.fragments(airing.quanta))


def plan(
    shelf: Shelf, rules: Rules, house: HouseFormat, cue: Cue, before: Sequence[Airing], until: int
) -> list[Airing]:
    """Airings from ``cue`` on until quantum ``until`` is reached; ``before`` aired last, oldest first."""
    state = _State(shelf, rules, before)
    planned: list[Airing] = []
    while cue.quanta < until:
        clip, kind = state.take(cue.quanta)
        planned.append(
            Airing(
                slot=cue.slot,
                clip_id=clip.id,
                kind=kind,
                title=clip.title,
                start_quanta=cue.quanta,
                quanta=clip.quanta,
                first_segment=cue.segment,
            )
        )
        cue = Cue.after(planned[-1], house)
    return planned


class _State:
    """The shelf as it empties while a plan is made."""

    def __init__(self, shelf: Shelf, rules: Rules, before: Sequence[Airing]) -> None:
        self._shelf, self._rules = shelf, rules
        self._fresh = list(shelf.fresh)
        self._archive = list(shelf.archive)
        self._last_ends = dict(shelf.last_ends)
        self._last_kind = before[-1].kind if before else None
        bumpers = [airing.end_quanta for airing in before if airing.kind is AiringKind.BUMPER]
        self._last_bumper = bumpers[-1] if bumpers else (before[0].start_quanta if before else 0)

    def take(self, at: int) -> tuple[Clip, AiringKind]:
        clip, kind = self._choose(at)
        end = at + clip.quanta
        if kind is AiringKind.BUMPER:
            self._last_bumper = end
        elif kind is AiringKind.FRESH:
            self._fresh.remove(clip)
            self._archive.append(clip)
        self._last_ends[clip.id] = end
        self._last_kind = kind
        return clip, kind

    def _choose(self, at: int) -> tuple[Clip, AiringKind]:
        bumper = None if self._last_kind is AiringKind.BUMPER else self._shelf.bumper
        programme_ends = self._last_kind in (AiringKind.FRESH, AiringKind.ARCHIVE)
        if bumper and programme_ends and at - self._last_bumper >= self._rules.bumper_every:
            return bumper, AiringKind.BUMPER
        if self._fresh:
            return self._fresh[0], AiringKind.FRESH
        rested = [clip for clip in self._archive if self._rested(clip, at)]
        if rested:
            return min(rested, key=lambda clip: self._last_ends.get(clip.id) or -1), AiringKind.ARCHIVE
        if bumper and (programme_ends or at - self._last_bumper >= _SLATES_PER_BUMPER * bumper.quanta):
            return bumper, AiringKind.BUMPER
        return self._shelf.slate, AiringKind.SLATE

    def _rested(self, clip: Clip, at: int) -> bool:
        last_end = self._last_ends.get(clip.id)
        return last_end is None or last_end + self._rules.no_repeat <= at
