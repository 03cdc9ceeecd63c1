"""The web application: routes, headers, errors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from aiohttp import web

from webtv.broadcaster.packager import Packager
from webtv.station.station import Station
from webtv.web import api, health, hls, iptv, pages
from webtv.web.api import kept_channels
from webtv.web.desk import desk
from webtv.web.health import kept_metrics
from webtv.web.iptv import Lists, kept_guide
from webtv.web.state import EXPOSED, PACKAGER, STATION
from webtv.web.visitor import is_for_others

_PAGE_POLICY = (
    "default-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def application(station: Station) -> web.Application:
    """Everything that the station shows, on one port."""
    app = web.Application()
    app[STATION], app[PACKAGER] = station, (packager := Packager(lambda: station.views))
    thread = ThreadPoolExecutor(1, thread_name_prefix="documents")
    app[api.CHANNELS], app[iptv.GUIDE] = kept_channels(station, thread), kept_guide(station, thread)
    app[health.METRICS], app[iptv.LISTS] = kept_metrics(station, thread), Lists(station)
    app.on_cleanup.append(partial(_end, thread))
    for module in (hls, api, health, iptv, pages):  # what is asked for most is looked for first
        app.add_routes(module.routes)
    app.add_subapp("/desk/api/", desk(station, packager))
    if is_for_others(station.config):
        for start in _OPEN:
            app.router.add_route("*", start + "{rest:.*}", _may_fetch)
    app.on_response_prepare.append(_headers if is_for_others(station.config) else _headers_at_home)
    app.on_cleanup.append(_close)
    return app


async def _end(thread: ThreadPoolExecutor, _: web.Application) -> None:
    thread.shutdown(wait=False, cancel_futures=True)


_OPEN = ("/hls/", "/clips/", "/iptv/", "/api/")


async def _may_fetch(request: web.Request) -> web.Response:
    """Players on other pages may fetch streams; browsers ask first when they want to send a range."""
    if request.method in ("GET", "HEAD"):
        raise web.HTTPNotFound(text="There is nothing here.\n")
    if request.method != "OPTIONS":
        raise web.HTTPMethodNotAllowed(request.method, ("GET", "HEAD"))
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, HEAD",
            "Access-Control-Allow-Headers": "Range",
            "Access-Control-Max-Age": "86400",
        },
    )


async def _close(app: web.Application) -> None:
    app[PACKAGER].close()


async def _headers(request: web.Request, response: web.StreamResponse) -> None:
    headers = response.headers
    if "X-Content-Type-Options" in headers:
        return  # a fragment, which brings all of them
    headers["X-Content-Type-Options"] = "nosniff"
    if response.status >= 400:
        headers.setdefault("Cache-Control", "no-store")  # what is missing now may be there in a second
    if request.path.startswith(_OPEN):
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Expose-Headers"] = EXPOSED
    elif response.content_type == "text/html":
        headers["Content-Security-Policy"] = _PAGE_POLICY
        headers["Referrer-Policy"] = "no-referrer"


async def _headers_at_home(request: web.Request, response: web.StreamResponse) -> None:
    """For a station that listens on this machine alone: no page of another site reads what its owner can."""
    await _headers(request, response)
    for name in [name for name in response.headers if name.startswith("Access-Control-")]:
        del response.headers[name]
