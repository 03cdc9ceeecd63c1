"""``webtv schema``: the JSON Schema of a file, for editors."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from webtv.cli.options import epilog

app = typer.Typer()


@app.command(
    epilog=epilog(
        "schema channel > channel.schema.json",
        exits="0 ok",
        files="schema/*.schema.json hold the same; with `# yaml-language-server: $schema=PATH` on a file's "
        "first line, editors complete its keys and mark its mistakes",
    )
)
def schema(kind: Annotated[Literal["channel", "station"], typer.Argument(help="Of which file.")]) -> None:
    """Print the JSON Schema of a channel's or the station's file, for editors."""
    from webtv.config.schema import as_json

    typer.echo(as_json(kind), nl=False)
