from __future__ import annotations

import asyncio
from itertools import combinations
from pathlib import Path

from tests.clocks import FakeClock
from webtv.config import ChannelConfig
from webtv.generator.writer.similarity import TOO_ALIKE, fingerprint, likeness, words
from webtv.playlist.database import Database
from webtv.playlist.library import Library
from webtv.render.director import Director
from webtv.render.pool import Pool

CONFIG = ChannelConfig(id="tide", title="Tide", theme="Bioluminescent tides, whales of light, a midnight sea")


async def test_orders_that_are_written_at_once_are_not_alike(tmp_path: Path) -> None:
    database, _ = Database.open(tmp_path / "webtv.db")
    director = Director(list, Pool(), Library(tmp_path), database, FakeClock(), min_free_bytes=0)
    orders = await asyncio.gather(*(director.order(CONFIG) for _ in range(6)))
    database.close()
    given = words(CONFIG.theme)
    shots = [fingerprint(shot.prompt, given) for order in orders for shot in order.script.shots]
    assert max(likeness(one, other) for one, other in combinations(shots, 2)) <= TOO_ALIKE + 0.05
    assert len({order.id for order in orders}) == 6
