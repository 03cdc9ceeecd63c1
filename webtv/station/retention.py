"""Lets go of what there is no room for: old clips before the disk is full, old lines of the as-run log."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from heapq import merge
from itertools import islice
from typing import Never

import structlog

from webtv.clock import Clock
from webtv.errors import StationError
from webtv.playlist.database import Database
from webtv.playlist.library import Library
from webtv.playlist.records import Clip, Kept
from webtv.playlist.store import Store
from webtv.station.channel import Channel

log = structlog.get_logger()

_EVERY_S = 30.0
_ROUNDS_PER_HOUR = 120
_AS_RUN_S = 30 * 86_400
_QUARANTINED = 100
_AT_ONCE = 100
"""Clips that are chosen, and whose files go, in one step; other work of the station comes in between."""


class Retention:
    """``run`` keeps the library within its bounds, and the log within a month."""

    keep_bytes: int
    """At most so much of clips is kept."""
    min_free_bytes: int
    """So much of the disk stays free."""

    def __init__(
        self,
        channels: Callable[[], Collection[Channel]],
        waiting: Callable[[], Collection[str]],
        library: Library,
        database: Database,
        clock: Clock,
        *,
        keep_bytes: int,
        min_free_bytes: int,
    ) -> None:
        """``channels`` are all of the station; ``waiting`` the ids of those whose file cannot be used."""
        self._channels, self._waiting = channels, waiting
        self._library, self._database, self._clock = library, database, clock
        self.keep_bytes, self.min_free_bytes = keep_bytes, min_free_bytes
        self._unmarked: dict[str, int] = {}
        """Bytes by id of clips whose files went, while the database was not told: it may refuse for long."""

    async def run(self) -> Never:
        """Raises StationError when the database refuses."""
        while True:
            try:
                await self._forget_log()
                for _ in range(_ROUNDS_PER_HOUR):
                    await self._make_room()
                    await self._clock.sleep(_EVERY_S)
            except sqlite3.Error as error:
                raise StationError(f"the database refuses: {error}") from error

    async def _forget_log(self) -> None:
        """In small steps, between which others have their turn."""
        before_ns = self._clock.now().wall_ns - _AS_RUN_S * 1_000_000_000
        for channel in await self._database.read(lambda store: store.channels()):
            while await self._database(partial(_count_aired, channel)):
                pass
        while await self._database(lambda store: store.forget_airings(before_ns=before_ns)):
            pass
        while await self._database(lambda store: store.forget_clips(gone_before_ns=before_ns)):
            pass

    async def _make_room(self) -> None:
        """First clips that no channel can air any more, then the archive, the oldest first.

        A channel whose file cannot be used is off air until that is mended: its clips wait for it. Evergreens
        wait for the house format that they were made in. A round with nothing to let go costs one query.
        """
        await asyncio.to_thread(self._library.trim_quarantine, _QUARANTINED)
        kept = await self._database.read(lambda store: store.kept())
        over = max(
            sum(each.bytes for each in kept) - sum(self._unmarked.values()) - self.keep_bytes,
            self.min_free_bytes - await asyncio.to_thread(self._library.free_bytes),
        )
        strange, gone = self._strange(kept), 0
        while over > 0 and (going := enough(await self._candidates(strange), over)):
            await self._let_go(going)
            over -= sum(clip.bytes for clip in going)
            gone += len(going)
        if gone:
            log.info("old clips let go", clips=gone)

    def _strange(self, kept: Iterable[Kept]) -> list[Kept]:
        """What no channel on air can air. None is known before all channels have signed on."""
        channels = self._channels()
        if not all(channel.signed_on for channel in channels):
            return []
        on_air = {(channel.id, channel.stock.slate.init_sha256) for channel in channels}
        waiting = self._waiting()
        return [
            each
            for each in kept
            if (each.channel, each.init_sha256) not in on_air and each.channel not in waiting
        ]

    async def _candidates(self, strange: Sequence[Kept]) -> list[Clip]:
        """The next clips to let go, in order; no more than are let go in one step."""
        evergreen = {name for channel in self._on_air() for name in channel.stock.marks.evergreen}
        found = await self._database.read(
            lambda store: store.oldest_of(strange, but=evergreen | self._unmarked.keys(), limit=_AT_ONCE)
        )
        return found or list(islice(self._archive(), _AT_ONCE))

    def _archive(self) -> Iterator[Clip]:
        """Banned clips, then what aired beyond what stocks need: of all channels, the oldest first."""
        return (clip for _, clip in merge(*map(_spare, self._on_air()), key=lambda found: found[0]))

    async def _let_go(self, going: Sequence[Clip]) -> None:
        await asyncio.to_thread(self._remove, going)
        self._unmarked |= {clip.id: clip.bytes for clip in going}
        channels = {channel.id: channel for channel in self._on_air()}
        for clip in going:
            if clip.channel in channels:
                channels[clip.channel].remove(clip)
        now_ns, unmarked = self._clock.now().wall_ns, [*self._unmarked]
        await self._database(lambda store: store.mark_gone(unmarked, at_ns=now_ns))
        self._unmarked.clear()

    def _remove(self, going: Sequence[Clip]) -> None:
        for clip in going:
            self._library.remove(clip)

    def _on_air(self) -> list[Channel]:
        return [channel for channel in self._channels() if channel.signed_on]


def _count_aired(channel: str, store: Store) -> bool:
    return store.count_aired(channel)


def enough(candidates: Iterable[Clip], over: int) -> list[Clip]:
    """The first of the candidates, as many as hold ``over`` bytes."""
    chosen = []
    for clip in candidates:
        if over <= 0:
            break
        chosen.append(clip)
        over -= clip.bytes
    return chosen


def _spare(channel: Channel) -> Iterator[tuple[tuple[bool, str, str], Clip]]:
    banned = channel.stock.marks.banned
    return (((clip.id not in banned, clip.created, clip.id), clip) for clip in channel.spare)
