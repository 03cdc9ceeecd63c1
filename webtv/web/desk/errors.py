"""The desk's API says what is wrong as JSON: ``{"error": text}``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from webtv.errors import WebtvError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors as JSON; an operator's mistake (``WebtvError``) is 409. Nothing here is kept by caches."""
    try:
        response = await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = web.json_response({"error": (error.text or error.reason).strip()}, status=error.status)
        response.headers.update(
            (name, value) for name, value in error.headers.items() if name in ("Allow", "Retry-After")
        )
    except WebtvError as error:
        response = web.json_response({"error": str(error)}, status=409)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
