"""``webtv targets``: Twitch's servers by region, and how a newer list of them comes here."""

from __future__ import annotations

from typing import Annotated

import typer

from webtv.cli.options import Config, Data, Json, epilog

app = typer.Typer()


@app.command(
    epilog=epilog(
        "targets",
        "targets --refresh",
        exits="0 ok, 1 the list cannot be fetched",
        files="data/ keeps the list",
    )
)
def targets(
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Fetch Twitch's own list; it is used from the next start on.")
    ] = False,
) -> None:
    """List Twitch's servers by region, for the key 'region' of a target."""
    from webtv.cli.targets import ingests
    from webtv.config import load_station

    folder = load_station(config).override(data=data).data
    if refresh:
        ingests.refresh(folder)
    if as_json:
        typer.echo(ingests.as_json(folder))
    else:
        ingests.show(folder)
