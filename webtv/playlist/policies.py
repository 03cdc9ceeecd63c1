"""What may air next, as policies: each is asked in turn, and the first one that has a choice is followed.

A policy is a pure function of the situation. Another one is a function here, a row of ``POLICIES`` where it
belongs, and a test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from webtv.domain import AiringKind, HouseFormat
from webtv.playlist.records import Clip
from webtv.playlist.shelf import Place, Selection

SLATES_PER_BUMPER = 3
"""With nothing but cards to air, a bumper comes about once in this many of its lengths."""
EVERGREEN_S = 3600.0
"""An evergreen that has rested for so long airs although there are fresh clips."""
_PROGRAMME = (AiringKind.FRESH, AiringKind.ARCHIVE)


@dataclass(frozen=True)
class Rules:
    """How a channel is scheduled, in quanta."""

    no_repeat: int
    bumper_every: int


@dataclass(frozen=True)
class Situation:
    """All that a policy may go by.

    The next airing begins at quantum ``at`` of the epoch, which is ``wall_ns`` by the wall clock. ``last_id``
    and ``last_kind`` are of the airing before it ('' and None without one); the last bumper, or else what is
    known of the rundown, ended at quantum ``last_bumper_end``.
    """

    at: int
    wall_ns: int
    last_id: str
    last_kind: AiringKind | None
    last_bumper_end: int
    rules: Rules
    house: HouseFormat
    selection: Selection


@dataclass(frozen=True)
class Choice:
    clip: Clip
    kind: AiringKind


Policy = Callable[[Situation], Choice | None]


def slate_held(now: Situation) -> Choice | None:
    """The operator holds the channel on its slate."""
    return slate(now) if now.selection.slate_only else None


def pin(now: Situation) -> Choice | None:
    """What the operator wants next, but never the same clip twice in a row."""
    pinned = next((clip for clip in now.selection.pinned if clip.id != now.last_id), None)
    if pinned is None:
        return None
    return Choice(pinned, AiringKind.FRESH if now.selection.is_fresh(pinned) else AiringKind.ARCHIVE)


def bumper_due(now: Situation) -> Choice | None:
    """A bumper after a programme, as often as the schedule says."""
    bumper = now.selection.bumper
    due = now.last_kind in _PROGRAMME and now.at - now.last_bumper_end >= now.rules.bumper_every
    return Choice(bumper, AiringKind.BUMPER) if bumper and due else None


def evergreen(now: Situation) -> Choice | None:
    """An evergreen that has rested for an hour, and for the no-repeat window; not after an archive clip."""
    if now.last_kind is AiringKind.ARCHIVE:
        return None
    rest = max(now.rules.no_repeat, now.house.quanta(EVERGREEN_S))
    place = now.selection.longest_rested(evergreen=True)
    return _again(place) if place and place.has_rested(rest, now.at) else None


def fresh(now: Situation) -> Choice | None:
    """The oldest clip that never aired."""
    clip = now.selection.fresh()
    return Choice(clip, AiringKind.FRESH) if clip else None


def rested(now: Situation) -> Choice | None:
    """The longest rested clip outside of the no-repeat window; an evergreen's rest counts twice."""
    places = [now.selection.longest_rested(evergreen=evergreen) for evergreen in (False, True)]
    ready = [place for place in places if place and place.has_rested(now.rules.no_repeat, now.at)]
    return _again(max(ready, key=lambda place: _weighted_rest(place, now.at), default=None))


def least_recently_aired(now: Situation) -> Choice | None:
    """Within the no-repeat window: a clip again is better than a slate. The last one only if it is alone."""
    both = (False, True)
    places = [now.selection.longest_rested(evergreen=evergreen, but=now.last_id) for evergreen in both]
    if not any(places):
        places = [now.selection.longest_rested(evergreen=evergreen) for evergreen in both]
    return _again(min(filter(None, places), key=lambda place: place.key, default=None))


def bumper_between_slates(now: Situation) -> Choice | None:
    """Where there is no clip at all: after a programme, and then now and again."""
    bumper = now.selection.bumper
    if bumper is None or now.last_kind is AiringKind.BUMPER:
        return None
    often = now.at - now.last_bumper_end >= SLATES_PER_BUMPER * bumper.quanta
    return Choice(bumper, AiringKind.BUMPER) if often or now.last_kind in _PROGRAMME else None


def slate(now: Situation) -> Choice:
    """There is always a slate."""
    return Choice(now.selection.slate, AiringKind.SLATE)


POLICIES: tuple[Policy, ...] = (
    slate_held,
    pin,
    bumper_due,
    evergreen,
    fresh,
    rested,
    least_recently_aired,
    bumper_between_slates,
)
"""In the order in which they are asked; behind them, the slate."""


def choose(now: Situation) -> Choice:
    """What airs next."""
    return next((choice for policy in POLICIES if (choice := policy(now)) is not None), slate(now))


def _again(place: Place | None) -> Choice | None:
    return Choice(place.clip, AiringKind.ARCHIVE) if place else None


def _weighted_rest(place: Place, at: int) -> tuple[int, int]:
    return (2 if place.evergreen else 1) * place.rest(at), -place.number
