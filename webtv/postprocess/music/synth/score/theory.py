"""Keys, modes, diatonic chords, progressions, and voice leading by least movement."""

from __future__ import annotations

from dataclasses import dataclass

PITCH_CLASS = {
    "C": 0,
    "C#": 1,
    "D": 2,
    "Eb": 3,
    "E": 4,
    "F": 5,
    "F#": 6,
    "G": 7,
    "Ab": 8,
    "A": 9,
    "Bb": 10,
    "B": 11,
}

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
}

LOOPS: dict[str, tuple[tuple[int, ...], ...]] = {
    "major": (
        (0, 4, 5, 3),
        (0, 5, 3, 4),
        (0, 3, 5, 4),
        (0, 2, 3, 4),
        (0, 3, 1, 4),
        (0, 2, 5, 3),
        (0, 1, 3, 0),
        (0, 5, 1, 4),
        (0, 3, 0, 4),
    ),
    "minor": (
        (0, 5, 2, 6),
        (0, 3, 5, 4),
        (0, 6, 5, 6),
        (0, 3, 6, 2),
        (0, 5, 3, 4),
        (0, 2, 6, 3),
        (0, 4, 5, 3),
        (0, 5, 0, 6),
        (0, 2, 5, 3),
    ),
    "dorian": (
        (0, 3, 0, 3),
        (0, 3, 6, 0),
        (0, 1, 3, 0),
        (0, 2, 3, 6),
        (0, 6, 3, 0),
        (0, 4, 3, 6),
        (0, 2, 6, 3),
    ),
    "mixolydian": ((0, 6, 3, 0), (0, 4, 6, 3), (0, 6, 0, 3), (0, 3, 6, 3), (0, 1, 6, 3), (0, 5, 6, 3)),
    "lydian": ((0, 1, 0, 1), (0, 1, 4, 0), (0, 1, 5, 4), (0, 4, 1, 5), (0, 2, 1, 4), (0, 1, 2, 5)),
    "phrygian": ((0, 1, 0, 1), (0, 1, 2, 1), (0, 6, 1, 0), (0, 3, 1, 0), (0, 5, 1, 6), (0, 2, 1, 6)),
}
"""Progressions as scale degrees from 0, without the diminished ones: they want a resolution of their own."""

CADENCES: dict[str, tuple[tuple[int, ...], ...]] = {
    "major": ((3, 4), (1, 4), (3,), (4,)),
    "minor": ((5, 6), (3, 6), (3, 4), (6,)),
    "dorian": ((3,), (6,), (1, 3), (2, 3)),
    "mixolydian": ((6, 3), (6,), (3,)),
    "lydian": ((1,), (1, 4), (4,)),
    "phrygian": ((1,), (6, 1), (2, 1)),
}
"""Degrees that lead home to degree 0 at the end of a bed."""


@dataclass(frozen=True)
class Key:
    tonic: int
    scale: tuple[int, ...]

    @classmethod
    def named(cls, key: str, mode: str) -> Key:
        return cls(PITCH_CLASS[key], SCALES[mode])

    @property
    def pitch_classes(self) -> frozenset[int]:
        return frozenset((self.tonic + step) % 12 for step in self.scale)

    def pitches(self, low: int, high: int) -> list[int]:
        """The scale between two MIDI pitches, both included."""
        return [pitch for pitch in range(low, high + 1) if pitch % 12 in self.pitch_classes]

    def pitch_class(self, degree: int) -> int:
        return (self.tonic + self.scale[degree % 7]) % 12


@dataclass(frozen=True)
class Chord:
    """``tones`` are pitch classes: root, third, fifth, then colours."""

    tones: tuple[int, ...]

    @property
    def root(self) -> int:
        return self.tones[0]

    @property
    def triad(self) -> tuple[int, ...]:
        return self.tones[:3]


def diatonic(key: Key, degree: int, colour: str) -> Chord:
    """The chord on ``degree``. ``colour`` is ``plain``, ``seventh`` or ``ninth``.

    A ninth a semitone above the root grates, so such degrees take the seventh instead.
    """
    triad = tuple(key.pitch_class(degree + third) for third in (0, 2, 4))
    if colour == "plain":
        return Chord(triad)
    ninth = key.pitch_class(degree + 1)
    if colour == "ninth" and (ninth - triad[0]) % 12 == 2:
        return Chord((*triad, ninth))
    return Chord((*triad, key.pitch_class(degree + 6)))


def lead_voices(chord: Chord, previous: tuple[int, ...] | None, centre: int) -> tuple[int, ...]:
    """Four pitches of ``chord`` around ``centre`` that move least from ``previous``, in ascending order."""
    tones = chord.tones if len(chord.tones) == 4 else (*chord.tones, chord.root)
    candidates = [
        _stack(tones, inversion, base) for inversion in range(4) for base in range(centre - 10, centre + 1)
    ]

    def cost(voices: tuple[int, ...]) -> float:
        drift = abs(sum(voices) / 4 - centre)
        if previous is None:
            return drift
        return sum(abs(a - b) for a, b in zip(voices, previous, strict=True)) + 0.5 * drift

    return min(candidates, key=lambda voices: (cost(voices), voices))


def _stack(tones: tuple[int, ...], inversion: int, base: int) -> tuple[int, ...]:
    """Close position from the first ``tones[inversion]`` at or above ``base``, each tone above the last."""
    pitches: list[int] = []
    floor = base
    for tone in tones[inversion:] + tones[:inversion]:
        pitch = floor + (tone - floor) % 12
        pitches.append(pitch)
        floor = pitch + 1
    return tuple(pitches)


def nearest(pitch: int, tones: tuple[int, ...], low: int, high: int) -> int:
    """The pitch in [low, high] of one of the pitch classes ``tones`` that is nearest to ``pitch``."""
    inside = [p for p in range(low, high + 1) if p % 12 in tones]
    return min(inside, key=lambda p: (abs(p - pitch), p))
