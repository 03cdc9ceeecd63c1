"""Tunes made from a motif that returns, and arpeggios over the chords."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from webtv.postprocess.music.synth.feel import Feel
from webtv.postprocess.music.synth.score.form import LIGHT, Form
from webtv.postprocess.music.synth.score.note import Note
from webtv.postprocess.music.synth.score.theory import nearest

PLANS = ("AABr", "ArAr", "AABA", "ABAr", "AaBr", "AaBA", "AaAB")
"""Four bars: A the motif, a the motif one step on, B its answer, r a rest."""

ARPEGGIOS = (
    (0, 1, 2, 3, 2, 1, 2, 1),
    (0, 2, 1, 3, 2, 4, 3, 2),
    (0, 1, 2, 4, 3, 2, 1, 2),
    (0, 3, 1, 3, 2, 3, 1, 3),
    (4, 3, 2, 1, 0, 1, 2, 3),
)

ROLL_S = 0.06
"""Between the tones of a rolled chord."""


@dataclass(frozen=True)
class Motif:
    """Per note: beat within the bar, length in beats, and scale steps from the note before."""

    beats: tuple[float, ...]
    lengths: tuple[float, ...]
    steps: tuple[int, ...]


class Written(NamedTuple):
    """A note as it stands on paper, in beats."""

    beat: float
    beats: float
    pitch: int
    velocity: float


def make_motif(rng: np.random.Generator, bar_beats: int, density: float) -> Motif:
    """Onsets fall on the beat more often than off it; leaps are rare and are answered by a step back."""
    grid = np.arange(0, bar_beats, 0.5)
    weight = np.where(
        grid == 0, 4.0, np.where(grid % 2 == 0, 2.5, np.where(grid % 1 == 0, 1.8, 0.5 + density))
    )
    count = int(np.clip(round(1.5 + 4.5 * density + rng.normal(0, 0.7)), 2, len(grid) - 1))
    onsets = np.sort(rng.choice(grid, size=count, replace=False, p=weight / weight.sum()))
    lengths = np.minimum(np.diff(np.append(onsets, bar_beats)), 2.0)
    steps = [0]
    for _ in range(count - 1):
        leapt = abs(steps[-1]) > 2
        step = (
            -np.sign(steps[-1])
            if leapt
            else rng.choice([-3, -2, -1, 0, 1, 2, 4], p=[0.08, 0.14, 0.28, 0.06, 0.26, 0.12, 0.06])
        )
        steps.append(int(step))
    return Motif(tuple(onsets.tolist()), tuple(lengths.tolist()), tuple(steps))


def tune(form: Form, feel: Feel, rng: np.random.Generator, compass: tuple[int, int]) -> list[Note]:
    """A melody within ``compass`` (MIDI pitches): chord tones on strong beats and for the last note."""
    density = feel.density * (1.0 if form.beat_s > 0.4 else 0.7)
    motifs = {"A": make_motif(rng, form.bar_beats, density), "B": make_motif(rng, form.bar_beats, density)}
    plan = PLANS[rng.integers(len(PLANS))]
    low, high = compass
    scale = form.key.pitches(low, high)
    anchor = int(rng.integers(len(scale) // 3, 2 * len(scale) // 3 + 1))
    notes: list[Note] = []
    for bar, fullness in enumerate(form.fullness):
        section = plan[bar % 4]
        if (section == "r" and form.bars > 2) or (fullness < LIGHT and bar % 2):
            continue
        index = anchor + (section == "a")
        motif = motifs[section.upper()] if section != "r" else motifs["A"]
        written = zip(motif.beats, motif.lengths, motif.steps, strict=True)
        for number, (offset, length, step) in enumerate(written):
            beat = bar * form.bar_beats + offset
            if beat >= form.final_beat - 0.01:
                break
            index = int(np.clip(index + step, 0, len(scale) - 1))
            if number == 0 or offset % 2 == 0 or length > 1:  # what is dwelt on belongs to the chord
                index = scale.index(nearest(scale[index], form.chord_at(beat).tones, low, high))
            if number and rng.random() < 0.08:
                continue  # a player leaves something out now and then
            loud = (0.85 if offset % 1 == 0 else 0.68) * (0.8 + 0.2 * fullness) + float(rng.normal(0, 0.05))
            notes.append(_played(form, feel, rng, Written(beat, length * 1.05, scale[index], loud)))
    home = nearest(notes[-1].pitch if notes else (low + high) // 2, form.final.chord.triad, low, high)
    notes.append(_played(form, feel, rng, Written(form.final_beat, form.final.beats, home, 0.85)))
    return notes


def arpeggio(form: Form, feel: Feel, rng: np.random.Generator, compass: tuple[int, int]) -> list[Note]:
    """Broken chords in a fixed figure with some of its strokes left out, so that it breathes."""
    low, high = compass
    step = 0.5 if form.beat_s < 0.62 or feel.density < 0.45 else 0.25
    figure = ARPEGGIOS[rng.integers(len(ARPEGGIOS))]
    kept = rng.random(len(figure)) < 0.45 + 0.5 * feel.density
    kept[0] = True
    floor = int(rng.integers(low, low + max(1, (high - low) // 3)))
    notes = []
    for count, beat in enumerate(np.arange(0, form.final_beat, step).tolist()):
        place = count % len(figure)
        fullness = form.fullness[int(beat // form.bar_beats)]
        if not kept[place] or (fullness < LIGHT and place % 2):
            continue
        ladder = [pitch for pitch in range(floor, high + 1) if pitch % 12 in form.chord_at(beat).tones]
        pitch = ladder[min(figure[place], len(ladder) - 1)]
        swell = 0.12 * np.sin(2 * np.pi * beat / (4 * form.bar_beats))
        velocity = (
            (0.72 if beat % 1 == 0 else 0.55) * (0.75 + 0.25 * fullness) + swell + float(rng.normal(0, 0.04))
        )
        notes.append(_played(form, feel, rng, Written(beat, step, pitch, velocity)))
    spread = [pitch for pitch in range(floor, high + 1) if pitch % 12 in form.final.chord.tones][:4]
    for place, pitch in enumerate(spread):  # the last chord is rolled
        beat = form.final_beat + ROLL_S * place / form.beat_s
        notes.append(_played(form, feel, rng, Written(beat, form.final.beats, pitch, 0.7)))
    return notes


def _played(form: Form, feel: Feel, rng: np.random.Generator, note: Written) -> Note:
    """Off-beats swing; hands are never quite exact; higher notes sit further to one side."""
    late = feel.swing * 0.5 if note.beat % 1 == 0.5 else 0.0
    at_s = form.seconds(note.beat + late) + float(rng.normal(0, 0.005))
    pan = float(np.clip((note.pitch - 72) / 40 + rng.normal(0, 0.12), -0.45, 0.45))
    velocity = float(np.clip(note.velocity, 0.3, 1.0))
    return Note(max(0.0, at_s), form.seconds(note.beats), note.pitch, velocity, pan)
