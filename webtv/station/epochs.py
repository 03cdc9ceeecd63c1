"""A channel's epochs in time: the one on air, the one before it, and the turn from one to the next."""

from __future__ import annotations

from collections.abc import Mapping

from webtv.clock import Clock
from webtv.playlist.keeper import Keeper
from webtv.playlist.policies import Rules
from webtv.playlist.stock import Stock
from webtv.timeline import Timeline

_FORMER_NS = 60_000_000_000
"""An epoch that is over stays fetchable for so long: three windows of a playlist."""


class Epochs:
    """The next epoch is planned some seconds before it airs; until it does, the channel is ``turning``."""

    def __init__(self, keeper: Keeper, clock: Clock) -> None:
        self._keeper, self._clock = keeper, clock
        self._former: Timeline | None = None
        self._former_inits: dict[str, bytes] = {}
        self.turning = False

    @property
    def timeline(self) -> Timeline:
        """Of the epoch on air."""
        if self._former is not None and self._past_former_ns() < 0:
            return self._former
        return self._keeper.timeline

    @property
    def former(self) -> Timeline | None:
        """The epoch before the one on air, while its end is still in playlists."""
        return self._former if 0 <= self._past_former_ns() < _FORMER_NS else None

    def of_segment(self, segment: int) -> Timeline:
        """The timeline that an HLS segment belongs to."""
        timeline, former = self.timeline, self.former
        return former if former and segment < timeline.airings[0].first_segment else timeline

    @property
    def inits(self) -> Mapping[str, bytes]:
        """Initialisation segments by the names that playlists give them."""
        return self._former_inits | {self._keeper.timeline.init_name: self._keeper.stock.init}

    @property
    def init(self) -> bytes:
        """The initialisation segment of the epoch on air."""
        return self.inits[self.timeline.init_name]

    async def begin(self, stock: Stock, rules: Rules) -> bool:
        """Plan the next epoch behind what is fixed of this one.

        Returns False, with nothing changed, where that came too late for this cut. Raises StationError.
        """
        init = self.init
        ended = await self._keeper.begin_next_epoch(stock, rules)
        if ended is None:
            return False
        self._former, self._former_inits, self.turning = ended, {ended.init_name: init}, True
        return True

    @property
    def turns_in_s(self) -> float:
        """Seconds until the epoch that was begun last airs; less than 0 when it does."""
        return -self._past_former_ns() / 1e9

    async def turn(self) -> None:
        """Wait until the epoch that was begun last is on air."""
        while (left_s := self.turns_in_s) > 0:
            await self._clock.sleep(0.001 + left_s)  # timers go by whole milliseconds
        self.turning = False

    def _past_former_ns(self) -> int:
        """How long ago the former epoch ended; less than 0 while it airs, and long ago if there is none."""
        former = self._former
        return former.position_ns(self._clock.now()) - former.end_ns if former else _FORMER_NS
