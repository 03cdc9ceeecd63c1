"""A channel's folder with slots in place, and its rundown: what playout is given."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.clips import SMALL, make_clip
from webtv.clock import Clock, SystemClock
from webtv.domain import Airing, AiringKind, HouseFormat
from webtv.timeline import Anchor, Timeline


class Air:
    """``count`` airings of a few clips, each ``quanta`` long, that began ``began_s`` ago."""

    def __init__(
        self,
        folder: Path,
        clips: Sequence[Path],
        *,
        quanta: int,
        count: int,
        began_s: float = 10.0,
        house: HouseFormat = SMALL,
        clock: Clock | None = None,
    ) -> None:
        self.folder, self.clock = folder, clock or SystemClock()
        (folder / "air").mkdir(parents=True)
        for slot in range(count):
            os.link(clips[slot % len(clips)], folder / f"air/{slot:08d}.mp4")
        now = self.clock.now()
        began_ns = int(began_s * 1e9)
        anchor = Anchor(
            quanta=0,
            wall_ns=now.wall_ns - began_ns,
            boot_ns=now.boot_ns - began_ns,
            boot_id=self.clock.boot_id,
        )
        self.timeline = Timeline(house, anchor, tuple(airings(range(count), quanta, house)))

    @property
    def position_ns(self) -> int:
        return self.timeline.position_ns(self.clock.now())


def airings(slots: Iterable[int], quanta: int, house: HouseFormat = SMALL) -> Iterable[Airing]:
    for slot in slots:
        yield Airing(
            slot=slot,
            clip_id=f"clip{slot}",
            kind=AiringKind.ARCHIVE,
            title="",
            start_quanta=slot * quanta,
            quanta=quanta,
            first_segment=slot * house.fragments(quanta),
        )


def some_clips(folder: Path, quanta: int, count: int = 3, house: HouseFormat = SMALL) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    return [make_clip(folder / f"{seed}.mp4", quanta, house=house, seed=seed) for seed in range(count)]
