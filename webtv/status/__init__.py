"""``webtv status``: what a running station airs, asked over HTTP and drawn in a terminal."""

from __future__ import annotations

import asyncio
import json
import os
import sys

from rich.console import Console, RenderableType

from webtv.status.ask import Asker
from webtv.status.screen import draw
from webtv.status.watch import keep_showing
from webtv.status.where import Where, find

__all__ = ["Where", "find", "print_json", "show", "view", "watch"]

_PIPED_WIDTH = 160


def print_json(where: Where) -> None:
    """Print the desk's state, or what the public API has of it, and then a line to stderr that says so.

    Raises:
        StationError: no station answers.
    """
    picture = asyncio.run(Asker(where).once())
    print(json.dumps(picture.state, indent=1, ensure_ascii=False))
    if picture.note:
        print(picture.note, file=sys.stderr)


def view(where: Where) -> RenderableType:
    """What there is to see now. Raises StationError when no station answers."""
    return draw(asyncio.run(Asker(where).once()))


def show(where: Where) -> None:
    """Print it once. Raises StationError when no station answers."""
    _console().print(view(where))


def watch(where: Where) -> None:
    """Show it in the whole terminal until Ctrl-C; where there is none, or a dumb one, print it once.

    Raises:
        StationError: no station answers, and there is no terminal to wait in.
    """
    console = _console()
    if not console.is_interactive:
        console.print(view(where))
        return
    asyncio.run(keep_showing(Asker(where), console))


def _console() -> Console:
    console = Console(highlight=False)
    if console.is_terminal or "COLUMNS" in os.environ:
        return console
    return Console(highlight=False, width=_PIPED_WIDTH)
