"""What the desk is sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

_MOST_BYTES = 256 * 1024
_WITHIN_S = 15.0


async def read_body(request: web.Request, fields: Mapping[str, type]) -> dict[str, Any]:
    """A JSON object with these fields, each of its type.

    Raises HTTPBadRequest, HTTPRequestTimeout or HTTPRequestEntityTooLarge.
    """
    if request.content_length is not None and request.content_length > _MOST_BYTES:
        raise web.HTTPRequestEntityTooLarge(_MOST_BYTES, request.content_length)
    try:
        async with asyncio.timeout(_WITHIN_S):
            data = await request.read()
        if len(data) > _MOST_BYTES:  # which came in pieces, without saying how much it is
            raise web.HTTPRequestEntityTooLarge(_MOST_BYTES, len(data))
        body = json.loads(data or b"{}")
    except TimeoutError:
        raise web.HTTPRequestTimeout(text=f"It did not come within {_WITHIN_S:.0f} s.") from None
    except (ValueError, RecursionError):
        raise web.HTTPBadRequest(text="That is not JSON.") from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="Expected a JSON object.")
    wrong = [name for name, kind in fields.items() if not isinstance(body.get(name), kind)]
    if wrong:
        raise web.HTTPBadRequest(text=f"Expected an object with {', '.join(wrong)}.")
    return body
