"""Screeners: whether a clip's pictures are fit to air. A screener is one file and a row of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from webtv.engines import load_engine
from webtv.models.host import Host

SCREENER = "nsfw"
"""The one that stations use."""

REASONS = ("unfit", "unscreened")
"""Why screening refuses a clip: it shows what must not air, or nobody could tell."""

UNFIT = 0.5
"""A probability from which on a clip is refused."""


class Screener(Protocol):
    name: str
    version: int
    """Goes up whenever equal pictures would be judged otherwise."""

    def judge(self, pictures: Sequence[NDArray[np.uint8]]) -> float:
        """The highest probability, 0 to 1, that one of ``pictures`` is not fit to air.

        Each is (H, W, 3) uint8 RGB, of any size; there must be one at least. Raises EngineError.
        """
        ...

    def check(self) -> None: ...


def load_screener(name: str, host: Host | None = None) -> Screener:
    """The screener called ``name``. Raises EngineError, naming the nearest, when there is none."""
    return cast("Screener", load_engine("screener", name, host))
