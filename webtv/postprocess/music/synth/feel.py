"""What a brief's words and numbers mean for the playing, and where its chances come from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from webtv.domain import MusicBrief

MOODS: tuple[tuple[str, float, float, float], ...] = (
    # stems of words, brightness, density, space
    ("airy soar lofty free weightless ethereal angelic", 0.1, -0.2, 0.3),
    ("ambient drift float flow orbit hypnot cosmic space vast wide", 0.0, -0.2, 0.3),
    ("awe wonder shimmer otherworld magic sacred", 0.1, -0.05, 0.25),
    ("bright sun bloom light clear festive crisp glitter crystal sparkl", 0.2, 0.05, 0.0),
    ("brood solemn ancient grey lonely haunt hollow grim", -0.25, -0.15, 0.15),
    ("busy tick tiny precise mechanic humming curious quirky", 0.1, 0.2, -0.2),
    ("calm peace seren gentle still hush quiet slow unhurried sleep", -0.1, -0.25, 0.15),
    ("cosy cozy homely intimate warm tender soft plain", -0.15, -0.05, -0.1),
    ("dark night nocturn noir smok deep midnight", -0.25, -0.05, 0.1),
    ("dream glow haze misty", 0.0, -0.1, 0.25),
    ("driv restless urban neon electric rhythm energ roll bold fierce primal", 0.1, 0.2, -0.1),
    ("dry deadpan earthy", 0.0, 0.05, -0.3),
    ("eerie strange myster uncanny", -0.1, -0.2, 0.25),
    ("epic triumph noble sweep passion grand heroic", 0.15, 0.1, 0.2),
    ("happy joy playful uplift hope cheer", 0.2, 0.12, -0.05),
    ("melanchol wistful nostalg contempl sad", -0.15, -0.15, 0.1),
    ("tense ominous", -0.1, 0.15, 0.0),
)
"""Stems, so that dream, dreamy and dreamlike agree; shifts of what the brief's energy alone would give."""

SWUNG = ("swing", "swung", "jazz")


@dataclass(frozen=True)
class Feel:
    """All in [0, 1]. ``swing`` is the part of an eighth note by which off-beats come late."""

    energy: float
    brightness: float
    density: float
    space: float
    swing: float


def feel_of(brief: MusicBrief) -> Feel:
    mood = brief.mood.lower()
    shifts = [row[1:] for row in MOODS if any(stem in mood for stem in row[0].split())] or [(0.0, 0.0, 0.0)]
    bright, dense, space = (sum(column) / len(shifts) for column in zip(*shifts, strict=True))
    rng = chances(brief, "feel")
    swing = rng.choice([0.0, 0.0, 0.12, 0.2]) if brief.tempo_bpm < 130 else 0.0
    if any(stem in mood for stem in SWUNG):
        swing = 0.3
    return Feel(
        energy=brief.energy,
        brightness=_unit(0.3 + 0.35 * brief.energy + bright + rng.uniform(-0.08, 0.08)),
        density=_unit(0.15 + 0.7 * brief.energy + dense + rng.uniform(-0.1, 0.1)),
        space=_unit(0.6 - 0.3 * brief.energy + space + rng.uniform(-0.08, 0.08)),
        swing=float(swing),
    )


def chances(brief: MusicBrief, part: str) -> np.random.Generator:
    """Each part's own stream of chances, so that a change in one part leaves the others as they were.

    The instruments are not in it: the same piece can be heard with another voice.
    """
    text = f"{brief.seed}/{brief.mood}/{brief.key}/{brief.mode}/{brief.tempo_bpm}/{brief.energy}/{part}"
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))


def _unit(value: float) -> float:
    return float(min(1.0, max(0.0, value)))
