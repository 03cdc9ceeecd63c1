"""The players: each part's line in its voice on its bus, then the mix."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from webtv.domain import SAMPLE_RATE, MusicBrief
from webtv.postprocess.music.synth.desk import Bus, Strip, duck, mix, place
from webtv.postprocess.music.synth.feel import Feel, chances
from webtv.postprocess.music.synth.palette import Palette
from webtv.postprocess.music.synth.score.form import Form
from webtv.postprocess.music.synth.score.harmony import bass_notes, pad_notes
from webtv.postprocess.music.synth.score.melody import arpeggio, tune
from webtv.postprocess.music.synth.score.note import Note
from webtv.postprocess.music.synth.score.rhythm import hits
from webtv.postprocess.music.synth.space import room, with_echoes
from webtv.postprocess.music.synth.voices.basses import BASSES, bass_tone
from webtv.postprocess.music.synth.voices.kits import kit_strokes
from webtv.postprocess.music.synth.voices.leads import LEADS, lead_tone
from webtv.postprocess.music.synth.voices.pads import LOOP, PADS, pad_loop, play
from webtv.postprocess.music.synth.voices.tones import Samples, edged


def perform(brief: MusicBrief, form: Form, feel: Feel, palette: Palette, samples: int) -> Bus:
    """The mixed piece before mastering, (2, samples) float32."""
    pad, bass, melody, drums = (np.zeros((2, samples), np.float32) for _ in range(4))
    _play_pad(pad, brief, form, feel, palette.pad)
    _play_bass(bass, brief, form, feel, palette.bass)
    _play_melody(melody, brief, form, feel, palette)
    kicks = _play_drums(drums, brief, form, feel, palette.kit)
    duck(pad, kicks, 0.15 + 0.3 * feel.energy)
    duck(bass, kicks, 0.3)
    hall = room(round(1.2 + 2.0 * feel.space, 1))
    echoing = with_echoes(hall, every_s=_echo_s(form), level=0.22 + 0.18 * feel.space)
    sheen_hz = 5000 + 8000 * feel.brightness
    return mix(
        [
            Strip(pad, 0.95, 110, sheen_hz, 0.25 + 0.5 * feel.space, hall),
            Strip(bass, 0.7, 34, 5000, 0.03, hall),
            Strip(melody, 0.56, 150, 1.6 * sheen_hz, 0.3 + 0.5 * feel.space, echoing),
            Strip(drums, 0.55 + 0.35 * feel.energy, 34, 13_000, 0.06 + 0.12 * feel.space, hall),
        ]
    )


def _echo_s(form: Form) -> float:
    """A dotted eighth, or less where that would be long enough to be heard as a canon."""
    return form.seconds(0.75) if form.beat_s < 0.7 else form.seconds(0.375)


def _play_pad(bus: Bus, brief: MusicBrief, form: Form, feel: Feel, name: str) -> None:
    pad, rng = PADS[name], chances(brief, "pad")
    loops: dict[int, np.ndarray] = {}
    slow = 2 * np.pi / rng.uniform(5, 9)
    turn = rng.uniform(0, 2 * np.pi)
    for note in pad_notes(form, feel):
        if note.pitch not in loops:
            loops[note.pitch] = pad_loop(pad, note.pitch, chances(brief, f"pad {note.pitch}"))
        first = note.at_s < 0.01
        seconds = min(note.seconds + pad.release_s, bus.shape[1] / SAMPLE_RATE - note.at_s)
        n = round(seconds * SAMPLE_RATE)
        ends = note.at_s + note.seconds >= form.seconds(form.end_beat) - 0.01
        flat = np.full(n, note.velocity, np.float32)
        envelope = edged(
            flat, min(0.12 if first else pad.attack_s, seconds / 2), 0.0 if ends else pad.release_s
        )
        t = note.at_s + np.arange(n, dtype=np.float32) / np.float32(SAMPLE_RATE)
        open_ = 0.4 + 0.7 * feel.brightness + 0.35 * np.sin(slow * t + turn)
        tone = play(
            loops[note.pitch], int(rng.integers(LOOP)), envelope, np.maximum(open_, 0.05).astype(np.float32)
        )
        place(bus, tone, note.at_s, 0.5, 0.5 * note.pan)


def _play_bass(bus: Bus, brief: MusicBrief, form: Form, feel: Feel, name: str) -> None:
    notes = bass_notes(form, feel, chances(brief, "bass"))
    _play_line(
        bus, notes, BASSES[name][1], False, lambda pitch, s: bass_tone(name, pitch, s, feel.brightness)
    )


def _play_melody(bus: Bus, brief: MusicBrief, form: Form, feel: Feel, palette: Palette) -> None:
    """One melody voice plays a tune or an arpeggio; with two, the second accompanies the first, softer."""
    rng = chances(brief, "melody")
    arpeggiates = rng.random()
    names = [name for name in (palette.melody, palette.second) if name]
    for place_, name in enumerate(names):
        lead = LEADS[name]
        broken = place_ == 1 or (len(names) == 1 and arpeggiates < lead.arpeggiates)
        line = (arpeggio if broken else tune)(form, feel, chances(brief, f"line {place_}"), lead.compass)
        if place_ == 1:
            line = [Note(n.at_s, n.seconds, n.pitch, 0.55 * n.velocity, -n.pan) for n in line]
        tones = chances(brief, f"tones {place_}")
        _play_line(
            bus, line, lead.release_s, lead.rings,
            partial(lead_tone, name, brightness=feel.brightness, rng=tones),
        )  # fmt: skip


def _play_line(
    bus: Bus, notes: list[Note], release_s: float, rings: bool, tone: Callable[[int, float], Samples]
) -> None:
    """Renders each pitch once, as long as its longest note, and plays every note from that."""
    longest: dict[int, float] = {}
    for note in notes:
        seconds = max(note.seconds, 1.2) if rings else note.seconds
        longest[note.pitch] = min(4.0, max(longest.get(note.pitch, 0.0), seconds + release_s))
    tones = {pitch: tone(pitch, seconds) for pitch, seconds in longest.items()}
    for note in notes:
        held = max(note.seconds, 1.2) if rings else note.seconds
        sound = tones[note.pitch][..., : round((held + release_s) * SAMPLE_RATE)]
        place(bus, edged(sound, 0.0, release_s), note.at_s, note.velocity, note.pan)


def _play_drums(bus: Bus, brief: MusicBrief, form: Form, feel: Feel, name: str) -> list[float]:
    """Plays the kit and says when its low drum strikes."""
    strokes = kit_strokes(name, form.key.tonic, chances(brief, "kit"))
    if not strokes:
        return []
    pans = {"low": 0.0, "mid": 0.08, "high": -0.25}
    pattern = hits(form, feel, chances(brief, "rhythm"))
    for count, hit in enumerate(pattern):
        variants = strokes[hit.lane]
        place(bus, variants[count % len(variants)], hit.at_s, hit.velocity**1.2, pans[hit.lane])
    return [hit.at_s for hit in pattern if hit.lane == "low"]
