"""Signing in and out: the token once, a cookie from then on."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from webtv.web.desk.audit import audited
from webtv.web.desk.auth import COOKIE, GUARD, Guard
from webtv.web.desk.body import read_body
from webtv.web.desk.signed_in import SESSION_S
from webtv.web.state import STATION

routes = web.RouteTableDef()


@routes.post("/session", name="open")
async def sign_in(request: web.Request) -> web.Response:
    """``{"token": …}`` for a cookie. Where no token is set the desk is open on this machine, without one."""
    guard, body = request.app[GUARD], await read_body(request, {"token": str})
    guard.check_pace(request)  # not in the audit: whoever floods it would have its older lines thrown away
    await audited(request, "sign in", _checked(guard, request, body["token"]))
    response = web.json_response({"signed_in": True})
    if (cookie := await guard.sign_in()) is not None:
        secure = guard.visitor(request).scheme == "https" or request.headers.get("Origin", "").startswith(
            "https:"
        )
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=SESSION_S,
            path=_cookie_path(request),
            httponly=True,
            samesite="Strict",
            secure=secure,
        )
    return response


async def _checked(guard: Guard, request: web.Request, token: str) -> None:
    guard.check_token(request, token)


@routes.delete("/session")
async def sign_out(request: web.Request) -> web.Response:
    """Ends the session for good: a copy of the cookie opens nothing any more."""
    await audited(request, "sign out", request.app[GUARD].sign_out(request))
    response = web.json_response({"signed_in": False})
    response.del_cookie(COOKIE, path=_cookie_path(request))
    return response


def _cookie_path(request: web.Request) -> str:
    """Below a path of a proxy's, which takes that off, the browser keeps to the folder that it asks in."""
    public_url = request.app[STATION].config.public_url
    return "" if public_url is not None and urlsplit(public_url).path else "/desk"
