"""Takes up what the library's files say and the database does not know, beside the channels on air."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Never

import structlog

from webtv.clock import Clock
from webtv.errors import StationError
from webtv.playlist.database import Database
from webtv.playlist.library import Library
from webtv.playlist.records import Clip
from webtv.playlist.store import Store
from webtv.station.channel import Channel

log = structlog.get_logger()

_AT_ONCE = 100
"""Clips of one step: some milliseconds of a thread, and less than one of the loop."""
_REST_S = 0.01
"""Between two steps, so that what airs has the larger share of the processor."""
_IN_A_ROW = 20
"""Clips of one channel, before another channel has its turn: all channels soon have something to air."""


class Intake:
    """``run`` looks the library through at the start, and again each time the database is another one."""

    def __init__(
        self,
        channels: Callable[[], Mapping[str, Channel]],
        library: Library,
        database: Database,
        clock: Clock,
    ) -> None:
        """``channels`` are all of the station, by id."""
        self._channels, self._library, self._database, self._clock = channels, library, database, clock
        self.looked = asyncio.Event()
        """Set once the library was looked through, or could not be: until then stocks may be larger."""

    async def run(self) -> Never:
        """Raises StationError when the database refuses, OSError when the library does."""
        while True:
            self._database.replaced.clear()
            try:
                await self._look_through()
            except sqlite3.Error as error:
                raise StationError(f"the library could not be taken up: {error}") from error
            finally:
                self.looked.set()
            await self._database.replaced.wait()

    async def _look_through(self) -> None:
        """Files are the truth: take up clips that the database does not know, note those that are gone."""
        present = await asyncio.to_thread(self._library.present)
        known = await self._database.read(lambda store: store.present())
        if lost := {clip_id: channel for clip_id, channel in known.items() if clip_id not in present}:
            await self._mark_lost(lost)
        found = {clip_id: channel for clip_id, channel in present.items() if clip_id not in known}
        if found:
            await self._take_up(found)

    async def _mark_lost(self, lost: Mapping[str, str]) -> None:
        log.warning("clips are gone from the library", clips=len(lost))
        waiting = round_robin(lost)
        while step := list(islice(waiting, _AT_ONCE)):
            await self._database(
                partial(_mark_gone, [clip_id for _, clip_id in step], self._clock.now().wall_ns)
            )
            for name, clip_id in step:
                if (channel := self._channels().get(name)) is not None:
                    channel.drop_missing(clip_id)
            await self._clock.sleep(_REST_S)

    async def _take_up(self, found: Mapping[str, str]) -> None:
        taken, waiting = 0, round_robin(found)
        while step := list(islice(waiting, _AT_ONCE)):
            clips = await asyncio.to_thread(self._library.read, step)
            await self._database(partial(_take_up, clips))
            self._hand_out(clips)
            taken += len(clips)
            await self._clock.sleep(_REST_S)
        log.info("clips taken up from their manifests", clips=taken, unreadable=len(found) - taken)

    def _hand_out(self, clips: Sequence[Clip]) -> None:
        theirs: defaultdict[str, list[Clip]] = defaultdict(list)
        for clip in clips:
            theirs[clip.channel].append(clip)
        for name, found in theirs.items():
            if (channel := self._channels().get(name)) is not None:
                channel.take_up(found)


def _mark_gone(clip_ids: Sequence[str], at_ns: int, store: Store) -> None:
    store.mark_gone(clip_ids, at_ns=at_ns)


def _take_up(clips: Sequence[Clip], store: Store) -> None:
    store.take_up(clips)


def round_robin(found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(channel, id) of clips given by id, some of each channel after some of each other."""
    by_channel: defaultdict[str, list[str]] = defaultdict(list)
    for clip_id, channel in found.items():
        by_channel[channel].append(clip_id)
    for start in range(0, max(map(len, by_channel.values()), default=0), _IN_A_ROW):
        for channel, ids in by_channel.items():
            yield from ((channel, clip_id) for clip_id in ids[start : start + _IN_A_ROW])
