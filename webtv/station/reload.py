"""Brings what is on air in line with the files, as they are saved. A file with a mistake changes nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import structlog

from webtv.clock import Clock
from webtv.config import ChannelConfig, StationConfig, load_channel, load_channels
from webtv.config.follow import Debounce, follow_files
from webtv.config.load import STATION_FILE, StationFile, together
from webtv.errors import ConfigError
from webtv.station.last_good import LastGood
from webtv.station.lineup import LineUp

log = structlog.get_logger()

Read = ChannelConfig | StationConfig


@dataclass(frozen=True)
class Reloads:
    """How reading the configuration went: whether all files could be used, and when they last could."""

    successful: bool = True
    last_success_ns: int | None = None
    """Wall-clock time."""


@dataclass
class Reloader:
    """The files of a station. ``open`` reads them, ``follow`` keeps the station in line with them."""

    folder: Path
    file: StationFile | None
    """None for a station that has no file."""
    clock: Clock
    last_good: LastGood
    asked: dict[str, ChannelConfig] = field(default_factory=dict)
    """What each channel was asked for last, by id: of a file with a mistake, what it held before."""
    problems: dict[Path, ConfigError] = field(default_factory=dict)
    reloads: Reloads = Reloads()
    _held: dict[Path, Read | ConfigError] = field(default_factory=dict)
    """What each file was read as."""
    _at_start: Debounce[Read] | None = None
    """Knows the files as ``open`` read them, until it is followed."""

    def open(self) -> None:
        """Read the channels. One whose file has a mistake is asked for what it was on air with last.

        Raises:
            ConfigError: there are channels, and none that could air; or there is no such folder.
        """
        self._at_start, self._held = Debounce(self._read), {}
        self.asked, problems = load_channels(self.folder, self._read_first)
        for name in self.asked:
            self.last_good.keep(self.folder / f"{name}.yaml")
        for path, problem in problems.items():
            good = self.last_good.load(path)
            if good is None:
                log.error("channel stays off air until its file is mended", problem=str(problem))
            else:
                self.asked[good.id] = good
                log.error(
                    "until its file is mended the channel airs as before, without targets named by URL",
                    problem=str(problem),
                )
        if not self.asked and problems:
            raise ConfigError([line for error in problems.values() for line in error.problems])
        self._keep(problems)

    async def follow(
        self,
        lineup: LineUp,
        apply: Callable[[StationConfig], None],
        prepare: Callable[[Mapping[str, ChannelConfig]], Awaitable[None]],
    ) -> None:
        """For ever. ``apply`` takes the station's own settings, and may raise ConfigError.

        ``prepare`` is awaited with all channels that are asked for, before they are.
        """
        debounce, self._at_start = self._at_start or Debounce(self._read, list(self._held)), None
        others = [] if self.file is None else [self._station_path]
        async with aclosing(follow_files(self.folder, others, debounce, self.clock)) as edits:
            async for found in edits:
                self._hold(found, apply)
                held = {path: one for path, one in self._held.items() if not isinstance(one, StationConfig)}
                good, problems = together(self.folder, held, self.asked)
                await prepare(good)
                await self._air(lineup, good, problems)
                self._log_changes(problems)
                self._keep(problems)

    @property
    def _station_path(self) -> Path:
        return self.file.path if self.file and self.file.path else STATION_FILE

    def _read(self, path: Path) -> Read:
        if self.file is not None and path == self._station_path:
            return self.file.load()
        return load_channel(path)

    def _read_first(self, path: Path) -> ChannelConfig:
        """Once for the start and for what follows. Raises ConfigError."""
        if self._at_start is None or path == self._station_path:
            return load_channel(path)
        try:
            config = self._held[path] = self._at_start.first(path)
        except ConfigError as error:
            self._held[path] = error
            raise
        return cast(ChannelConfig, config)

    def _hold(
        self, found: Mapping[Path, Read | ConfigError | None], apply: Callable[[StationConfig], None]
    ) -> None:
        if self.folder not in found:
            self._held.pop(self.folder, None)
        for path, holds in found.items():
            if path == self._station_path and self.file is not None:
                self._held[path] = self._applied(holds, apply)
            elif holds is None:
                self._held.pop(path, None)
            else:
                self._held[path] = holds

    def _applied(
        self, holds: Read | ConfigError | None, apply: Callable[[StationConfig], None]
    ) -> Read | ConfigError:
        """A station's file that is gone leaves the defaults, unless it was named."""
        try:
            config = self._read(self._station_path) if holds is None else holds
            if holds is None:
                log.warning("the station's file is gone; defaults count", file=str(self._station_path))
            if isinstance(config, StationConfig):
                apply(config)
        except ConfigError as error:
            return error
        return config

    async def _air(
        self, lineup: LineUp, good: Mapping[str, ChannelConfig], problems: Mapping[Path, ConfigError]
    ) -> None:
        """Edit the channels that differ; first those that go, whose places others may take."""
        kept = {path.stem for path in problems if path.parent == self.folder}
        for name in [name for name in self.asked if name not in good and name not in kept]:
            await lineup.edit(self.asked.pop(name), None)
        for name, config in good.items():
            if self.asked.get(name) != config:
                await lineup.edit(self.asked.get(name), config)
                self.asked[name] = config
                self.last_good.keep(self.folder / f"{name}.yaml")

    def _log_changes(self, problems: Mapping[Path, ConfigError]) -> None:
        """Once for each change."""
        for path, problem in problems.items():
            if str(problem) != str(self.problems.get(path)):
                log.error("edit refused; what was on air stays", file=str(path), problem=str(problem))
        for path in self.problems.keys() - problems.keys():
            log.info("file is mended", file=str(path))

    def _keep(self, problems: dict[Path, ConfigError]) -> None:
        last_ns = self.reloads.last_success_ns if problems else self.clock.now().wall_ns
        self.problems, self.reloads = problems, Reloads(not problems, last_ns)
