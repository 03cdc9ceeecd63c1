"""The station: its channels, its library, its workers. Started in order, stopped in reverse."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Iterable
from io import TextIOWrapper
from pathlib import Path

import structlog

from webtv.broadcaster.playout import equip
from webtv.broadcaster.pusher import Equipment
from webtv.channel import Channel, House
from webtv.clock import Clock
from webtv.config import ChannelConfig, StationConfig, load_channels
from webtv.errors import ConfigError, StationError
from webtv.media.ffmpeg import find_ffmpeg
from webtv.playlist.database import Database
from webtv.playlist.keeper import Archive
from webtv.playlist.library import Library, surplus
from webtv.playlist.store import Clip
from webtv.render.card_desk import CardDesk
from webtv.render.director import Director
from webtv.render.pool import Pool
from webtv.supervisor import supervise

log = structlog.get_logger()

_RETENTION_EVERY_S = 30.0
_AS_RUN_S = 30 * 86_400
_CARDS_AT_ONCE = 1
_GB = 10**9


class Station:
    """All that is on air. ``open`` takes the data folder, ``run`` airs until cancelled, ``close`` lets go."""

    def __init__(self, config: StationConfig, clock: Clock) -> None:
        self.config, self.clock = config, clock
        self.channels: dict[str, Channel] = {}
        self.config_problems: dict[Path, ConfigError] = {}
        self.database: Database
        self.library: Library
        self.director: Director
        self._lock: TextIOWrapper | None = None

    def open(self) -> None:
        """Take the data folder, read the channels, open the database.

        Raises:
            StationError: the folder cannot be used, or another daemon uses it.
            ConfigError: there is no channel that could air.
            ToolError: there is a target and no FFmpeg to push with.
        """
        configs, self.config_problems = load_channels(self.config.channels)
        for problem in self.config_problems.values():
            log.error("channel stays off air until its file is mended", problem=str(problem))
        if not configs and self.config_problems:
            raise ConfigError([line for error in self.config_problems.values() for line in error.problems])
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
        self.database, damaged = Database.open(data / "webtv.db")
        if damaged:
            log.error("the database was damaged and is rebuilt from the files", kept_as=str(damaged))
        house = House(
            Archive(data, self.clock, self.database, self.library),
            cards=CardDesk(self.library, at_once=_CARDS_AT_ONCE),
            equipment=self._equipment(configs.values()),
        )
        self.channels = {name: Channel(config, house) for name, config in configs.items() if config.enabled}
        self.director = Director(
            self._on_air,
            Pool(),
            self.library,
            self.database,
            self.clock,
            min_free_bytes=int(self.config.min_free_gb * _GB),
        )

    def _equipment(self, configs: Iterable[ChannelConfig]) -> Equipment | None:
        pushes = any(target.enabled for config in configs if config.enabled for target in config.targets)
        return equip(find_ffmpeg(self.config.ffmpeg), self.clock) if pushes else None

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
        await self._find_clips()
        async with asyncio.TaskGroup() as tasks:
            for channel in self.channels.values():
                tasks.create_task(supervise(f"channel {channel.id}", channel.life, clock=self.clock))
                if channel.playout is not None:
                    tasks.create_task(supervise(f"playout {channel.id}", channel.push, clock=self.clock))
            for number in range(self._workers()):
                tasks.create_task(supervise(f"worker {number}", self.director.pool.work, clock=self.clock))
                tasks.create_task(supervise(f"director {number}", self.director.run, clock=self.clock))
            tasks.create_task(supervise("retention", self._retain, clock=self.clock))

    @property
    def on_air(self) -> bool:
        """Whether the air of every enabled channel advances."""
        return bool(self.channels) and all(channel.on_air for channel in self.channels.values())

    def _on_air(self) -> Iterable[Channel]:
        return (channel for channel in self.channels.values() if channel.signed_on)

    def _workers(self) -> int:
        configured = self.config.workers
        return max(1, (os.cpu_count() or 2) // 2) if configured is None else configured

    async def _find_clips(self) -> None:
        """Files are the truth: take up clips that the database does not know, note those that are gone."""
        present = await asyncio.to_thread(self.library.present)
        known = await self.database(lambda store: store.ids())
        if lost := known - present:
            log.warning("clips are gone from the library", clips=len(lost))
            await self.database(lambda store: store.mark_gone(lost))
        if present - known:
            found = await asyncio.to_thread(self.library.found)
            clips = [Clip.of(manifest) for manifest in found if manifest.id not in known]
            log.info("clips taken up from their manifests", clips=len(clips))
            await self.database(lambda store: store.add_clips(clips))

    async def _retain(self) -> None:
        """Let old archive clips go before the disk is full."""
        while True:
            await self._let_go()
            await self._forget_old_airings()
            await self.clock.sleep(_RETENTION_EVERY_S)

    async def _forget_old_airings(self) -> None:
        before_ns = self.clock.now().wall_ns - _AS_RUN_S * 1_000_000_000
        await self.database(lambda store: store.forget_airings(before_ns=before_ns))

    async def _let_go(self) -> None:
        owners = {clip.id: channel for channel in self._on_air() for clip in channel.archive}
        clips = [clip for channel in self._on_air() for clip in channel.stock.clips]
        oldest = sorted((clip for clip in clips if clip.id in owners), key=lambda clip: clip.created)
        going = surplus(
            oldest,
            used=sum(clip.bytes for clip in clips),
            keep=int(self.config.keep_gb * _GB),
            free=self.library.free_bytes(),
            min_free=int(self.config.min_free_gb * _GB),
        )
        for clip in going:
            await asyncio.to_thread(self.library.remove, clip)
            owners[clip.id].remove(clip)
        if going:
            await self.database(lambda store: store.mark_gone([clip.id for clip in going]))
            log.info("old clips let go", clips=len(going))


def _take(data: Path) -> TextIOWrapper:
    """Make the data folder ours, until the returned file is closed or the process ends however it may."""
    data.mkdir(parents=True, exist_ok=True)
    lock = (data / "lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise StationError(
            f"another webtv (process {holder}) airs from {data}. Stop it, or give another folder with --data"
        ) from None
    lock.seek(0)
    lock.truncate()
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock
