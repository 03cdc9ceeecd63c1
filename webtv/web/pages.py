"""Pages, static files and clips."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from webtv.web.state import STATION

routes = web.RouteTableDef()
STATIC = Path(__file__).parent / "static"
_FILES = {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}
"""What may be asked for, and nothing else."""


@routes.get("/")
async def index(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})


@routes.get("/watch/{channel}")
async def watch(request: web.Request) -> web.FileResponse:
    """The same page for all; it says itself that there is no such channel."""
    known = request.match_info["channel"] in request.app[STATION].views
    status = 200 if known else 404
    return web.FileResponse(STATIC / "watch.html", status=status, headers={"Cache-Control": "no-cache"})


@routes.get("/desk")
async def desk(_: web.Request) -> web.FileResponse:
    """The page holds nothing of the station's: it asks the desk's API, which asks who is there."""
    return web.FileResponse(STATIC / "desk.html", headers={"Cache-Control": "no-cache"})


@routes.get("/desk/")
async def desk_with_slash(_: web.Request) -> web.Response:
    raise web.HTTPPermanentRedirect("../desk")  # relative: a proxy may show the station below a path


@routes.get("/favicon.ico")
async def favicon(_: web.Request) -> web.StreamResponse:
    return web.FileResponse(STATIC / "favicon.svg", headers={"Cache-Control": "public, max-age=86400"})


@routes.get("/static/{name:.+}")
async def static(request: web.Request) -> web.FileResponse:
    path = _FILES.get(request.match_info["name"])
    if path is None:
        raise web.HTTPNotFound(text="There is no such file.\n")
    # Modules import each other without a version in the name, so each load asks; an ETag answers.
    return web.FileResponse(path, headers={"Cache-Control": "no-cache"})


@routes.get(r"/clips/{clip:[0-9a-f]{20}}.mp4")
async def clip(request: web.Request) -> web.StreamResponse:
    """A clip by its permalink; ranges are answered."""
    station, clip_id = request.app[STATION], request.match_info["clip"]
    found = await station.database.read(lambda store: store.clip(clip_id))
    path = station.library.path(found) if found else None
    if path is None or not path.exists():
        raise web.HTTPNotFound(text="There is no such clip, or it is no longer kept.\n")
    return web.FileResponse(path, headers={"Cache-Control": "public, max-age=31536000, immutable"})
