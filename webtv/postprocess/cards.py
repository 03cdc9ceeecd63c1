"""Slate and bumper: the channel's own pictures and their sound, made on the spot from its title."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, sin, tau
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from webtv.domain import SAMPLE_RATE, HouseFormat
from webtv.postprocess.fonts import Line, line
from webtv.postprocess.overlay import Patch, patch

Light = NDArray[Any]
"""(h, w, 3) float32, 0 to 255, small: what is soft is drawn at a quarter of the size and scaled up."""

SMALL = 4
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
    """One soft light: where it circles and how wide it is (shares of the picture), and its turns a loop."""

    x: float
    y: float
    reach: float
    size: float
    phase: float
    turns: int


class _Stage:
    """The light behind the letters, in colours that belong to the title."""

    def __init__(self, title: str, format: HouseFormat) -> None:
        chance = np.random.default_rng(list(hashlib.sha256(title.encode()).digest()))
        hue = float(chance.uniform(3.4, 6.7))  # teal over blue and violet to ember: olive flatters nobody
        self.size = (format.width, format.height)
        self.x = _middles(max(16, format.width // SMALL))
        self.y = _middles(max(9, format.height // SMALL))
        self.ground = oklch(0.24, 0.07, hue)
        self.accent = oklch(0.80, 0.10, hue + 0.7)
        self.glows = [
            _Glow(
                x=x + chance.uniform(-0.06, 0.06),
                y=y + chance.uniform(-0.06, 0.06),
                reach=chance.uniform(0.10, 0.16),
                size=size,
                phase=chance.uniform(0, tau),
                turns=turns,
            )
            for x, y, size, turns in (
                (0.20, 0.25, 0.42, 1),
                (0.82, 0.80, 0.46, -1),
                (0.75, 0.12, 0.30, 1),
                (0.15, 0.95, 0.34, -1),
            )
        ]
        colours = (
            oklch(lightness, chroma, hue + turn)
            for lightness, chroma, turn in (
                (0.50, 0.13, 0),
                (0.45, 0.12, 0.7),
                (0.43, 0.1, -0.7),
                (0.38, 0.11, 1),
            )
        )
        self.colours = np.stack([colour - self.ground for colour in colours])
        grain = chance.normal(0, GRAIN_LEVELS, (format.height, format.width, 1))
        self.grain = np.repeat(grain.astype(np.float32), 3, axis=2)

    def drifting(self, at: float) -> Light:
        """Ground and glows, ``at`` from 0 to 1 once round."""
        angles = [tau * at * glow.turns + glow.phase for glow in self.glows]
        across = np.stack(
            [_bump(self.x, g.x + g.reach * cos(a), g.size) for g, a in zip(self.glows, angles, strict=True)]
        )
        down = np.stack(
            [
                _bump(self.y, g.y + g.reach * sin(a), 1.4 * g.size)
                for g, a in zip(self.glows, angles, strict=True)
            ]
        )
        # a Gaussian glow is a column times a row, so all of them together are one matrix product
        rows = (across[:, :, None] * self.colours[:, None, :]).reshape(len(across), -1)
        return (down.T @ rows).reshape(len(self.y), len(self.x), 3) + self.ground

    def ribbons(self, at: float) -> Light:
        """Three bands of light that swing across the picture and settle behind the title."""
        strength = _eased(at / 0.15) * _eased((1 - at) / 0.3)
        shade = np.zeros((len(self.y), len(self.x)), np.float32)
        for band in range(3):
            swing = 0.34 * (1 - _eased(at / 0.7)) + 0.05
            middle = 0.54 + swing * np.sin(tau * (0.55 * self.x + 0.45 * at) + 1.1 * band) + 0.02 * (band - 1)
            sweep = np.exp(-(((self.x - 1.8 * at + 0.25 - 0.12 * band) / 0.42) ** 2))
            away = (self.y[:, None] - middle[None]) / (0.022 + 0.018 * band)
            shade += (0.6 - 0.15 * band) * sweep / (1 + away * away)
        return (strength * shade)[..., None] * self.accent

    def picture(self, light: Light) -> NDArray[np.uint8]:
        large = cv2.resize(light, self.size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(cv2.add(large, self.grain, dtype=cv2.CV_8U), np.uint8)


def _lettering(title: str, subtitle: str, format: HouseFormat) -> Patch:
    """Title in one or two lines, thin rule and subtitle, centred."""
    width, height = format.width, format.height
    image = Image.new("L", (width, height))

    def centre(text: Line, y: float, level: float = 1.0) -> None:
        mask = text.mask().point(lambda coverage: round(coverage * level))
        image.paste(mask, (round((width - text.width) / 2), round(y)))

    lines = _title_lines(title, format)
    for above, text in enumerate(reversed(lines)):
        centre(text, 0.47 * height - 0.62 * text.height - 0.86 * above * text.height)
    rule_y, rule_half, thick = round(0.575 * height), round(0.045 * width), max(1, round(height / 320))
    rule = (width // 2 - rule_half, rule_y, width // 2 + rule_half, rule_y + thick - 1)
    ImageDraw.Draw(image).rectangle(rule, fill=150)
    centre(line(subtitle, "text", 0.034 * height, width=0.8 * width, tracking_em=0.14), 0.62 * height, 0.78)
    # a breath of shadow keeps the letters readable where light passes behind them
    blur = 0.02 * height
    shadow = image.filter(ImageFilter.GaussianBlur(blur))
    left, top, right, bottom = shadow.getbbox() or (0, 0, 1, 1)
    box = (left, top, right, bottom)
    return patch(image.crop(box), format, left, top, 0.96, np.asarray(shadow.crop(box), np.float32) / 300)


def _title_lines(title: str, format: HouseFormat) -> list[Line]:
    """The title as large as it fits: a long one in two lines, an endless one with an ellipsis."""
    room, largest = 0.84 * format.width, 0.15 * format.height
    parts = [title]
    if _width(title, largest) > 1.4 * room:
        # at the space that leaves the two halves most alike
        spaces = [place for place, letter in enumerate(title) if letter == " "]
        middle = min(spaces, key=lambda place: abs(place - len(title) / 2), default=len(title))
        parts = [part for part in (title[:middle], title[middle:]) if part.strip()]
    widest = max(_width(part, largest) for part in parts)
    size = largest * max(0.5, min(1.0, 0.98 * room / max(1.0, widest)))
    return [line(part, "display", size, width=room, tracking_em=0.01) for part in parts]


def _width(text: str, size: float) -> float:
    return line(text, "display", size, width=float("inf"), tracking_em=0.01).width


def oklch(lightness: float, chroma: float, hue: float) -> NDArray[np.float32]:
    """(3,) sRGB, 0 to 255, of an OKLCH colour, hue in radians (Björn Ottosson, Oklab, 2020)."""
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


def _middles(pixels: int) -> NDArray[np.float32]:
    return np.asarray((np.arange(pixels) + 0.5) / pixels, np.float32)


def _bump(places: NDArray[np.float32], centre: float, size: float) -> NDArray[np.float32]:
    return np.asarray(np.exp(-(((places - centre) / size) ** 2)), np.float32)


def _eased(share: float) -> float:
    """0 to 1 with a soft start and a soft end."""
    inside = min(1.0, max(0.0, share))
    return inside * inside * (3 - 2 * inside)
