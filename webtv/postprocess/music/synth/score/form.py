"""The plan of a bed: its bars, its chords and how full each bar is, made to fit a length exactly."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

import numpy as np

from webtv.domain import MusicBrief
from webtv.postprocess.music.synth.feel import Feel, chances
from webtv.postprocess.music.synth.score.theory import CADENCES, LOOPS, Chord, Key, diatonic

RING_S = 1.8
"""How long the last chord rings at least, if the bed is long enough for it."""


LIGHT = 0.5
"""Bars less full than this are played by few and simply."""


@dataclass(frozen=True)
class Slot:
    """One chord's time, in beats."""

    start: float
    beats: float
    chord: Chord


@dataclass(frozen=True)
class Form:
    """Beats count from 0. The last slot is the ringing chord, from ``final_beat`` to ``end_beat``."""

    key: Key
    beat_s: float
    bar_beats: int
    slots: tuple[Slot, ...]
    final_beat: float
    end_beat: float
    fullness: tuple[float, ...]
    """How full each bar before the last chord is, in [0, 1]."""
    late: str
    """The part that waits until the light bars at the beginning are over, or ``nobody``."""

    @property
    def bars(self) -> int:
        return len(self.fullness)

    @property
    def final(self) -> Slot:
        return self.slots[-1]

    @property
    def entry_s(self) -> float:
        """When the late part comes in: with the first full bar."""
        light = next((bar for bar, fullness in enumerate(self.fullness) if fullness >= LIGHT), 0)
        return self.seconds(light * self.bar_beats)

    def chord_at(self, beat: float) -> Chord:
        return next(
            slot.chord for slot in reversed(self.slots) if slot.start <= beat or slot is self.slots[0]
        )

    def seconds(self, beat: float) -> float:
        return beat * self.beat_s


def form_of(brief: MusicBrief, feel: Feel, seconds: float) -> Form:
    """Whole slots of one chord each at the brief's tempo, then a last chord for what is left."""
    rng = chances(brief, "form")
    key = Key.named(brief.key, brief.mode)
    beat_s = 60 / brief.tempo_bpm
    bar_beats = 3 if rng.random() < 0.15 else 4
    slot_beats = _slot_beats(rng, beat_s, bar_beats)
    end_beat = seconds / beat_s
    ring_beats = min(RING_S, 0.4 * seconds) / beat_s
    unit = min(slot_beats, 2 if bar_beats == 4 else 3)
    final_beat = floor((end_beat - ring_beats) / unit) * unit or floor(end_beat - ring_beats)
    starts = np.arange(0, final_beat, slot_beats).tolist()
    colour = str(rng.choice(["plain", "seventh", "ninth"], p=_colour_chances(feel)))
    degrees = _degrees(rng, brief.mode, len(starts))
    slots = [
        Slot(start, min(slot_beats, final_beat - start), diatonic(key, degree, colour))
        for start, degree in zip(starts, degrees, strict=True)
    ]
    home = diatonic(key, 0, "ninth" if colour != "plain" else "plain")
    slots.append(Slot(final_beat, end_beat - final_beat, home))
    bars = -(-int(final_beat) // bar_beats)
    fullness = _fullness(rng, bars, feel)
    waiting = ["nobody", "bass", "drums"] + ["melody"] * (bars > 4)  # a short tune cannot spare its beginning
    late = str(rng.choice(waiting))
    return Form(key, beat_s, bar_beats, tuple(slots), final_beat, end_beat, fullness, late)


def _slot_beats(rng: np.random.Generator, beat_s: float, bar_beats: int) -> int:
    """A chord about every 2.3 s: half a bar when slow, two bars when very fast."""
    choices = [3, 6] if bar_beats == 3 else [2, 4, 8]
    wanted_s = rng.uniform(1.7, 3.0)
    return min(choices, key=lambda beats: abs(beats * beat_s - wanted_s))


def _colour_chances(feel: Feel) -> list[float]:
    """Plain triads for the driven and bright, sevenths and ninths for the spacious."""
    rich = 0.35 + 0.5 * feel.space
    return [1 - rich, rich / 2, rich / 2]


def _degrees(rng: np.random.Generator, mode: str, count: int) -> list[int]:
    """A loop, another one in the middle of long beds, and a cadence into the last chord."""
    loops = [LOOPS[mode][i] for i in rng.permutation(len(LOOPS[mode]))]
    sections = [loops[(0, 0, 1)[(i // 4) % 3] if count > 10 else 0] for i in range(0, count, 4)]
    degrees = [degree for loop in sections for degree in loop][:count]
    cadence = CADENCES[mode][rng.integers(len(CADENCES[mode]))]
    if count > len(cadence) and degrees[-len(cadence) - 1] == cadence[0]:
        cadence = next(other for other in CADENCES[mode] if other[0] != cadence[0])
    if count > len(cadence):
        degrees[-len(cadence) :] = cadence
    return degrees


def _fullness(rng: np.random.Generator, bars: int, feel: Feel) -> tuple[float, ...]:
    """A light beginning, a body that breathes every four bars, a little less before the last chord."""
    if not bars:
        return ()
    intro = 0 if bars < 4 else int(rng.integers(1, 1 + max(1, bars // 4)))
    curve = np.full(bars, 0.7 + 0.3 * feel.energy)
    curve[:intro] = 0.35
    for bar in range(intro + 4, bars - 2, 8):
        curve[bar : bar + 2] -= 0.3  # a breath in long beds, so that what follows is heard anew
    if bars >= 3:
        curve[-1] -= 0.12
    return tuple(float(value) for value in np.clip(curve, 0, 1))
