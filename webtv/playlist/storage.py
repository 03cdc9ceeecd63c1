"""What all channels of a station keep their things in."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from webtv.clock import Clock
from webtv.playlist.database import Database
from webtv.playlist.disk import disk_threads
from webtv.playlist.library import Library


@dataclass(frozen=True)
class Storage:
    """Where all channels keep things, and the clock they go by."""

    data: Path
    clock: Clock
    database: Database
    library: Library
    last_seen: Mapping[str, int] = field(default_factory=dict)
    """The last signs of life of the daemons before this one: ``boot_ns`` by boot id."""
    off_since_boot_ns: dict[str, int] = field(default_factory=dict)
    """When channels signed off, by id, of those that this daemon had on air."""
    threads: ThreadPoolExecutor = field(default_factory=disk_threads)
    """For the ``Disk`` of each channel."""

    def last_sign_ns(self, channel: str, boot_id: str) -> int | None:
        """The last moment of a boot, in ``boot_ns``, at which a channel is known to have been on air."""
        off_since_ns = self.off_since_boot_ns.get(channel) if boot_id == self.clock.boot_id else None
        return self.last_seen.get(boot_id) if off_since_ns is None else off_since_ns
