"""Everything that the station needs, looked at in turn and printed."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from webtv.cli.doctor import channels as of_channels
from webtv.cli.doctor import engines, machine, network
from webtv.cli.doctor.finding import Finding
from webtv.config import ChannelConfig, StationConfig, load_channels
from webtv.config.doubts import doubts
from webtv.errors import ConfigError

_LABELS = {"good": "[green]ok[/green]  ", "warning": "[yellow]note[/yellow]", "bad": "[red]bad[/red] "}


def report(station: StationConfig) -> bool:
    """Print all findings; True when none is bad."""
    console, good = Console(highlight=False), True
    for finding in examine(station):
        good = good and finding.verdict != "bad"
        console.print(f"{_LABELS[finding.verdict]} {escape(finding.what)}", soft_wrap=True)
        if finding.mend:
            console.print(f"     {escape(finding.mend)}", soft_wrap=True)
    return good


def examine(station: StationConfig) -> Iterator[Finding]:
    """Look at everything that the station needs."""
    channels: dict[str, ChannelConfig] = {}
    try:
        channels, refused = load_channels(station.channels)
    except ConfigError as error:
        yield Finding("bad", str(error), "Make the folder, or say where it is with --channels.")
    else:
        yield from of_channels.files(station.channels, channels, refused)
    yield from of_channels.themes(station, channels)
    yield from of_channels.typefaces(channels)
    for doubt in doubts(station):
        yield Finding("warning", doubt.what, doubt.mend)
    yield from of_channels.seldom_meant(channels)
    yield from network.desk(station)
    yield machine.ffmpeg(station)
    yield from machine.data(station)
    yield from engines.weights(station, channels)
    yield from engines.services(station, channels)
    yield from machine.workers(station.worker_socket)
    yield network.port(station)
    yield from network.targets(channels)
