"""What handlers need, kept in the application under typed keys."""

from __future__ import annotations

from aiohttp import web

from webtv.broadcaster.packager import Packager
from webtv.station.control import Control
from webtv.station.station import Station
from webtv.station.view import ChannelView

STATION = web.AppKey("station", Station)
EXPOSED = "Content-Length, Content-Range, Date"
"""Headers that scripts of other pages may read."""
PACKAGER = web.AppKey("packager", Packager)


def channel_of(request: web.Request) -> ChannelView:
    """The channel that the path names.

    Raises:
        HTTPNotFound: there is none of that name.
        HTTPServiceUnavailable: it has not signed on yet; try again in a second.
    """
    channel = request.app[STATION].views.get(request.match_info["channel"])
    if channel is None:
        raise web.HTTPNotFound(text="There is no such channel.\n")
    if not channel.signed_on:
        raise web.HTTPServiceUnavailable(
            text="The channel is about to sign on.\n", headers={"Retry-After": "1"}
        )
    return channel


def control_of(request: web.Request) -> Control:
    """Master control of the channel that the path names; for the desk alone. Raises as ``channel_of``."""
    return request.app[STATION].channels[channel_of(request).id].control
