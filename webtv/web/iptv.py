"""Lists for VLC, Kodi, Jellyfin and other IPTV players: extended M3U and XMLTV."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime
from typing import NamedTuple
from xml.etree import ElementTree

from aiohttp import web

from webtv.domain import Airing
from webtv.station.station import Station
from webtv.station.view import ChannelView
from webtv.web.document import Document
from webtv.web.kept import Kept, Pieces, of_pieces
from webtv.web.state import STATION
from webtv.web.visitor import visitor

routes = web.RouteTableDef()

_GUIDE_AIRINGS = 200
_ROOTS = 16
"""A station is known by few names; whoever makes names up shall not fill the memory."""
M3U = "audio/x-mpegurl; charset=utf-8"
_ASK_AGAIN = {"Cache-Control": "no-cache"}
_GUIDE_HEAD = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n'
    b'<tv generator-info-name="webtv">\n'
)


class Lists:
    """The playlist of all channels, for each name that the station is asked by."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._pieces = Pieces(_entry)
        self._by_root: dict[str, Document] = {}

    async def get(self, root: str) -> Document:
        entries, changed = await self._pieces.of(self._station.views.values())
        if changed or len(self._by_root) >= _ROOTS:
            self._by_root = {}
        if root not in self._by_root:
            lines = [f'#EXTM3U url-tvg="{root}/iptv/xmltv.xml"']
            for entry in sorted(entries):
                lines += [entry.tags, f"{root}{entry.path}"]
            self._by_root[root] = Document.of(("\n".join(lines) + "\n").encode())
        return self._by_root[root]


class _Entry(NamedTuple):
    number: int
    tags: str
    path: str


def _entry(channel: ChannelView) -> _Entry:
    title = _quoted(channel.config.title)
    tags = f'tvg-id="{channel.id}" tvg-chno="{channel.number}" tvg-name="{title}" group-title="webtv"'
    return _Entry(channel.number, f"#EXTINF:-1 {tags},{title}", f"/hls/{channel.id}/index.m3u8")


LISTS = web.AppKey("lists", Lists)
GUIDE = web.AppKey("guide", Kept)


@routes.get("/iptv/channels.m3u")
async def channels(request: web.Request) -> web.Response:
    document = await request.app[LISTS].get(_root(request))
    return document.answer(
        request, M3U, _ASK_AGAIN | {"Content-Disposition": 'inline; filename="channels.m3u"'}
    )


@routes.get("/iptv/xmltv.xml")
async def guide(request: web.Request) -> web.Response:
    """The programme guide: what airs now and what is planned."""
    return (await request.app[GUIDE].get()).answer(request, "application/xml", _ASK_AGAIN)


def kept_guide(station: Station, thread: Executor) -> Kept:
    """The guide of all channels."""
    return of_pieces(lambda: station.views, _in_guide, _guide_of, station.clock, thread)


def _in_guide(channel: ChannelView) -> tuple[bytes, bytes]:
    """A channel's element, and those of its programmes."""
    listed = ElementTree.Element("channel", {"id": channel.id})
    name = ElementTree.SubElement(listed, "display-name", {"lang": channel.config.language})
    name.text = channel.config.title
    airings = channel.upcoming(_GUIDE_AIRINGS) if channel.signed_on else ()
    return _written(listed), b"".join(_written(_programme(channel, airing)) for airing in airings)


def _guide_of(channels: Sequence[tuple[bytes, bytes]]) -> bytes:
    listed, programmes = zip(*channels, strict=True) if channels else ((), ())
    return b"".join([_GUIDE_HEAD, *listed, *programmes, b"</tv>\n"])


def _written(element: ElementTree.Element) -> bytes:
    ElementTree.indent(element, level=1)
    return b"  " + ElementTree.tostring(element, "unicode").encode() + b"\n"


def _programme(channel: ChannelView, airing: Airing) -> ElementTree.Element:
    timeline = channel.timeline
    start, stop = (
        _xmltv_time(timeline.wall_ns(timeline.start_ns(quanta)))
        for quanta in (airing.start_quanta, airing.end_quanta)
    )
    element = ElementTree.Element("programme", {"start": start, "stop": stop, "channel": channel.id})
    language = {"lang": channel.config.language}
    ElementTree.SubElement(element, "title", language).text = airing.title
    clip = channel.clip(airing.clip_id)
    if clip is not None and clip.prompts:
        ElementTree.SubElement(element, "desc", language).text = "\n".join(clip.prompts)
    return element


def _xmltv_time(wall_ns: int) -> str:
    return datetime.fromtimestamp(wall_ns / 1e9, UTC).strftime("%Y%m%d%H%M%S +0000")


def _root(request: web.Request) -> str:
    config = request.app[STATION].config
    if config.public_url is not None:
        return config.public_url
    seen = visitor(request, config.proxies)
    return f"{seen.scheme}://{seen.host}"


def _quoted(text: str) -> str:
    return text.replace('"', "'").replace(",", " ")
