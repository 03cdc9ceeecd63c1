"""A whole station in this process, on virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from tests.clocks import Hours
from tests.station_process import SMALL_CHANNEL
from webtv.config import StationConfig
from webtv.station.station import Station


@asynccontextmanager
async def airing(station: Station, clock: Hours) -> AsyncIterator[Station]:
    """From its channel ``tides`` being on air until here it ends as by a kill: nothing is tidied up."""
    station.open()
    running = asyncio.create_task(station.run())
    try:
        while not station.channels["tides"].signed_on:
            assert not running.done(), running
            await asyncio.sleep(0.01)
        await clock.at_rest()
        yield station
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        station.close()


def on_air(folder: Path, clock: Hours, **changes: object) -> AbstractAsyncContextManager[Station]:
    """A station with one channel, ``tides``, that makes no clips."""
    (folder / "channels").mkdir(exist_ok=True)
    path = folder / "channels" / "tides.yaml"
    if not path.exists():
        path.write_text(json.dumps(SMALL_CHANNEL))
    keys = {"channels": folder / "channels", "data": folder / "data", "workers": 0, "min_free_gb": 0}
    return airing(Station(StationConfig.model_validate(keys | changes), clock), clock)
