"""A channel's file at the desk: read, checked with what it would change, saved."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from pathlib import Path
from typing import Any

from aiohttp import web

from webtv.config import ChannelConfig
from webtv.config.diff import changes
from webtv.config.load import load_channel
from webtv.config.source import MAX_BYTES, read_source
from webtv.errors import ConfigError, EngineError, StationError
from webtv.media.files import write_atomically
from webtv.render.order_writer import RECENT_PROMPTS, RECENT_TITLES
from webtv.render.orders import brief_for
from webtv.web.desk.audit import audited
from webtv.web.desk.body import read_body
from webtv.web.state import STATION

routes = web.RouteTableDef()

_PLACE = re.compile(r"(?:.*?):([0-9]+):([0-9]+): (.*)", re.DOTALL)
_CLIPS_SHOWN = 2

SAVING = web.AppKey("saving", asyncio.Lock)
"""Of two that save at once the second is told that the file has changed."""

Json = dict[str, Any]


@routes.get("/channels/{channel:[a-z0-9][a-z0-9-]{0,39}}/file")
async def read(request: web.Request) -> web.Response:
    """``{text, hash, path}``. It may hold addresses to push to: only the operator gets here."""
    path = _path(request)
    text = read_source(path).text
    return web.json_response({"text": text, "hash": _hash(path), "path": str(path)})


@routes.post("/channels/{channel:[a-z0-9][a-z0-9-]{0,39}}/check")
async def check(request: web.Request) -> web.Response:
    """What is wrong with a text, what saving it would change, and what shots it might give.

    The shots are the grammar's, which costs nothing and answers at once: where the channel's first writer
    is another one, it will find other words (``"writer"`` says so).
    """
    path, body = _path(request), await read_body(request, {"text": str})
    try:
        new = _read_draft(path, body["text"])
    except ConfigError as error:
        return web.json_response({"problems": _problems(error), "changes": [], "shots": []})
    preview = await _preview(request, new)
    return web.json_response({"problems": [], "changes": _changes(request, new)} | preview)


@routes.put("/channels/{channel:[a-z0-9][a-z0-9-]{0,39}}/file")
async def save(request: web.Request) -> web.Response:
    """Saved whole or not at all: 409 when the file is not what was read, 422 when the text has mistakes."""
    path, body = _path(request), await read_body(request, {"text": str, "hash": str})
    try:
        new = _read_draft(path, body["text"])
    except ConfigError as error:
        problems = _problems(error)
        answer = {"error": "The file was not saved: it has mistakes.", "problems": problems}
        return web.json_response(answer, status=422)
    changed = _changes(request, new)
    async with request.app[SAVING]:
        await audited(request, "save", _save(path, body["text"], body["hash"]), channel=path.stem)
    return web.json_response({"hash": _hash(path), "changes": changed})


def _read_draft(path: Path, text: str) -> ChannelConfig:
    """Raises ConfigError, also for what could be saved and then not be read any more."""
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise ConfigError([f"{path}: is longer than {MAX_BYTES // 1024} KiB, far more than it can need."])
    return load_channel(path, text)


async def _save(path: Path, text: str, expected: str) -> None:
    if _hash(path) != expected:
        raise web.HTTPConflict(text="The file was changed meanwhile. Load it again before you save.")
    try:
        await asyncio.to_thread(write_atomically, path.resolve(), text, like=path.stat())
    except OSError as error:
        raise StationError(f"{path} cannot be written: {error.strerror}") from error


def _path(request: web.Request) -> Path:
    folder = request.app[STATION].config.channels
    path = folder / f"{request.match_info['channel']}.yaml"
    inside = Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
    if not inside or not path.is_file():  # a link must not make files readable that are no channel's
        raise web.HTTPNotFound(text="There is no such channel.")
    return path


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _changes(request: web.Request, new: ChannelConfig) -> list[str]:
    channel = request.app[STATION].views.get(new.id)
    return [change.text for change in changes(channel.config if channel else None, new)]


def _problems(error: ConfigError) -> list[Json]:
    return [_problem(text) for text in error.problems]


def _problem(text: str) -> Json:
    """The place apart from the words; the line that is quoted below them is before the operator's eyes."""
    first = text.split("\n", maxsplit=1)[0]
    if place := _PLACE.fullmatch(first):
        return {"line": int(place[1]), "column": int(place[2]), "text": place[3]}
    return {"line": None, "column": None, "text": first}


async def _preview(request: web.Request, config: ChannelConfig) -> Json:
    station = request.app[STATION]
    number = await station.database.read(lambda store: store.orders(config.id))
    prompts = await station.database.read(lambda store: store.recent_prompts(config.id, limit=RECENT_PROMPTS))
    titles = await station.database.read(lambda store: store.recent_titles(config.id, limit=RECENT_TITLES))
    shots: list[str] = []
    for ahead in range(_CLIPS_SHOWN):
        brief = brief_for(config, number + ahead, (*reversed(shots), *prompts)[:RECENT_PROMPTS], titles)
        try:
            script = await station.newsroom.sample(brief)
        except EngineError as error:
            return {"shots": shots, "writer": "grammar", "note": str(error)}
        shots += [shot.prompt for shot in script.shots]
    return {"shots": shots, "writer": "grammar", "note": _note(config)}


def _note(config: ChannelConfig) -> str:
    first = config.engines.writer[0]
    return "" if first == "grammar" else f"{first} writes this channel's shots, and will find other words."
