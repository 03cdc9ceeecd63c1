"""``webtv status``: what a running station airs, asked over HTTP and drawn in a terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from webtv.cli.options import Config, Http, Json, epilog

app = typer.Typer()


@app.command(
    epilog=epilog(
        "status",
        "status --watch",
        "status --json | jq '.channels[].on_air'",
        exits="0 a station answers, 1 none does",
    )
)
def status(
    config: Config = None,
    http: Http = None,
    as_json: Json = False,
    watch: Annotated[bool, typer.Option("--watch", help="Keep showing it, until Ctrl-C.")] = False,
) -> None:
    """Show what a running station airs."""
    from webtv.cli.status import show
    from webtv.cli.where import find

    where = find(config, http)
    if as_json:
        show.as_json(where)
    elif watch:
        show.live(where)
    else:
        show.once(where)
