"""Slate and bumper: conformed at first start, because the station must always have something to air."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from webtv import __version__
from webtv.domain import HouseFormat, Manifest
from webtv.errors import ClipRejected
from webtv.playlist.library import Library
from webtv.playlist.records import Clip
from webtv.postprocess import cards
from webtv.postprocess import conform as conforming
from webtv.postprocess.inspect import inspect
from webtv.postprocess.loudness import level

CARD_S = 4.8
"""About how long a card is: short, so that a fresh clip soon follows it."""
_VERSION = 1
"""Raise it whenever cards look or sound different, so that they are made anew."""
_SLATE_LINE = "back in a moment"
_BUMPER_LINE = "webtv"

CardKind = Literal["slate", "bumper"]


def card_id(kind: CardKind, title: str, house: HouseFormat) -> str:
    """Equal for equal cards, whatever channel they are for."""
    text = json.dumps([title, house.model_dump(), conforming.VERSION, _VERSION], ensure_ascii=False)
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def obtain_card(
    kind: CardKind, title: str, house: HouseFormat, library: Library, *, init: bytes | None
) -> Clip:
    """The card as made before, or made now. Blocks; safe to call from several threads for different cards.

    Raises: as ``render_card``.
    """
    identity = card_id(kind, title, house)
    path = library.card_path(identity)
    try:
        clip = Clip.of(Manifest.model_validate_json(path.with_suffix(".json").read_bytes()))
        library.verify(clip, path)
    except (FileNotFoundError, ValueError, ClipRejected):
        manifest = render_card(kind, title, house, library.work, init=init)
        return library.admit(library.work / path.name, manifest)
    return clip


def render_card(
    kind: CardKind, title: str, house: HouseFormat, folder: Path, *, init: bytes | None
) -> Manifest:
    """Make ``folder/<card id>.mp4`` and return its manifest.

    Raises:
        ClipRejected: should a card ever fail inspection.
        OSError: when the disk refuses.
    """
    identity = card_id(kind, title, house)
    path = folder / f"{identity}.mp4"
    quanta = house.quanta(CARD_S)
    frames = quanta * house.quantum_frames
    if kind == "slate":
        pictures = cards.slate_pictures(title, _SLATE_LINE, house, frames)
    else:
        pictures = cards.bumper_pictures(title, _BUMPER_LINE, house, frames)
    sound, _ = level(cards.bed(quanta * house.quantum_samples))
    conforming.conform(pictures, sound, house, path)
    seen = inspect(path, house, quanta, init=init)
    return Manifest(
        id=identity,
        kind=kind,
        channel="",
        title=title,
        quanta=quanta,
        format=house,
        loudness=seen.loudness,
        bytes=seen.size,
        sha256=seen.sha256,
        init_sha256=seen.init_sha256,
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        webtv=__version__,
    )
