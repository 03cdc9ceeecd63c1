"""How much a channel needs another clip. Pure: what is known of it goes in, its rank comes out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from webtv.config import Schedule

Who = TypeVar("Who")

Need = tuple[bool, bool, float]
"""Sorts the neediest channel first: one without any clip, then those that are watched, then by seconds."""

ASKED_FOR: Need = (False, False, -1.0)
"""Somebody asked for a clip to be made next, whatever the stock."""


def need(schedule: Schedule, *, watched: bool, fresh_s: float, stock_s: float) -> Need | None:
    """None when the channel has enough. Seconds count what is being made already."""
    if not (fresh_s < schedule.fresh_ahead_s if watched else stock_s < schedule.stock_s):
        return None
    return (stock_s > 0, not watched, fresh_s if watched else stock_s)


def neediest(needs: Iterable[tuple[Need | None, str, Who]]) -> Who | None:
    """Who needs a clip most, by need and then by id; None when nobody needs one."""
    due = [(rank, name, who) for rank, name, who in needs if rank is not None]
    return min(due, key=lambda one: one[:2])[2] if due else None
