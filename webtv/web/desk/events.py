"""What the desk shows: the station's state, once or as it changes, and the log."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import asdict
from functools import partial

from aiohttp import web

from webtv.log import TAIL
from webtv.web.api import JSON
from webtv.web.desk.auth import GUARD
from webtv.web.desk.changes import Shown
from webtv.web.desk.state import PICTURE
from webtv.web.document import gzipped_for

routes = web.RouteTableDef()

_LOOK_S = 0.5
_STATE_S = 1.0
_COMMENT_S = 15.0
_MOST_STREAMS = 32
_SLOW_S = 20.0
"""Who takes nothing for so long is let go."""


class Streams:
    """The open streams: no more than ``_MOST_STREAMS``, and none holds up the end of the station."""

    def __init__(self) -> None:
        self.open = 0
        self.closing = asyncio.Event()

    async def close(self, _: web.Application) -> None:
        self.closing.set()


STREAMS = web.AppKey("streams", Streams)


@routes.get("/state")
async def state(request: web.Request) -> web.Response:
    """All of it, gzipped for who takes that. No ETag: figures run on, so nobody could have it already."""
    seen = await request.app[PICTURE].look()
    return await asyncio.to_thread(gzipped_for, request, seen.json, JSON)


@routes.get("/events")
async def events(request: web.Request) -> web.StreamResponse:
    """Server-sent events: ``state`` once, then what differs (see ``changes``), and ``log`` for each line.

    Lines begin with the last ones, or behind ``Last-Event-ID``. All end with the session that they were
    asked for in.
    """
    streams = request.app[STREAMS]
    if streams.open >= _MOST_STREAMS:
        raise web.HTTPServiceUnavailable(
            text="Too many desks are open. Close one.", headers={"Retry-After": "30"}
        )
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    streams.open += 1
    try:
        await response.prepare(request)
        with suppress(ConnectionError, TimeoutError):  # closed, or its line hangs: it comes back by itself
            await _Stream(request, response).run(streams.closing)
    finally:
        streams.open -= 1
    return response


class _Stream:
    def __init__(self, request: web.Request, response: web.StreamResponse) -> None:
        self._picture, self._response = request.app[PICTURE], response
        self._may_go_on = partial(request.app[GUARD].still_lets_in, request)
        last = request.headers.get("Last-Event-ID", "")
        self._line = int(last) if last.isascii() and last.isdigit() and len(last) < 16 else 0
        self._sent_at = self._looked_at = float("-inf")
        self._shown = Shown()

    async def run(self, closing: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        await self._send("retry: 2000\n\n", loop.time())
        while not closing.is_set() and self._may_go_on():
            now = loop.time()
            if now - self._looked_at >= _STATE_S:
                self._looked_at = now
                seen = await self._picture.look(at_most_old_s=_STATE_S)
                await self._send(self._shown.events(seen, now), now)
            await self._send(self._lines(), now)
            if now - self._sent_at >= _COMMENT_S:
                await self._send(": on air\n\n", now)
            try:
                async with asyncio.timeout(_LOOK_S):
                    await closing.wait()
            except TimeoutError:
                continue

    def _lines(self) -> str:
        lines = TAIL.since(self._line)
        if lines:
            self._line = lines[-1].number
        return "".join(
            f"id: {line.number}\nevent: log\ndata: {json.dumps(asdict(line), ensure_ascii=False)}\n\n"
            for line in lines
        )

    async def _send(self, text: str, now: float) -> None:
        if text:
            self._sent_at = now
            async with asyncio.timeout(_SLOW_S):
                await self._response.write(text.encode())
