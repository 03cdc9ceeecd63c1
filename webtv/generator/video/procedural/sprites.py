"""Swarms of soft points of light in depth, out of focus where they are far from the focal plane."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webtv.generator.video.procedural.camera import Pose
from webtv.generator.video.procedural.noise import smoothstep
from webtv.generator.video.procedural.scene import Picture, Scalar, Scene

RADII = (1, 2, 3, 4, 6, 8, 11, 15, 20, 27)
"""Pixel radii that sprites are made in, for a picture 320 high."""
Values = NDArray[Any]


class Swarm:
    """``count`` points spread over the frame and beyond, at depths between ``depth`` (1 is near).

    ``size`` bounds their radii in picture heights. ``soft`` sprites fade from the middle, others are flat
    discs with a rim, as a lens draws a light out of focus.
    """

    def __init__(
        self,
        scene: Scene,
        count: int,
        size: tuple[float, float],
        depth: tuple[float, float],
        soft: bool = True,
    ) -> None:
        rng = scene.rng
        self.scene = scene
        self.depth = (1 / rng.uniform(1 / depth[1], 1 / depth[0], count)).astype(np.float32)
        self.x = rng.uniform(-scene.aspect / 2 - 0.6, scene.aspect / 2 + 0.6, count).astype(np.float32)
        self.y = rng.uniform(-0.95, 0.95, count).astype(np.float32)
        self.radius = (size[0] + (size[1] - size[0]) * rng.random(count) ** 2.5).astype(np.float32)
        self.phase = rng.random(count).astype(np.float32)
        self.soft = soft

    @cached_property
    def sprites(self) -> list[Values]:
        scale = self.scene.height / 320
        return [_sprite(max(1.0, radius * scale), self.soft) for radius in RADII]

    def add(
        self,
        picture: Picture,
        pose: Pose,
        dx: Values | Scalar,
        dy: Values | Scalar,
        colour: Values,
        power: Values | None = None,
    ) -> None:
        """Light up ``picture`` in place. Points that leave on one side come back on the other.

        ``colour`` is one colour or (count, 3); ``power`` scales each point.
        """
        scene = self.scene
        span_x, span_y = np.float32(scene.aspect + 1.2), 1.9
        x = (self.x + dx + span_x / 2) % span_x - span_x / 2
        y = (self.y + dy + span_y / 2) % span_y - span_y / 2
        px, py, near = pose.project(x, y, self.depth)
        edge = np.minimum(
            smoothstep(span_x / 2, span_x / 2 - 0.1, np.abs(x)), smoothstep(0.95, 0.88, np.abs(y))
        )
        columns = (px + scene.aspect / 2) * scene.height
        rows = (py + 0.5) * scene.height
        radius = self.radius * near * 320 / np.sqrt(self.depth)
        size = np.searchsorted(RADII, radius * 0.9).clip(0, len(RADII) - 1)
        light = edge if power is None else edge * power
        colours = np.broadcast_to(colour, (len(x), 3))
        for i in np.flatnonzero(light > 0.004):
            stamp(picture, self.sprites[size[i]], float(columns[i]), float(rows[i]), colours[i] * light[i])


def stamp(picture: Picture, sprite: Values, column: float, row: float, colour: Values) -> None:
    """Add ``sprite`` in ``colour`` with its middle at (column, row), between pixels too."""
    side = sprite.shape[0]
    left, top = column - side / 2, row - side / 2
    x0, y0 = int(np.floor(left)), int(np.floor(top))
    height, width = picture.shape[:2]
    if x0 <= -side or y0 <= -side or x0 >= width or y0 >= height:
        return
    fx, fy = np.float32(left - x0), np.float32(top - y0)
    wide = sprite[:, :-1] * fx + sprite[:, 1:] * (1 - fx)
    moved = wide[:-1] * fy + wide[1:] * (1 - fy)
    ax, ay = max(0, x0 + 1), max(0, y0 + 1)
    bx, by = min(width, x0 + side), min(height, y0 + side)
    if ax >= bx or ay >= by:
        return
    part = moved[ay - y0 - 1 : by - y0 - 1, ax - x0 - 1 : bx - x0 - 1, None]
    picture[ay:by, ax:bx] += part * colour


def _sprite(radius: float, soft: bool) -> Values:
    half = int(np.ceil(radius * (2.2 if soft else 1.2))) + 2
    axis = np.arange(-half, half + 1, dtype=np.float32)
    distance = np.hypot(axis[:, None], axis[None, :]) / np.float32(radius)
    if soft:
        return np.asarray(np.exp(-distance * distance * 1.6) - np.exp(-2.0 * 4.84), np.float32).clip(0)
    width = np.float32(max(0.12, 0.9 / radius))
    disc = smoothstep(1 + width, 1 - width, distance)
    return np.asarray(disc * (0.7 + 0.3 * smoothstep(0.55, 0.95, distance)), np.float32)
