"""Palette words become a ramp of colours, mixed in OKLab so that no mixture goes muddy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from webtv.generator.video.procedural.chance import pick

Colour = NDArray[Any]
"""Three linear-light sRGB values; 1 is paper white, light sources go beyond."""

HUES: dict[str, tuple[float, float]] = {
    "crimson": (18, 1.15), "scarlet": (27, 1.15), "red": (25, 1.1), "ruby": (12, 1.1),
    "burgundy": (12, 0.85), "rust": (42, 0.9), "terracotta": (42, 0.75), "coral": (32, 0.95),
    "salmon": (35, 0.8), "copper": (50, 0.85), "orange": (55, 1.1), "tangerine": (58, 1.1),
    "amber": (72, 1.0), "ochre": (78, 0.8), "gold": (82, 0.95), "golden": (82, 0.95), "honey": (78, 0.95),
    "yellow": (98, 1.0), "lemon": (104, 0.95), "saffron": (70, 1.05), "sepia": (70, 0.45),
    "sand": (80, 0.5), "brown": (55, 0.5), "chocolate": (48, 0.5), "cream": (88, 0.4),
    "olive": (112, 0.65), "lime": (125, 1.05), "moss": (128, 0.65), "green": (145, 0.95),
    "emerald": (158, 0.95), "jade": (165, 0.8), "mint": (168, 0.6), "sage": (140, 0.35),
    "forest": (148, 0.75), "teal": (195, 0.8), "turquoise": (190, 0.9), "aqua": (200, 0.9),
    "cyan": (205, 1.0), "ice": (228, 0.45), "icy": (228, 0.45), "sky": (235, 0.75), "azure": (245, 0.95),
    "blue": (258, 1.0), "sapphire": (264, 1.1), "navy": (262, 0.75), "cobalt": (264, 1.15),
    "indigo": (278, 1.0), "steel": (245, 0.3), "slate": (250, 0.3), "violet": (298, 1.0),
    "purple": (305, 1.0), "lavender": (298, 0.6), "lilac": (308, 0.6), "plum": (325, 0.75),
    "magenta": (335, 1.15), "fuchsia": (340, 1.15), "pink": (352, 0.95), "rose": (5, 0.8),
    "blush": (15, 0.6), "peach": (50, 0.7), "silver": (240, 0.12), "grey": (250, 0.1), "gray": (250, 0.1),
    "charcoal": (255, 0.12), "pearl": (320, 0.2), "ivory": (90, 0.25), "white": (230, 0.15),
    "black": (260, 0.2), "ebony": (40, 0.2), "bronze": (65, 0.7), "brass": (78, 0.75), "umber": (52, 0.5),
    "sandstone": (72, 0.45), "ultramarine": (266, 1.15), "vermilion": (33, 1.15), "tomato": (30, 1.05),
    "butter": (95, 0.6), "parchment": (85, 0.35), "smoke": (262, 0.12), "ink": (264, 0.6),
    "mist": (220, 0.2), "wine": (10, 0.85), "cherry": (18, 1.1), "apricot": (58, 0.8),
    "lapis": (264, 1.05), "cerulean": (240, 0.9), "stone": (85, 0.15), "bone": (88, 0.2),
}  # fmt: skip
"""OKLCh hue in degrees and relative chroma of colour names."""

MOODS: dict[str, tuple[float, ...]] = {
    "neon": (335, 200, 290), "cyberpunk": (335, 205, 290), "synthwave": (330, 260, 55),
    "vaporwave": (340, 200, 300), "sunset": (30, 65, 320), "dusk": (300, 40, 260), "dawn": (350, 60, 250),
    "autumn": (40, 75, 20), "fall": (40, 75), "spring": (145, 355, 110), "tropical": (180, 45, 350),
    "ocean": (235, 195), "jewel": (305, 160, 20), "earth": (55, 110, 40), "earthy": (55, 110, 40),
    "candy": (350, 200, 95), "rainbow": (20, 140, 260), "warm": (45, 75), "cool": (240, 200),
    "cold": (240, 210), "fire": (35, 75), "ember": (30, 65), "winter": (240, 220), "arctic": (225, 190),
    "midnight": (268, 290), "moonlit": (255, 230), "pastel": (340, 220, 90), "aurora": (160, 300),
    "desert": (60, 30, 235), "primary": (25, 260, 95), "psychedelic": (335, 130, 270),
    "bubblegum": (350, 210),
}  # fmt: skip
"""Hues of words that name a mood."""

CHROMA: dict[str, float] = {
    "muted": 0.55, "pastel": 0.6, "pale": 0.55, "faded": 0.5, "desaturated": 0.4, "soft": 0.8,
    "dusty": 0.6, "monochrome": 0.12, "monochromatic": 0.5, "noir": 0.1, "greyscale": 0.05,
    "grayscale": 0.05, "vivid": 1.25, "saturated": 1.25, "vibrant": 1.2, "neon": 1.3, "electric": 1.3,
    "rich": 1.12, "bright": 1.1, "deep": 1.05, "jewel": 1.15, "washed": 0.5, "bleached": 0.45,
    "candy": 1.1,
}  # fmt: skip
"""How a word scales chroma."""

HOUSE: tuple[tuple[float, ...], ...] = (
    (255, 60), (195, 50), (285, 350), (230, 85), (320, 70), (160, 280), (20, 70), (265, 195), (300, 30),
    (145, 90), (210, 340), (40, 250), (75, 200), (345, 265), (180, 100), (275, 55),
)  # fmt: skip
"""Pairs of hues for palettes whose words name none."""

LIGHTNESS = (0.13, 0.30, 0.50, 0.70, 0.86, 0.96)
RELATIVE_CHROMA = (0.045, 0.092, 0.148, 0.150, 0.095, 0.03)
STEPS = 512


def oklch(lightness: float, chroma: float, hue_deg: float) -> Colour:
    """Linear sRGB of an OKLCh colour (Björn Ottosson, "A perceptual color space", 2020)."""
    angle = np.radians(hue_deg)
    return _from_lab(np.array([lightness, chroma * np.cos(angle), chroma * np.sin(angle)]))


def _from_lab(lab: NDArray[np.float64]) -> Colour:
    l, a, b = lab[..., 0], lab[..., 1], lab[..., 2]  # noqa: E741
    lms = np.stack(
        [
            l + 0.3963377774 * a + 0.2158037573 * b,
            l - 0.1055613458 * a - 0.0638541728 * b,
            l - 0.0894841775 * a - 1.2914855480 * b,
        ],
        axis=-1,
    )
    to_rgb = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    return np.asarray(np.maximum(lms**3 @ to_rgb.T, 0), np.float32)


def _turned(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Painters' hue shift: dark tones lean to blue, light ones to yellow, so no colour is one note."""
    pull = np.array([0.55, 0.34, 0.05, 0.16, 0.42, 0.5])[:, None]
    cold, warm = np.radians(272), np.radians(82)
    goal: NDArray[Any] = np.array([[np.cos(cold), np.sin(cold)]] * 2 + [[np.cos(warm), np.sin(warm)]] * 4)
    near = 0.5 + 0.5 * (directions * goal).sum(axis=1, keepdims=True)  # a far hue would only turn grey
    mixed = directions + goal * pull * near
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True))


@dataclass(frozen=True)
class Palette:
    """Hues (degrees) from the dark end to the light end, then accents; ``chroma`` scales all of them."""

    hues: tuple[float, ...]
    chroma: float = 1.0

    @cached_property
    def ramp(self) -> NDArray[Any]:
        """(STEPS, 3) linear colours from near black to near white; the hue turns on the way."""
        first, last = self.hues[0], self.hues[min(1, len(self.hues) - 1)]
        turn = (last - first + 180) % 360 - 180
        if abs(turn) > 100:  # across the wheel a ramp would pass through every colour: mix straight instead
            weights = np.array([0, 0.1, 0.35, 0.75, 1, 1])
        else:
            weights = np.array([0, 0.15, 0.4, 0.65, 0.9, 1])
        ends = np.radians([first, last])
        circle = np.stack([np.cos(ends), np.sin(ends)], axis=1)
        mixed = circle[0] * (1 - weights)[:, None] + circle[1] * weights[:, None]
        if abs(turn) <= 100:
            angle = ends[0] + np.radians(turn) * weights
            mixed = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        mixed = _turned(mixed)
        chroma = np.array(RELATIVE_CHROMA) * self.chroma
        lab = np.column_stack([np.array(LIGHTNESS), mixed * chroma[:, None]])
        places = np.linspace(0, len(LIGHTNESS) - 1, STEPS)
        smooth = np.column_stack([np.interp(places, range(len(LIGHTNESS)), lab[:, i]) for i in range(3)])
        return _from_lab(smooth)

    def at(self, tone: float) -> Colour:
        """The ramp's colour at ``tone`` from 0 (dark) to 1 (light)."""
        return np.asarray(self.ramp[int(np.clip(tone, 0, 1) * (STEPS - 1))])

    def accent(self, index: int = 0, lightness: float = 0.72) -> Colour:
        """A saturated colour to set against the ramp; ``index`` chooses among the palette's hues."""
        order = (*self.hues[1:], *self.hues[:1])
        return oklch(lightness, 0.17 * self.chroma, order[index % len(order)])

    def paint(self, tone: NDArray[Any]) -> NDArray[Any]:
        """(H, W) tones from 0 to 1 become (H, W, 3) linear colours, without banding."""
        place = np.clip(tone, 0, 1) * np.float32(STEPS - 1)
        return np.asarray(cv2.remap(self.ramp[None], place, np.zeros_like(place), cv2.INTER_LINEAR))


def palette_of(words: str, key: str) -> Palette:
    """Read a shot's palette words. ``key`` decides, by stable hash, what the words leave open."""
    tokens = re.findall(r"[a-z]+", words.lower())
    chroma = 1.0
    hues: list[float] = []
    for token in tokens:
        chroma *= CHROMA.get(token, 1.0)
    strengths = [HUES[token] for token in tokens if token in HUES]
    hues.extend(hue for hue, _ in strengths)
    if strengths:
        chroma *= sum(strength for _, strength in strengths) / len(strengths)
    if not hues:
        hues.extend(hue for token in tokens for hue in MOODS.get(token, ()))
    if not hues:
        hues.extend(pick(HOUSE, key, "palette"))
    if len(hues) == 1:
        spread = pick((24.0, -24.0, 34.0, -34.0), key, "spread")
        hues = [hues[0] - spread * 0.4, hues[0] + spread, hues[0] + 180 - spread]
    return Palette(tuple(hues), float(np.clip(chroma, 0.03, 1.35)))
