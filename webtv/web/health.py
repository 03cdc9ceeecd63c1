"""For machines that watch the station: health, readiness, metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Executor
from itertools import chain

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import CollectorRegistry

from webtv import metrics
from webtv.station.air_watch import is_failing
from webtv.station.station import Station
from webtv.station.view import ChannelView
from webtv.web.document import Document
from webtv.web.kept import Kept, Pauses
from webtv.web.readings import Readings
from webtv.web.state import STATION

routes = web.RouteTableDef()


@routes.get("/healthz")
async def healthz(_: web.Request) -> web.Response:
    """The process answers."""
    return web.Response(text="ok\n")


@routes.get("/readyz")
async def readyz(request: web.Request) -> web.Response:
    """Whether the air of every enabled channel advances, and is planned well ahead."""
    station = request.app[STATION]
    dark = ", ".join(channel.id for channel in dark_channels(station))
    if dark or not station.views:
        return web.Response(status=503, text=f"not on air: {dark or 'no channel'}\n")
    return web.Response(text="ok\n")


def dark_channels(station: Station) -> list[ChannelView]:
    """The enabled channels that are not on air, or whose plan is not kept well ahead any more."""
    return [channel for channel in station.views.values() if is_failing(channel)]


@routes.get("/metrics")
async def scrape(request: web.Request) -> web.Response:
    """As of half a second ago at most."""
    headers = {"Cache-Control": "no-cache"}
    return (await request.app[METRICS].get()).answer(request, CONTENT_TYPE_LATEST, headers)


def kept_metrics(station: Station, thread: Executor) -> Kept:
    """All metrics, written in slices: a thousand channels have tens of thousands of lines."""
    readings = Readings(station)

    async def renew() -> Document:
        pauses, parts = Pauses(), []
        for family in chain(metrics.REGISTRY.collect(), readings.collect()):
            parts.append(generate_latest(_Family(family)))
            await pauses.take_if_due()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(thread, lambda: Document.of(b"".join(parts)))

    return Kept(station.clock, renew)


class _Family(CollectorRegistry):
    """What the writer of the text format asks, of one metric."""

    def __init__(self, family: Metric) -> None:
        super().__init__(auto_describe=False)
        self._family = family

    def collect(self) -> Iterator[Metric]:
        yield self._family


METRICS = web.AppKey("metrics", Kept)
