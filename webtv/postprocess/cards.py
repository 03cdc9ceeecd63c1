"""Slate and bumper: the channel's own pictures and their sound, made on the spot from its title."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import tau
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from webtv.domain import SAMPLE_RATE, HouseFormat
from webtv.postprocess.fonts import Line, line
from webtv.postprocess.overlay import Patch, patch

Light = NDArray[Any]
"""(h, w, 3) float32, 0 to 255, small: what is soft is drawn at an eighth of the size and scaled up."""

SMALL = 8
GRAIN_LEVELS = 1.2
"""Noise added before rounding, without which slow gradients show steps."""


def slate_pictures(
    title: str, subtitle: str, format: HouseFormat, frames: int
) -> Iterator[NDArray[np.uint8]]:
    """``frames`` pictures (height, width, 3) uint8 RGB: the title at rest on slowly drifting light.

    The light comes round once in ``frames``: any number of slates in a row is one seamless picture.
    """
    stage = _Stage(title, format)
    words = _lettering(title, subtitle, format)
    for number in range(frames):
        picture = stage.picture(stage.drifting(number / frames))
        words.blend(picture)
        yield picture


def bumper_pictures(
    title: str, subtitle: str, format: HouseFormat, frames: int
) -> Iterator[NDArray[np.uint8]]:
    """``frames`` pictures (height, width, 3) uint8 RGB: ribbons of light sweep in and bring up the title."""
    stage = _Stage(title, format)
    words = _lettering(title, subtitle, format)
    for number in range(frames):
        at = number / frames
        picture = stage.picture(stage.drifting(at) + stage.ribbons(at))
        shown = _eased((at - 0.08) / 0.22) * _eased((1 - at) / 0.1)
        if shown:
            words.blend(picture, shown)
        yield picture


def bed(samples: int) -> NDArray[np.float32]:
    """A calm warm chord, (samples, 2) float32 at 48 kHz, peak 0.5, that tiles with itself.

    Made in the frequency domain, each partial a narrow band of random phases (Paul Nasca's PADsynth): an
    inverse transform of any spectrum repeats after ``samples`` without a seam.
    """
    chance = np.random.default_rng(0x5EED)
    hertz = np.fft.rfftfreq(samples, 1 / SAMPLE_RATE)
    level = np.zeros(len(hertz))
    for note, loud in (
        (110.0, 1.0),
        (164.81, 0.8),
        (220.0, 0.7),
        (277.18, 0.45),
        (329.63, 0.4),
        (493.88, 0.25),
    ):
        for partial in range(1, 7):
            centre, width = note * partial, 0.004 * note * partial**0.7
            level += loud / partial**2.2 * np.exp(-(((hertz - centre) / width) ** 2)) / np.sqrt(width)
    phases = chance.uniform(0, tau, (2, len(hertz)))
    sound = np.fft.irfft(level * np.exp(1j * phases), n=samples).T
    return np.ascontiguousarray(sound * (0.5 / np.abs(sound).max()), np.float32)


@dataclass(frozen=True)
class _Glow:
    """One soft light: where it circles (shares of the picture), how wide it is, its colour, turns a loop."""

    x: float
    y: float
    reach: float
    size: float
    phase: float
    turns: int
    colour: NDArray[np.float32]


class _Stage:
    """The light behind the letters, in colours that belong to the title."""

    def __init__(self, title: str, format: HouseFormat) -> None:
        digest = hashlib.sha256(title.encode()).digest()
        chance = np.random.default_rng(list(digest))
        hue = float(chance.uniform(0, tau))
        self.size = (format.width, format.height)
        columns, rows = max(16, format.width // SMALL), max(9, format.height // SMALL)
        self.x = (np.arange(columns, dtype=np.float32) + 0.5) / columns
        self.y = (np.arange(rows, dtype=np.float32) + 0.5) / rows
        self.ground = oklch(0.24, 0.07, hue)
        self.accent = oklch(0.80, 0.10, hue + 0.9)
        self.glows = [
            _Glow(
                x=place[0] + chance.uniform(-0.06, 0.06),
                y=place[1] + chance.uniform(-0.06, 0.06),
                reach=chance.uniform(0.10, 0.16),
                size=size,
                phase=chance.uniform(0, tau),
                turns=turns,
                colour=oklch(lightness, chroma, hue + turn) - self.ground,
            )
            for place, size, turns, lightness, chroma, turn in (
                ((0.20, 0.25), 0.42, 1, 0.52, 0.13, 0.0),
                ((0.82, 0.80), 0.46, -1, 0.46, 0.12, 0.9),
                ((0.75, 0.12), 0.30, 1, 0.42, 0.10, -0.8),
                ((0.15, 0.95), 0.34, -1, 0.36, 0.10, 1.6),
            )
        ]
        grain = chance.normal(0, GRAIN_LEVELS, (format.height, format.width, 1))
        self.grain = np.repeat(grain.astype(np.float32), 3, axis=2)

    def drifting(self, at: float) -> Light:
        """Ground and glows, ``at`` from 0 to 1 once round."""
        light: Light = np.broadcast_to(self.ground, (len(self.y), len(self.x), 3)).copy()
        for glow in self.glows:
            angle = tau * at * glow.turns + glow.phase
            across = np.exp(-(((self.x - glow.x - glow.reach * np.cos(angle)) / glow.size) ** 2))
            down = np.exp(-(((self.y - glow.y - glow.reach * np.sin(angle)) / (1.4 * glow.size)) ** 2))
            light += np.outer(down, across)[..., None] * glow.colour
        return light

    def ribbons(self, at: float) -> Light:
        """Three bands of light that swing across the picture and settle behind the title."""
        strength = _eased(at / 0.15) * _eased((1 - at) / 0.3)
        shade = np.zeros((len(self.y), len(self.x)), np.float32)
        for band in range(3):
            swing = 0.34 * (1 - _eased(at / 0.7)) + 0.05
            middle = 0.5 + swing * np.sin(tau * (0.55 * self.x + 0.45 * at) + 1.1 * band) + 0.02 * (band - 1)
            sweep = np.exp(-(((self.x - 1.8 * at + 0.25 - 0.12 * band) / 0.42) ** 2))
            away = (self.y[:, None] - middle[None]) / (0.012 + 0.02 * band)
            shade += (0.75 - 0.2 * band) * sweep / (1 + away * away)
        return (strength * shade)[..., None] * self.accent

    def picture(self, light: Light) -> NDArray[np.uint8]:
        large = cv2.resize(light, self.size, interpolation=cv2.INTER_CUBIC)
        return np.asarray(cv2.add(large, self.grain, dtype=cv2.CV_8U), np.uint8)


def _lettering(title: str, subtitle: str, format: HouseFormat) -> Patch:
    """Title, thin rule and subtitle, centred."""
    width, height = format.width, format.height
    image = Image.new("L", (width, height))
    big = _fitted(title, format)
    image.paste(big.mask(), (round((width - big.width) / 2), round(0.47 * height - 0.62 * big.height)))
    rule_y, rule_half = round(0.575 * height), round(0.045 * width)
    thick = max(1, round(height / 320))
    ImageDraw.Draw(image).rectangle(
        (width // 2 - rule_half, rule_y, width // 2 + rule_half, rule_y + thick - 1), fill=150
    )
    small = line(subtitle, "text", 0.034 * height, width=0.8 * width, tracking_em=0.14)
    quiet = small.mask().point(lambda level: round(level * 0.78))
    image.paste(quiet, (round((width - small.width) / 2), round(0.62 * height)))
    left, top, right, bottom = image.getbbox() or (0, 0, 1, 1)
    return patch(image.crop((left, top, right, bottom)), format, left, top, 0.96)


def _fitted(title: str, format: HouseFormat) -> Line:
    """The title as large as it fits, down to half size; after that it is cut with an ellipsis."""
    room = 0.84 * format.width
    largest = 0.15 * format.height
    wanted = line(title, "display", largest, width=float("inf"), tracking_em=0.01)
    size = largest * max(0.5, min(1.0, room / max(1.0, wanted.width)))
    return line(title, "display", size, width=room, tracking_em=0.01)


def oklch(lightness: float, chroma: float, hue: float) -> NDArray[np.float32]:
    """(3,) sRGB, 0 to 255, of an OKLCH colour, hue in radians (Björn Ottosson, "A perceptual color space")."""
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    to_cone = np.array(
        [[0.3963377774, 0.2158037573], [-0.1055613458, -0.0638541728], [-0.0894841775, -1.2914855480]]
    )
    to_linear = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    linear = np.clip(to_linear @ (lightness + to_cone @ np.array([a, b])) ** 3, 0, 1)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(255 * coded, np.float32)


def _eased(share: float) -> float:
    """0 to 1 with a soft start and a soft end."""
    inside = min(1.0, max(0.0, share))
    return inside * inside * (3 - 2 * inside)
