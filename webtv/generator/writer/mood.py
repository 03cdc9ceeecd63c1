"""How lively and how bright a theme is."""

from __future__ import annotations

from statistics import fmean

from webtv.generator.writer.lexicon import lexicon
from webtv.generator.writer.theme import Theme

_CALM = lexicon(
    "quiet calm gentle soft slow peaceful sleepy still silent hushed tender relaxing soothing lazy "
    "meditative lofi sleep tranquil serene cozy cosy lullaby"
)
_LIVELY = lexicon(
    "fast party rave wild race racing chase techno dance dancing disco carnival energetic explosive "
    "frantic battle storm punk rush festival neon cyberpunk epic running sport"
)
_DARK = lexicon(
    "dark haunted lonely melancholy sad gothic horror spooky eerie noir abandoned forgotten grey gray "
    "night midnight storm stormy deep rain doom lost"
)
_BRIGHT = lexicon(
    "sunny happy joyful bright cheerful funny playful golden summer spring morning mornings love warm "
    "colorful colourful sweet cute hope hopeful"
)


def mood_of(theme: Theme) -> tuple[float, float]:
    """Energy (0 to 1) and brightness (-1 to 1): those of its fields, moved by its own adjectives."""
    fields = theme.fields[:3]
    energy = fmean(field.energy for field in fields) + _tilt(theme.words, _LIVELY, _CALM) * 0.2
    bright = fmean(field.bright for field in fields) + _tilt(theme.words, _BRIGHT, _DARK) * 0.35
    return min(1.0, max(0.0, energy)), min(1.0, max(-1.0, bright))


def _tilt(words: frozenset[str], up: frozenset[str], down: frozenset[str]) -> int:
    """-1, 0 or 1."""
    difference = len(words & up) - len(words & down)
    return (difference > 0) - (difference < 0)
