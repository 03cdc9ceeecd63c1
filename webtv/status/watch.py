"""Keeps a picture of the station in a terminal: drawn whole in one write, so that it never flickers."""

from __future__ import annotations

import asyncio
import time
from typing import Never

from rich.console import Console
from rich.live import Live

from webtv.errors import StationError
from webtv.status.ask import Asker, Picture
from webtv.status.screen import draw, draw_nothing

_EVERY_S = 1.0


async def keep_showing(asker: Asker, console: Console) -> Never:
    """Ask and draw each second until cancelled. While nobody answers, the last picture stays, and says so."""
    last: Picture | None = None
    seen_at = time.monotonic()
    with Live(console=console, screen=True, auto_refresh=False, vertical_overflow="crop") as live:
        async with asker.session() as session:
            while True:
                began = time.monotonic()
                try:
                    last, seen_at = await asker.ask(session), time.monotonic()
                    shown = draw(last)
                except StationError as error:
                    silent_s = time.monotonic() - seen_at
                    shown = draw(last, silent_s=silent_s) if last else draw_nothing(str(error), silent_s)
                live.update(shown, refresh=True)
                await asyncio.sleep(max(0.1, _EVERY_S - (time.monotonic() - began)))
