"""A shot's movement as the path of a camera.

Lengths are picture heights: a picture is 1 high and width/height wide, (0, 0) is its middle, y points down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webtv.domain import Movement

Field = NDArray[Any]
Scalar = float | np.floating[Any]

REACH = {"still": 0.05, "slow": 0.17, "steady": 0.32, "fast": 0.5}
"""How far the camera goes in one shot; 0.5 is 7 pixels a frame in a take of 24 frames, 320 high."""

DEFAULT = {
    "pan": "right", "tilt": "up", "dolly": "in", "zoom": "in", "orbit": "clockwise", "crane": "up",
    "track": "right", "roll": "clockwise",
}  # fmt: skip


@dataclass(frozen=True)
class Pose:
    """Where the camera stands (x right, y up, z forward), how it looks (yaw right, pitch up) and zooms."""

    x: float = 0
    y: float = 0
    z: float = 0
    yaw: float = 0
    pitch: float = 0
    roll: float = 0
    zoom: float = 1

    def inverse(self, depth: float = 1) -> tuple[float, float, float, float]:
        """``(a, b, tx, ty)`` of the similarity from the picture to a plane at ``depth`` (1 is near).

        plane = (a*x - b*y + tx, b*x + a*y + ty).
        """
        near = max(0.2, 1 + self.z / depth)
        k = 1 / (self.zoom * near)
        a, b = k * np.cos(self.roll), k * np.sin(self.roll)
        return float(a), float(b), self.yaw / near + self.x / depth, -self.pitch / near - self.y / depth

    def onto(self, x: Field, y: Field, depth: float = 1) -> tuple[Field, Field]:
        """The places on a plane at ``depth`` that picture places (x, y) show."""
        a, b, tx, ty = (np.float32(value) for value in self.inverse(depth))
        return a * x - b * y + tx, b * x + a * y + ty

    def project(
        self, x: Field | Scalar, y: Field | Scalar, depth: Field | Scalar
    ) -> tuple[Field, Field, Field]:
        """The other way round, for points: picture places and scale of points (x, y) at ``depth``."""
        near = np.maximum(0.05, 1 + np.float32(self.z) / depth)
        px = (x - self.x / depth) * near - self.yaw
        py = (y + self.y / depth) * near + self.pitch
        c, s = np.cos(self.roll) * self.zoom, np.sin(self.roll) * self.zoom
        return (
            (c * px + s * py).astype(np.float32),
            (c * py - s * px).astype(np.float32),
            np.asarray(near * self.zoom, np.float32),
        )


def pose_at(movement: Movement, progress: float) -> Pose:
    """The camera at ``progress`` (0..1) of the shot. The middle of the shot is the picture as composed."""
    eased = 0.65 * progress + 0.35 * progress * progress * (3 - 2 * progress)
    reach = REACH[movement.speed]
    way = eased - 0.5
    direction = movement.direction
    if movement.kind == "static":
        return Pose()
    if direction == "none":
        direction = DEFAULT[movement.kind]  # type: ignore[assignment]
    along = way * reach * (-1 if direction in ("left", "down", "out", "counterclockwise") else 1)
    return _pose(movement.kind, direction, along)


def _pose(kind: str, direction: str, along: float) -> Pose:  # noqa: PLR0911 - one line for each kind of movement
    forward = direction in ("in", "out")
    upright = direction in ("up", "down")
    if kind == "zoom":
        return Pose(zoom=float(np.exp(along * 1.1)))
    if kind == "roll":
        return Pose(roll=along * 0.9, zoom=1.06)
    if kind == "orbit":
        return Pose(x=along * 1.3, yaw=-along * 0.6, roll=along * 0.06)
    if kind == "dolly" or (kind in ("track", "crane") and forward):
        return Pose(z=along * 1.2) if forward else Pose(y=along) if upright else Pose(x=along)
    if kind == "crane":
        return Pose(y=along * 0.9, pitch=-along * 0.25) if upright else Pose(x=along)
    if kind == "track":
        return Pose(y=along * 0.8) if upright else Pose(x=along * 1.1)
    if upright:
        return Pose(pitch=along * 0.7)
    return Pose(zoom=float(np.exp(along))) if forward else Pose(yaw=along)
