"""Which channels went dark, and what may help: their own life begun anew first, the whole daemon last."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

LOOK_EVERY_S = 5.0
_LEAST_AHEAD_S = 60.0
"""A plan that ends so soon is not kept ahead any more."""
_ANEW_AFTER_NS = 10_000_000_000
_ANEW_AGAIN_NS = 120_000_000_000
_LOST_AFTER_NS = 30_000_000_000
"""With the time until it is begun anew less than a plan's last minute: a new daemon takes that up."""


class Watched(Protocol):
    """What must be known of a channel."""

    @property
    def on_air(self) -> bool: ...
    @property
    def buffered_s(self) -> float: ...


def is_failing(channel: Watched) -> bool:
    """Whether a channel has nothing on air, or its plan is not kept well ahead any more."""
    return not channel.on_air or channel.buffered_s < _LEAST_AHEAD_S


@dataclass
class _Failing:
    since_ns: int
    first_anew_ns: int | None = None
    anew_ns: int = 0
    """When its life was begun anew last."""


class AirWatch:
    """Judges by the looks that it is given. One dark channel of many costs the others nothing.

    A channel that never was on air does not count: its sign-on is tried all the time.
    """

    def __init__(self) -> None:
        self._aired: set[str] = set()
        self._failing: dict[str, _Failing] = {}
        self._now_ns = 0

    def look(self, now_ns: int, channels: Iterable[str], failing: Collection[str]) -> list[str]:
        """Of ``channels``, those named in ``failing`` are. ``now_ns`` is of a clock that never steps.

        Returns those whose life is to begin anew now.
        """
        self._now_ns, known = now_ns, set(channels)
        self._aired = (self._aired & known) | (known - set(failing))
        self._failing = {
            name: self._failing.get(name) or _Failing(now_ns) for name in failing if name in self._aired
        }
        due = [name for name, one in self._failing.items() if self._is_due(one)]
        for name in due:
            one = self._failing[name]
            one.anew_ns = now_ns
            one.first_anew_ns = now_ns if one.first_anew_ns is None else one.first_anew_ns
        return due

    @property
    def daemon_failing(self) -> bool:
        """Whether most of what was on air is failing though begun anew: only a new daemon may still help."""
        lost = [one for one in self._failing.values() if self._is_lost(one)]
        return 2 * len(lost) > len(self._aired)

    def _is_due(self, one: _Failing) -> bool:
        if one.first_anew_ns is None:
            return self._now_ns - one.since_ns >= _ANEW_AFTER_NS
        return self._now_ns - one.anew_ns >= _ANEW_AGAIN_NS

    def _is_lost(self, one: _Failing) -> bool:
        return one.first_anew_ns is not None and self._now_ns - one.first_anew_ns >= _LOST_AFTER_NS
