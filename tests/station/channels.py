"""One channel on air on virtual time, with real files, and what its viewers get."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

from tests.clips import SMALL
from tests.clocks import FakeClock, Hours
from tests.fragments import fragment
from tests.seeded import found
from webtv.broadcaster.hls import live_edge
from webtv.config import ChannelConfig
from webtv.domain import Airing, HouseFormat
from webtv.playlist.database import Database
from webtv.playlist.library import Library
from webtv.playlist.storage import Storage
from webtv.render.card_desk import CardDesk
from webtv.station.channel import Channel, Facilities
from webtv.supervisor import Record, supervise


def config(**changes: object) -> ChannelConfig:
    keys: dict[str, object] = {
        "id": "tides",
        "title": "Tides",
        "theme": "tides",
        "format": SMALL,
        "schedule": {"no_repeat_s": 60, "bumper_every_s": 0},
    }
    return ChannelConfig.model_validate(keys | changes)


@asynccontextmanager
async def on_air(
    data: Path,
    clock: Hours,
    settings: ChannelConfig | None = None,
    *,
    last_seen: Mapping[str, int] | None = None,
) -> AsyncIterator[tuple[Channel, Database]]:
    """A channel on air in ``data``; leaving is like a kill: nothing is tidied up."""
    library = Library(data)
    database, _ = Database.open(data / "webtv.db")
    present = found(library)
    known = await database(lambda store: store.present())
    await database(lambda store: store.add_clips(clip for clip in present if clip.id not in known))
    house = Facilities(Storage(data, clock, database, library, last_seen or {}), CardDesk(library, at_once=2))
    channel, record = Channel(settings or config(), house), Record()
    life = asyncio.create_task(supervise("channel tides", channel.life, clock=clock, record=record))
    try:
        while not channel.signed_on:
            assert not record.failures, record.last_error
            await asyncio.sleep(0.001)
        await clock.at_rest()
        yield channel, database
    finally:
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
        database.close()


def slot(data: Path, number: int) -> Path:
    return data / "channels" / "tides" / "air" / f"{number:08d}.mp4"


def position_s(channel: Channel, clock: FakeClock) -> float:
    return channel.timeline.position_ns(clock.now()) / 1e9


def edge(channel: Channel, clock: FakeClock) -> int:
    found = live_edge(channel.timeline, clock.now())
    assert found is not None, "dead air"
    return found


def segments(channel: Channel, clock: FakeClock, first: int | None = None) -> dict[int, bytes]:
    """What viewers get, from segment ``first``, or the oldest that is known, to the one on air."""
    shown = {}
    first = channel.timeline.airings[0].first_segment if first is None else first
    for segment in range(first, edge(channel, clock) + 1):
        found = channel.timeline.of_segment(segment)
        assert found is not None, segment
        file = channel.file_of(found[0])
        data = fragment(channel.timeline, segment, file, clock.now())
        assert data is not None, segment
        shown[segment] = data
    return shown


def assert_contiguous(airings: tuple[Airing, ...], house: HouseFormat) -> None:
    for earlier, later in pairwise(airings):
        assert later.slot == earlier.slot + 1
        assert later.start_quanta == earlier.end_quanta
        assert later.first_segment == earlier.first_segment + house.fragments(earlier.quanta)
