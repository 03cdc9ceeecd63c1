"""From a take's few frames to the house rate and the house size: one engine per file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from webtv.domain import Take
from webtv.engines import load_engine
from webtv.models.host import Host


class Interpolator(Protocol):
    """Makes in-between pictures. One object serves any number of threads at once."""

    name: str
    version: int
    """Goes up whenever equal takes would give other bytes."""

    def interpolate(self, take: Take, frames: int, *, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
        """Yield exactly ``frames`` pictures, (height, width, 3) uint8 RGB.

        They are spread evenly over the take, the first being its first frame and the last its last. A take of
        another aspect fills the picture and loses its edges. Each picture is an array of its own that the
        caller may draw on.

        Raises EngineError when the take has no frames or is not (F, H, W, 3) uint8.
        """
        ...

    def check(self) -> None: ...


def load_interpolator(name: str, host: Host | None = None) -> Interpolator:
    """The engine called ``name``. Raises EngineError, naming the nearest, when there is none."""
    return cast("Interpolator", load_engine("interpolator", name, host))
