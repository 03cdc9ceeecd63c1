"""The public API, version 1: what is on, what was, what comes. Whoever reaches the port may ask.

Of each target a viewer may know its state alone: that the channel is on air elsewhere, too. Its address is an
account of the operator's, what went wrong there names servers, and its name is the host's by default. The
desk's API has all of that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import Executor

from aiohttp import web
from pydantic import BaseModel

from webtv import __version__
from webtv.station.station import Station
from webtv.station.view import ChannelView
from webtv.web import models, shown
from webtv.web.document import Document
from webtv.web.kept import Kept, of_pieces
from webtv.web.openapi import description
from webtv.web.state import STATION, channel_of

routes = web.RouteTableDef()

_AS_RUN_LIMIT, _AS_RUN_MOST = 50, 500
_ANY_SLOT = 2**53 - 1
"""The largest whole number that a script reads exactly."""
JSON = "application/json; charset=utf-8"
_LIVE = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}

STATION_SHOWN = models.Station(title="webtv", version=__version__)
CHANNELS = web.AppKey("channels", Kept)
_DESCRIPTION = Document.of(description())


def kept_channels(station: Station, thread: Executor) -> Kept:
    """The list of all channels."""
    return of_pieces(lambda: station.views, _listed, _list_of, station.clock, thread)


def _listed(view: ChannelView) -> bytes:
    return json_of(shown.channel(view))


def _list_of(listed: Sequence[bytes]) -> bytes:
    head, tail = json_of(models.Channels(station=STATION_SHOWN, channels=())).rsplit(b"]", 1)
    return head + b",".join(listed) + b"]" + tail


def json_of(answer: BaseModel) -> bytes:
    """An answer as it is sent, from its model alone."""
    return answer.__pydantic_serializer__.to_json(answer)


def _json(answer: BaseModel) -> web.Response:
    return web.Response(body=json_of(answer), headers=_LIVE | {"Content-Type": JSON})


@routes.get("/api/v1/channels")
async def channels(request: web.Request) -> web.Response:
    return (await request.app[CHANNELS].get()).answer(request, JSON, _LIVE)


@routes.get("/api/v1/openapi.json")
async def openapi(request: web.Request) -> web.Response:
    """All of this for programs: OpenAPI 3.1."""
    return _DESCRIPTION.answer(request, JSON, _LIVE)


@routes.get("/api/v1/engines")
async def engines(request: web.Request) -> web.Response:
    """Every engine that was used so far, on each device, and the writers that rest.

    Why one rests stands in the log: it may tell of paths and addresses that are not for viewers.
    """
    station = request.app[STATION]
    seen = [
        models.Engine(
            step=health.step,
            engine=health.engine,
            device=health.device,
            up=health.up,
            next_try_s=round(health.next_try_s),
        )
        for health in station.director.pool.health.snapshot()
    ]
    silent = [
        models.Engine(step="writer", engine=name, device=None, up=False, next_try_s=None)
        for name in station.newsroom.resting
    ]
    return _json(models.Engines(engines=(*seen, *silent)))


@routes.get("/api/v1/channels/{channel}")
async def one(request: web.Request) -> web.Response:
    channel = channel_of(request)
    making = tuple(
        models.Making(title=order.title, step=order.step, done=order.done)
        for order in request.app[STATION].director.in_progress.values()
        if order.channel == channel.id
    )
    return _json(shown.channel_in_full(channel, making))


@routes.get("/api/v1/channels/{channel}/as-run")
async def as_run(request: web.Request) -> web.Response:
    """What really went out, newest first: ``?limit=`` (1 to 500), ``?before=`` the slot to go on from."""
    channel, database = channel_of(request), request.app[STATION].database
    limit = _number(request, "limit", _AS_RUN_LIMIT, 1, _AS_RUN_MOST)
    before_slot = min(channel.next_slot, _number(request, "before", _ANY_SLOT, 0, _ANY_SLOT))
    lines = await database.read(lambda store: store.as_run(channel.id, before_slot=before_slot, limit=limit))
    airings = tuple(shown.aired(line.airing, line.seconds, line.wall_ns, line.clip) for line in lines)
    return _json(models.AsRun(channel=channel.id, airings=airings))


def _number(request: web.Request, name: str, default: int, least: int, most: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not re.fullmatch("[0-9]{1,19}", text) or not least <= int(text) <= most:
        raise web.HTTPBadRequest(text=f"{name} must be a whole number from {least} to {most}.\n")
    return int(text)
