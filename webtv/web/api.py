"""The public API, version 1: what is on, what was, what comes. Whoever reaches the port may ask.

Of each target a viewer may know its state alone: that the channel is on air elsewhere, too. Its address is an
account of the operator's, what went wrong there names servers, and its name is the host's by default. The
desk's API has all of that.
"""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from webtv import __version__
from webtv.broadcaster.hls import iso
from webtv.domain import Airing, HouseFormat
from webtv.playlist.store import Clip
from webtv.station.view import ChannelView
from webtv.web.state import STATION, channel_of

routes = web.RouteTableDef()

_NEXT, _PREVIOUS = 5, 8
_AS_RUN_LIMIT, _AS_RUN_MOST = 50, 500
_ANY_SLOT = 2**53 - 1
"""The largest whole number that a script reads exactly."""
_LIVE = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}

Json = dict[str, Any]


@routes.get("/api/v1/channels")
async def channels(request: web.Request) -> web.Response:
    station = request.app[STATION]
    listed = [summary(channel) for channel in station.views.values()]
    return web.json_response(
        {"station": {"title": "webtv", "version": __version__}, "channels": listed}, headers=_LIVE
    )


@routes.get("/api/v1/engines")
async def engines(request: web.Request) -> web.Response:
    """Every engine that was used so far, on each device, and the writers that rest.

    Why one rests stands in the log: it may tell of paths and addresses that are not for viewers.
    """
    station = request.app[STATION]
    seen = [
        {
            "step": health.step,
            "engine": health.engine,
            "device": health.device,
            "up": health.up,
            "next_try_s": round(health.next_try_s),
        }
        for health in station.director.pool.health.snapshot()
    ]
    silent = [
        {"step": "writer", "engine": name, "device": None, "up": False, "next_try_s": None}
        for name in station.newsroom.resting
    ]
    return web.json_response({"engines": seen + silent}, headers=_LIVE)


@routes.get("/api/v1/channels/{channel}")
async def one(request: web.Request) -> web.Response:
    channel = channel_of(request)
    previous = channel.previous(_PREVIOUS)
    body = summary(channel) | {
        "previous": [shown_airing(channel, airing) for airing in previous],
        "buffered_s": round(channel.buffered_s, 1),
        "fresh_share": round(channel.fresh_share, 3),
        "watched": channel.watched,
        "clips": channel.clips,
        "targets": [{"state": str(status.state)} for status in channel.targets],
        "making": [
            {"title": order.title, "step": order.step, "done": order.done}
            for order in request.app[STATION].director.in_progress.values()
            if order.channel == channel.id
        ],
    }
    return web.json_response(body, headers=_LIVE)


@routes.get("/api/v1/channels/{channel}/as-run")
async def as_run(request: web.Request) -> web.Response:
    """What really went out, newest first: ``?limit=`` (1 to 500), ``?before=`` the slot to go on from."""
    channel, station = channel_of(request), request.app[STATION]
    limit = _number(request, "limit", _AS_RUN_LIMIT, 1, _AS_RUN_MOST)
    now_ns = station.clock.now().wall_ns
    before_slot = _number(request, "before", _ANY_SLOT, 0, _ANY_SLOT)
    lines = await station.database(
        lambda store: store.as_run(channel.id, before_ns=now_ns, before_slot=before_slot, limit=limit)
    )
    house = channel.config.format
    entries = [airing_json(line.airing, house, line.wall_ns, line.clip) for line in lines]
    return web.json_response({"channel": channel.id, "airings": entries}, headers=_LIVE)


def _number(request: web.Request, name: str, default: int, least: int, most: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not re.fullmatch("[0-9]{1,19}", text) or not least <= int(text) <= most:
        raise web.HTTPBadRequest(text=f"{name} must be a whole number from {least} to {most}.\n")
    return int(text)


def summary(channel: ChannelView) -> Json:
    """What everybody may know of a channel, signed on or not."""
    config = channel.config
    playing = channel.on_air
    airings = channel.upcoming(_NEXT + 1) if playing else []
    return {
        "id": channel.id,
        "title": config.title,
        "theme": config.theme,
        "language": config.language,
        "hls": f"/hls/{channel.id}/index.m3u8",
        "watch": f"/watch/{channel.id}",
        "width": config.format.width,
        "height": config.format.height,
        "fps": config.format.fps,
        "on_air": playing,
        "now": shown_airing(channel, airings[0]) if airings else None,
        "next": [shown_airing(channel, airing) for airing in airings[1:]],
    }


def shown_airing(channel: ChannelView, airing: Airing) -> Json:
    """An airing of the rundown in memory."""
    timeline = channel.timeline
    wall_ns = timeline.wall_ns(timeline.start_ns(airing.start_quanta))
    return airing_json(airing, channel.config.format, wall_ns, channel.clip(airing.clip_id))


def airing_json(airing: Airing, house: HouseFormat, wall_ns: int, clip: Clip | None) -> Json:
    """An airing as the API shows it. ``clip`` is None when the library no longer has it."""
    permalink = f"/clips/{airing.clip_id}.mp4" if clip is not None and clip.channel else None
    return {
        "slot": airing.slot,
        "clip_id": airing.clip_id,
        "kind": airing.kind.value,
        "title": airing.title,
        "prompts": list(clip.prompts) if clip else [],
        "engines": clip.engines if clip else {},
        "start": iso(wall_ns),
        "seconds": round(airing.quanta * house.quantum_s, 3),
        "clip": permalink,
    }
