"""A whole station in this process, on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.clocks import Hours
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
