"""What a channel could air: its clips, its cards, and when each last aired."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import count

from webtv.domain import Airing, HouseFormat
from webtv.playlist.marks import Marks
from webtv.playlist.records import Clip
from webtv.playlist.shelf import Place, Selection, Shelf


class Stock:
    """A channel's clips of one house format, in memory. Sums and choices do not grow with their number."""

    def __init__(self, house: HouseFormat, slate: Clip, init: bytes) -> None:
        self.house, self.init = house, init
        """``init`` is the initialisation segment that all clips and cards share."""
        self._clips: dict[str, Clip] = {}
        self._numbers: dict[str, int] = {}
        self._arrivals = count()
        self._last_ends: dict[str, int | None] = {}
        """Of clips that aired before the rundown in memory."""
        self._shelf = Shelf()
        self._marks = Marks()
        self.slate = slate
        self.bumper: Clip | None = None

    @property
    def marks(self) -> Marks:
        """What the operator decided; banned clips are no stock."""
        return self._marks

    @marks.setter
    def marks(self, marks: Marks) -> None:
        before, self._marks = self._marks, marks
        for clip_id in (before.banned ^ marks.banned) | (before.evergreen ^ marks.evergreen):
            self._place(clip_id)

    def take_in(self, clips: Iterable[Clip], *, aired: bool = False) -> None:
        """``aired``: nobody knows when, but none of them is to air as a fresh one."""
        for clip in clips:
            self._clips[clip.id] = clip
            if aired:
                self._last_ends.setdefault(clip.id, None)
            self._numbers.setdefault(clip.id, next(self._arrivals))
            self._place(clip.id)

    def let_go(self, clip: Clip) -> None:
        for known in (self._clips, self._numbers, self._last_ends):
            known.pop(clip.id, None)
        self._shelf.remove(clip.id)

    def recall(self, last_ends: Mapping[str, int | None]) -> None:
        """When clips aired before the rundown that is in memory begins; see ``Store.last_ends``.

        Looks at all clips, so call it on a thread, and before the stock is used.
        """
        self._last_ends = {name: end for name, end in last_ends.items() if name in self._clips}
        banned = self._marks.banned
        self._shelf = Shelf(self._standing(clip) for name, clip in self._clips.items() if name not in banned)

    def aired(self, airings: Iterable[Airing]) -> None:
        """Airings that leave the rundown in memory."""
        for airing in airings:
            if airing.clip_id in self._clips:
                self._last_ends[airing.clip_id] = airing.end_quanta
                self._place(airing.clip_id)

    def get(self, clip_id: str) -> Clip | None:
        """A clip or a card."""
        if (clip := self._clips.get(clip_id)) is not None:
            return clip
        cards = (self.slate, self.bumper)
        return next((card for card in cards if card is not None and card.id == clip_id), None)

    @property
    def clips(self) -> Collection[Clip]:
        """Without cards, oldest first; a view, to be copied by who lets others run meanwhile."""
        return self._clips.values()

    @property
    def seconds(self) -> float:
        """Of all clips that may air."""
        return self._shelf.quanta * self.house.quantum_s

    def fresh_seconds(self, begun: Iterable[Airing]) -> float:
        """Seconds of clips that have not begun to air; ``begun`` are the airings in memory that have."""
        places = map(self._shelf.get, {airing.clip_id for airing in begun})
        gone = sum(place.clip.quanta for place in places if place is not None and place.fresh)
        return (self._shelf.fresh_quanta - gone) * self.house.quantum_s

    def spare(self, planned: Iterable[Airing], *, keep_s: float) -> Iterator[Clip]:
        """Clips that can go, in that order: banned ones, then the oldest of what aired beyond ``keep_s``.

        None of them is ``planned``, so that nothing that waits to air needs their files. Evergreens are kept.
        Lazy: take as many as have to go. Clips may come and go meanwhile; what is planned meanwhile is not
        known here.
        """
        needed = {airing.clip_id for airing in planned} | self._marks.evergreen
        banned = self._marks.banned & self._clips.keys()
        for name in sorted(banned - needed, key=self._numbers.__getitem__):
            if (clip := self._clips.get(name)) is not None:
                yield clip
        surplus = self._shelf.quanta - keep_s / self.house.quantum_s
        for place in self._shelf.aired():
            if place.clip.id not in needed:
                surplus -= place.clip.quanta
                if surplus < 0:
                    return
                yield place.clip

    def behind(self, kept: Sequence[Airing]) -> Selection:
        """What there is to choose from behind the airings ``kept``."""
        marks = self._marks
        done = marks.aired_pins(kept) | marks.banned
        return Selection(
            self._shelf,
            kept,
            slate=self.slate,
            bumper=self.bumper,
            pinned=[self._clips[name] for name in marks.pinned if name in self._clips and name not in done],
            slate_only=marks.slate,
        )

    def _place(self, clip_id: str) -> None:
        """Put a clip where it belongs on the shelf by now, or take it off."""
        clip = self._clips.get(clip_id)
        if clip is None or clip_id in self._marks.banned:
            self._shelf.remove(clip_id)
        else:
            self._shelf.put(self._standing(clip))

    def _standing(self, clip: Clip) -> Place:
        return Place(
            clip,
            self._numbers[clip.id],
            fresh=clip.id not in self._last_ends,
            last_end=self._last_ends.get(clip.id),
            evergreen=clip.id in self._marks.evergreen,
        )
