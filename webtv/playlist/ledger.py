"""One channel's rundown in the database, and what has yet to be stored of it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import structlog

from webtv.domain import Airing, AiringKind
from webtv.errors import StationError
from webtv.playlist.database import Database
from webtv.playlist.records import ChannelState
from webtv.playlist.rundown import Rundown, load, recall
from webtv.playlist.store import Store

log = structlog.get_logger()

Result = TypeVar("Result")

STORE_S = 1.0
"""Nothing on air waits longer for the database."""
_SIGN_ON_S = 30.0
"""A thousand channels that sign on together ask one database."""


class Ledger:
    """An unstored rundown is worse than a stored one, and better than dead air.

    So a database that refuses, or that somebody else holds, gets later what it did not take now.
    """

    def __init__(self, channel: str, database: Database) -> None:
        self._channel, self._database = channel, database
        self._generation = database.generation
        self._unstored: dict[int, int] = {}
        """By epoch, the slot from which on what is stored is not what airs."""
        self._aired: frozenset[str] = frozenset()
        """Clips that aired for the first time since that was stored last."""
        self.holds_another = False
        """Whether what is stored may be a plan that was given up: it must not be what a restart finds."""
        self.ended_unaired = False
        """Whether the channel had signed off when it was recalled: what was to air then is marked."""
        self._log = log.bind(channel=channel)

    @property
    def lags(self) -> bool:
        """Whether something that airs is not stored, or not as it airs."""
        return bool(self._unstored) or self.holds_another

    async def recall(self, path: Path) -> tuple[ChannelState, list[Airing]] | None:
        """Where the channel was; ``path`` is the rundown's file, which is believed if the database is silent.

        Raises StationError when neither says where the channel was, or that it never was on air.
        """
        try:
            found, self.ended_unaired = await self._ask(
                lambda store: (recall(store, self._channel, path), store.ends_unaired(self._channel)),
                _SIGN_ON_S,
            )
        except (sqlite3.Error, TimeoutError) as error:
            found = await asyncio.to_thread(load, path)
            if found is None:
                raise StationError(f"the database does not answer: {str(error) or 'too slow'}") from error
            self._log.error("the rundown comes from its file", error=str(error) or "too slow")
            self.store_anew_from(found[0].epoch, found[1][0].slot if found[1] else 0)
        return found

    async def last_ends(
        self, epoch: int, *, before_slot: int, sign_on: bool = False
    ) -> Mapping[str, int | None]:
        """As ``Store.last_ends``. Raises StationError."""
        try:
            return await self._ask(
                lambda store: store.last_ends(self._channel, epoch, before_slot=before_slot),
                _SIGN_ON_S if sign_on else STORE_S,
            )
        except (sqlite3.Error, TimeoutError) as error:
            raise StationError(f"the database does not answer: {str(error) or 'too slow'}") from error

    async def store(self, rundown: Rundown, from_slot: int) -> None:
        """Store what changed from a slot on, and what could not be stored before."""
        airings, timeline, epoch = rundown.airings, rundown.timeline, rundown.state.epoch
        if self._generation != self._database.generation:
            self._generation = self._database.generation
            self.store_anew_from(epoch, rundown.first_slot)
        first = min(from_slot, self._unstored.get(epoch, from_slot))
        rows = [
            (airing, timeline.wall_ns(timeline.start_ns(airing.start_quanta)))
            for airing in airings
            if airing.slot >= first
        ]
        aired = self._aired
        try:
            await self._ask(
                lambda store: store.write_rundown(
                    self._channel,
                    rundown.state,
                    rows,
                    replace_from=first,
                    aired=aired,
                    past_slot=rundown.past_slot,
                ),
                STORE_S,
            )
        except (sqlite3.Error, TimeoutError) as error:
            self._unstored[epoch] = first
            self._log.error("the rundown could not be stored; air goes on", error=str(error) or "too slow")
        else:
            self._unstored.pop(epoch, None)
            self.holds_another = False
            self._aired -= aired

    def store_anew_from(self, epoch: int, slot: int) -> None:
        """What is stored of an epoch, from ``slot`` on, is not what airs."""
        self._unstored[epoch] = min(slot, self._unstored.get(epoch, slot))

    def given_up(self, on_air: Rundown, slot: int) -> None:
        """A plan that differs from ``on_air`` from ``slot`` on was stored, or may be yet, and never airs."""
        self.store_anew_from(on_air.state.epoch, slot)
        self.holds_another = True

    def aired(self, airings: Iterable[Airing]) -> None:
        """Airings that are over, or cannot be taken back."""
        self._aired |= {airing.clip_id for airing in airings if airing.kind is AiringKind.FRESH}

    async def mark_unaired(self, from_slot: int) -> None:
        """What was planned from a slot on did not air: it leaves the as-run log."""
        try:
            await self._ask(lambda store: store.mark_unaired(self._channel, from_slot=from_slot), STORE_S)
        except (sqlite3.Error, TimeoutError) as error:
            self._log.error("the as-run log could not be mended; air goes on", error=str(error) or "too slow")

    async def _ask(self, work: Callable[[Store], Result], within_s: float) -> Result:
        async with asyncio.timeout(within_s):
            return await self._database(work)
