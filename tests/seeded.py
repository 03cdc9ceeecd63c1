"""Puts real clips into a station's library as files with manifests, as an earlier run leaves them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.clips import make_clip
from webtv.domain import HouseFormat, Manifest
from webtv.media.fmp4 import read_index, read_init
from webtv.playlist.library import Library
from webtv.playlist.records import Clip


def seed_library(data: Path, channel: str, lengths: tuple[int, ...], house: HouseFormat) -> list[str]:
    """One clip for each length in quanta, the first one the oldest; returns their ids."""
    return [seed_clip(data, channel, number, quanta, house) for number, quanta in enumerate(lengths)]


def found(library: Library) -> list[Clip]:
    """All clips of a library, the oldest first, as their manifests say."""
    clips = library.read((channel, clip_id) for clip_id, channel in library.present().items())
    return sorted(clips, key=lambda clip: clip.created)


def seed_clip(data: Path, channel: str, number: int, quanta: int, house: HouseFormat) -> str:
    identity = hashlib.sha256(f"{channel}/{number}".encode()).hexdigest()[:20]
    folder = data / "library" / channel
    folder.mkdir(parents=True, exist_ok=True)
    path = make_clip(folder / f"{identity}.mp4", quanta, house=house, seed=number)
    manifest = Manifest(
        id=identity,
        channel=channel,
        title=f"Programme {number}",
        quanta=quanta,
        format=house,
        prompts=(f"a picture that drifts, number {number}",),
        bytes=path.stat().st_size,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        init_sha256=hashlib.sha256(read_init(path, read_index(path))).hexdigest(),
        created=f"2026-01-01T00:00:{number:02d}.000+00:00",
    )
    path.with_suffix(".json").write_text(manifest.model_dump_json())
    return identity
