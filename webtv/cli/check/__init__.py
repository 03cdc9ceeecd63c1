"""``webtv check``: mistakes in files, and what is seldom meant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from webtv.cli.options import Channels, Config, epilog

app = typer.Typer()


@app.command(
    epilog=epilog(
        "check",
        "check channels/dreams.yaml",
        exits="0 no mistakes, if perhaps warnings, 78 mistakes",
        files="webtv.yaml, channels/*.yaml",
    )
)
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files to check; by default webtv.yaml and all channels.")
    ] = None,
    config: Config = None,
    channels: Channels = None,
) -> None:
    """Check configuration files; says file, line and column of each mistake."""
    from webtv.cli.check.files import check_files, check_station

    warnings, checked = check_files(files) if files else check_station(config, channels)
    for warning in warnings:
        typer.echo(warning, err=True)
    typer.echo(f"{checked}: no mistakes")
