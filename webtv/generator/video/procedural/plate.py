"""Painted plates: pictures larger than the frame, hung at a depth and seen through the camera."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from webtv.generator.video.procedural.camera import Pose
from webtv.generator.video.procedural.scene import Field, Picture, Scene

MARGIN_X = 0.75
MARGIN_Y = 0.45
"""How far a plate reaches beyond the frame on each side, in picture heights."""


@dataclass(frozen=True)
class Plate:
    """``image`` is (h, w, channels) float32 whose middle hangs at (0, 0); ``density`` is its pixels per unit."""

    image: NDArray[np.float32]
    depth: float
    density: float

    def seen(self, scene: Scene, pose: Pose) -> NDArray[np.float32]:
        """What the camera shows of it, at the frame's size. Beyond its edge it is mirrored."""
        a, b, tx, ty = pose.inverse(self.depth)
        rows, columns = self.image.shape[:2]
        k = self.density / scene.height
        left, top = 0.5 / scene.height - scene.aspect / 2, 0.5 / scene.height - 0.5
        matrix = np.array(
            [
                [a * k, -b * k, (a * left - b * top + tx) * self.density + columns / 2 - 0.5],
                [b * k, a * k, (b * left + a * top + ty) * self.density + rows / 2 - 0.5],
            ]
        )
        return cv2.warpAffine(
            self.image,
            matrix,
            (scene.width, scene.height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT_101,
        )


def plate_grid(scene: Scene, density: float) -> tuple[Field, Field]:
    """(x, y) of every pixel of a plate, in picture heights from its middle."""
    columns = round((scene.aspect + 2 * MARGIN_X) * density)
    rows = round((1 + 2 * MARGIN_Y) * density)
    x = (np.arange(columns, dtype=np.float32) + 0.5 - columns / 2) / np.float32(density)
    y = (np.arange(rows, dtype=np.float32) + 0.5 - rows / 2) / np.float32(density)
    grid_x, grid_y = np.meshgrid(x, y)
    return grid_x, grid_y


def lay(below: Picture, above: NDArray[np.float32]) -> Picture:
    """``above`` (H, W, 4), premultiplied by its alpha in channel 3, over ``below``; only the rows it touches."""
    alpha = above[..., 3]
    rows = np.flatnonzero(alpha.max(axis=1) > 0)
    if rows.size == 0:
        return below
    part = slice(int(rows[0]), int(rows[-1]) + 1)
    keep = 1 - alpha[part]
    below[part] = below[part] * np.dstack([keep, keep, keep]) + above[part, :, :3]
    return below
