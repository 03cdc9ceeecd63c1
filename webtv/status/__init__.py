"""``webtv status``: what a running station airs, asked over HTTP and drawn in a terminal."""

from __future__ import annotations

import asyncio
import json
import os

from rich.console import Console, RenderableType

from webtv.config import HttpAddress
from webtv.status.ask import Asker
from webtv.status.screen import draw
from webtv.status.watch import keep_showing

__all__ = ["as_json", "show", "view", "watch"]

_PIPED_WIDTH = 160


def as_json(address: HttpAddress) -> str:
    """Channels and engines as the public API gives them.

    Raises:
        StationError: no station answers.
    """
    return json.dumps(asyncio.run(Asker(address).public()), indent=1, ensure_ascii=False)


def view(address: HttpAddress, token: str | None = None) -> RenderableType:
    """What there is to see now. Raises StationError when no station answers."""
    return draw(asyncio.run(Asker(address, token).once()))


def show(address: HttpAddress, token: str | None = None) -> None:
    """Print it once. Raises StationError when no station answers."""
    _console().print(view(address, token))


def watch(address: HttpAddress, token: str | None = None) -> None:
    """Show it in the whole terminal until Ctrl-C; where there is no terminal, print it once.

    Raises:
        StationError: no station answers, and there is no terminal to wait in.
    """
    console = _console()
    if not console.is_terminal:
        console.print(view(address, token))
        return
    asyncio.run(keep_showing(Asker(address, token), console))


def _console() -> Console:
    console = Console(highlight=False)
    if console.is_terminal or "COLUMNS" in os.environ:
        return console
    return Console(highlight=False, width=_PIPED_WIDTH)
