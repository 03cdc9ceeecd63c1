"""Textures of smooth noise that tile, made once per take and sampled every frame."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[Any]
Scalar = float | np.floating[Any]
SEAM = 3
"""Cells of wrapped border that keep the cubic enlargement seamless."""


def cells(rng: np.random.Generator, across: int, size: int) -> Field:
    """One octave: (size, size) noise in 0..1, ``across`` cells a side, enlarged bicubically."""
    grid = np.pad(rng.random((across, across), np.float32), SEAM, mode="wrap")
    step = size / across
    edge = round(SEAM * step)
    side = size + 2 * edge
    return cv2.resize(grid, (side, side), interpolation=cv2.INTER_CUBIC)[
        edge : edge + size, edge : edge + size
    ]


def fbm(
    rng: np.random.Generator, size: int = 512, across: int = 4, octaves: int = 6, gain: float = 0.5
) -> Field:
    """Fractional Brownian motion: octaves of noise at doubling frequency, stretched to 0..1. Tiles."""
    total = np.zeros((size, size), np.float32)
    weight = 1.0
    for octave in range(octaves):
        count = across << octave
        if count > size // 2:
            break
        total += np.float32(weight) * cells(rng, count, size)
        weight *= gain
    return stretch(total)


def ridged(
    rng: np.random.Generator, size: int = 512, across: int = 4, octaves: int = 6, gain: float = 0.5
) -> Field:
    """Ridged multifractal (after F. Kenton Musgrave): sharp crests, finer where it is already high. Tiles."""
    total = np.zeros((size, size), np.float32)
    weight = np.ones((size, size), np.float32)
    scale = 1.0
    for octave in range(octaves):
        count = across << octave
        if count > size // 2:
            break
        crest = (1 - np.abs(2 * cells(rng, count, size) - 1)) ** 2
        total += np.float32(scale) * crest * weight
        weight = np.clip(crest * 1.6, 0.15, 1)
        scale *= gain
    return stretch(total)


def stretch(field: Field) -> Field:
    """``field`` moved and scaled to fill 0..1."""
    low, high = float(field.min()), float(field.max())
    return ((field - low) / max(high - low, 1e-6)).astype(np.float32)


def sample(texture: Field, u: Field, v: Field) -> Field:
    """``texture`` at (u, v), where 1 is its whole side; repeats without end.

    Coordinates are wrapped here and the texture carries one repeated row and column, because OpenCV's own
    wrapping border is five times slower.
    """
    size = texture.shape[0]
    closed = cv2.copyMakeBorder(texture, 0, 1, 0, 1, cv2.BORDER_WRAP)
    x = (u - np.floor(u)) * np.float32(size)
    y = (v - np.floor(v)) * np.float32(size)
    return cv2.remap(closed, x, y, cv2.INTER_LINEAR)


def warped(texture: Field, u: Field, v: Field, amount: float, drift: tuple[float, float] = (0, 0)) -> Field:
    """Domain warping (Inigo Quilez, "warp"): noise sampled where other samples of the same noise point."""
    amount32 = np.float32(amount)
    a = sample(texture, u + np.float32(drift[0]), v)
    b = sample(texture, u + np.float32(5.2 / 8), v + np.float32(1.3 / 8 + drift[1]))
    return sample(texture, u + amount32 * (a - 0.5), v + amount32 * (b - 0.5))


def smoothstep(low: Scalar, high: Scalar, x: Field) -> Field:
    """Hermite step from 0 at ``low`` to 1 at ``high``; ``low`` may be the larger."""
    t = np.clip((x - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
