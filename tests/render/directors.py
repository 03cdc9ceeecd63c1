"""A director of a few channels that want clips, without workers' processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.clocks import FakeClock
from tests.render.pools import pool_of
from webtv.config import ChannelConfig, StationConfig
from webtv.playlist.database import Database
from webtv.playlist.library import Library
from webtv.playlist.records import Clip
from webtv.render.artefacts import ArtefactStore
from webtv.render.director import Customer, Director
from webtv.render.newsroom import Newsroom

CONFIG = ChannelConfig(id="tide", title="Tide", theme="Bioluminescent tides, whales of light, a midnight sea")


@dataclass
class Hungry:
    """A channel that always wants clips."""

    config: ChannelConfig = CONFIG
    id: str = CONFIG.id
    pushed: bool = True
    viewed_since_ns: int | None = None
    fresh_s: float = 0.0
    stock_s: float = 0.0
    wanted: int = 0
    init: bytes = b""
    clips: list[Clip] = field(default_factory=list)

    def add(self, clip: Clip) -> None:
        self.clips.append(clip)


@contextmanager
def directing(data: Path, *customers: Customer) -> Iterator[tuple[Director, Database]]:
    data.mkdir(exist_ok=True)
    database, _ = Database.open(data / "webtv.db")
    clock = FakeClock()
    yield (
        Director(
            lambda: customers,
            pool_of(data),
            ArtefactStore(Library(data)),
            database,
            clock,
            newsroom=Newsroom.of(StationConfig(), clock),
            min_free_bytes=0,
        ),
        database,
    )
    database.close()
