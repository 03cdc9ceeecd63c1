"""``webtv models``: the weights of engines: what there is, what is here, what works."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from webtv.cli.options import Channels, Config, Json, epilog

app = typer.Typer()
models = typer.Typer(
    help="The models' weights: what there is, what is here, what works.", no_args_is_help=True
)
app.add_typer(models, name="models")

Folder = Annotated[Path | None, typer.Option("--models", help="Folder that the models' weights are kept in.")]


def _complete_engine(incomplete: str) -> list[str]:
    from webtv.models.catalogue import with_weights

    return [name for name in with_weights() if name.startswith(incomplete)]


@models.command(
    "list", epilog=epilog("models list", "models list --json", exits="0 ok, 1 the list is unreadable")
)
def list_models(config: Config = None, folder: Folder = None, as_json: Json = False) -> None:
    """Show engines with their weights: size, licence, and whether they are here."""
    from webtv.cli.models import table
    from webtv.config import load_station

    station = load_station(config).override(models=folder)
    if as_json:
        typer.echo(table.as_json(station))
    else:
        table.show(station)


@models.command(
    "pull",
    epilog=epilog(
        "models pull",
        "models pull zeroscope film",
        exits="0 all are here and whole, 1 some are not, 78 bad configuration",
        files="models/ holds the weights, and the commits and hashes that they are locked to",
    ),
)
def pull_models(
    engines: Annotated[
        list[str] | None,
        typer.Argument(
            help="Engines; by default those that the channels name.", autocompletion=_complete_engine
        ),
    ] = None,
    config: Config = None,
    channels: Channels = None,
    folder: Folder = None,
    update: Annotated[
        bool, typer.Option("--update", help="Take the latest commit, not the one that is locked.")
    ] = False,
) -> None:
    """Fetch weights, or verify those that are here; goes on where it broke off."""
    from webtv.cli.models.pull import pull_for
    from webtv.config import load_station

    pull_for(load_station(config).override(channels=channels, models=folder), engines or (), update=update)


@models.command(
    "check",
    epilog=epilog(
        "models check wan film", "models check wan --device cpu", exits="0 all work, 1 some do not"
    ),
)
def check_models(
    engines: Annotated[list[str], typer.Argument(help="Engines to check.", autocompletion=_complete_engine)],
    config: Config = None,
    folder: Folder = None,
    device: Annotated[
        str | None, typer.Option(help="cpu or cuda:0; by default the first of the station's devices.")
    ] = None,
) -> None:
    """Load engines, have each do a little work, and print what it took."""
    from webtv.cli.models.trial import check_engines
    from webtv.config import load_station

    if not check_engines(load_station(config).override(models=folder), engines, device):
        raise typer.Exit(1)
