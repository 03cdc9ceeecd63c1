"""What an operator decided about a channel and its clips: banned, evergreen, to air next, or the slate only.

Kept in a file of its own beside the rundown, so that it outlives the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field

from webtv.domain import Airing, Frozen
from webtv.playlist.files import write_atomically

MARKS = "marks.json"
"""The file, in its channel's folder."""


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
