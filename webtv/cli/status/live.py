"""Keeps a picture of the station in a terminal: drawn whole in one write, so that it never flickers."""

from __future__ import annotations

import asyncio
import signal
import time

from rich.console import Console, RenderableType
from rich.live import Live

from webtv.cli.status.ask import Asker, Picture
from webtv.cli.status.screen import draw, draw_nothing
from webtv.errors import StationError

_EVERY_S = 1.0


async def keep_showing(asker: Asker, console: Console) -> None:
    """Ask and draw each second until Ctrl-C. While nobody answers, the last picture stays, and says so."""
    stopped = asyncio.Event()
    # Not by cancelling: a library that takes a cancellation for its own would leave the terminal taken.
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stopped.set)
    with Live(console=console, screen=True, auto_refresh=False, vertical_overflow="crop") as live:
        showing = asyncio.create_task(_show(asker, live))
        stopping = asyncio.create_task(stopped.wait())
        await asyncio.wait((showing, stopping), return_when=asyncio.FIRST_COMPLETED)
        showing.cancel()
        stopping.cancel()
    if not stopped.is_set():
        await showing


async def _show(asker: Asker, live: Live) -> None:
    last: Picture | None = None
    seen_at = time.monotonic()
    async with asker.session() as session:
        while True:
            began = time.monotonic()
            shown: RenderableType
            try:
                last, seen_at = await asker.ask(session), time.monotonic()
                shown = draw(last)
            except StationError as error:
                silent_s = time.monotonic() - seen_at
                shown = draw(last, silent_s=silent_s) if last else draw_nothing(str(error), silent_s)
            live.update(shown, refresh=True)
            await asyncio.sleep(max(0.1, _EVERY_S - (time.monotonic() - began)))
