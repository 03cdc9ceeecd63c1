"""The lens and the film: glow, exposure, curve, vignette and grain. Linear light goes in, pixels come out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from webtv.generator.video.procedural.scene import Picture, Scene, three

LUT_SIZE = 4096
HEADROOM = 16.0
"""Linear light that the curve still tells apart."""
GRAIN = 1.6
"""Standard deviation of the grain in 8-bit steps; it lies still: moving grain misleads optical flow."""

TARGET = {
    "day": 0.46, "golden": 0.42, "dusk": 0.34, "night": 0.26, "neon": 0.3, "overcast": 0.47,
    "storm": 0.32, "fire": 0.3, "high": 0.56, "low": 0.27,
}  # fmt: skip
"""Mean luma that each light is exposed for."""
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def film(scene: Scene, first: Picture) -> Callable[[Picture], NDArray[np.uint8]]:
    """Meter ``first``, so that exposure holds still through the take, and return the developing step."""
    exposure = _meter(first, TARGET[scene.light.name], scene.light.contrast)
    curve = _curve(scene.light.contrast)
    grain = cv2.GaussianBlur(scene.rng.standard_normal((scene.height, scene.width), np.float32), (0, 0), 0.6)
    grain = three(grain * np.float32(GRAIN / grain.std()) + 0.5)
    vignette = _vignette(scene)
    warm = np.array([1 + scene.light.warmth, 1, 1 - scene.light.warmth], np.float32)

    def develop(picture: Picture) -> NDArray[np.uint8]:
        lit = picture * vignette
        lit += _glow(lit * np.float32(exposure)) * (warm / np.float32(exposure))
        index = np.sqrt(np.clip(lit, 0, HEADROOM / exposure) * np.float32(exposure / HEADROOM))
        tone = curve.take((index * np.float32(LUT_SIZE - 1)).astype(np.uint16))
        return np.asarray(np.clip(tone + grain, 0, 255), np.uint8)

    return develop


def _glow(lit: Picture) -> Picture:
    """Light that spills in a lens: a tight and a wide halo of what is brighter than paper."""
    height, width = lit.shape[:2]
    small = cv2.resize(lit, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    bright = np.minimum(np.maximum(small - 0.55, 0), 6)
    tight = cv2.GaussianBlur(bright, (0, 0), height / 200)
    wide = cv2.GaussianBlur(bright, (0, 0), height / 40)
    haze = cv2.GaussianBlur(small, (0, 0), height / 26)
    spill = tight * 0.22 + wide * 0.2 + haze * 0.05
    return np.asarray(cv2.resize(spill, (width, height), interpolation=cv2.INTER_CUBIC))


def _filmic(x: NDArray[np.float64], contrast: float) -> NDArray[np.float64]:
    """Krzysztof Narkowicz's fit of the ACES curve (2015), sRGB's transfer, a bend about middle grey."""
    toned = np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0, 1)
    display = np.where(toned <= 0.0031308, 12.92 * toned, 1.055 * toned ** (1 / 2.4) - 0.055)
    bent = display + (contrast - 1) * (display - 0.45) * display * (1 - display) * 4
    return np.asarray(np.clip(0.012 + 0.985 * bent, 0, 1))


def _curve(contrast: float) -> NDArray[Any]:
    light = np.linspace(0, 1, LUT_SIZE) ** 2 * HEADROOM
    return (255 * _filmic(light, contrast)).astype(np.float32)


def _meter(picture: Picture, target: float, contrast: float) -> float:
    """The exposure that puts the mean luma half-way from where it is to ``target`` or, if far off, nearer."""
    small = cv2.resize(picture, (72, 40), interpolation=cv2.INTER_AREA).astype(np.float64)
    candidates = np.geomspace(0.35, 3.5, 25)
    means = np.array([float((_filmic(small * e, contrast) @ LUMA).mean()) for e in candidates])
    native = float(np.interp(1.0, candidates, means))
    wanted = np.clip(0.35 * native + 0.65 * target, 0.17, 0.66)
    return float(np.interp(wanted, means, candidates))


def _vignette(scene: Scene) -> Picture:
    x, y = scene.grid
    far = (x * x / (scene.aspect / 2) ** 2 + y * y * 4) * 0.5
    fall = 1 - 0.34 * far * far - 0.06 * far
    return np.dstack([fall, fall, fall])
