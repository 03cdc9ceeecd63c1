"""For machines that watch the station: health, readiness, metrics."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import CollectorRegistry

from webtv import metrics
from webtv.station.air_watch import ails
from webtv.station.station import Station
from webtv.station.view import ChannelView
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
    return [channel for channel in station.views.values() if ails(channel)]


@routes.get("/metrics")
async def scrape(request: web.Request) -> web.Response:
    registry = CollectorRegistry()
    registry.register(Readings(request.app[STATION]))
    body = generate_latest(metrics.REGISTRY) + generate_latest(registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
