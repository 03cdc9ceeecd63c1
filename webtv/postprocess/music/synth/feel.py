"""What a brief's words and numbers mean for the playing, and where its chances come from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from webtv.domain import MusicBrief

# word stem → (brightness, density, space); stems so that "dream", "dreamy" and "dreamlike" agree
MOODS: dict[str, tuple[float, float, float]] = {
    "ambient": (-0.1, -0.3, 0.3),
    "bright": (0.25, 0.0, 0.0),
    "brood": (-0.25, -0.1, 0.1),
    "calm": (-0.1, -0.2, 0.1),
    "contempl": (-0.1, -0.2, 0.15),
    "cosmic": (0.05, -0.1, 0.3),
    "cosy": (-0.1, 0.0, -0.15),
    "dark": (-0.25, 0.0, 0.1),
    "dream": (0.0, -0.1, 0.25),
    "driv": (0.1, 0.25, -0.1),
    "eerie": (-0.1, -0.2, 0.25),
    "epic": (0.15, 0.15, 0.2),
    "ethereal": (0.1, -0.2, 0.3),
    "gentle": (-0.1, -0.1, 0.0),
    "happy": (0.2, 0.15, -0.1),
    "hope": (0.15, 0.0, 0.1),
    "intimate": (-0.15, -0.1, -0.2),
    "joy": (0.2, 0.15, -0.05),
    "melanchol": (-0.15, -0.15, 0.1),
    "myster": (-0.15, -0.1, 0.2),
    "night": (-0.2, -0.05, 0.1),
    "noir": (-0.25, -0.1, 0.1),
    "nostalg": (-0.1, -0.05, 0.1),
    "peace": (-0.1, -0.2, 0.15),
    "play": (0.2, 0.2, -0.15),
    "seren": (-0.05, -0.2, 0.2),
    "tense": (-0.1, 0.15, 0.0),
    "triumph": (0.2, 0.15, 0.1),
    "uplift": (0.2, 0.1, 0.05),
    "vast": (0.0, -0.2, 0.35),
    "warm": (-0.15, 0.0, 0.0),
    "wonder": (0.1, -0.05, 0.2),
}


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
    shifts = [shift for stem, shift in MOODS.items() if stem in mood] or [(0.0, 0.0, 0.0)]
    bright, dense, space = (sum(column) / len(shifts) for column in zip(*shifts, strict=True))
    rng = chances(brief, "feel")
    swing = rng.choice([0.0, 0.0, 0.12, 0.2]) if brief.tempo_bpm < 130 else 0.0
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
