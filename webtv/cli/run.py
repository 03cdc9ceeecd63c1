"""``webtv run``: puts the station on air."""

from __future__ import annotations

import typer

from webtv.cli.options import Channels, Config, Data, Http, epilog

app = typer.Typer()


@app.command(
    epilog=epilog(
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
