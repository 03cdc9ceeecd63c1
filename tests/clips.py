"""Small real clips for tests: moving pictures and a tone, conformed as on air."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from webtv.domain import SAMPLE_RATE, HouseFormat
from webtv.postprocess.conform import conform
from webtv.postprocess.loudness import edges

SMALL = HouseFormat(width=192, height=108, video_kbps=200)


def moving(house: HouseFormat, frames: int, *, seed: int = 0) -> Iterator[NDArray[np.uint8]]:
    """A soft random texture that drifts sideways."""
    rng = np.random.default_rng(seed)
    cells = rng.integers(40, 220, (house.height // 12, house.width // 12, 3), np.uint8)
    texture = cells.repeat(12, 0).repeat(12, 1)
    for number in range(frames):
        yield np.ascontiguousarray(np.resize(np.roll(texture, 2 * number, 1), (house.height, house.width, 3)))


def tone(house: HouseFormat, quanta: int, *, hz: float = 330.0, level: float = 0.2) -> NDArray[np.float32]:
    at = np.arange(quanta * house.quantum_samples) / SAMPLE_RATE
    return np.repeat((level * np.sin(2 * np.pi * hz * at)).astype(np.float32)[:, None], 2, axis=1)


def make_clip(path: Path, quanta: int = 6, *, house: HouseFormat = SMALL, seed: int = 0) -> Path:
    frames = quanta * house.quantum_frames
    sound = edges(tone(house, quanta, hz=220.0 + 55 * (seed % 8)))
    conform(moving(house, frames, seed=seed), sound, house, path)
    return path
