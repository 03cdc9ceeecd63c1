"""``webtv explain``: what a key means, takes, and when a change of it shows."""

from __future__ import annotations

from typing import Annotated

import typer

from webtv.cli.options import epilog

app = typer.Typer()


def _complete_key(incomplete: str) -> list[str]:
    from webtv.config.explain import all_keys
    from webtv.config.schema import MODELS

    return [key.name for kind in MODELS for key in all_keys(kind) if key.name.startswith(incomplete)]


@app.command(
    epilog=epilog(
        "explain",
        "explain format.fps",
        "explain targets.key_file",
        exits="0 ok, 2 there is no such key",
        files="docs/channels.md has all of it on one page",
    )
)
def explain(
    key: Annotated[
        str | None,
        typer.Argument(
            help="A key, such as format.fps; without it all are listed.", autocompletion=_complete_key
        ),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the tables of docs/channels.md instead.")
    ] = False,
) -> None:
    """Tell what a key of the configuration means, takes, and when a change of it shows."""
    from webtv.cli.explain import pages

    if markdown:
        typer.echo(pages.markdown(), nl=False)
    else:
        typer.echo(pages.one_key(key) if key else pages.all_listed())
