"""The command ``webtv``. Data goes to standard output, progress and errors to standard error.

Exit codes: 0 ok, 1 failure, 2 wrong usage, 78 bad configuration.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from webtv import __version__
from webtv.errors import ConfigError, WebtvError


def _examples(*lines: str, exits: str, files: str = "") -> str:
    """What ends a command's help. Typer sets each paragraph in a line of its own."""
    ends = [f"Exit codes: {exits}."] + ([f"Files: {files}."] if files else [])
    return "\n\n".join(["Examples:", *(f"$ webtv {line}" for line in lines), *ends])


app = typer.Typer(
    help="An AI television station: a theme becomes an endless channel.",
    epilog=_examples(
        "check",
        "run",
        exits="0 ok, 1 failure, 2 wrong usage, 78 bad configuration; COMMAND --help says more",
        files="webtv.yaml of the station, channels/*.yaml of the channels; `webtv explain` lists their keys",
    ),
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
Http = Annotated[str | None, typer.Option(help="Address that the station listens on, as host:port.")]


def main() -> None:
    """Run the command line; expected errors are printed without a traceback."""
    try:
        app()
    except ConfigError as error:  # each line begins with file:line:column, which editors and terminals open
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
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


@app.command(
    epilog=_examples(
        "run",
        "run --http 0.0.0.0:8800 --data /var/lib/webtv",
        "run -c /etc/webtv/webtv.yaml",
        exits="0 after Ctrl-C or SIGTERM, 1 port or data folder cannot be used, 78 bad configuration",
        files="webtv.yaml, channels/*.yaml, both read again whenever they are saved; clips go to data/",
    )
)
def run(config: Config = None, channels: Channels = None, data: Data = None, http: Http = None) -> None:
    """Put the station on air, until Ctrl-C."""
    import webtv.app as application
    from webtv import log
    from webtv.config.load import StationFile

    file = StationFile(config, {"channels": channels, "data": data, "http": http})
    station = file.load()
    log.configure(station.log.level, station.log.format)
    application.run(station, file)


@app.command(
    epilog=_examples(
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
    import webtv.check_command as command

    warnings, checked = command.named(files) if files else command.all_of(config, channels)
    for warning in warnings:
        typer.echo(warning, err=True)
    typer.echo(f"{checked}: no mistakes")


def _key_names(incomplete: str) -> list[str]:
    from webtv.config.explain import all_keys
    from webtv.config.schema import MODELS

    return [key.name for kind in MODELS for key in all_keys(kind) if key.name.startswith(incomplete)]


@app.command(
    epilog=_examples(
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
            help="A key, such as format.fps; without it all are listed.", autocompletion=_key_names
        ),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the tables of docs/channels.md instead.")
    ] = False,
) -> None:
    """Tell what a key of the configuration means, takes, and when a change of it shows."""
    import webtv.explain_command as command

    if markdown:
        typer.echo(command.markdown(), nl=False)
    else:
        typer.echo(command.explain(key) if key else command.listed())


@app.command(
    epilog=_examples(
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
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell what saving a file would change on air, from what to what, and when."""
    import webtv.draft_command as command
    from webtv.status import find

    say = command.as_json if as_json else command.as_text
    if draft:
        typer.echo(say(command.between(file, draft)))
    else:
        typer.echo(say(command.on_air(file, find(config, http))))


@app.command(
    epilog=_examples(
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


@app.command(
    epilog=_examples(
        "status",
        "status --watch",
        "status --json | jq '.channels[].on_air'",
        exits="0 a station answers, 1 none does",
    )
)
def status(
    config: Config = None,
    http: Http = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Keep showing it, until Ctrl-C.")] = False,
) -> None:
    """Show what a running station airs."""
    import webtv.status as showing

    where = showing.find(config, http)
    if as_json:
        showing.print_json(where)
    elif watch:
        showing.watch(where)
    else:
        showing.show(where)


@app.command(
    epilog=_examples(
        "targets",
        "targets --refresh",
        exits="0 ok, 1 the list cannot be fetched",
        files="data/ keeps the list",
    )
)
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


@app.command(
    epilog=_examples(
        "render --theme 'Whales of light crossing a midnight sea'",
        "render --theme 'Comets over ice moons' --seconds 8 --shots 2 --seed 7 -o comets.mp4",
        exits="0 ok, 1 the clip cannot be made or written",
        files="the clip; its manifest is printed as JSON",
    )
)
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


def _weights_names(incomplete: str) -> list[str]:
    from webtv.models.catalogue import CATALOGUE

    return [name for name in CATALOGUE if name.startswith(incomplete)]


Models = Annotated[Path | None, typer.Option("--models", help="Folder that the models' weights are kept in.")]


@models.command(
    "list", epilog=_examples("models list", "models list --json", exits="0 ok, 1 the list is unreadable")
)
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


@models.command(
    "pull",
    epilog=_examples(
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
            help="Engines; by default those that the channels name.", autocompletion=_weights_names
        ),
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


@models.command(
    "check",
    epilog=_examples(
        "models check wan film", "models check wan --device cpu", exits="0 all work, 1 some do not"
    ),
)
def check_models(
    engines: Annotated[list[str], typer.Argument(help="Engines to check.", autocompletion=_weights_names)],
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


@app.command(
    epilog=_examples(
        "doctor",
        "doctor -c /etc/webtv/webtv.yaml",
        exits="0 nothing keeps the station off air, 1 something does, 78 webtv.yaml is bad",
    )
)
def doctor(config: Config = None, channels: Channels = None, data: Data = None, http: Http = None) -> None:
    """Look for what would keep the station off air, and say how to mend it."""
    from webtv.config import load_station
    from webtv.doctor import report

    station = load_station(config).override(channels=channels, data=data, http=http)
    if not report(station):
        raise typer.Exit(1)
