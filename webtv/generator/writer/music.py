"""The music brief: what a theme sounds like, and what each clip of it may change."""

from __future__ import annotations

from random import Random
from typing import Literal

from webtv.domain import MusicBrief

INSTRUMENTS: dict[str, tuple[str, ...]] = {
    "pad": ("warm pad", "glass pad", "choir pad", "strings"),
    "bass": ("sub bass", "round bass", "plucked bass", "pulse bass"),
    "melody": ("bells", "marimba", "flute", "electric piano", "music box", "lead", "harp"),
    "percussion": ("soft drums", "brushes", "hand drums", "electronic drums", "shakers", "no drums"),
}
"""The words a musician may rely on: every brief names exactly one of each family, in this order."""

_CALM = {
    "pad": ("warm pad", "choir pad", "strings"),
    "bass": ("sub bass", "round bass"),
    "melody": ("bells", "flute", "music box", "harp", "electric piano"),
    "percussion": ("brushes", "shakers", "no drums"),
}
_LIVELY = {
    "pad": ("warm pad", "glass pad", "strings"),
    "bass": ("plucked bass", "pulse bass", "round bass"),
    "melody": ("lead", "marimba", "electric piano", "bells"),
    "percussion": ("soft drums", "hand drums", "electronic drums"),
}

Key = Literal["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
Mode = Literal["major", "minor", "dorian", "mixolydian", "lydian", "phrygian"]

CIRCLE: tuple[Key, ...] = ("C", "G", "D", "A", "E", "B", "F#", "C#", "Ab", "Eb", "Bb", "F")
"""The circle of fifths: neighbours share all notes but one."""

_MODES: tuple[tuple[float, tuple[Mode, ...]], ...] = (
    (-0.5, ("minor", "phrygian")),
    (0.0, ("minor", "dorian")),
    (0.35, ("dorian", "mixolydian")),
    (2.0, ("major", "lydian")),
)
"""Modes up to that brightness."""

CALM_BELOW = 0.45


def music_brief(theme: str, mood: str, energy: float, bright: float, rng: Random) -> MusicBrief:
    """A brief for one clip of ``theme``. ``energy`` is 0 to 1, ``bright`` -1 to 1. Home key, modes,
    tempo and a choice of instruments belong to the theme; ``rng`` (the clip's) moves at most one step
    on the circle of fifths and six beats a minute from home, so that successive clips sound like one
    channel."""
    home = Random(f"music/{theme}")
    modes = next(modes for limit, modes in _MODES if bright < limit)
    family = _CALM if energy < CALM_BELOW else _LIVELY
    key = home.randrange(len(CIRCLE)) + rng.choice((-1, 0, 0, 1))
    tempo = 58 + 72 * energy + home.uniform(-6, 6) + rng.uniform(-6, 6)
    return MusicBrief(
        mood=mood,
        key=CIRCLE[key % len(CIRCLE)],
        mode=rng.choice(modes),
        tempo_bpm=min(170, max(50, round(tempo))),
        energy=round(min(1.0, max(0.0, energy + rng.uniform(-0.06, 0.06))), 2),
        instruments=tuple(rng.choice(home.sample(family[part], 2)) for part in INSTRUMENTS),
        seed=rng.getrandbits(32),
    )
