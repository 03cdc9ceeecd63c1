"""Which rung the next order is worth where a channel leaves that to us: as much as keeps it fresh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import structlog

from webtv.config import ChannelConfig
from webtv.domain import Rung

log = structlog.get_logger()

RUNGS: tuple[Rung, ...] = get_args(Rung)
_SHORT, _PLENTY = 0.25, 0.75
"""Shares of ``fresh_ahead_s``: with less waiting the next take is cheaper; with more it may cost more."""
CALM_ORDERS = 5
"""So many in a row with plenty before a dearer rung is tried, which may be too dear."""


@dataclass
class _Pace:
    rung: int = RUNGS.index("standard")
    calm: int = 0


class Quality:
    """Of all channels. It begins in the middle, and only changes while somebody watches."""

    def __init__(self) -> None:
        self._paces: dict[str, _Pace] = {}

    def of(self, config: ChannelConfig) -> Rung:
        """What an order of the channel is worth now."""
        if config.quality != "auto":
            return config.quality
        return RUNGS[self._paces.get(config.id, _Pace()).rung]

    def order_due(self, config: ChannelConfig, *, watched: bool, fresh_s: float, coming_s: float) -> None:
        """An order is due; ``fresh_s`` is what waits to air, ``coming_s`` what is being made."""
        if config.quality != "auto" or not watched:
            return
        pace = self._paces.setdefault(config.id, _Pace())
        before, ahead_s = pace.rung, config.schedule.fresh_ahead_s
        if fresh_s < _SHORT * ahead_s:
            pace.rung, pace.calm = max(0, pace.rung - 1), 0
        elif fresh_s + coming_s < _PLENTY * ahead_s:
            pace.calm = 0
        else:
            pace.calm += 1
            if pace.calm == CALM_ORDERS:
                pace.rung, pace.calm = min(len(RUNGS) - 1, pace.rung + 1), 0
        if pace.rung != before:
            log.info("another quality", channel=config.id, quality=RUNGS[pace.rung], fresh_s=round(fresh_s))
