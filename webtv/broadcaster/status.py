"""What a target's page, API and metrics show."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from webtv.errors import TargetError

REASONS = (
    "behind",
    "dropped",
    "edited",
    "ended",
    "hung",
    "killed",
    "no_rundown",
    "refused",
    "rotated",
    "tool",
    "unreachable",
)
"""Why a push may end. ``tool``: FFmpeg or the machine cannot do it; the others are ``TargetError.reason``."""


class State(StrEnum):
    STARTING = "starting"
    ON_AIR = "on air"
    BEHIND = "behind"
    REFUSED = "refused"
    DOWN = "down"
    STOPPED = "stopped"


_AFTER = {
    "refused": State.REFUSED,
    "behind": State.BEHIND,
    "rotated": State.STARTING,
    "edited": State.STARTING,
}


@dataclass
class TargetStatus:
    """Times are wall-clock nanoseconds."""

    name: str
    server_url: str
    state: State = State.STOPPED
    since_ns: int = 0
    lag_s: float | None = None
    """How far the push is behind the rundown; negative when it is ahead."""
    sent_bytes: int = 0
    reconnects: dict[str, int] = field(default_factory=lambda: dict.fromkeys(REASONS, 0))
    """How often a push ended, by reason. Attempts that fail in a row for one reason count once."""
    last_error: str = ""
    last_reason: str = ""
    """Why the last push ended; empty again once the next one is on air."""

    def enter(self, state: State, wall_ns: int) -> None:
        if state is not self.state:
            self.state, self.since_ns = state, wall_ns
        if state is State.ON_AIR:
            self.last_reason = ""

    def ended(self, error: Exception, wall_ns: int) -> None:
        reason = error.reason if isinstance(error, TargetError) else "tool"
        if reason != self.last_reason:
            self.reconnects[reason] += 1
        self.last_reason, self.last_error, self.lag_s = reason, str(error), None
        self.enter(_AFTER.get(reason, State.DOWN), wall_ns)
