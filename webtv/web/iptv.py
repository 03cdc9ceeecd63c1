"""Lists for VLC, Kodi, Jellyfin and other IPTV players: extended M3U and XMLTV."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree

from aiohttp import web

from webtv.domain import Airing
from webtv.station.view import ChannelView
from webtv.web.state import STATION
from webtv.web.visitor import visitor

routes = web.RouteTableDef()

_GUIDE_AIRINGS = 200


@routes.get("/iptv/channels.m3u")
async def channels(request: web.Request) -> web.Response:
    root = _root(request)
    lines = [f'#EXTM3U url-tvg="{root}/iptv/xmltv.xml"']
    for number, channel in enumerate(_channels(request), start=1):
        title = _quoted(channel.config.title)
        tags = f'tvg-id="{channel.id}" tvg-chno="{number}" tvg-name="{title}" group-title="webtv"'
        lines.append(f"#EXTINF:-1 {tags},{title}")
        lines.append(f"{root}/hls/{channel.id}/index.m3u8")
    return web.Response(
        text="\n".join(lines) + "\n",
        content_type="audio/x-mpegurl",
        charset="utf-8",
        headers={"Content-Disposition": 'inline; filename="channels.m3u"'},
    )


@routes.get("/iptv/xmltv.xml")
async def guide(request: web.Request) -> web.Response:
    """The programme guide: what airs now and what is planned."""
    tv = ElementTree.Element("tv", {"generator-info-name": "webtv"})
    listed = _channels(request)
    for channel in listed:
        element = ElementTree.SubElement(tv, "channel", {"id": channel.id})
        ElementTree.SubElement(
            element, "display-name", {"lang": channel.config.language}
        ).text = channel.config.title
    for channel in listed:
        if channel.signed_on:
            for airing in channel.upcoming(_GUIDE_AIRINGS):
                tv.append(_programme(channel, airing))
    ElementTree.indent(tv)
    body = b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n'
    return web.Response(body=body + ElementTree.tostring(tv, "utf-8"), content_type="application/xml")


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


def _channels(request: web.Request) -> list[ChannelView]:
    return list(request.app[STATION].views.values())


def _root(request: web.Request) -> str:
    config = request.app[STATION].config
    if config.public_url is not None:
        return config.public_url
    seen = visitor(request, config.proxies)
    return f"{seen.scheme}://{seen.host}"


def _quoted(text: str) -> str:
    return text.replace('"', "'").replace(",", " ")
