"""What ``webtv status`` shows: a running station, asked over HTTP."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import aiohttp
from rich.console import Console
from rich.live import Live
from rich.table import Table

from webtv.config import HttpAddress
from webtv.errors import StationError

_TIMEOUT_S = 5
_REFRESH_S = 1.0

Json = dict[str, Any]


def as_json(address: HttpAddress) -> str:
    """The channels as the API gives them.

    Raises:
        StationError: no station answers.
    """
    return json.dumps(_ask(address), indent=1, ensure_ascii=False)


def show(address: HttpAddress) -> None:
    Console().print(_table(_ask(address)))


def watch(address: HttpAddress) -> None:
    """Show it again and again, until Ctrl-C."""
    with Live(console=Console(), auto_refresh=False) as live:
        try:
            while True:
                live.update(_shown(address), refresh=True)
                time.sleep(_REFRESH_S)
        except KeyboardInterrupt:
            return


def _shown(address: HttpAddress) -> Table | str:
    try:
        return _table(_ask(address))
    except StationError as error:
        return str(error)


def _ask(address: HttpAddress) -> list[Json]:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)  # noqa: S104 - where to ask
    url = f"http://{HttpAddress(host=host, port=address.port)}/api/v1/channels"
    try:
        return asyncio.run(_channels(url))
    except (aiohttp.ClientError, TimeoutError) as error:
        raise StationError(
            f"no station answers at {url}. Start one with 'webtv run', or say where it is with --http"
        ) from error


async def _channels(url: str) -> list[Json]:
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as session:
        async with session.get(url) as response:
            listed = (await response.json())["channels"]
        return [await _channel(session, url, entry) for entry in listed]


async def _channel(session: aiohttp.ClientSession, url: str, entry: Json) -> Json:
    if not entry["on_air"]:
        return entry
    async with session.get(f"{url}/{entry['id']}") as response:
        found: Json = await response.json()
        return found


def _table(channels: list[Json]) -> Table:
    table = Table(
        title=f"{len(channels)} channel{'s' * (len(channels) != 1)}", title_justify="left", expand=False
    )
    for column in ("channel", "on air", "now", "ahead", "fresh", "clips", "targets"):
        table.add_column(column, justify="right" if column in ("ahead", "fresh", "clips") else "left")
    for entry in channels:
        table.add_row(*_row(entry))
    return table


def _row(entry: Json) -> list[str]:
    now = entry["now"]
    if not now:
        return [entry["id"], "[red]no[/red]", "", "", "", "", ""]
    return [
        entry["id"],
        "[green]yes[/green]",
        f"{now['kind']}: {now['title']}",
        f"{entry['buffered_s']:.0f} s",
        f"{100 * entry['fresh_share']:.0f} %",
        str(entry["clips"]),
        ", ".join(f"{target['name']} {target['state']}" for target in entry["targets"]) or "none",
    ]
