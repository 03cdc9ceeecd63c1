"""One channel's rundown in the database, and what the database has yet to be told of it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

import structlog

from webtv.domain import Airing, AiringKind
from webtv.playlist.database import Database
from webtv.playlist.rundown import Rundown, recall
from webtv.playlist.store import ChannelState

log = structlog.get_logger()

_STORE_S = 1.0


class Ledger:
    """An unstored rundown is worse than a stored one, and better than dead air.

    So a database that refuses, or that somebody else holds, is told later what it was not told now.
    """

    def __init__(self, channel: str, database: Database) -> None:
        self._channel, self._database = channel, database
        self._unstored_from: int | None = None
        self._aired: frozenset[str] = frozenset()
        """Clips that aired for the first time since that was stored last."""
        self._log = log.bind(channel=channel)

    async def recall(self, path: Path) -> tuple[ChannelState, list[Airing]] | None:
        """Where the channel was; ``path`` is the rundown's file. Raises sqlite3.Error."""
        return await self._database(lambda store: recall(store, self._channel, path))

    async def last_ends(self, rundown: Rundown) -> Mapping[str, int | None]:
        """As ``Store.last_ends``, for what aired before a rundown. Raises sqlite3.Error."""
        epoch, first = rundown.state.epoch, rundown.first_slot
        return await self._database(lambda store: store.last_ends(self._channel, epoch, before_slot=first))

    async def store(self, rundown: Rundown, keep: int) -> None:
        """Store what changed behind the first ``keep`` airings, and what could not be stored before."""
        airings, timeline = rundown.airings, rundown.timeline
        first = airings[keep].slot if keep < len(airings) else airings[-1].slot + 1
        if self._unstored_from is not None:
            first = min(first, self._unstored_from)
        rows = [
            (airing, timeline.wall_ns(timeline.start_ns(airing.start_quanta)))
            for airing in airings
            if airing.slot >= first
        ]
        aired = self._aired
        try:
            # A database that somebody else holds must not hold up air.
            async with asyncio.timeout(_STORE_S):
                await self._database(
                    lambda store: store.write_rundown(
                        self._channel, rundown.state, rows, replace_from=first, aired=aired
                    )
                )
        except (sqlite3.Error, TimeoutError) as error:
            self._unstored_from = first
            self._log.error("the rundown could not be stored; air goes on", error=str(error) or "too slow")
        else:
            self._unstored_from = None
            self._aired -= aired

    def store_anew_from(self, slot: int) -> None:
        """What is stored of the airings from ``slot`` on is not what airs."""
        self._unstored_from = slot if self._unstored_from is None else min(slot, self._unstored_from)

    def aired(self, airings: Iterable[Airing]) -> None:
        """Note airings that are over, or cannot be taken back."""
        self._aired |= {airing.clip_id for airing in airings if airing.kind is AiringKind.FRESH}

    def begin_epoch(self, ended: Rundown) -> None:
        """From now on the next epoch is stored, behind what is stored of ``ended``."""
        self._unstored_from = None
        self.aired(ended.airings)

    async def mark_unaired(self, since_ns: int) -> None:
        """What was planned for after ``since_ns`` of the wall clock did not air: it leaves the as-run log."""
        try:
            await self._database(lambda store: store.mark_unaired(self._channel, since_ns=since_ns))
        except sqlite3.Error as error:
            self._log.error("the as-run log could not be mended; air goes on", error=str(error))
