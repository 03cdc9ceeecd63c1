"""Reading the files. Everything wrong with a file is said at once, in one ConfigError."""

from __future__ import annotations

import re
from pathlib import Path

from webtv.config.channel import ChannelConfig
from webtv.config.document import read_document
from webtv.config.source import read_source
from webtv.config.station import StationConfig
from webtv.config.validate import validate
from webtv.errors import ConfigError

STATION_FILE = Path("webtv.yaml")

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_SUFFIXES = (".yaml", ".yml")


def load_channel(path: Path) -> ChannelConfig:
    """Read one channel. Its id is the file's name without ``.yaml``. Raises ConfigError."""
    if path.suffix != ".yaml":
        raise ConfigError([f"{path}: a channel's file ends in .yaml. Rename it to {path.stem}.yaml."])
    if not _ID.fullmatch(path.stem):
        raise ConfigError(
            [
                f"{path}: '{path.stem}' cannot be a channel's id. Name the file with a-z, 0-9 and '-', "
                f"at most 40 of them, such as {_suggest_id(path.stem)}.yaml."
            ]
        )
    document = read_document(read_source(path))
    if document.empty:
        raise ConfigError(
            [f"{path}:1:1: the file is empty. A channel needs two lines, 'title: …' and 'theme: …'."]
        )
    return validate(ChannelConfig, document, id=path.stem)


def load_channels(folder: Path) -> tuple[dict[str, ChannelConfig], dict[Path, ConfigError]]:
    """Read all channels of a folder, by id and in the order of their names, and why others cannot be used.

    Hidden files, such as an editor's half-saved ones, and files of other kinds are passed over.
    Raises ConfigError when there is no such folder.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and path.name[0] != ".")
    except OSError as error:
        text = (
            f"{folder}: the channels' folder cannot be read: {error.strerror}. It has one file per channel."
        )
        raise ConfigError([text]) from None
    channels: dict[str, ChannelConfig] = {}
    errors: dict[Path, ConfigError] = {}
    for path in paths:
        try:
            channels[path.stem] = load_channel(path)
        except ConfigError as error:
            errors[path] = error
    twice = _pushed_twice(folder, channels)
    for path in twice:
        channels.pop(path.stem)
    return channels, errors | twice


def _pushed_twice(folder: Path, channels: dict[str, ChannelConfig]) -> dict[Path, ConfigError]:
    """A server takes one publisher for each stream: two channels would push each other off for ever."""
    first: dict[tuple[str, str], str] = {}
    errors = {}
    for channel in channels.values():
        for target in channel.targets if channel.enabled else ():
            place = (target.server_url, target.stream.get_secret_value())
            owner = first.setdefault(place, channel.id) if target.enabled else channel.id
            if owner != channel.id:
                path = folder / f"{channel.id}.yaml"
                text = f"{path}: target '{target.name}' is the same place as one of {owner}.yaml. Remove one."
                errors[path] = ConfigError([text])
    return errors


def load_station(path: Path | None = None) -> StationConfig:
    """Read the station's file: ``webtv.yaml`` here if none is named, and defaults if there is none.

    Raises ConfigError.
    """
    if path is None and not STATION_FILE.exists():
        return StationConfig()
    return validate(StationConfig, read_document(read_source(path or STATION_FILE)))


def _suggest_id(stem: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:40].strip("-") or "my-channel"
