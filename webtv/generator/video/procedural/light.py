"""Light words become the tones of sky, sun, haze and exposure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from webtv.generator.video.procedural.chance import pick


@dataclass(frozen=True)
class Light:
    """``zenith`` and ``horizon`` are palette tones of a sky, ``ground`` of unlit things in front of it.

    ``sun_y`` is the height of the sun or moon above the horizon in picture heights, ``sun`` its strength,
    ``haze`` how much air lies between near and far, ``warmth`` tints highlights (positive is warm),
    ``contrast`` bends the final curve, ``lamps`` is how brightly windows and lamps shine.
    """

    name: str
    zenith: float
    horizon: float
    ground: float
    sun: float
    sun_y: float
    haze: float
    warmth: float
    contrast: float
    lamps: float


LIGHTS = {
    "day": Light("day", 0.50, 0.86, 0.22, 1.0, 0.42, 0.55, 0.02, 1.0, 0.15),
    "golden": Light("golden", 0.36, 0.80, 0.10, 1.6, 0.10, 0.65, 0.12, 1.05, 0.5),
    "dusk": Light("dusk", 0.24, 0.70, 0.05, 1.1, 0.03, 0.55, 0.05, 1.05, 0.9),
    "night": Light("night", 0.10, 0.36, 0.03, 0.55, 0.30, 0.45, -0.03, 1.05, 1.2),
    "neon": Light("neon", 0.12, 0.46, 0.04, 0.7, 0.16, 0.6, 0.0, 1.12, 1.6),
    "overcast": Light("overcast", 0.55, 0.74, 0.16, 0.25, 0.35, 0.9, -0.04, 0.9, 0.3),
    "storm": Light("storm", 0.20, 0.52, 0.06, 0.3, 0.25, 0.8, -0.03, 1.1, 0.7),
    "fire": Light("fire", 0.10, 0.48, 0.03, 1.2, 0.05, 0.5, 0.16, 1.1, 1.3),
    "high": Light("high", 0.66, 0.93, 0.3, 1.1, 0.4, 0.7, 0.03, 0.95, 0.2),
    "low": Light("low", 0.13, 0.42, 0.03, 0.8, 0.2, 0.5, 0.0, 1.15, 1.0),
}

WORDS = {
    "golden": "golden", "sunset": "golden", "sunrise": "golden", "dawn": "golden", "sunbeam": "golden",
    "warm": "golden", "backlit": "golden", "rim": "low", "dusk": "dusk", "twilight": "dusk",
    "evening": "dusk", "gloaming": "dusk", "night": "night", "moonlit": "night", "moonlight": "night",
    "moon": "night", "starlight": "night", "starlit": "night", "midnight": "night", "neon": "neon",
    "bioluminescent": "neon", "glowing": "neon", "laser": "neon", "ultraviolet": "neon",
    "lamplight": "neon", "overcast": "overcast", "cloudy": "overcast", "misty": "overcast",
    "foggy": "overcast", "fog": "overcast", "mist": "overcast", "diffuse": "overcast",
    "diffused": "overcast", "flat": "overcast", "grey": "overcast", "storm": "storm", "stormy": "storm",
    "lightning": "storm", "thunder": "storm", "candlelight": "fire", "candlelit": "fire",
    "candle": "fire", "firelight": "fire", "firelit": "fire", "fire": "fire", "lantern": "fire",
    "ember": "fire", "bright": "high", "high": "high", "airy": "high", "noon": "high", "studio": "high",
    "low": "low", "chiaroscuro": "low", "dramatic": "low", "spotlight": "low", "noir": "low",
    "silhouette": "low", "silhouetted": "low", "shadowy": "low", "volumetric": "golden", "day": "day",
    "daylight": "day", "sunlit": "day", "sunny": "day", "sunlight": "day", "clear": "day",
    "morning": "golden", "soft": "overcast", "dappled": "day", "hour": "dusk", "first": "golden",
    "honeyed": "golden", "flare": "golden", "late": "golden", "amber": "golden", "copper": "golden",
    "shafts": "golden", "dusty": "golden", "backlight": "golden", "pale": "overcast", "beams": "low",
    "spotlights": "low", "footlights": "low", "hard": "low", "overhead": "low", "side": "low",
    "dim": "low", "shadow": "low", "gloom": "low", "lamp": "fire", "lamps": "fire", "bulb": "fire",
    "sparks": "fire", "oven": "fire", "lanterns": "fire", "fluorescent": "overcast", "afterglow": "dusk",
    "violet": "dusk", "rose": "dusk", "stars": "night", "thin": "day", "midday": "day", "tube": "neon",
    "sign": "neon", "silver": "storm", "torn": "storm", "bruised": "storm", "white": "high",
    "shimmering": "high", "unfiltered": "high", "glare": "high", "iridescent": "neon", "distant": "low",
    "ghostly": "low", "faint": "low", "coloured": "neon", "pulsing": "neon", "nebula": "neon",
    "caustic": "day", "filtered": "high", "gradient": "high", "harsh": "high",
}  # fmt: skip


def light_of(words: str, key: str) -> Light:
    """Read a shot's light words; the first that is known decides, else a stable hash of ``key``."""
    for token in re.findall(r"[a-z]+", words.lower()):
        if token in WORDS:
            return LIGHTS[WORDS[token]]
    return LIGHTS[pick(("day", "golden", "dusk", "night", "low"), key, "light")]
