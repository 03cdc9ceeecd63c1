"""A channel's rundown as an immutable value, and what it says at a moment.

Whatever a viewer or a target gets at time *t* is a pure function of (timeline, t).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from webtv.clock import Instant
from webtv.domain import Airing, Frozen, HouseFormat


class Anchor(Frozen):
    """Ties quanta to clocks: at ``quanta`` it was ``wall_ns``, and ``boot_ns`` on the boot ``boot_id``."""

    quanta: int
    wall_ns: int
    boot_ns: int
    boot_id: str


@dataclass(frozen=True)
class Timeline:
    """A contiguous run of airings: some that aired, the one on air, those to come.

    ``anchor`` places them in time. Positions are nanoseconds of media since the epoch.
    """

    format: HouseFormat
    anchor: Anchor
    airings: tuple[Airing, ...]
    epoch: int = 0
    init_sha256: str = ""
    """Of the initialisation segment that all of these airings share."""

    @property
    def init_name(self) -> str:
        """Names the initialisation segment so that it can be cached for ever."""
        return f"init-{self.init_sha256[:12]}.mp4"

    def position_ns(self, now: Instant) -> int:
        """Media time on air at ``now``, by the clock that never steps."""
        return self.start_ns(self.anchor.quanta) + now.boot_ns - self.anchor.boot_ns

    @cached_property
    def begins_boot_ns(self) -> int:
        """The boot time of media time 0, on the anchor's boot."""
        return self.anchor.boot_ns - self.start_ns(self.anchor.quanta)

    def start_ns(self, quanta: int) -> int:
        return quanta * self._quantum_ns.numerator // self._quantum_ns.denominator

    def wall_ns(self, media_ns: int) -> int:
        """The wall-clock time at which ``media_ns`` airs, for PROGRAM-DATE-TIME."""
        return self.anchor.wall_ns + media_ns - self.start_ns(self.anchor.quanta)

    def boot_ns(self, media_ns: int) -> int:
        """When ``media_ns`` airs, by the clock that never steps."""
        return self.anchor.boot_ns + media_ns - self.start_ns(self.anchor.quanta)

    def quanta_at(self, media_ns: int) -> int:
        """The quantum on air at ``media_ns``: the last one whose ``start_ns`` is not later."""
        return ((media_ns + 1) * self._quantum_ns.denominator - 1) // self._quantum_ns.numerator

    @cached_property
    def _quantum_ns(self) -> Fraction:
        return self.format.quantum_ns

    @cached_property
    def _starts(self) -> list[int]:
        return [airing.start_quanta for airing in self.airings]

    @cached_property
    def _first_segments(self) -> list[int]:
        return [airing.first_segment for airing in self.airings]

    def begun(self, media_ns: int) -> int:
        """How many of the airings have begun at ``media_ns``."""
        return bisect_right(self._starts, self.quanta_at(media_ns))

    def index_at(self, media_ns: int) -> int | None:
        """Index of the airing on air at ``media_ns``, or None outside of the known rundown."""
        index = self.begun(media_ns) - 1
        if index < 0 or self.quanta_at(media_ns) >= self.airings[index].end_quanta:
            return None
        return index

    def at(self, media_ns: int) -> Airing | None:
        index = self.index_at(media_ns)
        return None if index is None else self.airings[index]

    def of_segment(self, segment: int) -> tuple[Airing, int] | None:
        """The airing that holds an HLS segment, and the fragment's index within its clip."""
        index = bisect_right(self._first_segments, segment) - 1
        if index < 0:
            return None
        airing = self.airings[index]
        fragment = segment - airing.first_segment
        return (airing, fragment) if fragment < self.format.fragments(airing.quanta) else None

    @property
    def end_ns(self) -> int:
        """Where the planned rundown ends."""
        return self.start_ns(self.airings[-1].end_quanta) if self.airings else 0
