"""What an operator decided about a channel and its clips: banned, evergreen, to air next, or the slate only.

Kept in a file of its own beside the rundown, so that it outlives the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import structlog
from pydantic import Field

from webtv.domain import Airing, Frozen
from webtv.errors import StationError
from webtv.media.files import write_atomically
from webtv.playlist.disk import Disk

log = structlog.get_logger()

MARKS = "marks.json"
"""The file, in its channel's folder."""
_SAVE_S = 1.0
_LOAD_S = 10.0


class Marks(Frozen):
    """Immutable: each decision gives new marks.

    ``banned`` clips never air. ``evergreen`` ones are never let go, and air more often than others.
    ``pinned`` names clips to air next, in this order, each with the first slot that it could have had.
    With ``slate`` nothing but the slate airs.
    """

    banned: frozenset[str] = frozenset()
    evergreen: frozenset[str] = frozenset()
    pinned: dict[str, int] = Field(default_factory=dict)
    slate: bool = False

    def ban(self, clip_id: str) -> Marks:
        return self.unpinned({clip_id}).model_copy(update={"banned": self.banned | {clip_id}})

    def unban(self, clip_id: str) -> Marks:
        return self.model_copy(update={"banned": self.banned - {clip_id}})

    def with_evergreen(self, clip_id: str, on: bool) -> Marks:
        evergreen = self.evergreen | {clip_id} if on else self.evergreen - {clip_id}
        return self.model_copy(update={"evergreen": evergreen})

    def pin(self, clip_id: str, first_slot: int) -> Marks:
        """Before all that was pinned earlier."""
        others = {name: slot for name, slot in self.pinned.items() if name != clip_id}
        return self.model_copy(update={"pinned": {clip_id: first_slot} | others})

    def unpinned(self, clip_ids: Iterable[str]) -> Marks:
        gone = set(clip_ids)
        kept = {name: slot for name, slot in self.pinned.items() if name not in gone}
        return self.model_copy(update={"pinned": kept})

    def aired_pins(self, airings: Iterable[Airing]) -> set[str]:
        """The pinned clips that have had their turn among ``airings``."""
        return {a.clip_id for a in airings if a.slot >= self.pinned.get(a.clip_id, a.slot + 1)}


def load_marks(path: Path) -> Marks:
    """What ``save_marks`` wrote; no marks where there is no file.

    Raises:
        OSError, ValueError: the file cannot be read, or is not one of ours.
    """
    try:
        return Marks.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Marks()


def save_marks(marks: Marks, path: Path) -> None:
    write_atomically(path, marks.model_dump_json(indent=1))


class MarksFile:
    """The marks of one channel on disk, written in the order in which they were made.

    They have a ``disk`` of their own: what hangs there must not hold up slots.
    """

    def __init__(self, channel: str, folder: Path, disk: Disk) -> None:
        self._path, self._disk = folder / MARKS, disk
        self._log = log.bind(channel=channel)

    async def load(self) -> Marks:
        """As last saved. A file that cannot be read is set aside, and there are no marks then.

        Raises StationError when the disk does not answer: what is banned must not air for that.
        """
        try:
            return await self._disk(self._load, within_s=_LOAD_S)
        except TimeoutError:
            raise StationError(f"the disk does not answer: {self._path} cannot be read") from None

    async def save(self, marks: Marks) -> None:
        """Write them, but wait no longer than a second; they are written in their turn even then."""
        saving = asyncio.wrap_future(self._disk.begin(lambda: save_marks(marks, self._path)))
        saving.add_done_callback(self._log_failure)
        _, late = await asyncio.wait([saving], timeout=_SAVE_S)
        if late:
            self._log_unsaved("too slow")

    def _load(self) -> Marks:
        try:
            return load_marks(self._path)
        except (OSError, ValueError) as error:
            aside = self._path.with_suffix(".damaged")
            with suppress(OSError):
                self._path.replace(aside)
            self._log.error(
                "what the operator marked cannot be read, and is set aside",
                aside=str(aside),
                error=str(error),
            )
            return Marks()

    def _log_failure(self, saving: asyncio.Future[None]) -> None:
        if not saving.cancelled() and (error := saving.exception()) is not None:
            self._log_unsaved(str(error))

    def _log_unsaved(self, why: str) -> None:
        self._log.error("marks cannot be written: they hold until the daemon ends", error=why)
