"""Mistakes in files, and what is seldom meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from webtv.config import ChannelConfig, StationConfig, load_channel, load_channels, load_station
from webtv.config.doubts import doubts
from webtv.config.load import STATION_FILE, is_station, load_keys
from webtv.errors import ConfigError


def check_files(files: Sequence[Path]) -> tuple[list[str], str]:
    """A line for each warning, and what was checked. Raises ConfigError with the mistakes of all files."""
    warnings: list[str] = []
    problems: list[str] = []
    for file in files:
        try:
            config = load_station(file) if is_station(file) else load_channel(file)
        except ConfigError as error:
            problems += error.problems
        else:
            warnings += _warnings(file, config)
    if problems:
        raise ConfigError(problems)
    return warnings, _counted(len(files), "file")


def check_station(file: Path | None, folder: Path | None) -> tuple[list[str], str]:
    """As ``check_files``, of the station's file and the channels' folder; by default, those here."""
    station, problems = _station(file)
    station = station.override(channels=folder)
    try:
        channels, refused = load_channels(station.channels)
    except ConfigError as error:
        raise ConfigError([*problems, *error.problems]) from None
    problems += [line for error in refused.values() for line in error.problems]
    if problems:
        raise ConfigError(problems)
    if not channels:
        raise ConfigError([f"{station.channels}: there is no channel. Add a file with a title and a theme."])
    path, counted = file or STATION_FILE, _counted(len(channels), "channel")
    warnings = list(_warnings(path, station))
    for name, channel in channels.items():
        warnings += _warnings(station.channels / f"{name}.yaml", channel)
    return warnings, f"{path} and {counted}" if path.exists() else f"{counted} (there is no {path})"


def _station(file: Path | None) -> tuple[StationConfig, list[str]]:
    """Of a station's file with mistakes, where it has its channels; and those mistakes."""
    try:
        return load_station(file), []
    except ConfigError as error:
        try:
            return load_keys(file, "channels"), list(error.problems)
        except ConfigError:
            raise error from None


def _warnings(file: Path, config: ChannelConfig | StationConfig) -> Iterator[str]:
    for doubt in doubts(config):
        yield f"warning: {file}: {doubt.what}. {doubt.mend}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
