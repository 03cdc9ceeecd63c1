"""The sustained chords and the bass under them."""

from __future__ import annotations

import numpy as np

from webtv.postprocess.music.synth.feel import Feel
from webtv.postprocess.music.synth.score.form import LIGHT, Form, Slot
from webtv.postprocess.music.synth.score.note import Note
from webtv.postprocess.music.synth.score.theory import lead_voices, nearest

PAD_CENTRE = 62
BASS_RANGE = (33, 47)

# beats within a bar of four at which the bass speaks, with its choice of tone and how long it holds, in beats
BASS_FIGURES: dict[str, tuple[tuple[float, str, float], ...]] = {
    "held": ((0, "root", 4),),
    "halves": ((0, "root", 1.9), (2, "root", 1.9)),
    "heartbeat": ((0, "root", 0.9), (1.5, "root", 0.4), (2, "root", 1.8)),
    "syncopated": ((0, "root", 1.4), (1.5, "root", 1.0), (2.5, "fifth", 1.3)),
    "octaves": (
        (0, "root", 0.9),
        (1, "octave", 0.4),
        (2, "root", 0.9),
        (3, "octave", 0.4),
        (3.5, "fifth", 0.4),
    ),
    "walk": ((0, "root", 0.9), (1, "third", 0.9), (2, "fifth", 0.9), (3, "approach", 0.9)),
    "pulse": tuple((beat / 2, "root", 0.42) for beat in range(8)),
}
CALM, MOVING, DRIVEN = (
    ("held", "halves"),
    ("halves", "heartbeat", "syncopated", "walk"),
    ("syncopated", "octaves", "pulse"),
)


def pad_notes(form: Form, feel: Feel) -> list[Note]:
    """Four voices per chord; a tone that two chords share is held over rather than struck again."""
    voicings: list[tuple[int, ...]] = []
    for slot in form.slots:
        voicings.append(lead_voices(slot.chord, voicings[-1] if voicings else None, PAD_CENTRE))
    notes = []
    for index, (slot, voices) in enumerate(zip(form.slots, voicings, strict=True)):
        for place, pitch in enumerate(voices):
            if index and pitch in voicings[index - 1] and slot is not form.final:
                continue
            beats = _held_beats(form.slots, voicings, index, pitch)
            pan = (-0.5, 0.35, -0.25, 0.5)[place]
            velocity = 0.7 + 0.3 * feel.energy - 0.06 * place
            notes.append(Note(form.seconds(slot.start), form.seconds(beats), pitch, velocity, pan))
    return notes


def _held_beats(slots: tuple[Slot, ...], voicings: list[tuple[int, ...]], index: int, pitch: int) -> float:
    """Beats for which ``pitch`` sounds on from slot ``index``; the last chord is always struck anew."""
    beats = slots[index].beats
    for slot, voices in zip(slots[index + 1 : -1], voicings[index + 1 : -1], strict=True):
        if pitch not in voices:
            break
        beats += slot.beats
    return beats


def bass_notes(form: Form, feel: Feel, rng: np.random.Generator) -> list[Note]:
    figures = CALM if feel.density < 0.3 else MOVING if feel.density < 0.65 else DRIVEN
    figure = BASS_FIGURES[str(rng.choice(figures))]
    held = BASS_FIGURES["held"]
    notes: list[Note] = []
    last = sum(BASS_RANGE) // 2
    for slot, following in zip(form.slots, form.slots[1:], strict=False):
        last = root = nearest(last, (slot.chord.root,), *BASS_RANGE)
        target = nearest(root, (following.chord.root,), *BASS_RANGE)
        beat = slot.start
        while beat < slot.start + slot.beats:
            fullness = form.fullness[int(beat // form.bar_beats)]
            for offset, tone, beats in held if fullness < LIGHT else figure:
                left = slot.start + slot.beats - beat - offset
                if offset < form.bar_beats and left > 0.2:
                    pitch = _bass_pitch(form, slot, root, target, tone)
                    velocity = (0.95 if offset == 0 else 0.8) * (0.75 + 0.25 * fullness)
                    at = form.seconds(beat + offset) + float(rng.normal(0, 0.003))
                    notes.append(Note(max(0.0, at), form.seconds(min(beats, left)), pitch, velocity))
            beat += form.bar_beats
    final = form.final
    home = nearest(last, (final.chord.root,), *BASS_RANGE)
    notes.append(Note(form.seconds(final.start), form.seconds(final.beats), home, 0.9))
    return notes


def _bass_pitch(form: Form, slot: Slot, root: int, target: int, tone: str) -> int:
    low, high = BASS_RANGE
    if tone in ("third", "fifth"):
        return nearest(root + 5, (slot.chord.tones[1 if tone == "third" else 2],), low, high + 7)
    if tone == "octave":
        return root + 12
    if tone == "approach":
        steps = [pitch for pitch in form.key.pitches(target - 2, target + 2) if pitch != target]
        return min(steps, key=lambda pitch: (abs(pitch - root), pitch))
    return root
