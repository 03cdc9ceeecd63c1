"""Who did what at the desk: a line of the log, and one of ``audit.jsonl`` in the data folder."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import structlog
from aiohttp import web

from webtv.errors import WebtvError
from webtv.web.desk.auth import GUARD
from webtv.web.state import STATION

log = structlog.get_logger()

Result = TypeVar("Result")

_FILE = "audit.jsonl"
_MOST_BYTES = 10_000_000
"""The file then makes room for another one; the one before stays as ``audit.jsonl.1``."""
_DONE = "done"


async def audited(
    request: web.Request, action: str, act: Awaitable[Result], *, channel: str = "", clip: str = ""
) -> Result:
    """Do it, and note who had it done and what came of it, also where it was refused."""
    result = _DONE
    try:
        return await act
    except WebtvError as error:
        result = str(error)
        raise
    except web.HTTPException as error:
        result = error.text or error.reason
        raise
    except Exception as error:
        result = type(error).__name__
        raise
    finally:
        await record(request, action, result, channel=channel, clip=clip)


async def record(
    request: web.Request, action: str, result: str, *, channel: str = "", clip: str = ""
) -> None:
    who = request.app[GUARD].visitor(request).address or "unknown"
    write = log.info if result == _DONE else log.warning
    write("desk action", who=who, action=action, channel=channel, clip=clip, result=result)
    when = datetime.fromtimestamp(request.app[STATION].clock.now().wall_ns / 1e9, UTC)
    line = {
        "when": when.isoformat(timespec="milliseconds"),
        "who": who,
        "action": action,
        "channel": channel,
        "clip": clip,
        "result": result,
    }
    path = request.app[STATION].config.data / _FILE
    try:
        await asyncio.to_thread(_append, path, json.dumps(line, ensure_ascii=False) + "\n")
    except OSError as error:
        log.error("the audit line could not be written", error=str(error))


def _append(path: Path, line: str) -> None:
    if path.exists() and path.stat().st_size > _MOST_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    with path.open("a", encoding="utf-8") as file:
        file.write(line)
