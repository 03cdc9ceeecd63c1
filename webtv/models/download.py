"""Fetches one file, and goes on where a cut connection or a killed process left it."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from pathlib import Path

import aiohttp

from webtv.errors import WebtvError
from webtv.models.connection import proxy_for
from webtv.models.hub import RemoteFile, gated

TRIES = 5
"""How often in a row a connection may break, or a server be busy, without a byte gained."""
_BUSY = (408, 425, 429, 500, 502, 503, 504)
"""Answers that may be another one a little later."""
_BLOCK = 1 << 20


async def download(
    session: aiohttp.ClientSession,
    remote: RemoteFile,
    part: Path,
    *,
    headers: dict[str, str],
    arrived: Callable[[int], None],
    pause_s: float = 1.0,
) -> None:
    """Fetch ``remote`` into ``part``; what is there of it already is not fetched again.

    ``arrived`` is told the bytes that came, and those that were lost again as a negative number.

    Raises:
        WebtvError: the server refuses the file, the disk is full, or the connection keeps breaking.
    """
    tries = TRIES
    while (have := _size(part)) < remote.size:
        try:
            await _continue(session, remote, part, headers, arrived)
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError) as error:
            tries = TRIES if _size(part) > have else tries - 1
            if tries == 0:
                reason = str(error) or type(error).__name__
                raise WebtvError(
                    f"{remote.url} breaks off ({reason}): pull again, it goes on from there"
                ) from error
            await asyncio.sleep(pause_s * 2 ** (TRIES - tries))
        except aiohttp.ClientError as error:
            raise WebtvError(
                f"{remote.url} cannot be fetched: {str(error) or type(error).__name__}"
            ) from error
        except OSError as error:
            raise WebtvError(_disk_trouble(error, part)) from error


async def _continue(
    session: aiohttp.ClientSession,
    remote: RemoteFile,
    part: Path,
    headers: dict[str, str],
    arrived: Callable[[int], None],
) -> None:
    have = _size(part)
    asked = dict(headers)
    if have:
        asked["Range"] = f"bytes={have}-"
        if remote.etag:
            asked["If-Range"] = remote.etag
    async with session.get(remote.url, headers=asked, proxy=proxy_for(remote.url)) as response:
        if response.status in _BUSY:
            raise aiohttp.ClientPayloadError(f"the server answers {response.status}")
        if response.status not in (200, 206):
            raise WebtvError(_refusal(response, remote))
        if response.status == 200:  # the whole file, whatever was asked for
            arrived(-have)
        with part.open("ab" if response.status == 206 else "wb") as file:
            async for block in response.content.iter_chunked(_BLOCK):
                file.write(block)
                arrived(len(block))
                if file.tell() > remote.size:
                    break  # another file, and perhaps one without an end
    if _size(part) < remote.size:
        raise aiohttp.ClientPayloadError(f"{_size(part)} of {remote.size} bytes came")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _refusal(response: aiohttp.ClientResponse, remote: RemoteFile) -> str:
    if response.headers.get("X-Error-Code") == "GatedRepo":
        return gated(remote.url.partition("/resolve/")[0])
    return f"{remote.url} is refused ({response.status} {response.reason}): open it in a browser to see why"


def _disk_trouble(error: OSError, part: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk of {part.parent} is full: free some space, and pull again; it goes on from there"
    return f"{part} cannot be written: {error.strerror or error}"
