"""``webtv doctor``: looks for what would keep the station off air, and says how to mend it."""

from __future__ import annotations

import typer

from webtv.cli.options import Channels, Config, Data, Http, epilog

app = typer.Typer()


@app.command(
    epilog=epilog(
        "doctor",
        "doctor -c /etc/webtv/webtv.yaml",
        exits="0 nothing keeps the station off air, 1 something does, 78 webtv.yaml is bad",
    )
)
def doctor(config: Config = None, channels: Channels = None, data: Data = None, http: Http = None) -> None:
    """Look for what would keep the station off air, and say how to mend it."""
    from webtv.cli.doctor.report import report
    from webtv.config import load_station

    station = load_station(config).override(channels=channels, data=data, http=http)
    if not report(station):
        raise typer.Exit(1)
