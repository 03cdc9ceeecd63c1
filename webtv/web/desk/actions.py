"""What an operator does to what airs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from webtv.errors import StationError
from webtv.station.control import Control
from webtv.web.desk.audit import audited
from webtv.web.desk.body import read_body
from webtv.web.state import STATION, channel_of, control_of

routes = web.RouteTableDef()

_ON_CHANNELS: dict[str, Callable[[Control], Awaitable[float]]] = {
    "skip": Control.skip,
    "pull": Control.pull,
    "slate": Control.go_to_slate,
    "resume": Control.resume,
}
_ON_CLIPS: dict[str, Callable[[Control, str], Awaitable[float]]] = {
    "ban": Control.ban,
    "unban": Control.unban,
    "pin": Control.pin,
    "evergreen": lambda control, clip: control.evergreen(clip, on=True),
    "ordinary": lambda control, clip: control.evergreen(clip, on=False),
}


@routes.post("/channels/{channel}/{action:" + "|".join(_ON_CHANNELS) + "}")
async def on_channel(request: web.Request) -> web.Response:
    """Answers ``{"in_s": …}``: the seconds until it is seen.

    Of ``{"slot": …}`` nothing but that airing is touched: clips end while people think.
    """
    channel, action, body = channel_of(request), request.match_info["action"], await read_body(request, {})

    async def act() -> float:
        if body.get("slot", slot := channel.upcoming(1)[0].slot) != slot:
            raise StationError("that clip is over already")
        return await _ON_CHANNELS[action](control_of(request))

    in_s = await audited(request, action, act(), channel=channel.id)
    return web.json_response({"in_s": round(in_s, 2)})


@routes.post("/channels/{channel}/make")
async def make(request: web.Request) -> web.Response:
    """Answers ``{"wanted": …}``: how many clips are asked for and not begun."""
    channel = channel_of(request)

    async def act() -> None:
        if not request.app[STATION].staff.hosts:
            raise StationError("this station makes no clips: it has no workers")
        control_of(request).make_one()

    await audited(request, "make", act(), channel=channel.id)
    return web.json_response({"wanted": channel.wanted})


@routes.post("/channels/{channel}/clips/{clip}/{action:" + "|".join(_ON_CLIPS) + "}")
async def on_clip(request: web.Request) -> web.Response:
    """Answers ``{"in_s": …}``: the seconds until it may be seen."""
    channel, clip, action = channel_of(request), request.match_info["clip"], request.match_info["action"]
    in_s = await audited(
        request, action, _ON_CLIPS[action](control_of(request), clip), channel=channel.id, clip=clip[:40]
    )
    return web.json_response({"in_s": round(in_s, 2)})
