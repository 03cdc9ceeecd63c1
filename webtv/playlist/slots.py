"""Slots: the files that FFmpeg opens one after another, each a hard link to a clip.

A link keeps a clip's bytes until it has aired, whatever becomes of the clip's own name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Set
from dataclasses import replace
from pathlib import Path

from webtv.clock import Instant
from webtv.domain import Airing, slot_name
from webtv.media.files import write_atomically
from webtv.timeline import Timeline

_CHUNK = 1 << 20
_OURS = re.compile(r"([0-9]{8,})\.(mp4|new)")

RUNDOWN = "rundown.json"
"""The file of a channel's rundown, in its folder."""


class Slots:
    """The slots of one channel."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rundown_path = folder / RUNDOWN
        """Beside them, the rundown that they are of."""
        self._held: dict[int, tuple[str, int]] = {}
        """Clip id and quanta of what slots are known to hold."""

    def make_folder(self) -> None:
        """Call it before any slot is put in place. Raises OSError."""
        self.path(0).parent.mkdir(parents=True, exist_ok=True)

    def holds(self, airing: Airing) -> bool:
        """Whether an airing's slot is known to hold its clip, or as much of it as airs. Looks at no disk."""
        return self._held.get(airing.slot) == (airing.clip_id, airing.quanta)

    def now_holds(self, airing: Airing) -> None:
        """An airing's slot was found, or put, in place."""
        self._held[airing.slot] = (airing.clip_id, airing.quanta)

    def may_hold_another(self, slot: int) -> None:
        """A slot is about to be replaced: what it holds is known when that is done."""
        self._held.pop(slot, None)

    def path(self, slot: int) -> Path:
        return self.folder / slot_name(slot)

    def is_there(self, slot: int) -> bool:
        """Whether something is in place. Asked of each channel twice a second, so it makes no Path."""
        return os.path.exists(f"{self.folder}/{slot_name(slot)}")  # noqa: PTH110

    def is_link_of(self, slot: int, clip: Path) -> bool:
        """Whether ``slot`` is a link of the file ``clip``."""
        try:
            return self.path(slot).samefile(clip)
        except OSError:
            return False

    def place(self, slot: int, clip: Path) -> None:
        """Let ``slot`` hold ``clip``, at once and without a moment of nothing.

        Raises:
            OSError: the clip is not there, or the disk refuses.
        """
        path = self.path(slot)
        try:
            path.hardlink_to(clip)
            return
        except FileExistsError:
            if path.samefile(clip):
                return  # renaming one link of a file onto another does nothing and leaves both
        temporary = path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        temporary.hardlink_to(clip)
        temporary.replace(path)

    def place_head(self, slot: int, clip: Path, size: int) -> None:
        """Let ``slot`` hold the first ``size`` bytes of ``clip``: whole fragments of it, for one that is cut.

        Raises:
            OSError: the clip is not there, or the disk refuses.
        """
        path = self.path(slot)
        temporary = path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        with clip.open("rb") as source, temporary.open("xb") as head:
            while size and (data := source.read(min(size, _CHUNK))):
                size -= head.write(data)
        temporary.replace(path)

    def clear_outside(self, first: int, last: int) -> None:
        """Remove slots before ``first`` and after ``last``, and half-made ones. What is not ours stays."""
        for slot_number in [number for number in list(self._held) if not first <= number <= last]:
            self._held.pop(slot_number, None)
        for path in self.path(first).parent.iterdir():
            slot = _OURS.fullmatch(path.name)
            if slot and not (slot[2] == "mp4" and first <= int(slot[1]) <= last):
                path.unlink(missing_ok=True)


def publish(
    path: Path, timeline: Timeline, files: Mapping[str, str], now: Instant, cut: Set[int] = frozenset()
) -> None:
    """Write ``now_list`` of the airings whose clips are among ``files``."""
    known = tuple(airing for airing in timeline.airings if airing.clip_id in files)
    text = now_list(replace(timeline, airings=known), files, timeline.position_ns(now), cut)
    write_atomically(path, text, durable=False)


def now_list(
    timeline: Timeline, files: Mapping[str, str], position_ns: int, cut: Set[int] = frozenset()
) -> str:
    """An ffconcat list of a little of the past, what is on and what is next, for people and for any FFmpeg.

    ``files`` gives each clip's path relative to the list; ``cut`` the slots that end before their clip does.
    """
    lines = ["ffconcat version 1.0"]
    for airing in timeline.airings:
        start_ns, end_ns = timeline.start_ns(airing.start_quanta), timeline.start_ns(airing.end_quanta)
        mark = "next" if position_ns < start_ns else "aired" if end_ns <= position_ns else "on air"
        lines.append(f"# {mark}: {airing.kind}: {' '.join(airing.title.split())}")
        lines.append(f"file '{files[airing.clip_id]}'")
        seconds = f"{airing.quanta * timeline.format.quantum_s:.6f}"
        lines += [f"outpoint {seconds}"] if airing.slot in cut else []
        lines.append(f"duration {seconds}")
    return "\n".join(lines) + "\n"
