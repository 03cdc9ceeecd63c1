"""What a channel could air: its clips, its cards, and when each last aired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from webtv.domain import Airing, HouseFormat
from webtv.playlist.marks import Marks
from webtv.playlist.scheduler import Shelf
from webtv.playlist.store import Clip


class Stock:
    """A channel's clips of one house format, in memory."""

    def __init__(self, house: HouseFormat, slate: Clip, init: bytes) -> None:
        self.house, self.init = house, init
        """``init`` is the initialisation segment that all clips and cards share."""
        self._clips: dict[str, Clip] = {}
        self._last_ends: dict[str, int | None] = {}
        self.slate = slate
        self.bumper: Clip | None = None
        self.marks = Marks()

    def take_in(self, clips: Iterable[Clip]) -> None:
        self._clips |= {clip.id: clip for clip in clips}

    def let_go(self, clip: Clip) -> None:
        self._clips.pop(clip.id, None)
        self._last_ends.pop(clip.id, None)

    def recall(self, last_ends: Mapping[str, int | None]) -> None:
        """When clips aired before the rundown that is in memory begins; see ``Store.last_ends``."""
        self._last_ends = {name: end for name, end in last_ends.items() if name in self._clips}

    def aired(self, airings: Iterable[Airing]) -> None:
        """Airings that leave the rundown in memory."""
        self._last_ends |= {a.clip_id: a.end_quanta for a in airings if a.clip_id in self._clips}

    def get(self, clip_id: str) -> Clip | None:
        """A clip or a card."""
        if (clip := self._clips.get(clip_id)) is not None:
            return clip
        cards = (self.slate, self.bumper)
        return next((card for card in cards if card is not None and card.id == clip_id), None)

    @property
    def clips(self) -> Sequence[Clip]:
        """Without cards, oldest first."""
        return list(self._clips.values())

    @property
    def seconds(self) -> float:
        """Of all clips that may air."""
        return self._seconds(self._airable())

    def fresh_seconds(self, begun: Iterable[Airing]) -> float:
        """Seconds of clips that have not begun to air; ``begun`` are the airings in memory that have."""
        seen = {airing.clip_id for airing in begun} | self._last_ends.keys()
        return self._seconds(clip for clip in self._airable() if clip.id not in seen)

    def spare(self, planned: Iterable[Airing], *, keep_s: float) -> list[Clip]:
        """Clips that can go, in that order: banned ones, then the oldest of what aired beyond ``keep_s``.

        None of them is ``planned``, so that nothing that waits to air needs their files. Evergreens are kept.
        """
        needed = {airing.clip_id for airing in planned} | self.marks.evergreen
        spare = [c for c in self._clips.values() if c.id in self.marks.banned and c.id not in needed]
        surplus_s = self.seconds - keep_s
        for clip in self._airable():
            if clip.id in self._last_ends and clip.id not in needed:
                surplus_s -= clip.quanta * self.house.quantum_s
                if surplus_s < 0:
                    break
                spare.append(clip)
        return spare

    def shelf(self, kept: Sequence[Airing]) -> Shelf:
        """What there is to choose from behind the airings ``kept``."""
        last_ends = self._last_ends | {airing.clip_id: airing.end_quanta for airing in kept}
        marks, airable = self.marks, self._airable()
        done = marks.aired_pins(kept) | marks.banned
        return Shelf(
            [clip for clip in airable if clip.id not in last_ends],
            [clip for clip in airable if clip.id in last_ends],
            last_ends,
            self.slate,
            self.bumper,
            pinned=[self._clips[name] for name in marks.pinned if name in self._clips and name not in done],
            evergreen=marks.evergreen,
            slate_only=marks.slate,
        )

    def _airable(self) -> list[Clip]:
        return [clip for clip in self._clips.values() if clip.id not in self.marks.banned]

    def _seconds(self, clips: Iterable[Clip]) -> float:
        return sum(clip.quanta for clip in clips) * self.house.quantum_s
