"""The label that says who made the pictures, and the clip's title: drawn once, blended into every picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from webtv.domain import HouseFormat
from webtv.postprocess.fonts import Line, line

Share = NDArray[np.floating[Any]]
"""(h, w), each from 0 to 1."""

MARGIN = 0.045
LABEL_SIZE = 0.031
CAPTION_SIZE = 0.042
"""Margin and letter sizes as shares of the picture's height."""

CAPTION_FROM_S, CAPTION_UNTIL_S, CAPTION_FADE_S = 0.4, 4.4, 0.6


@dataclass(frozen=True)
class Patch:
    """A drawing over pictures at (``x``, ``y``): what of the picture stays, and the light that is added.

    Both are (h, w, 3) uint8; 255 of ``stays`` keeps the picture.
    """

    x: int
    y: int
    stays: NDArray[np.uint8]
    adds: NDArray[np.uint8]

    def blend(self, picture: NDArray[np.uint8], strength: float = 1.0) -> None:
        """Draw into ``picture`` (H, W, 3) uint8; ``strength`` from 0 (nothing) to 1."""
        height, width = self.stays.shape[:2]
        part: NDArray[Any] = picture[self.y : self.y + height, self.x : self.x + width]
        drawn = cv2.add(cv2.multiply(part, self.stays, scale=1 / 255), self.adds)
        part[:] = drawn if strength >= 1 else cv2.addWeighted(part, 1 - strength, drawn, strength, 0)


class Overlay:
    """Label at the upper right, where players put no controls; caption at the lower left for four seconds.

    Safe to use from several threads. A text longer than half of the picture ends with an ellipsis; an empty
    one draws nothing. The characters that can be drawn: ``webtv.postprocess.fonts``.
    """

    def __init__(self, format: HouseFormat, label: str = "", caption: str = "") -> None:
        self.fps = format.fps
        margin = round(MARGIN * format.height)
        room = format.width / 2 - margin
        label_line = line(label, "text", LABEL_SIZE * format.height, width=room, tracking_em=0.02)
        caption_line = line(caption, "text", CAPTION_SIZE * format.height, width=room)
        self.label = self.caption = None
        if label_line.text:
            self.label = shadowed(label_line, format, opacity=0.68, corner="upper right")
        if caption_line.text:
            self.caption = shadowed(caption_line, format, opacity=0.9, corner="lower left")

    def draw(self, picture: NDArray[np.uint8], number: int) -> None:
        """Draw into ``picture``, (H, W, 3) uint8 RGB of the house size, the clip's ``number``-th from 0."""
        if self.label:
            self.label.blend(picture)
        strength = caption_strength(number / self.fps)
        if self.caption and strength:
            self.caption.blend(picture, strength)


def caption_strength(seconds: float) -> float:
    """How much of the caption is seen, 0 to 1, ``seconds`` into the clip."""
    rise = (seconds - CAPTION_FROM_S) / CAPTION_FADE_S
    fall = (CAPTION_UNTIL_S - seconds) / CAPTION_FADE_S
    level = min(1.0, max(0.0, min(rise, fall)))
    return level * level * (3 - 2 * level)


def shadowed(
    text: Line, format: HouseFormat, *, opacity: float, corner: Literal["upper right", "lower left"]
) -> Patch:
    """White letters over their own soft shadow in a corner, so that they read on white as on black."""
    blur = max(1.0, text.font.size * 0.16)
    room = round(3 * blur)
    mask = text.mask(room)
    near = np.asarray(mask.filter(ImageFilter.GaussianBlur(blur / 3)), np.float32) / 255
    wide = np.asarray(mask.filter(ImageFilter.GaussianBlur(blur)), np.float32) / 255
    shadow = 1 - (1 - 0.8 * near) * (1 - 0.6 * np.minimum(1, 1.4 * wide))
    inset = round(MARGIN * format.height) - room
    if corner == "upper right":
        return patch(mask, format, format.width - mask.width - inset, inset, opacity, shadow)
    return patch(mask, format, inset, format.height - mask.height - inset, opacity, shadow)


def patch(
    mask: Image.Image, format: HouseFormat, x: int, y: int, opacity: float, shadow: Share | None = None
) -> Patch:
    """White through ``mask`` ("L") at ``opacity`` over black at ``shadow``, cut at the picture's edges."""
    light: Share = np.asarray(mask, np.float32) * np.float32(opacity / 255)
    stays = 1 - light if shadow is None else (1 - light) * (1 - shadow)
    seen = slice(max(0, -y), max(0, format.height - y)), slice(max(0, -x), max(0, format.width - x))
    return Patch(max(0, x), max(0, y), _bytes(stays[seen]), _bytes(light[seen]))


def _bytes(share: Share) -> NDArray[np.uint8]:
    return np.repeat(np.round(share * 255).astype(np.uint8)[..., None], 3, axis=2)
