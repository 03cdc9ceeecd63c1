"""Twitch's servers by region, and how a newer list of them comes here."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from rich.box import SIMPLE_HEAD
from rich.table import Table

from webtv.cli.console import table_console
from webtv.config.ingests import BOOK, FILE_NAME, Ingests
from webtv.errors import StationError
from webtv.media.files import write_atomically

INGESTS_URL = "https://ingest.twitch.tv/ingests"
"""As https://dev.twitch.tv/docs/video-broadcast/reference names it; it asks for no account."""

_TIMEOUT_S = 15
_MOST_BYTES = 1_000_000


def as_json(data: Path) -> str:
    """The list in use, the best server first."""
    known = BOOK.open(data)
    rows = [
        {"region": ingest.place, "code": ingest.code, "name": ingest.name, "server": ingest.server}
        for ingest in known.ingests
    ]
    return json.dumps({"date": known.date, "source": known.source, "ingests": rows}, indent=1)


def show(data: Path) -> None:
    console = table_console()
    known = BOOK.open(data)
    table = Table("region", "code", "name", "server", box=SIMPLE_HEAD)
    for ingest in known.ingests:
        table.add_row(ingest.place, ingest.code, ingest.name, ingest.server)
    console.print(table)
    console.print(f"As of {known.date}: {known.source}.", style="dim", markup=False)
    console.print(
        "In a channel's file: targets: [{service: twitch, region: REGION, key_file: FILE}]. A region is also "
        "a code, or words of a name such as us-east. Without one, Twitch finds the nearest server.",
        style="dim",
        markup=False,
    )


def refresh(data: Path, url: str = INGESTS_URL) -> Ingests:
    """Fetch Twitch's own list into the data folder, in one step; a station goes by it from its next start on.

    Raises:
        StationError: it cannot be fetched, or is no such list; the list that was there stays.
    """
    try:
        fetched = Ingests.parse(asyncio.run(_fetched(url)))
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        why = "no answer" if isinstance(error, TimeoutError) else str(error)
        raise StationError(
            f"Twitch's list cannot be fetched from {url}: {why}. "
            f"The one of {BOOK.open(data).date} stays in use; try again later"
        ) from error
    dated = fetched.model_copy(
        update={"date": datetime.now(UTC).date().isoformat(), "source": f"fetched from {url}"}
    )
    try:
        data.mkdir(parents=True, exist_ok=True)
        write_atomically(data / FILE_NAME, dated.model_dump_json(indent=1) + "\n")
    except OSError as error:
        raise StationError(
            f"{data / FILE_NAME} cannot be written: {error.strerror}. "
            "Make it writable for this user, or give another folder with --data"
        ) from error
    return BOOK.open(data)


async def _fetched(url: str) -> str:
    async with (
        aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S), raise_for_status=True
        ) as session,
        session.get(url) as response,
    ):
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > _MOST_BYTES:
                raise ValueError("it is too long to be a list of servers")
        return body.decode("utf-8", "replace")
