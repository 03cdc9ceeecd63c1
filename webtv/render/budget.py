"""What viewers may have made: anybody who asks for a playlist makes a channel a watched one, which costs.

Targets are the operator's own, and so are clips asked for at the desk: neither is limited here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

import structlog

from webtv import metrics
from webtv.clock import Clock
from webtv.config.limits import LimitsConfig

log = structlog.get_logger()

_HOUR_NS = 3600 * 1_000_000_000


class Shown(Protocol):
    """What must be known of a channel to tell for whom it is kept fresh."""

    @property
    def id(self) -> str: ...
    @property
    def pushed(self) -> bool:
        """Whether a target gets the picture."""

    @property
    def viewed_since_ns(self) -> int | None:
        """Since when, in boot time, viewers have asked for it without a pause; None while nobody does."""


def kept_fresh(channels: Iterable[Shown], *, most_viewed: int, orders_left: int) -> frozenset[str]:
    """Which channels get fresh clips now: all that are pushed; of others those that are viewed longest."""
    fresh, viewed = set(), []
    for channel in channels:
        if channel.pushed:
            fresh.add(channel.id)
        elif (since_ns := channel.viewed_since_ns) is not None:
            viewed.append((since_ns, channel.id))
    if orders_left > 0:
        fresh.update(name for _, name in sorted(viewed)[:most_viewed])
    return frozenset(fresh)


class Budget:
    """Keeps count of the last hour's orders for viewers, and of who is kept fresh."""

    def __init__(self, clock: Clock) -> None:
        self.limits = LimitsConfig()
        """May be replaced at any time."""
        self.unserved = 0
        """Channels that viewers watch and that get no fresh clips for it, at the last look."""
        self._clock, self._ordered_ns = clock, deque[int]()
        self._fresh: frozenset[str] = frozenset()

    @property
    def orders_left(self) -> int:
        """Orders that may still be begun for viewers."""
        now_ns = self._clock.now().boot_ns
        while self._ordered_ns and now_ns - self._ordered_ns[0] >= _HOUR_NS:
            self._ordered_ns.popleft()
        return max(0, self.limits.viewer_orders_per_hour - len(self._ordered_ns))

    def look(self, channels: Iterable[Shown]) -> None:
        """Decide anew which channels are kept fresh."""
        channels, left = list(channels), self.orders_left
        self._fresh = kept_fresh(channels, most_viewed=self.limits.watched_channels, orders_left=left)
        viewed = (one.id for one in channels if not one.pushed and one.viewed_since_ns is not None)
        unserved = sum(name not in self._fresh for name in viewed)
        if (unserved > 0) != (self.unserved > 0):
            say = log.warning if unserved else log.info
            event = (
                "channels that viewers watch air their archive: limits" if unserved else "limits hold again"
            )
            say(event, channels=unserved, orders_left=left, watched_channels=self.limits.watched_channels)
        self.unserved = unserved

    def keeps_fresh(self, channel: Shown) -> bool:
        """Whether the channel is to have fresh clips, as at the last look."""
        return channel.id in self._fresh

    def order_due(self, channel: Shown, *, stock_s: float, wanted_stock_s: float) -> None:
        """An order for the channel begins: it is the viewers' where the channel would rest without them."""
        if not channel.pushed and self.keeps_fresh(channel) and stock_s >= wanted_stock_s:
            self._ordered_ns.append(self._clock.now().boot_ns)
            metrics.viewer_orders.inc()
