"""The command ``webtv``. Data goes to standard output, progress and errors to standard error.

Each command is a module here, or a package whose ``__init__`` declares it. Declarations load no library, so
that ``--help`` and completion answer at once: a command imports what does its work when it is called.

Exit codes: 0 ok, 1 failure, 2 wrong usage, 78 bad configuration.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from webtv import __version__
from webtv.cli import check, diff, doctor, explain, models, render, run, schema, status, targets
from webtv.cli.options import epilog
from webtv.errors import ConfigError, WebtvError

app = typer.Typer(
    help="An AI television station: a theme becomes an endless channel.",
    epilog=epilog(
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
for _command in (run, check, explain, diff, schema, status, targets, render, doctor, models):
    app.add_typer(_command.app)


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


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"webtv {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """webtv: an AI television station."""
