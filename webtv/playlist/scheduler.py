"""What airs next. Pure: the same selection and past give the same plan, and there is always a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from webtv.domain import Airing, AiringKind, HouseFormat
from webtv.playlist.policies import Rules, Situation, choose
from webtv.playlist.shelf import Selection


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
    selection: Selection,
    rules: Rules,
    house: HouseFormat,
    cue: Cue,
    before: Sequence[Airing],
    until: int,
    *,
    wall_ns: Callable[[int], int],
) -> list[Airing]:
    """Airings from ``cue`` on until quantum ``until`` is reached; ``before`` aired last, oldest first.

    ``selection``, which is behind those, is used up. ``wall_ns`` gives the wall-clock time of a quantum.
    """
    last_id, last_kind = (before[-1].clip_id, before[-1].kind) if before else ("", None)
    last_bumper_end = _last_bumper_end(before)
    planned: list[Airing] = []
    while cue.quanta < until:
        choice = choose(
            Situation(
                cue.quanta, wall_ns(cue.quanta), last_id, last_kind, last_bumper_end, rules, house, selection
            )
        )
        clip, kind = choice.clip, choice.kind
        airing = Airing(
            slot=cue.slot,
            clip_id=clip.id,
            kind=kind,
            title=clip.title,
            start_quanta=cue.quanta,
            quanta=clip.quanta,
            first_segment=cue.segment,
        )
        planned.append(airing)
        selection.take(clip, airing.end_quanta)
        last_id, last_kind = clip.id, kind
        if kind is AiringKind.BUMPER:
            last_bumper_end = airing.end_quanta
        cue = Cue.after(airing, house)
    return planned


def _last_bumper_end(airings: Sequence[Airing]) -> int:
    """Where the last bumper ended; without one, where these begin."""
    ends = (airing.end_quanta for airing in reversed(airings) if airing.kind is AiringKind.BUMPER)
    return next(ends, airings[0].start_quanta if airings else 0)
