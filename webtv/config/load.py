"""Reading the files. Everything wrong with a file is said at once, in one ConfigError."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from webtv.config.channel import ChannelConfig
from webtv.config.document import Problem, read_document
from webtv.config.ingests import BOOK
from webtv.config.referenced import PathAsRead
from webtv.config.section import Loc
from webtv.config.source import Source, read_source
from webtv.config.station import StationConfig
from webtv.config.validate import validate
from webtv.errors import ConfigError

STATION_FILE = Path("webtv.yaml")

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_SUFFIXES = (".yaml", ".yml")


def load_channel(path: Path, text: str | None = None) -> ChannelConfig:
    """Read one channel. Its id is the file's name without ``.yaml``. Raises ConfigError.

    With ``text`` as if that stood in the file.
    """
    if path.suffix != ".yaml":
        raise ConfigError([f"{path}: {_wrong_suffix(path)}"])
    if not _ID.fullmatch(path.stem):
        raise ConfigError(
            [
                f"{path}: '{path.stem}' cannot be a channel's id. Name the file with a-z, 0-9 and '-', "
                f"at most 40 of them, such as {_suggest_id(path.stem)}.yaml."
            ]
        )
    leads_to = Path(os.path.realpath(path))  # unlike ``resolve``, it takes links that lead to each other
    is_link = os.path.islink(path)  # noqa: PTH114 - raises nothing where the folder cannot be searched
    if is_link and not leads_to.is_relative_to(path.parent.resolve()):
        # What is wrong with a file is shown with its lines: a link must not make others' files readable.
        raise ConfigError([f"{path}: a link to {leads_to}, outside of the folder. Put the file itself here."])
    document = read_document(read_source(path) if text is None else Source(path, text))
    if document.empty:
        raise ConfigError(
            [f"{path}:1:1: the file is empty. A channel needs two lines, 'title: …' and 'theme: …'."]
        )
    return validate(ChannelConfig, document, id=path.stem)


def load_channels(
    folder: Path, load: Callable[[Path], ChannelConfig] = load_channel
) -> tuple[dict[str, ChannelConfig], dict[Path, ConfigError]]:
    """Read all channels of a folder, by id and in the order of their names, and why others cannot be used.

    Hidden files, such as an editor's half-saved ones, and files of other kinds are passed over.
    ``load`` reads one of them. Raises ConfigError when there is no such folder.
    """
    try:
        paths = channel_files(folder)
    except OSError as error:
        text = (
            f"{folder}: the channels' folder cannot be read: {error.strerror}. It has one file per channel."
        )
        raise ConfigError([text]) from None
    found: dict[Path, ChannelConfig | ConfigError] = {}
    for path in paths:
        try:
            found[path] = load(path)
        except ConfigError as error:
            found[path] = error
    return together(folder, found)


def is_station(file: Path) -> bool:
    """Whether a file is a station's by its name: webtv.yaml, webtv.example.yaml. No channel has two dots."""
    return file.stem.split(".")[0] == "webtv"


def channel_files(folder: Path) -> list[Path]:
    """In the order of their names. Raises OSError where the folder cannot be read, or nothing in it be seen.

    Who may list a folder and not search it sees names whose files all seem to be gone.
    """
    os.stat(f"{folder}/.")  # noqa: PTH116 - Path drops the dot, which needs the right to search
    return sorted(path for path in folder.iterdir() if is_channel_file(path))


def is_channel_file(path: Path) -> bool:
    return path.suffix in _SUFFIXES and path.name[0] not in ".#"


def together(
    folder: Path,
    found: Mapping[Path, ChannelConfig | ConfigError],
    on_air: Mapping[str, ChannelConfig] | None = None,
) -> tuple[dict[str, ChannelConfig], dict[Path, ConfigError]]:
    """The channels by id that can be on air together, and why others cannot, each file read by itself.

    Of two that push to one place, or ask for one number, the one that is not ``on_air`` with it already has
    to yield.
    """
    channels = {path.stem: one for path, one in sorted(found.items()) if isinstance(one, ChannelConfig)}
    errors = {path: one for path, one in sorted(found.items()) if isinstance(one, ConfigError)}
    for clashes in (_pushed_twice, _numbered_twice):
        twice = clashes(folder, channels, on_air or {})
        for path in twice:
            channels.pop(path.stem)
        errors |= twice
    return channels, errors


def _pushed_twice(
    folder: Path, channels: dict[str, ChannelConfig], on_air: Mapping[str, ChannelConfig]
) -> dict[Path, ConfigError]:
    """A server takes one publisher for each stream: two channels would push each other off for ever."""
    first: dict[tuple[str, str], str] = {}
    errors = {}
    for channel in _those_on_air_first(channels, on_air):
        for position, target in enumerate(channel.targets if channel.enabled else ()):
            place = target.place
            owner = first.setdefault(place, channel.id) if target.enabled else channel.id
            if owner != channel.id:
                path = folder / f"{channel.id}.yaml"
                text = f"target '{target.name}' is the same place as one of {owner}.yaml. Remove one."
                errors[path] = _at(path, ("targets", position), text)
    return errors


def _numbered_twice(
    folder: Path, channels: dict[str, ChannelConfig], on_air: Mapping[str, ChannelConfig]
) -> dict[Path, ConfigError]:
    """A remote control knows one channel by each number."""
    first: dict[int, str] = {}
    errors = {}
    for channel in _those_on_air_first(channels, on_air):
        if channel.number is None or not channel.enabled:
            continue
        owner = first.setdefault(channel.number, channel.id)
        if owner != channel.id:
            path = folder / f"{channel.id}.yaml"
            text = f"number {channel.number} is that of {owner}.yaml. Choose another, or leave the key out."
            errors[path] = _at(path, ("number",), text)
    return errors


def _those_on_air_first(
    channels: dict[str, ChannelConfig], on_air: Mapping[str, ChannelConfig]
) -> list[ChannelConfig]:
    return sorted(channels.values(), key=lambda one: on_air.get(one.id) != one)


def _at(path: Path, loc: Loc, text: str) -> ConfigError:
    """What is wrong with a file that could be used by itself, with its place as long as that can be found."""
    try:
        document = read_document(read_source(path))
    except ConfigError:  # it has changed since
        return ConfigError([f"{path}: {text}"])
    place = document.place(loc)
    return document.error([Problem(place.line, place.column, text, place.width)])


@dataclass(frozen=True)
class StationFile:
    """The station's file, and the flags of a command line that replace what stands in it."""

    path: Path | None = None
    flags: Mapping[str, str | int | Path | None] = field(default_factory=dict)

    def load(self) -> StationConfig:
        """Raises ConfigError. Of two that were read, the lists that they name differ when their lines may."""
        config = load_station(self.path).override(**self.flags)
        if config.blocklist is None:
            return config
        return config.model_copy(update={"blocklist": PathAsRead.of(config.blocklist)})


def load_station(path: Path | None = None) -> StationConfig:
    """Read the station's file: ``webtv.yaml`` here if none is named, and defaults if there is none.

    Channels read from now on go by the list of Twitch's servers in its data folder. Raises ConfigError.
    """
    if path is None and not os.path.lexists(STATION_FILE):
        station = StationConfig()
    else:
        station = validate(StationConfig, read_document(read_source(path or STATION_FILE)))
    BOOK.open(station.data)
    return station


def load_keys(path: Path | None, *keys: str) -> StationConfig:
    """These keys of a station's file that there is, whatever mistakes the others hold. Raises ConfigError."""
    document = read_document(read_source(path or STATION_FILE))
    data = document.data
    if isinstance(data, dict):
        data = {name: value for name, value in data.items() if name in keys}
    return validate(StationConfig, replace(document, data=data))


def _wrong_suffix(path: Path) -> str:
    if not path.suffix:
        return "is not a channel's file, whose name ends in .yaml. A folder of channels goes with --channels."
    right = path.with_suffix(".yaml").name
    if path.with_suffix(".yaml").exists():
        return f"the channel '{path.stem}' is in {right} already. Remove one of the two files."
    return f"a channel's file ends in .yaml. Rename it to {right}."


def _suggest_id(stem: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:40].strip("-") or "my-channel"
