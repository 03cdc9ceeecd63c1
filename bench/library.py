"""Real clips for the benchmarks: made by the offline engines, put into data folders as often as needed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from webtv.config import ChannelConfig
from webtv.domain import HouseFormat, Manifest
from webtv.generator.writer import load_writer
from webtv.playlist.library import Library
from webtv.playlist.records import Clip
from webtv.render.chain import render
from webtv.render.orders import brief_for, order_for

THEMES = (
    "a slow aurora over a frozen lake",
    "a city of towers at night in the rain",
    "nebulae unfolding like ink in water",
    "jellyfish in a bioluminescent sea",
    "a clockwork universe of brass and light",
    "autumn forest paths in the morning mist",
    "embers and sparks rising from a great fire",
    "alpine peaks above a sea of clouds",
)


def make_clips(
    folder: Path, count: int, house: HouseFormat, *, seconds: float = 12.8, shots: int = 4
) -> list[Manifest]:
    """Make ``count`` clips of as many themes in ``folder``, as ``<id>.mp4``."""
    manifests = []
    for number in range(count):
        config = ChannelConfig(
            id="bench",
            title="Bench",
            theme=THEMES[number % len(THEMES)],
            seed=number,
            clip_seconds=seconds,
            shots_per_clip=shots,
            format=house,
        )
        script = asyncio.run(load_writer("grammar").write(brief_for(config, number, ())))
        manifests.append(render(order_for(config, script, "grammar"), folder, init=None))
    return manifests


def admit_link(
    library: Library, folder: Path, manifest: Manifest, channel: str, number: int, created: datetime
) -> Clip:
    """Take one of ``folder``'s clips into a channel's library under a name made of ``number``.

    The file is a hard link, so that a hundred channels need the disk of one.
    """
    identity = f"{number:012x}{manifest.id[-8:]}"
    link = library.work / f"{identity}.mp4"
    link.hardlink_to(folder / f"{manifest.id}.mp4")
    own = {"id": identity, "channel": channel, "created": created.isoformat(timespec="milliseconds")}
    return library.admit(link, manifest.model_copy(update=own))


def stock(data: Path, folder: Path, manifests: Sequence[Manifest], channels: Sequence[str]) -> None:
    """Put each clip once into each channel's library, before the station starts."""
    library = Library(data)
    for index, channel in enumerate(channels):
        for number, manifest in enumerate(manifests):
            admit_link(library, folder, manifest, channel, (index << 32) + number, datetime.now(UTC))
