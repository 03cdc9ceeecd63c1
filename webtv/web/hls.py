"""HLS routes. What viewers ask for here is counted; the desk takes the same from a way of its own."""

from __future__ import annotations

import re

import structlog
from aiohttp import web
from multidict import CIMultiDict

from webtv.broadcaster.hls import Playlist, multivariant
from webtv.errors import ClipRejected
from webtv.station.view import ChannelView
from webtv.web.state import EXPOSED, PACKAGER, STATION, channel_of

log = structlog.get_logger()
routes = web.RouteTableDef()

PLAYLIST = "application/vnd.apple.mpegurl"
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_FRAGMENT = CIMultiDict(
    {
        "Content-Type": "video/iso.segment",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": EXPOSED,
        "X-Content-Type-Options": "nosniff",
        **_FOR_EVER,
    }
)
"""All headers of a fragment, put together once: fragments are most of what a station sends."""
_TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", re.IGNORECASE)


# Asked for most, so it is matched first.
@routes.get("/hls/{channel}/{segment:[0-9]{1,15}}.m4s")
async def fragment(request: web.Request) -> web.Response:
    channel = channel_of(request)
    data = fragment_of(request, channel)
    channel.fragments_served.inc()
    return web.Response(body=data, headers=_FRAGMENT.copy())


@routes.get("/hls/{channel}/index.m3u8")
async def index(request: web.Request) -> web.Response:
    return web.Response(
        body=index_of(channel_of(request)),
        content_type=PLAYLIST,
        headers={"Cache-Control": "public, max-age=60"},
    )


@routes.get("/hls/{channel}/live.m3u8")
async def live(request: web.Request) -> web.Response:
    channel = channel_of(request)
    channel.asked_for()
    playlist = live_of(request, channel)
    house = channel.timeline.format
    headers = {
        "Cache-Control": f"public, max-age={max(1, house.gop_frames // house.fps // 2)}",
        "Vary": "Accept-Encoding",
    }
    if _TAKES_GZIP.search(request.headers.get("Accept-Encoding", "")):
        headers["Content-Encoding"] = "gzip"
        return web.Response(body=playlist.gzipped, content_type=PLAYLIST, headers=headers)
    return web.Response(body=playlist.text, content_type=PLAYLIST, headers=headers)


@routes.get("/hls/{channel}/{name:init-[0-9a-f]{12}.mp4}")
async def init(request: web.Request) -> web.Response:
    found = init_of(request, channel_of(request))
    return web.Response(body=found, content_type="video/mp4", headers=_FOR_EVER)


def index_of(channel: ChannelView) -> bytes:
    """The multivariant playlist; what it and the live one name lies beside them."""
    return multivariant(channel.timeline.format, channel.init)


def live_of(request: web.Request, channel: ChannelView) -> Playlist:
    """The live playlist. Raises HTTPServiceUnavailable."""
    now = request.app[STATION].clock.now()
    playlist = request.app[PACKAGER].playlist(channel.id, channel.timeline, now, channel.former)
    if playlist is None:
        raise web.HTTPServiceUnavailable(text="Nothing is planned.\n", headers={"Retry-After": "1"})
    return playlist


def init_of(request: web.Request, channel: ChannelView) -> bytes:
    """The initialisation segment that the path names. Raises HTTPNotFound."""
    found = channel.inits.get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound(text="That epoch is over.\n")
    return found


def fragment_of(request: web.Request, channel: ChannelView) -> bytes:
    """The segment that the path names. Raises HTTPNotFound or HTTPServiceUnavailable."""
    data = _fragment(request, channel, int(request.match_info["segment"]))
    if data is None:
        raise web.HTTPNotFound(text="That segment is not on air.\n", headers={"Cache-Control": "no-store"})
    return data


def _fragment(request: web.Request, channel: ChannelView, segment: int) -> bytes | None:
    packager = request.app[PACKAGER]
    if (data := packager.cached(channel.id, segment)) is not None:
        return data
    timeline, now = channel.of_segment(segment), request.app[STATION].clock.now()
    found = timeline.of_segment(segment)
    if found is None:
        return None
    try:
        return packager.fragment(channel.id, timeline, segment, channel.file_of(found[0]), now)
    except (OSError, ClipRejected) as error:
        log.error("fragment cannot be served", channel=channel.id, slot=found[0].slot, error=str(error))
        raise web.HTTPServiceUnavailable(text="The clip on air cannot be read.\n") from error
