"""What a channel has on air, and the one way to put something else there."""

from __future__ import annotations

from pathlib import Path

from webtv.domain import Airing
from webtv.playlist.disk import Disk
from webtv.playlist.ledger import Ledger
from webtv.playlist.plans import Plan
from webtv.playlist.reel import Reel, Renew
from webtv.playlist.rundown import Rundown
from webtv.playlist.slots import Slots
from webtv.playlist.stock import Stock
from webtv.playlist.storage import Storage
from webtv.timeline import Timeline

KEEP_S = 180.0
"""So much of what aired stays in memory and in place."""
AT_HAND_NS = 500_000_000
"""What begins so soon counts as begun: it is not replaced any more."""
_LINK_S = 1.0


class Air:
    """``commit`` is how a rundown comes on air."""

    rundown: Rundown
    """Replaced with each change, never altered."""
    stock: Stock
    """What that was planned from."""
    reel: Reel

    def __init__(
        self, channel: str, slots: Slots, storage: Storage, disk: Disk, ledger: Ledger, renew: Renew
    ) -> None:
        self._channel, self._slots, self._storage, self._disk = channel, slots, storage, disk
        self._ledger, self._renew = ledger, renew
        self._former_from: int | None = None
        """First slot of the epoch before, of which a window stays fetchable."""

    @property
    def timeline(self) -> Timeline:
        return self.rundown.timeline

    @property
    def position_ns(self) -> int:
        """Media time on air now."""
        return self.timeline.position_ns(self._storage.clock.now())

    def file_of(self, airing: Airing) -> Path:
        """As ``Reel.file_of``."""
        return self.reel.file_of(airing)

    def use(self, rundown: Rundown, stock: Stock) -> None:
        """What was on air before, as it is remembered, or a rundown that nothing is planned of."""
        self.rundown, self.stock, self.reel = rundown, stock, self._reel_of(stock)

    async def commit(self, plan: Plan) -> bool:
        """Store a plan, put its slots in place and let it air; or do nothing, if it is too late for that.

        False says that what it would replace was on air, or at hand, when it was stored. A database or a disk
        that does not answer is waited for a second each, and gets later what it did not take.
        """
        await self._ledger.store(plan.rundown, plan.from_slot)
        left_s = self._left_s(plan)
        if left_s <= 0:
            self._ledger.given_up(self.rundown, plan.from_slot)
            return False
        reel = self.reel if plan.stock is self.stock else self._reel_of(plan.stock)
        timeline = plan.rundown.timeline
        on_air = timeline.begun(timeline.position_ns(self._storage.clock.now())) - 1
        first = min(plan.changed_from, max(0, on_air))
        await reel.place(plan.rundown.airings[first:], within_s=min(_LINK_S, left_s))
        if plan.rundown.state.epoch != self.rundown.state.epoch:
            self._former_from = self.rundown.first_slot
        self.rundown, self.stock, self.reel = plan.rundown, plan.stock, reel
        await reel.write_out(plan.rundown, first_slot=self._first_slot_kept())
        return True

    def _left_s(self, plan: Plan) -> float:
        if plan.deadline_boot_ns is None:
            return float("inf")
        return (plan.deadline_boot_ns - self._storage.clock.now().boot_ns - AT_HAND_NS) / 1e9

    def _reel_of(self, stock: Stock) -> Reel:
        return Reel(self._channel, stock, self._slots, self._storage, self._disk, self._renew)

    def _first_slot_kept(self) -> int:
        if self._former_from is not None and self.position_ns < KEEP_S * 1e9:
            return self._former_from
        return self.rundown.first_slot
