"""Painted plates: pictures larger than the frame, hung at a depth and seen through the camera."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from webtv.generator.video.procedural.camera import Pose
from webtv.generator.video.procedural.noise import fbm, smoothstep, warped
from webtv.generator.video.procedural.scene import Field, Moment, Picture, Scene, three, tint

MARGIN_X = 0.75
MARGIN_Y = 0.45
"""How far a plate reaches beyond the frame on each side, in picture heights."""


@dataclass(frozen=True)
class Plate:
    """``image`` is (h, w, channels) float32, its middle at (0, 0); ``density`` is its pixels per unit."""

    image: NDArray[Any]
    depth: float
    density: float

    def seen(self, scene: Scene, pose: Pose, first: int = 0) -> NDArray[Any]:
        """What the camera shows of it from row ``first`` down. Beyond its edge it is mirrored."""
        a, b, tx, ty = pose.inverse(self.depth)
        rows, columns = self.image.shape[:2]
        k = self.density / scene.height
        left, top = 0.5 / scene.height - scene.aspect / 2, (0.5 + first) / scene.height - 0.5
        matrix = np.array(
            [
                [a * k, -b * k, (a * left - b * top + tx) * self.density + columns / 2 - 0.5],
                [b * k, a * k, (b * left + a * top + ty) * self.density + rows / 2 - 0.5],
            ]
        )
        return cv2.warpAffine(
            self.image,
            matrix,
            (scene.width, scene.height - first),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT_101,
        )

    @cached_property
    def top(self) -> float:
        """Height (y) of the highest thing on it; its alpha is channel 3."""
        rows = np.flatnonzero(self.image[..., 3].max(axis=1) > 0)
        return (float(rows[0]) - self.image.shape[0] / 2) / self.density if rows.size else np.inf

    def lay(self, picture: Picture, scene: Scene, pose: Pose, light: NDArray[Any] | None = None) -> None:
        """Put it over ``picture`` in place. Its colours are premultiplied by alpha; ``light`` scales them."""
        a, b, _, ty = pose.inverse(self.depth)
        highest = (self.top - ty - abs(b) * scene.aspect / 2) / a
        first = max(0, int((highest + 0.5) * scene.height) - 1)
        if first >= scene.height:
            return
        above = self.seen(scene, pose, first)
        colour = cv2.cvtColor(above, cv2.COLOR_BGRA2BGR)
        if light is not None:
            colour *= light
        kept = cv2.multiply(picture[first:], three(1 - cv2.extractChannel(above, 3)))
        cv2.add(kept, colour, dst=picture[first:])


def plate_grid(scene: Scene, density: float) -> tuple[Field, Field]:
    """(x, y) of every pixel of a plate, in picture heights from its middle."""
    columns = round((scene.aspect + 2 * MARGIN_X) * density)
    rows = round((1 + 2 * MARGIN_Y) * density)
    x = (np.arange(columns, dtype=np.float32) + 0.5 - columns / 2) / np.float32(density)
    y = (np.arange(rows, dtype=np.float32) + 0.5 - rows / 2) / np.float32(density)
    grid_x, grid_y = np.meshgrid(x, y)
    return grid_x, grid_y


class Mist:
    """Low drifting haze between plates, thicker below; soft, so it is made small and enlarged."""

    def __init__(self, scene: Scene, colour: NDArray[Any], bottom: float, strength: float) -> None:
        self.texture = fbm(scene.rng, 256, 2, 4)
        self.size = (scene.width, scene.height)
        small = (scene.width // 4, scene.height // 4)
        self.x, self.y = (cv2.resize(axis, small, interpolation=cv2.INTER_AREA) for axis in scene.grid)
        self.colour, self.bottom, self.strength = colour, bottom, np.float32(strength)
        self.pace = 0.03 * scene.energy

    def lay(self, picture: Picture, moment: Moment, depth: float) -> None:
        """Veil ``picture`` in place at ``depth``."""
        px, py = moment.pose.onto(self.x, self.y, depth)
        u = px * 0.26 + np.float32(self.pace * moment.t + depth * 0.37)
        drift = warped(self.texture, u, py * 0.48, 0.15)
        veil = smoothstep(-0.2, self.bottom, py) * (0.02 + 1.15 * drift) * self.strength
        full = cv2.resize(veil, self.size, interpolation=cv2.INTER_LINEAR)
        cv2.multiply(picture, three(1 - full), dst=picture)
        cv2.add(picture, tint(full, self.colour), dst=picture)
