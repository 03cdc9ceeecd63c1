"""Which of a clip's pictures are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import numpy as np
from numpy.typing import NDArray

EVERY_S = 2.0
LEAST = 4


def sampled(frames: int, fps: int) -> list[int]:
    """Numbers of the pictures to look at: one for every two seconds and at least four, evenly spread."""
    count = min(frames, max(LEAST, ceil(frames / fps / EVERY_S)))
    return [(2 * index + 1) * frames // (2 * count) for index in range(count)]


class Sampler:
    """Keeps copies of the sampled pictures while all of them pass by. One thread at a time."""

    def __init__(self, frames: int, fps: int) -> None:
        self.kept: list[NDArray[np.uint8]] = []
        self._wanted = frozenset(sampled(frames, fps))

    def watching(self, pictures: Iterator[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
        for number, picture in enumerate(pictures):
            if number in self._wanted:
                self.kept.append(picture.copy())
            yield picture
