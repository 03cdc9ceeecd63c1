"""The channels' streams as the desk shows them, of which nothing is counted.

Clips are made for channels that somebody watches. A desk that is left open is nobody, so its pictures come
from here. So does the player of the channel that an operator has opened: the desk's own figure "watched"
would tell of the desk otherwise, and who wants to watch opens the channel's page, as viewers do. Nobody but
those whom the desk admits gets here, so no public page can take this way.
"""

from __future__ import annotations

from aiohttp import web

from webtv.web import hls
from webtv.web.state import channel_of

routes = web.RouteTableDef()


@routes.get("/hls/{channel}/{segment:[0-9]{1,15}}.m4s")
async def fragment(request: web.Request) -> web.Response:
    found = await hls.fragment_of(request, channel_of(request))
    return web.Response(body=found.data, content_type="video/iso.segment")


@routes.get("/hls/{channel}/index.m3u8")
async def index(request: web.Request) -> web.Response:
    return web.Response(body=hls.index_of(channel_of(request)), content_type=hls.PLAYLIST)


@routes.get("/hls/{channel}/live.m3u8")
async def live(request: web.Request) -> web.Response:
    return web.Response(body=hls.live_of(request, channel_of(request)).text, content_type=hls.PLAYLIST)


@routes.get("/hls/{channel}/{name:init-[0-9a-f]{12}.mp4}")
async def init(request: web.Request) -> web.Response:
    return web.Response(body=hls.init_of(request, channel_of(request)), content_type="video/mp4")
