"""``webtv diff``: what saving a file would change on air, and when."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from webtv.cli.options import Config, Http, Json, epilog

app = typer.Typer()


@app.command(
    epilog=epilog(
        "diff drafts/dreams.yaml",
        "diff channels/dreams.yaml draft.yaml",
        "diff webtv.yaml webtv.new.yaml",
        exits="0 the draft can be used, 1 no station answers, 2 two kinds of files, 78 a file is bad",
    )
)
def diff(
    file: Annotated[
        Path,
        typer.Argument(
            help="The file as it is; alone, a draft for the channel on air that is called like it."
        ),
    ],
    draft: Annotated[Path | None, typer.Argument(help="The file as it would be.")] = None,
    config: Config = None,
    http: Http = None,
    as_json: Json = False,
) -> None:
    """Tell what saving a file would change on air, from what to what, and when."""
    from webtv.cli.diff import text
    from webtv.cli.diff.draft import between, on_air
    from webtv.cli.where import find

    changes = between(file, draft) if draft else on_air(file, find(config, http))
    typer.echo(text.as_json(changes) if as_json else text.as_text(changes))
