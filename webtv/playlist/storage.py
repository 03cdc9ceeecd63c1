"""What all channels of a station keep their things in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from webtv.clock import Clock
from webtv.playlist.database import Database
from webtv.playlist.library import Library


@dataclass(frozen=True)
class Storage:
    """Where all channels keep things, and the clock they go by."""

    data: Path
    clock: Clock
    database: Database
    library: Library
    last_seen_ns: int = 0
    """Wall-clock time of the last sign of life of the daemon before this one."""
    off_since_ns: dict[str, int] = field(default_factory=dict)
    """Wall-clock times at which channels signed off, by id, of those that this daemon had on air."""
