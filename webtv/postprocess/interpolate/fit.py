"""Takes of any size and aspect for a picture of the house's."""

from __future__ import annotations

import cv2
import numpy as np

from webtv.domain import Take
from webtv.errors import EngineError
from webtv.postprocess.interpolate.motion import Picture

DETAIL = 0.2
"""Share of unsharp masking after scaling up: most accurate here, and looks less soft."""


def filling(engine: str, take: Take, aspect: float) -> Picture:
    """The largest centred part of all frames that has ``aspect`` (width / height), (F, H, W, 3) uint8.

    Raises EngineError, for the interpolator called ``engine``, when the take has no frames or another form.
    """
    source = take.frames
    if source.ndim != 4 or source.shape[0] < 1 or source.shape[3] != 3 or source.dtype != np.uint8:
        raise EngineError(
            f"interpolator {engine}: a take must be (F, H, W, 3) uint8 with at least one frame, "
            f"not {source.shape} {source.dtype}"
        )
    height, width = source.shape[1:3]
    kept_width = min(width, max(1, round(height * aspect)))
    kept_height = min(height, max(1, round(width / aspect)))
    left, top = (width - kept_width) // 2, (height - kept_height) // 2
    return source[:, top : top + kept_height, left : left + kept_width]


def scaled(frame: Picture, width: int, height: int) -> Picture:
    """A frame at another size, an array of its own; sharpened a little where it grows."""
    larger = width > frame.shape[1]
    way = cv2.INTER_CUBIC if larger else cv2.INTER_AREA
    picture = cv2.resize(np.ascontiguousarray(frame), (width, height), interpolation=way)
    if larger:
        soft = cv2.GaussianBlur(picture, (5, 5), 0.75 * width / frame.shape[1])
        picture = cv2.addWeighted(picture, 1 + DETAIL, soft, -DETAIL, 0)
    return picture
