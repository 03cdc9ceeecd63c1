"""What airs next. Pure: the same shelf and the same past give the same plan, and there is always a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from webtv.domain import Airing, AiringKind, HouseFormat
from webtv.playlist.store import Clip

_SLATES_PER_BUMPER = 3
"""With nothing but cards to air, a bumper comes about once in this many of its lengths."""
_EVERGREEN_S = 3600.0
"""An evergreen that has rested for so long airs although there are fresh clips."""


@dataclass(frozen=True)
class Shelf:
    """All that could air on a channel.

    ``fresh`` holds clips that never aired, oldest first; ``archive`` those that did. ``last_ends`` gives the
    quantum at which a clip's last airing ends, None if that was in an earlier epoch. What is ``pinned`` comes
    first. Of rested clips an ``evergreen`` counts as having rested twice as long as it has. With
    ``slate_only`` nothing else airs.
    """

    fresh: Sequence[Clip]
    archive: Sequence[Clip]
    last_ends: Mapping[str, int | None]
    slate: Clip
    bumper: Clip | None = None
    pinned: Sequence[Clip] = ()
    evergreen: Set[str] = frozenset()
    slate_only: bool = False


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
    state = _State(shelf, rules, house, before)
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

    def __init__(self, shelf: Shelf, rules: Rules, house: HouseFormat, before: Sequence[Airing]) -> None:
        self._shelf, self._rules = shelf, rules
        self._pinned = list(shelf.pinned)
        self._evergreen_rest = max(rules.no_repeat, house.quanta(_EVERGREEN_S))
        self._last_id = before[-1].clip_id if before else ""
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
        if clip in self._pinned:
            self._pinned.remove(clip)
        self._last_ends[clip.id] = end
        self._last_kind, self._last_id = kind, clip.id
        return clip, kind

    def _choose(self, at: int) -> tuple[Clip, AiringKind]:
        if self._shelf.slate_only:
            return self._shelf.slate, AiringKind.SLATE
        pinned = next((clip for clip in self._pinned if clip.id != self._last_id), None)
        if pinned is not None:
            return pinned, AiringKind.FRESH if pinned in self._fresh else AiringKind.ARCHIVE
        bumper = None if self._last_kind is AiringKind.BUMPER else self._shelf.bumper
        programme_ends = self._last_kind in (AiringKind.FRESH, AiringKind.ARCHIVE)
        if bumper and programme_ends and at - self._last_bumper >= self._rules.bumper_every:
            return bumper, AiringKind.BUMPER
        if programme := self._programme(at):
            return programme
        if bumper and (programme_ends or at - self._last_bumper >= _SLATES_PER_BUMPER * bumper.quanta):
            return bumper, AiringKind.BUMPER
        return self._shelf.slate, AiringKind.SLATE

    def _programme(self, at: int) -> tuple[Clip, AiringKind] | None:
        evergreen = self._longest_rested(self._evergreen_rest, at, self._shelf.evergreen)
        if evergreen is not None and self._last_kind is not AiringKind.ARCHIVE:
            return evergreen, AiringKind.ARCHIVE
        if self._fresh:
            return self._fresh[0], AiringKind.FRESH
        rested = self._longest_rested(self._rules.no_repeat, at)
        return None if rested is None else (rested, AiringKind.ARCHIVE)

    def _longest_rested(self, rest: int, at: int, among: Set[str] | None = None) -> Clip | None:
        """Of the archive clips that have not aired for ``rest`` quanta."""
        rested = [
            clip
            for clip in (self._archive if among is None or among else ())
            if among is None or clip.id in among
            if (end := self._last_ends.get(clip.id)) is None or end + rest <= at
        ]
        return max(rested, key=lambda clip: self._age(clip, at), default=None)

    def _age(self, clip: Clip, at: int) -> int:
        age = at - (self._last_ends.get(clip.id) or -1)
        return 2 * age if clip.id in self._shelf.evergreen else age
