"""A channel's clips that may air, indexed by what they are chosen by. Nothing here looks at all of them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sortedcontainers import SortedDict

from webtv.domain import Airing
from webtv.playlist.records import Clip

_EARLIER_EPOCH = -1
"""Stands for the last end of what aired in an earlier epoch: before all ends of this one."""


@dataclass(frozen=True)
class Place:
    """Where a clip stands on the shelf. ``number`` counts arrivals: the lowest is the oldest clip's.

    ``last_end`` is the quantum at which its last airing ends, None if that was in an earlier epoch. It means
    nothing for a clip that is ``fresh``, which never aired.
    """

    clip: Clip
    number: int
    fresh: bool
    last_end: int | None = None
    evergreen: bool = False

    @property
    def key(self) -> tuple[int, int]:
        """Sorts the longest rested first; of two that ended together, the older clip."""
        return (_EARLIER_EPOCH if self.last_end is None else self.last_end, self.number)

    def rest(self, at: int) -> int:
        """Quanta since it last aired, at quantum ``at``; an earlier epoch counts as just before this one."""
        return at - self.key[0]

    def has_rested(self, quanta: int, at: int) -> bool:
        """Whether it has not aired for so long. What aired in an earlier epoch always has."""
        return self.last_end is None or self.rest(at) >= quanta


class Shelf:
    """Places by clip id, in the orders that are asked for. A change costs the logarithm of their number."""

    def __init__(self, places: Iterable[Place] = ()) -> None:
        self._places: dict[str, Place] = {place.clip.id: place for place in places}
        every = self._places.values()
        self._fresh = SortedDict((place.number, place) for place in every if place.fresh)
        self._aired = SortedDict((place.number, place) for place in every if not place.fresh)
        self._rested = {
            evergreen: SortedDict((p.key, p) for p in every if not p.fresh and p.evergreen is evergreen)
            for evergreen in (False, True)
        }
        self.quanta: int = sum(place.clip.quanta for place in every)
        """Of all clips."""
        self.fresh_quanta: int = sum(place.clip.quanta for place in self._fresh.values())

    def put(self, place: Place) -> None:
        """In place of where the clip stood before, if it did."""
        self.remove(place.clip.id)
        self._places[place.clip.id] = place
        self.quanta += place.clip.quanta
        if place.fresh:
            self._fresh[place.number] = place
            self.fresh_quanta += place.clip.quanta
        else:
            self._aired[place.number] = place
            self._rested[place.evergreen][place.key] = place

    def remove(self, clip_id: str) -> None:
        place = self._places.pop(clip_id, None)
        if place is None:
            return
        self.quanta -= place.clip.quanta
        if place.fresh:
            del self._fresh[place.number]
            self.fresh_quanta -= place.clip.quanta
        else:
            del self._aired[place.number]
            del self._rested[place.evergreen][place.key]

    def get(self, clip_id: str) -> Place | None:
        return self._places.get(clip_id)

    def fresh(self) -> Iterator[Place]:
        """Those that never aired, the oldest first. Not to be held over a change."""
        return iter(self._fresh.values())

    def longest_rested(self, *, evergreen: bool) -> Iterator[Place]:
        """The evergreen ones that have aired, or the others. Not to be held over a change."""
        return iter(self._rested[evergreen].values())

    def aired(self) -> Iterator[Place]:
        """Those that have aired, the oldest clip first; may be held over changes."""
        number = -1
        while (index := self._aired.bisect_right(number)) < len(self._aired):
            number, place = self._aired.peekitem(index)
            yield place


class Selection:
    """What there is to choose from behind some airings, as it empties while a plan is made.

    The shelf stays as it is, and must not change meanwhile.
    """

    def __init__(
        self,
        shelf: Shelf,
        kept: Sequence[Airing],
        *,
        slate: Clip,
        bumper: Clip | None = None,
        pinned: Iterable[Clip] = (),
        slate_only: bool = False,
    ) -> None:
        """``pinned`` comes first, in this order. With ``slate_only`` nothing but the slate may air."""
        self.slate, self.bumper, self.slate_only = slate, bumper, slate_only
        self.pinned = list(pinned)
        self._shelf = shelf
        self._moved: dict[str, Place] = {}
        """Places after the airings kept and planned, by clip id."""
        self._fresh = _Ahead(shelf.fresh(), self._moved)
        self._rested = {
            evergreen: _Rested(_Ahead(shelf.longest_rested(evergreen=evergreen), self._moved), self._moved)
            for evergreen in (False, True)
        }
        for airing in kept:
            self._move(airing.clip_id, airing.end_quanta)

    def fresh(self) -> Clip | None:
        """The oldest clip that never aired."""
        place = self._fresh.first()
        return place.clip if place else None

    def is_fresh(self, clip: Clip) -> bool:
        place = self._moved.get(clip.id) or self._shelf.get(clip.id)
        return place is not None and place.fresh

    def longest_rested(self, *, evergreen: bool, but: str = "") -> Place | None:
        """Of the evergreen clips that have aired, or of the others; ``but`` is the id of one to leave out."""
        return self._rested[evergreen].first(but)

    def take(self, clip: Clip, end_quanta: int) -> None:
        """It airs next, until ``end_quanta``."""
        self.pinned = [pinned for pinned in self.pinned if pinned.id != clip.id]
        self._move(clip.id, end_quanta)

    def _move(self, clip_id: str, end_quanta: int) -> None:
        if (stood := self._shelf.get(clip_id)) is not None:
            place = Place(stood.clip, stood.number, False, end_quanta, stood.evergreen)
            self._moved[clip_id] = place
            self._rested[place.evergreen].add(place)


class _Ahead:
    """The first of the shelf's places that have not moved, which only become fewer."""

    def __init__(self, places: Iterator[Place], moved: Mapping[str, Place]) -> None:
        self._places, self._moved = places, moved
        self._next = next(places, None)

    def first(self) -> Place | None:
        while self._next is not None and self._next.clip.id in self._moved:
            self._next = next(self._places, None)
        return self._next


class _Rested:
    """The longest rested of the shelf's places, and of those that have moved."""

    def __init__(self, unmoved: _Ahead, moved: Mapping[str, Place]) -> None:
        self._unmoved, self._moved = unmoved, moved
        self._heap: list[tuple[tuple[int, int], Place]] = []

    def add(self, place: Place) -> None:
        heapq.heappush(self._heap, (place.key, place))

    def first(self, but: str) -> Place | None:
        unmoved = self._unmoved.first()
        if unmoved is not None:
            return unmoved  # it ended before all that moved
        left_out: list[tuple[tuple[int, int], Place]] = []
        found = None
        while self._heap and found is None:
            place = self._heap[0][1]
            if self._moved[place.clip.id] is not place:
                heapq.heappop(self._heap)  # it has moved on since
            elif place.clip.id == but:
                left_out.append(heapq.heappop(self._heap))
            else:
                found = place
        for entry in left_out:
            heapq.heappush(self._heap, entry)
        return found
