"""Pictures of clips, each made once and kept in the data folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from webtv.errors import ClipRejected
from webtv.media.files import write_atomically
from webtv.media.still import still, still_apart
from webtv.web.state import STATION

routes = web.RouteTableDef()

_WIDTH = 320
_MOST = 4000
"""About 50 MB. The oldest go first; who asks for one again gets it again."""
_HEADERS = {"Cache-Control": "private, max-age=86400"}


class Pictures:
    """Makes one at a time: a page that asks for fifty does not keep fifty threads from other work."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "pictures"
        self._turn = asyncio.Lock()

    async def of(self, clip: Path, take: Callable[[Path, int], bytes] = still) -> Path:
        """The picture of a clip's file, by its name; ``take`` makes it.

        Raises:
            ClipRejected, OSError: there is none to be had.
        """
        path = self._folder / f"{clip.parent.name}-{clip.stem}.jpg"
        async with self._turn:
            if not path.exists():
                await asyncio.to_thread(self._make, clip, path, take)
        return path

    def _make(self, clip: Path, path: Path, take: Callable[[Path, int], bytes]) -> None:
        data = take(clip, _WIDTH)
        self._folder.mkdir(exist_ok=True)
        write_atomically(path, data, durable=False)
        kept = list(self._folder.glob("*.jpg"))
        if len(kept) > _MOST:
            for old in sorted(kept, key=lambda each: each.stat().st_mtime_ns)[: _MOST // 10]:
                old.unlink(missing_ok=True)


PICTURES = web.AppKey("pictures", Pictures)


@routes.get("/clips/{clip:[0-9a-f]{20}}.jpg")
async def of_clip(request: web.Request) -> web.StreamResponse:
    station, clip_id = request.app[STATION], request.match_info["clip"]
    clip = await station.database.read(lambda store: store.clip(clip_id))
    if clip is None:
        raise web.HTTPNotFound(text="There is no such clip.")
    return await _picture(request, station.library.path(clip))


@routes.get("/clips/{card:(?:slate|bumper)-[0-9a-f]{12}}.jpg")
async def of_card(request: web.Request) -> web.StreamResponse:
    return await _picture(request, request.app[STATION].library.card_path(request.match_info["card"]))


@routes.get("/quarantine/{clip:(?:slate-|bumper-)?[0-9a-f]{12,20}}.jpg")
async def of_refused(request: web.Request) -> web.StreamResponse:
    """Made in a process of its own: what was refused may be damaged."""
    clip = request.app[STATION].library.refused_path(request.match_info["clip"])
    return await _picture(request, clip, still_apart)


async def _picture(
    request: web.Request, clip: Path, take: Callable[[Path, int], bytes] = still
) -> web.StreamResponse:
    try:
        path = await request.app[PICTURES].of(clip, take)
    except (ClipRejected, OSError):
        raise web.HTTPNotFound(text="There is no picture of that clip.") from None
    return web.FileResponse(path, headers=_HEADERS)
