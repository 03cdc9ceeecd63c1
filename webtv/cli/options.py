"""Options that several commands share, and what ends the help of each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None, typer.Option("-c", "--config", help="The station's file; webtv.yaml if there is one.")
]
Channels = Annotated[Path | None, typer.Option(help="Folder with one YAML file per channel.")]
Data = Annotated[Path | None, typer.Option(help="Folder for clips and databases.")]
Http = Annotated[str | None, typer.Option(help="Address that the station listens on, as host:port.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def epilog(*examples: str, exits: str, files: str = "") -> str:
    """Examples (without ``webtv``), exit codes and files. Typer sets each paragraph in a line of its own."""
    ends = [f"Exit codes: {exits}."] + ([f"Files: {files}."] if files else [])
    return "\n\n".join(["Examples:", *(f"$ webtv {line}" for line in examples), *ends])
