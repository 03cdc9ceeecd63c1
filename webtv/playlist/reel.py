"""An epoch's rundown as files: a sound slot for each airing, and the lists of what they hold."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence, Set
from functools import partial
from pathlib import Path

import structlog

from webtv import metrics
from webtv.domain import Airing
from webtv.errors import ClipRejected
from webtv.media.fmp4 import read_index
from webtv.playlist.disk import Disk
from webtv.playlist.records import Clip
from webtv.playlist.rundown import Rundown, save
from webtv.playlist.slots import Slots, publish
from webtv.playlist.stock import Stock
from webtv.playlist.storage import Storage

log = structlog.get_logger()

Renew = Callable[[Stock, Clip], Awaitable[None]]
"""Puts a sound card into a stock, in place of one of its cards that was harmed."""

_TAKE_OVER_S = 30.0
_LOOK_S = 2.0
_WRITE_S = 1.0
_SET_ASIDE_S = 5.0
_RENEW_S = 20.0


class Reel:
    """What is in the slots of one channel is what was admitted, and what is not never airs.

    All of it waits for the disk only so long: where that hangs, air goes on with what is known.
    """

    def __init__(
        self, channel: str, stock: Stock, slots: Slots, storage: Storage, disk: Disk, renew: Renew
    ) -> None:
        self._channel, self._stock, self._slots, self._disk = channel, stock, slots, disk
        self._storage, self._library, self._renew = storage, storage.library, renew
        self._log = log.bind(channel=channel)

    def file_of(self, airing: Airing) -> Path:
        """What an airing is on air from: its slot, or the clip itself where the slot may hold another."""
        slot, clip = self._slots.path(airing.slot), self._stock.get(airing.clip_id)
        if clip is None or (self._slots.holds(airing) and self._slots.is_there(airing.slot)):
            return slot
        return self._library.path(clip)

    def in_place(self, airing: Airing) -> bool:
        """Whether its slot is known to hold an airing. Of a clip that left the library it is all there is."""
        return self._slots.holds(airing) or self._stock.get(airing.clip_id) is None

    async def take_over(self, airings: Sequence[Airing], on_air: int) -> int:
        """Put the slots of a remembered rundown in place again, of which ``on_air`` is the index on air.

        Returns how many of the airings can be kept.
        """
        try:
            return await self._disk(partial(self._take_over, airings, on_air), within_s=_TAKE_OVER_S)
        except TimeoutError:
            self._log.error("the slots could not be looked at in time; air goes on by what is known")
            return len(airings)

    async def place(self, airings: Sequence[Airing], *, within_s: float) -> None:
        """Let each airing's slot hold its clip, or its head where the airing is cut.

        What is late is in place later, or when it is looked at; until then the clip itself is on air.
        """
        missing = [airing for airing in airings if not self._slots.holds(airing)]
        if not missing:
            return
        try:
            await self._disk(partial(self._place_all, missing), within_s=within_s)
        except TimeoutError:
            self._log.error("slots are late; air goes on", slots=len(missing))

    def cut(self, airings: Sequence[Airing]) -> Set[int]:
        """The slots that end before their clip does."""
        return {
            airing.slot
            for airing in airings
            if (clip := self._stock.get(airing.clip_id)) is not None and airing.quanta < clip.quanta
        }

    async def fit_to_air(self, airing: Airing) -> bool:
        """Whether a slot, about to be locked, holds what was admitted. The clip's own name may be gone.

        A clip that was harmed goes to quarantine and out of the stock. What cannot be read in time is not
        judged.
        """
        clip, path = self._stock.get(airing.clip_id), self._slots.path(airing.slot)
        if clip is None:
            return path.exists()
        if self._library.untouched(clip, path):
            self._slots.now_holds(airing)
            return True
        try:
            rejection = await self._disk(partial(self._mend, airing, clip), within_s=_LOOK_S)
        except TimeoutError:
            self._log.error("a slot could not be looked at in time; air goes on", slot=airing.slot)
            return True
        if rejection is not None:
            await self._refuse(clip, rejection)
        return rejection is None

    async def write_out(self, rundown: Rundown, *, first_slot: int) -> None:
        """The rundown as files: one to come back from should the database be lost, one for people.

        Slots before ``first_slot`` and behind the rundown go.
        """
        airings, storage = rundown.airings, self._storage
        clips = map(self._stock.get, {airing.clip_id for airing in airings})
        files = {clip.id: self._library.relative(clip) for clip in clips if clip is not None}
        published, now, cut = (
            storage.data / f"{self._channel}.ffconcat",
            storage.clock.now(),
            self.cut(airings),
        )

        def write() -> None:
            self._slots.clear_outside(first_slot, airings[-1].slot)
            save(rundown, self._slots.rundown_path)
            publish(published, rundown.timeline, files, now, cut)

        try:
            await self._disk(write, within_s=_WRITE_S)
        except (OSError, TimeoutError) as error:
            self._log.error("the rundown could not be written; air goes on", error=str(error) or "too slow")

    def _take_over(self, airings: Sequence[Airing], on_air: int) -> int:
        keep = self._usable(airings, on_air)
        for airing in airings[:keep]:
            if self._in_place(airing):
                self._slots.now_holds(airing)
            else:
                self._place(airing)
        return keep

    def _place_all(self, airings: Sequence[Airing]) -> None:
        for airing in airings:
            self._place(airing)

    def _usable(self, airings: Sequence[Airing], on_air: int) -> int:
        """How many remembered airings can be kept: up to the first to come whose clip and slot are both gone.

        What began stays as it was: viewers and pushes may hold it.
        """
        for index in range(on_air, len(airings)):
            airing = airings[index]
            if self._stock.get(airing.clip_id) is None and not self._slots.path(airing.slot).exists():
                return index
        return len(airings)

    def _in_place(self, airing: Airing) -> bool:
        """Whether a remembered airing's slot holds its clip as admitted, whatever became of the library's."""
        clip = self._stock.get(airing.clip_id)
        if clip is None:
            return False
        if self._slots.is_link_of(airing.slot, self._library.path(clip)):
            return True
        return self._rejection(clip, self._slots.path(airing.slot)) is None

    def _mend(self, airing: Airing, clip: Clip) -> ClipRejected | None:
        """Make a slot sound from its clip if it was harmed. Returns why that cannot be."""
        path = self._slots.path(airing.slot)
        if self._rejection(clip, path) is not None:
            if (rejection := self._rejection(clip, self._library.path(clip))) is not None:
                return rejection
            path.unlink(missing_ok=True)
            self._place(airing)
        return None

    def _rejection(self, clip: Clip, path: Path) -> ClipRejected | None:
        """Why ``path`` is not the clip that was admitted, or None if it is."""
        try:
            self._library.verify(clip, path)
        except ClipRejected as rejection:
            return rejection
        return None

    def _place(self, airing: Airing) -> None:
        clip = self._stock.get(airing.clip_id)
        if clip is None:
            return  # out of the library, on air by the link that its slot already is
        path = self._library.path(clip)
        self._slots.may_hold_another(airing.slot)
        try:
            if airing.quanta == clip.quanta:
                self._slots.place(airing.slot, path)
            else:
                last = read_index(path).fragments[self._stock.house.fragments(airing.quanta) - 1]
                self._slots.place_head(airing.slot, path, last.offset + last.size)
        except (OSError, ClipRejected) as error:
            self._log.error("slot not placed", slot=airing.slot, clip=clip.id, error=str(error))
        else:
            self._slots.now_holds(airing)

    async def _refuse(self, clip: Clip, rejection: ClipRejected) -> None:
        self._log.warning(
            "clip refused before air", clip=clip.id, reason=rejection.reason, detail=str(rejection)
        )
        metrics.clips_rejected.labels(rejection.reason).inc()
        try:
            if clip is self._stock.slate or clip is self._stock.bumper:
                async with asyncio.timeout(_RENEW_S):
                    await self._renew(self._stock, clip)
                return
            self._stock.let_go(clip)
            await self._disk(partial(self._set_aside, clip, rejection), within_s=_SET_ASIDE_S)
            now_ns = self._storage.clock.now().wall_ns
            async with asyncio.timeout(_SET_ASIDE_S):
                await self._storage.database(lambda store: store.mark_gone([clip.id], at_ns=now_ns))
        except (OSError, sqlite3.Error, TimeoutError) as error:
            self._log.error(
                "what was refused could not be set aside", clip=clip.id, error=str(error) or "too slow"
            )

    def _set_aside(self, clip: Clip, rejection: ClipRejected) -> None:
        library = self._library
        library.quarantine(library.path(clip), clip.id, rejection, library.manifest(clip))
