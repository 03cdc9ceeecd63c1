"""A station shown once, kept showing, or printed as JSON."""

from __future__ import annotations

import asyncio
import json
import sys

from rich.console import RenderableType

from webtv.cli.console import table_console
from webtv.cli.status.ask import Asker
from webtv.cli.status.live import keep_showing
from webtv.cli.status.screen import draw
from webtv.cli.where import Where


def as_json(where: Where) -> None:
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


def once(where: Where) -> None:
    """Print it once. Raises StationError when no station answers."""
    table_console().print(view(where))


def live(where: Where) -> None:
    """Show it in the whole terminal until Ctrl-C; where there is none, or a dumb one, print it once.

    Raises:
        StationError: no station answers, and there is no terminal to wait in.
    """
    console = table_console()
    if not console.is_interactive:
        console.print(view(where))
        return
    asyncio.run(keep_showing(Asker(where), console))
