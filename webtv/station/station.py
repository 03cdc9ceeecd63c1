"""The station: its channels, its library, its workers. Started in order, stopped in reverse."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Iterable, Mapping
from contextlib import aclosing, suppress
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Never

import structlog

from webtv.broadcaster.handover import LeftPushes
from webtv.broadcaster.playout import push_equipment
from webtv.broadcaster.probe import watch_air
from webtv.broadcaster.pusher import Equipment
from webtv.clock import Clock
from webtv.config import ChannelConfig, StationConfig
from webtv.config.diff import When, station_changes
from webtv.config.ingests import BOOK
from webtv.config.load import StationFile
from webtv.errors import ConfigError, StationError, ToolError
from webtv.log import configure
from webtv.media.ffmpeg import find_ffmpeg
from webtv.models.catalogue import CATALOGUE, EngineRecord
from webtv.models.settings import HostSettings
from webtv.models.store import licence_refusal
from webtv.playlist.database import Database
from webtv.playlist.library import Library
from webtv.playlist.rundown import recall
from webtv.playlist.slots import RUNDOWN
from webtv.playlist.storage import Storage
from webtv.playlist.store import Store
from webtv.render.artefacts import ArtefactStore
from webtv.render.card_desk import CardDesk
from webtv.render.devices import hosts
from webtv.render.director import Director
from webtv.render.health import Health
from webtv.render.link import child, unit
from webtv.render.newsroom import Newsroom
from webtv.render.pool import Pool
from webtv.render.staff import Staff
from webtv.render.worker_executor import worker_executors
from webtv.station.air_watch import LOOK_EVERY_S, AirWatch, is_failing
from webtv.station.channel import Channel, Facilities
from webtv.station.intake import Intake
from webtv.station.last_good import LastGood
from webtv.station.life import LIFE, show_life, signs_of_life
from webtv.station.lineup import LineUp
from webtv.station.reload import Reloader, Reloads
from webtv.station.retention import Retention
from webtv.station.view import ChannelView
from webtv.supervisor import supervise

log = structlog.get_logger()

_LOCK = "lock"
_CHANNELS = "channels"
"""Each channel's own folder below the data folder is in there."""
_CARDS_AT_ONCE = 1
_FFMPEG_AGAIN_S = 30.0
_GB = 10**9


class Station:
    """All that is on air. ``open`` takes the data folder, ``run`` airs until cancelled, ``close`` lets go."""

    def __init__(self, config: StationConfig, clock: Clock, file: StationFile | None = None) -> None:
        """``file`` is where ``config`` was read from, to be followed."""
        self.config, self.clock = config, clock
        self.lineup: LineUp
        self._facilities: Facilities
        self._reloader = Reloader(config.channels, file, clock, LastGood(config.data / _CHANNELS))
        self.database: Database
        self.library: Library
        self.intake: Intake
        self.retention: Retention
        self.staff: Staff
        self.newsroom: Newsroom
        self.director: Director
        self._lock: TextIOWrapper | None = None
        self._left_pushes = LeftPushes()
        self._ffmpeg_trouble = ""
        """Logged last: once, however often it is looked for."""
        self.air_watch = AirWatch()

    @property
    def channels(self) -> dict[str, Channel]:
        """By id: those that are on air, sign on or sign off."""
        return self.lineup.channels

    @property
    def views(self) -> Mapping[str, ChannelView]:
        """The same channels, as all see them who are not of the station: by id."""
        return self.lineup.views

    @property
    def config_problems(self) -> dict[Path, ConfigError]:
        """Files that cannot be used until they are mended."""
        return self._reloader.problems

    @property
    def reloads(self) -> Reloads:
        return self._reloader.reloads

    def open(self) -> None:
        """Take the data folder, read the channels, open the database.

        Raises:
            StationError: the folder cannot be used, or another daemon uses it.
            ConfigError: there are channels, and none that could air.
        """
        BOOK.open(self.config.data)
        self._reloader.open()
        configs = self._reloader.asked
        data = self.config.data
        try:
            self._lock = _take(data)
            self.library = Library(data)
            self.library.clear_work()
        except OSError as error:
            raise StationError(
                f"the data folder {data} cannot be written: {error.strerror}. "
                "Make it writable for this user, or give another one with --data"
            ) from error
        self.database, damaged = Database.open(data / "webtv.db", restore=self._restore)
        if damaged:
            log.error("the database was damaged and is rebuilt from the files", kept_as=str(damaged))
        self._facilities = Facilities(
            Storage(data, self.clock, self.database, self.library, signs_of_life(data / LIFE)),
            cards=CardDesk(self.library, at_once=_CARDS_AT_ONCE),
            equipment=self._equipment(configs.values()),
        )
        self.lineup = LineUp(self._facilities, self.clock)
        self.lineup.open(config for config in configs.values() if config.enabled)
        on_air = [channel.config for channel in self.channels.values()]
        self._warn_of_licences(on_air)
        self.intake = Intake(lambda: self.channels, self.library, self.database, self.clock)
        self.retention = Retention(
            self.lineup.channels.values,
            lambda: {path.stem for path in self.config_problems},
            self.library,
            self.database,
            self.clock,
            keep_bytes=int(self.config.keep_gb * _GB),
            min_free_bytes=int(self.config.min_free_gb * _GB),
        )
        self.newsroom = Newsroom.of(self.config, self.clock)
        artefacts, health = ArtefactStore(self.library), Health(self.clock)
        connect = unit(socket) if (socket := self.config.worker_socket) else child()
        self.director = Director(
            self._on_air,
            Pool(worker_executors(connect, artefacts, health), artefacts, health),
            artefacts,
            self.database,
            self.clock,
            newsroom=self.newsroom,
            min_free_bytes=int(self.config.min_free_gb * _GB),
        )
        self.director.budget.limits = self.config.limits
        self.staff = Staff(self.director, self.clock, self._hosts(on_air))

    def _hosts(self, configs: Iterable[ChannelConfig]) -> list[HostSettings]:
        """One for each worker that channels of these need."""
        return hosts(self.config, with_models=any(_models_of(one) for one in configs if one.enabled))

    def _equipment(self, configs: Iterable[ChannelConfig]) -> Equipment | ToolError | None:
        if not any(target.enabled for config in configs if config.enabled for target in config.targets):
            return None
        try:
            return push_equipment(find_ffmpeg(self.config.ffmpeg), self.clock, self._left_pushes)
        except ToolError as error:
            if str(error) != self._ffmpeg_trouble:
                log.error("targets stay down until FFmpeg is found, HLS goes on", error=str(error))
            self._ffmpeg_trouble = str(error)
            return error

    def _warn_of_licences(self, configs: Iterable[ChannelConfig]) -> None:
        for config in configs:
            for entry in _models_of(config):
                refusals = [
                    licence_refusal(entry.name, weights, self.config.accept_noncommercial)
                    for weights in entry.weights
                ]
                if reason := next(filter(None, refusals), ""):
                    log.warning("engine is not used", channel=config.id, engine=entry.name, error=reason)

    def hand_over(self) -> None:
        """From now on, to end means to leave the pushes on air for the daemon that follows."""
        for channel in self.channels.values():
            if channel.playout is not None:
                channel.playout.release()

    def close(self) -> None:
        self.database.close()
        if self._lock is not None:
            self._lock.close()

    async def run(self) -> None:
        """Air all channels, each on its own: none waits for another, and an error in one stays there."""
        async with aclosing(self.newsroom), asyncio.TaskGroup() as tasks:
            tasks.create_task(self.lineup.run())
            tasks.create_task(self._end_left_pushes())
            tasks.create_task(supervise("air watch", self._watch_air, clock=self.clock))
            tasks.create_task(supervise("reload", self._follow_files, clock=self.clock))
            tasks.create_task(supervise("ffmpeg", self._look_for_ffmpeg, clock=self.clock))
            tasks.create_task(supervise("database", self._maintain_database, clock=self.clock))
            tasks.create_task(supervise("intake", self.intake.run, clock=self.clock))
            tasks.create_task(self._make_clips())
            tasks.create_task(supervise("newsroom", self.newsroom.retry_resting, clock=self.clock))
            tasks.create_task(supervise("retention", self.retention.run, clock=self.clock))
            probe = partial(watch_air, self.views.values, self.clock)
            tasks.create_task(supervise("on-air probe", probe, clock=self.clock))
            tasks.create_task(supervise("sign of life", self._show_life, clock=self.clock))

    async def _end_left_pushes(self) -> None:
        """End what earlier daemons left of channels that are gone; each channel looks after its own."""
        try:
            ended = await self._left_pushes.end_those_of_others(self.config.data / _CHANNELS, self.channels)
        except OSError as error:
            log.error("pushes of earlier daemons could not be looked for", error=str(error))
        else:
            if ended:
                log.warning("ended pushes of channels that are gone", pushes=ended)

    async def _watch_air(self) -> Never:
        """Begin the life of a channel anew that went dark while others air."""
        while True:
            failing = {channel.id for channel in self.views.values() if is_failing(channel)}
            for name in self.air_watch.look(self.clock.now().boot_ns, self.channels, failing):
                self.lineup.begin_anew(name)
            await self.clock.sleep(LOOK_EVERY_S)

    async def _follow_files(self) -> None:
        if self._facilities.equipment is None:  # a first target shall not wait for FFmpeg to be found
            with suppress(ToolError):
                ffmpeg = await asyncio.to_thread(find_ffmpeg, self.config.ffmpeg)
                self._facilities.equipment = push_equipment(ffmpeg, self.clock, self._left_pushes)
        await self._reloader.follow(self.lineup, self._apply, self._prepare)

    async def _look_for_ffmpeg(self) -> Never:
        """Whoever installs FFmpeg, or mends it, need not start the station again."""
        while True:
            await self.clock.sleep(_FFMPEG_AGAIN_S)
            if isinstance(self._facilities.equipment, ToolError):
                await self._equip(self._reloader.asked.values())

    async def _equip(self, configs: Iterable[ChannelConfig]) -> None:
        """Find FFmpeg, unless it was found before or no target needs it; channels that wait for it push."""
        if isinstance(self._facilities.equipment, Equipment):
            return
        found = await asyncio.to_thread(self._equipment, list(configs))
        if isinstance(self._facilities.equipment, Equipment):
            return  # by another task meanwhile: pushes of a station share one
        self._facilities.equipment = found
        for channel in self.channels.values():
            channel.equip()

    async def _prepare(self, configs: Mapping[str, ChannelConfig]) -> None:
        """What channels need before they go by ``configs``: FFmpeg for the first target, patience anew."""
        await self._equip(configs.values())
        asked = self._reloader.asked
        for config in configs.values():
            before = asked.get(config.id)
            if config != before:
                self.director.clear_failures(config.id)
            if before is None or config.engines != before.engines:
                self._warn_of_licences([config])
        self.staff.reconfigure(self._hosts(configs.values()))

    def _apply(self, new: StationConfig) -> None:
        """Take what takes effect now, and say what waits for the next start.

        Raises ConfigError when the operator's blocklist cannot be read.
        """
        found = station_changes(self.config, new)
        now = {change.key.partition(".")[0] for change in found if change.when is not When.NEXT_START}
        config = self.config.model_copy(update={name: getattr(new, name) for name in now})
        if now & {"blocklist", "moderation", "openai"}:
            self.newsroom.reconfigure(config)
        if "log" in now:
            configure(config.log.level, config.log.format)
        self.director.budget.limits = config.limits
        self.director.min_free_bytes = self.retention.min_free_bytes = int(config.min_free_gb * _GB)
        self.retention.keep_bytes = int(config.keep_gb * _GB)
        self.config = config
        if found:
            log.info("edit applied", file="station", changes=[change.text for change in found])

    def _on_air(self) -> Iterable[Channel]:
        return (channel for channel in self.channels.values() if channel.signed_on)

    async def _maintain_database(self) -> None:
        await self.database.maintain(self.clock)

    async def _make_clips(self) -> None:
        await self.intake.looked.wait()  # before that, stocks may seem empty that are not
        await self.staff.run()

    async def _show_life(self) -> None:
        await show_life(self.config.data / LIFE, self._facilities.storage.last_seen, self.clock)

    def _restore(self, store: Store) -> None:
        """Give a store that knows nothing, or not the latest, what the channels' files say."""
        for path in sorted((self.config.data / _CHANNELS).glob(f"*/{RUNDOWN}")):
            recall(store, path.parent.name, path)


def _models_of(config: ChannelConfig) -> list[EngineRecord]:
    """The engines with weights that a channel names."""
    engines = config.engines
    names = (*engines.video, *engines.interpolator, *engines.musician)
    return [CATALOGUE[name] for name in names if name in CATALOGUE and CATALOGUE[name].weights]


def _take(data: Path) -> TextIOWrapper:
    """Make the data folder ours, until the returned file is closed or the process ends however it may."""
    data.mkdir(parents=True, exist_ok=True)
    path = data / _LOCK
    path.touch()
    lock = path.open("r+", encoding="utf-8")  # to append would not write at a place
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise StationError(
            f"another webtv (process {holder}) airs from {data}. Stop it, or give another folder with --data"
        ) from None
    ours = f"{os.getpid()}\n".encode()
    with suppress(OSError):  # on a full disk; that the lock is held does not go by what it says
        os.pwrite(lock.fileno(), ours, 0)
        os.truncate(lock.fileno(), len(ours))
    return lock
