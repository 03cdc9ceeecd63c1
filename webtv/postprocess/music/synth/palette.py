"""Instrument words: which voice plays which part."""

from __future__ import annotations

from dataclasses import dataclass

from webtv.domain import MusicBrief
from webtv.postprocess.music.synth.feel import chances

PADS = ("warm pad", "glass pad", "choir pad", "strings")
BASSES = ("round bass", "sub bass", "plucked bass", "pulse bass")
MELODIES = ("bells", "marimba", "flute", "electric piano", "music box", "lead", "harp")
KITS = ("soft drums", "brushes", "hand drums", "electronic drums", "shakers", "no drums")

ALIASES = {
    "pad": "warm pad",
    "choir": "choir pad",
    "bass": "round bass",
    "drums": "soft drums",
    "piano": "electric piano",
}


@dataclass(frozen=True)
class Palette:
    """One voice per part. ``second`` accompanies the melody when the brief names two melody words."""

    pad: str
    bass: str
    melody: str
    second: str | None
    kit: str


def palette_of(brief: MusicBrief) -> Palette:
    """The voices for a brief: its own words first; a family without a word gets one that suits the piece.

    Words of no family are passed over, so a writer may say more than a musician knows.
    """
    words = [ALIASES.get(word.strip().lower(), word.strip().lower()) for word in brief.instruments]
    rng = chances(brief, "palette")

    def named(family: tuple[str, ...]) -> list[str]:
        return list(dict.fromkeys(word for word in words if word in family))

    def pick(family: tuple[str, ...]) -> str:
        any_of_it = str(rng.choice(family))
        return (named(family) or [any_of_it])[0]

    melodies = named(MELODIES)
    quiet = brief.energy < 0.2
    return Palette(
        pad=pick(PADS),
        bass=pick(BASSES),
        melody=pick(MELODIES),
        second=melodies[1] if len(melodies) > 1 else None,
        kit=pick(("no drums",) if quiet else KITS[:-1]) if not named(KITS) else named(KITS)[0],
    )
