"""What a family of pictures is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from webtv.generator.video.procedural.camera import Pose
from webtv.generator.video.procedural.light import Light
from webtv.generator.video.procedural.palette import Palette

Field: TypeAlias = NDArray[Any]
"""(H, W) float32. Typed loosely because OpenCV's stubs answer with any number type."""
Scalar: TypeAlias = float | np.floating[Any]
Picture: TypeAlias = NDArray[Any]
"""(H, W, 3) float32, linear light, 1 is paper white; lamps and suns go beyond."""


@dataclass(frozen=True)
class Scene:
    """One shot, read.

    ``variant`` is the family's own word for what it shows; ``scale`` is how near the framing goes (1 is a
    medium shot, larger is nearer); ``energy`` is 0.5 for calm to 1.5 for wild action; ``rng`` belongs to this
    take alone.
    """

    width: int
    height: int
    seconds: float
    variant: str
    palette: Palette
    light: Light
    scale: float
    energy: float
    rng: np.random.Generator

    @property
    def aspect(self) -> float:
        return self.width / self.height

    @cached_property
    def grid(self) -> tuple[Field, Field]:
        """(x, y) of every pixel in picture heights from the middle, y down."""
        x = (np.arange(self.width, dtype=np.float32) + 0.5) / self.height - self.aspect / 2
        y = (np.arange(self.height, dtype=np.float32) + 0.5) / self.height - 0.5
        grid_x, grid_y = np.meshgrid(x, y)
        return grid_x, grid_y


@dataclass(frozen=True)
class Moment:
    """A point of the shot: ``t`` in seconds, and where the camera is."""

    t: float
    pose: Pose


Painter = Callable[[Moment], Picture]
"""Paints one moment. Must be smooth in time: no chance is drawn after the scene is set."""

Family = Callable[[Scene], Painter]
"""Sets a scene (all slow work and all chance) and returns its painter."""


def three(field: NDArray[Any]) -> Picture:
    """One value per pixel as three equal channels."""
    return cv2.merge([field, field, field])


def tint(mask: Field, colour: NDArray[Any]) -> Picture:
    """``mask`` in one colour."""
    return cv2.merge([mask * np.float32(value) for value in colour])


def over(below: Picture, above: Picture | NDArray[Any], alpha: Field) -> Picture:
    """``above`` (a picture or one colour) laid over ``below`` where ``alpha`` is 1."""
    return np.asarray(below + (above - below) * three(alpha), np.float32)
