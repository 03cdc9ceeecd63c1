"""The terminal that commands print tables to."""

from __future__ import annotations

import os

from rich.console import Console

_PIPED_WIDTH = 160


def table_console() -> Console:
    """Standard output: as wide as the terminal, or as COLUMNS says; for a pipe, wide enough for a table."""
    console = Console(highlight=False)
    if console.is_terminal or "COLUMNS" in os.environ:
        return console
    return Console(highlight=False, width=_PIPED_WIDTH)
