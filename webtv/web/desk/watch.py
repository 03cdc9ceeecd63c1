"""What the desk shows: the station's state."""

from __future__ import annotations

from aiohttp import web

from webtv.web.desk.state import PICTURE

routes = web.RouteTableDef()


@routes.get("/state")
async def state(request: web.Request) -> web.Response:
    return web.json_response(request.app[PICTURE].read())
