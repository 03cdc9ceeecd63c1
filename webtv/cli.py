"""The command ``webtv``. Data goes to standard output, progress and errors to standard error.

Exit codes: 0 ok, 1 failure, 2 wrong usage, 78 bad configuration.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from webtv import __version__
from webtv.errors import ConfigError, WebtvError

app = typer.Typer(
    help="An AI television station: a theme becomes an endless channel.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Config = Annotated[
    Path | None, typer.Option("-c", "--config", help="The station's file; webtv.yaml if there is one.")
]
Channels = Annotated[Path | None, typer.Option(help="Folder with one YAML file per channel.")]
Data = Annotated[Path | None, typer.Option(help="Folder for clips and databases.")]
Http = Annotated[str | None, typer.Option(help="Address to listen on, as host:port.")]


def main() -> None:
    """Run the command line; expected errors are printed without a traceback."""
    try:
        app()
    except WebtvError as error:
        sys.stderr.write(f"webtv: {error}\n")
        sys.exit(error.exit_code)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"webtv {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """webtv: an AI television station."""


@app.command()
def run(config: Config = None, channels: Channels = None, data: Data = None, http: Http = None) -> None:
    """Put the station on air, until Ctrl-C."""
    import webtv.app as application
    from webtv import log
    from webtv.config.load import StationFile

    file = StationFile(config, {"channels": channels, "data": data, "http": http})
    station = file.load()
    log.configure(station.log.level, station.log.format)
    application.run(station, file)


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files to check; by default webtv.yaml and all channels.")
    ] = None,
    config: Config = None,
    channels: Channels = None,
) -> None:
    """Check configuration files; says file, line and column of each mistake."""
    from webtv.config import load_channel, load_channels, load_station

    good, problems = 0, []
    if files:
        for file in files:
            try:
                load_station(file) if file.stem in _STATION_FILES else load_channel(file)
                good += 1
            except ConfigError as error:
                problems += error.problems
    else:
        station = load_station(config).override(channels=channels)
        configs, refused = load_channels(station.channels)
        good, problems = len(configs), [line for error in refused.values() for line in error.problems]
    if problems:
        raise ConfigError(problems)
    if not good:
        raise ConfigError([f"{station.channels}: there is no channel. Add a file with a title and a theme."])
    typer.echo(f"{good} {'file' if good == 1 else 'files'}: no mistakes")


_STATION_FILES = ("webtv", "webtv.example")


@app.command()
def status(
    config: Config = None,
    http: Http = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Keep showing it, until Ctrl-C.")] = False,
) -> None:
    """Show what a running station airs."""
    import webtv.status as showing
    from webtv.config import load_station

    address = load_station(config).override(http=http).http
    if watch:
        showing.watch(address)
    elif as_json:
        typer.echo(showing.as_json(address))
    else:
        showing.show(address)


@app.command()
def targets(
    config: Config = None,
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Fetch Twitch's own list; it is used from the next start on.")
    ] = False,
) -> None:
    """List Twitch's servers by region, for the key 'region' of a target."""
    import webtv.targets_command as command
    from webtv.config import load_station

    folder = load_station(config).override(data=data).data
    if refresh:
        command.refresh(folder)
    if as_json:
        typer.echo(command.as_json(folder))
    else:
        command.show(folder)


@app.command()
def render(
    theme: Annotated[str, typer.Option(help="What the clip shows, in your own words.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the MP4 file goes.")] = Path(
        "clip.mp4"
    ),
    style: Annotated[str, typer.Option(help="How it looks.")] = "",
    seconds: Annotated[float, typer.Option(min=4, max=60, help="Length; rounded to whole quanta.")] = 12.8,
    shots: Annotated[int, typer.Option(min=1, max=12, help="How many shots are cut together.")] = 4,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="The same seed gives the same clip.")] = 0,
) -> None:
    """Make one clip from a theme, without a station."""
    from webtv.render.single import render_file

    typer.echo(render_file(theme, style, seconds=seconds, shots=shots, seed=seed, output=output))


models = typer.Typer(
    help="The models' weights: what there is, what is here, what works.", no_args_is_help=True
)
app.add_typer(models, name="models")

Models = Annotated[Path | None, typer.Option("--models", help="Folder that the models' weights are kept in.")]


@models.command("list")
def list_models(
    config: Config = None,
    folder: Models = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show engines with their weights: size, licence, and whether they are here."""
    import webtv.models_command as command
    from webtv.config import load_station

    station = load_station(config).override(models=folder)
    if as_json:
        typer.echo(command.as_json(station))
    else:
        command.show(station)


@models.command("pull")
def pull_models(
    engines: Annotated[
        list[str] | None, typer.Argument(help="Engines; by default those that the channels name.")
    ] = None,
    config: Config = None,
    channels: Channels = None,
    folder: Models = None,
    update: Annotated[
        bool, typer.Option("--update", help="Take the latest commit, not the one that is locked.")
    ] = False,
) -> None:
    """Fetch weights, or verify those that are here; goes on where it broke off."""
    from webtv.config import load_station
    from webtv.models_command import pull_for

    pull_for(load_station(config).override(channels=channels, models=folder), engines or (), update=update)


@models.command("check")
def check_models(
    engines: Annotated[list[str], typer.Argument(help="Engines to check.")],
    config: Config = None,
    folder: Models = None,
    device: Annotated[
        str | None, typer.Option(help="cpu or cuda:0; by default the first of the station's devices.")
    ] = None,
) -> None:
    """Load engines, have each do a little work, and print what it took."""
    from webtv.config import load_station
    from webtv.engine_check import check_engines

    if not check_engines(load_station(config).override(models=folder), engines, device):
        raise typer.Exit(1)


@app.command()
def doctor(config: Config = None, channels: Channels = None, data: Data = None, http: Http = None) -> None:
    """Look for what would keep the station off air, and say how to mend it."""
    from webtv.config import load_station
    from webtv.doctor import report

    station = load_station(config).override(channels=channels, data=data, http=http)
    if not report(station):
        raise typer.Exit(1)
