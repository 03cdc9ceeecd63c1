"""The web application: routes, headers, errors."""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable

from aiohttp import web

from webtv.broadcaster.hls import Packager
from webtv.station import Station
from webtv.web import api, health, hls, iptv, pages
from webtv.web.state import PACKAGER, STATION

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PAGE_POLICY = (
    "default-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def application(station: Station) -> web.Application:
    """Everything that the station shows, on one port."""
    app = web.Application(middlewares=[_cross_origin, _file_names])
    app[STATION], app[PACKAGER] = station, Packager()
    for module in (api, health, hls, iptv, pages):
        app.add_routes(module.routes)
    app.router.add_static("/static", pages.STATIC)
    app.on_response_prepare.append(_headers)
    return app


@web.middleware
async def _cross_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Players on other pages may fetch streams; browsers ask first when they want to send a range."""
    if request.method == "OPTIONS" and request.path.startswith(_OPEN):
        return web.Response(
            status=204,
            headers={
                "Access-Control-Allow-Origin": "*",
                "Access-Control-Allow-Methods": "GET, HEAD",
                "Access-Control-Allow-Headers": "Range",
                "Access-Control-Max-Age": "86400",
            },
        )
    return await handler(request)


@web.middleware
async def _file_names(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A name that is too long for any file names nothing; aiohttp's static files would fail on it."""
    try:
        return await handler(request)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise web.HTTPNotFound from error


_OPEN = ("/hls/", "/clips/", "/iptv/", "/api/")


async def _headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["X-Content-Type-Options"] = "nosniff"
    if request.path.startswith(_OPEN):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "Content-Length, Content-Range, Date"
    elif request.path.startswith("/static/"):
        # Modules import each other without a version in the name, so each load asks; an ETag answers.
        response.headers["Cache-Control"] = "no-cache"
    elif response.content_type == "text/html":
        response.headers["Content-Security-Policy"] = _PAGE_POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
