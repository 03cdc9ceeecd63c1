"""HLS routes. What viewers ask for here is counted; the desk takes the same from a way of its own."""

from __future__ import annotations

import asyncio
from email.utils import formatdate

from aiohttp import web
from multidict import CIMultiDict

from webtv.broadcaster.hls import multivariant
from webtv.broadcaster.packager import Playlist
from webtv.errors import ClipRejected
from webtv.media.memory_file import MemoryFile
from webtv.station.station import Station
from webtv.station.view import ChannelView
from webtv.web.document import Document
from webtv.web.state import EXPOSED, PACKAGER, STATION, channel_of
from webtv.web.visitor import is_for_others

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


class Fragments:
    """Fragments that are in memory, as whole answers for those who send them by themselves."""

    def __init__(self, station: Station, app: web.Application) -> None:
        self._station, self._packager = station, app[PACKAGER]
        shared = is_for_others(station.config)
        fields = "".join(
            f"{name}: {value}\r\n"
            for name, value in _FRAGMENT.items()
            if shared or not name.startswith("Access-Control-")
        )
        self._start = f"HTTP/1.1 200 OK\r\n{fields}".encode()
        self._dated_until_s, self._fields = 0.0, b""

    def __call__(self, channel: str, segment: int) -> tuple[bytes, MemoryFile] | None:
        """The head of the answer, and the fragment; it counts as served."""
        view, fragment = self._station.views.get(channel), self._packager.cached(channel, segment)
        if view is None or fragment is None or not view.signed_on:
            return None
        view.fragments_served.inc()
        if (loop_s := asyncio.get_running_loop().time()) >= self._dated_until_s:
            self._dated_until_s = loop_s + 0.5
            date = formatdate(self._station.clock.now().wall_ns // 1_000_000_000, usegmt=True)
            self._fields = self._start + f"Date: {date}\r\nContent-Length: ".encode()
        return b"%b%d\r\n\r\n" % (self._fields, fragment.size), fragment


# Asked for most, so it is matched first. What is in memory already seldom gets here (``connection.py``).
@routes.get("/hls/{channel}/{segment:[0-9]{1,15}}.m4s")
async def fragment(request: web.Request) -> web.Response:
    channel = channel_of(request)
    found = await fragment_of(request, channel)
    channel.fragments_served.inc()
    return web.Response(body=found.data, headers=_FRAGMENT.copy())


@routes.get("/hls/{channel}/index.m3u8")
async def index(request: web.Request) -> web.Response:
    found = Document.small(index_of(channel_of(request)))
    return found.answer(request, PLAYLIST, {"Cache-Control": "public, max-age=60"})


@routes.get("/hls/{channel}/live.m3u8")
async def live(request: web.Request) -> web.Response:
    channel = channel_of(request)
    channel.mark_watched()
    playlist = live_of(request, channel)
    house = channel.timeline.format
    fresh_s = max(1, house.gop_frames // house.fps // 2)
    found = Document(playlist.text, playlist.gzipped, playlist.etag)
    return found.answer(request, PLAYLIST, {"Cache-Control": f"public, max-age={fresh_s}"})


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


async def fragment_of(request: web.Request, channel: ChannelView) -> MemoryFile:
    """The segment that the path names. Raises HTTPNotFound or HTTPServiceUnavailable."""
    packager, segment = request.app[PACKAGER], int(request.match_info["segment"])
    if (held := packager.cached(channel.id, segment)) is not None:
        return held
    timeline, now = channel.of_segment(segment), request.app[STATION].clock.now()
    try:
        found = await packager.fragment(channel.id, timeline, segment, channel.file_of, now)
    except (OSError, ClipRejected) as error:
        raise web.HTTPServiceUnavailable(
            text="The clip on air cannot be read.\n",
            headers={"Retry-After": "1"},
        ) from error
    if found is None:
        raise web.HTTPNotFound(text="That segment is not on air.\n")
    return found
