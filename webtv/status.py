"""What ``webtv status`` shows: a running station, asked over HTTP."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import aiohttp
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from webtv.config import HttpAddress
from webtv.errors import StationError

_TIMEOUT_S = 5
_REFRESH_S = 1.0

Json = dict[str, Any]


def as_json(address: HttpAddress) -> str:
    """Channels and engines as the API gives them.

    Raises:
        StationError: no station answers.
    """
    return json.dumps(_ask(address), indent=1, ensure_ascii=False)


def show(address: HttpAddress) -> None:
    Console().print(view(address))


def view(address: HttpAddress) -> RenderableType:
    """What there is to see now. Raises StationError when no station answers."""
    found = _ask(address)
    resting = [_engine(engine) for engine in found["engines"] if not engine["up"]]
    return Group(_table(found["channels"]), *resting)


def watch(address: HttpAddress) -> None:
    """Show it again and again, until Ctrl-C."""
    with Live(console=Console(), auto_refresh=False) as live:
        try:
            while True:
                live.update(_shown(address), refresh=True)
                time.sleep(_REFRESH_S)
        except KeyboardInterrupt:
            return


def _shown(address: HttpAddress) -> RenderableType:
    try:
        return view(address)
    except StationError as error:
        return str(error)


def _ask(address: HttpAddress) -> Json:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)  # noqa: S104 - where to ask
    url = f"http://{HttpAddress(host=host, port=address.port)}/api/v1"
    try:
        return asyncio.run(_found(url))
    except (aiohttp.ClientError, TimeoutError) as error:
        raise StationError(
            f"no station answers at {url}. Start one with 'webtv run', or say where it is with --http"
        ) from error


async def _found(url: str) -> Json:
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as session:
        listed = (await _read(session, f"{url}/channels"))["channels"]
        on_air = [
            await _read(session, f"{url}/channels/{entry['id']}") if entry["on_air"] else entry
            for entry in listed
        ]
        return {"channels": on_air} | await _read(session, f"{url}/engines")


async def _read(session: aiohttp.ClientSession, url: str) -> Json:
    async with session.get(url) as response:
        body: Json = await response.json()
        return body


def _engine(engine: Json) -> Text:
    where = f" on {engine['device']}" if engine["device"] else ""
    again = "" if engine["next_try_s"] is None else f", tried again in {engine['next_try_s']} s"
    text = f"{engine['step']} {engine['engine']}{where} rests{again}; the log says why"
    return Text(text, style="yellow")


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
