"""An epoch's rundown as files: a sound slot for each airing, and the lists of what they hold."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence, Set
from pathlib import Path

import structlog

from webtv import metrics
from webtv.domain import Airing
from webtv.errors import ClipRejected
from webtv.media.fmp4 import read_index
from webtv.playlist.rundown import Rundown, save
from webtv.playlist.slots import Slots, publish
from webtv.playlist.stock import Stock
from webtv.playlist.storage import Storage
from webtv.playlist.store import Clip

log = structlog.get_logger()

Renew = Callable[[Stock, Clip], Awaitable[None]]
"""Puts a sound card into a stock, in place of one of its cards that was harmed."""


class Reel:
    """What is in the slots of one channel is what was admitted, and what is not never airs."""

    def __init__(self, channel: str, stock: Stock, slots: Slots, storage: Storage, renew: Renew) -> None:
        self._channel, self._stock, self._slots = channel, stock, slots
        self._storage, self._library, self._renew = storage, storage.library, renew
        self._log = log.bind(channel=channel)

    async def take_over(self, airings: Sequence[Airing], on_air: int) -> int:
        """Put the slots of a remembered rundown in place again, of which ``on_air`` is the index on air.

        Returns how many of the airings can be kept.
        """
        keep = self._usable(airings, on_air)
        for airing in airings[:keep]:
            if not await self._in_place(airing):
                self._place(airing)
        return keep

    def place(self, airings: Sequence[Airing]) -> None:
        """Let each airing's slot hold its clip, or its head where the airing is cut."""
        for airing in airings:
            self._place(airing)

    def cut(self, airings: Sequence[Airing]) -> Set[int]:
        """The slots that end before their clip does."""
        return {
            airing.slot
            for airing in airings
            if (clip := self._stock.get(airing.clip_id)) is not None and airing.quanta < clip.quanta
        }

    async def fit_to_air(self, airing: Airing) -> bool:
        """Whether a slot, about to be locked, holds what was admitted. The clip's own name may be gone.

        A clip that was harmed goes to quarantine and out of the stock.
        """
        clip, path = self._stock.get(airing.clip_id), self._slots.path(airing.slot)
        if clip is None:
            return path.exists()
        if self._library.untouched(clip, path):
            return True
        if await self._rejection(clip, path) is None:
            return True
        rejection = await self._rejection(clip, self._library.path(clip))
        if rejection is None:  # the slot was harmed, the clip was not
            path.unlink(missing_ok=True)
            self._place(airing)
            return True
        await self._refuse(clip, rejection)
        return False

    def write_out(self, rundown: Rundown, *, first_slot: int) -> None:
        """The rundown as files: one to come back from should the database be lost, one for people.

        Slots before ``first_slot`` and behind the rundown go.
        """
        airings, storage = rundown.airings, self._storage
        clips = map(self._stock.get, {airing.clip_id for airing in airings})
        files = {clip.id: self._library.relative(clip) for clip in clips if clip is not None}
        published = storage.data / f"{self._channel}.ffconcat"
        try:
            self._slots.clear_outside(first_slot, airings[-1].slot)
            save(rundown, self._slots.rundown_path)
            publish(published, rundown.timeline, files, storage.clock.now(), self.cut(airings))
        except OSError as error:
            self._log.error("the rundown could not be written; air goes on", error=str(error))

    def _usable(self, airings: Sequence[Airing], on_air: int) -> int:
        """How many remembered airings can be kept: up to the first to come whose clip and slot are both gone.

        What began stays as it was: viewers and pushes may hold it.
        """
        for index in range(on_air, len(airings)):
            airing = airings[index]
            if self._stock.get(airing.clip_id) is None and not self._slots.path(airing.slot).exists():
                return index
        return len(airings)

    async def _in_place(self, airing: Airing) -> bool:
        """Whether a remembered airing's slot holds its clip as admitted, whatever became of the library's."""
        clip = self._stock.get(airing.clip_id)
        if clip is None:
            return False
        if self._slots.holds(airing.slot, self._library.path(clip)):
            return True
        return await self._rejection(clip, self._slots.path(airing.slot)) is None

    async def _rejection(self, clip: Clip, path: Path) -> ClipRejected | None:
        """Why ``path`` is not the clip that was admitted, or None if it is."""
        try:
            await asyncio.to_thread(self._library.verify, clip, path)
        except ClipRejected as rejection:
            return rejection
        return None

    def _place(self, airing: Airing) -> None:
        clip = self._stock.get(airing.clip_id)
        if clip is None:
            return  # out of the library, on air by the link that its slot already is
        path = self._library.path(clip)
        try:
            if airing.quanta == clip.quanta:
                self._slots.place(airing.slot, path)
            else:
                last = read_index(path).fragments[self._stock.house.fragments(airing.quanta) - 1]
                self._slots.place_head(airing.slot, path, last.offset + last.size)
        except (OSError, ClipRejected) as error:
            if not self._slots.path(airing.slot).exists():
                self._log.error("slot not placed", slot=airing.slot, clip=clip.id, error=str(error))

    async def _refuse(self, clip: Clip, rejection: ClipRejected) -> None:
        self._log.warning(
            "clip refused before air", clip=clip.id, reason=rejection.reason, detail=str(rejection)
        )
        metrics.clips_rejected.labels(rejection.reason).inc()
        if clip is self._stock.slate or clip is self._stock.bumper:
            await self._renew(self._stock, clip)
            return
        self._stock.let_go(clip)
        library = self._library
        try:
            await asyncio.to_thread(
                library.quarantine, library.path(clip), clip.id, rejection, library.manifest(clip)
            )
            await self._storage.database(lambda store: store.mark_gone([clip.id]))
        except (OSError, sqlite3.Error) as error:
            self._log.error("the refused clip could not be set aside", clip=clip.id, error=str(error))
