"""The players: each part's line in its voice on its bus, then the mix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from webtv.domain import SAMPLE_RATE, MusicBrief
from webtv.postprocess.music.synth.desk import Bus, Strip, duck, mix, place, pulse
from webtv.postprocess.music.synth.feel import Feel, chances
from webtv.postprocess.music.synth.palette import Palette
from webtv.postprocess.music.synth.score.form import Form
from webtv.postprocess.music.synth.score.harmony import bass_notes, pad_notes
from webtv.postprocess.music.synth.score.melody import arpeggio, tune
from webtv.postprocess.music.synth.score.note import Hit, Note
from webtv.postprocess.music.synth.score.rhythm import hits
from webtv.postprocess.music.synth.space import room, with_echoes
from webtv.postprocess.music.synth.voices.basses import BASSES, bass_tone
from webtv.postprocess.music.synth.voices.kits import kit_strokes
from webtv.postprocess.music.synth.voices.leads import LEADS, lead_tone
from webtv.postprocess.music.synth.voices.pads import LOOP, PADS, Pad, pad_loop, play
from webtv.postprocess.music.synth.voices.tones import Samples, edged

Event = TypeVar("Event", Note, Hit)

LONGEST_S = 7.0
"""No tone is rendered longer than this; all but the slowest last chords are shorter."""

LANE_PAN = {"low": 0.0, "mid": 0.08, "high": -0.25}

STRUCK_S = 1.2
"""A bell or a string rings at least this long, however short it is written."""


@dataclass(frozen=True)
class Piece:
    """All that the players share."""

    brief: MusicBrief
    form: Form
    feel: Feel
    palette: Palette
    samples: int

    def chances(self, part: str) -> np.random.Generator:
        return chances(self.brief, part)

    def silence(self) -> Bus:
        return np.zeros((2, self.samples), np.float32)

    def in_turn(self, part: str, events: list[Event]) -> list[Event]:
        """What a part plays, less the light beginning if it is the one that comes in late."""
        return [event for event in events if part != self.form.late or event.at_s > self.form.entry_s - 0.05]


def perform(piece: Piece) -> Bus:
    """The mixed piece before mastering, (2, samples) float32."""
    form, feel = piece.form, piece.feel
    pad, bass, melody = _pad(piece), _bass(piece), _melody(piece)
    drums, kicks_s = _drums(piece)
    if feel.density > 0.5 and piece.chances("pulse").random() < 0.4:
        pulse(pad, form.seconds(0.5), 0.5)
    duck(pad, kicks_s, 0.15 + 0.3 * feel.energy)
    duck(bass, kicks_s, 0.3)
    hall = room(round(1.2 + 2.0 * feel.space, 1))
    # a dotted eighth, or half of it where that would be long enough to be heard as a canon
    echo_s = form.seconds(0.75 if form.beat_s < 0.7 else 0.375)
    echoing = with_echoes(hall, echo_s, level=0.22 + 0.18 * feel.space)
    sheen_hz = 5000 + 8000 * feel.brightness
    return mix(
        [
            Strip(pad, 0.95, 110, sheen_hz, 0.25 + 0.5 * feel.space, hall),
            Strip(bass, 0.7, 34, 5000, 0.03, hall),
            Strip(melody, 0.56, 150, 1.6 * sheen_hz, 0.3 + 0.5 * feel.space, echoing),
            Strip(drums, 0.55 + 0.35 * feel.energy, 34, 13_000, 0.06 + 0.12 * feel.space, hall),
        ]
    )


def _pad(piece: Piece) -> Bus:
    """Chords whose sheen opens and closes every few seconds."""
    bus, pad, rng = piece.silence(), PADS[piece.palette.pad], piece.chances("pad")
    loops: dict[int, NDArray[np.float32]] = {}
    turns_hz, turn = 1 / rng.uniform(5, 9), rng.uniform(0, 1)
    for note in pad_notes(piece.form, piece.feel):
        if note.pitch not in loops:
            loops[note.pitch] = pad_loop(pad, note.pitch, piece.chances(f"pad {note.pitch}"))
        envelope = _pad_envelope(piece, pad, note)
        t = note.at_s + np.arange(len(envelope)) / SAMPLE_RATE
        opening = 0.4 + 0.7 * piece.feel.brightness + 0.35 * np.sin(2 * np.pi * (turns_hz * t + turn))
        sheen = np.maximum(opening, 0.05).astype(np.float32)
        tone = play(loops[note.pitch], int(rng.integers(LOOP)), envelope, sheen)
        place(bus, tone, note.at_s, 0.5, 0.5 * note.pan)
    return bus


def _pad_envelope(piece: Piece, pad: Pad, note: Note) -> Samples:
    """(n,). The first chord is there at once; the last one rings on to the end."""
    end_s = piece.samples / SAMPLE_RATE
    last = note.at_s + note.seconds >= end_s - 0.01
    seconds = min(note.seconds + pad.release_s, end_s - note.at_s)
    attack_s = min(0.12 if note.at_s < 0.01 else pad.attack_s, seconds / 2)
    level = np.full(round(seconds * SAMPLE_RATE), note.velocity, np.float32)
    return edged(level, attack_s, 0.0 if last else pad.release_s)


def _bass(piece: Piece) -> Bus:
    bus, name = piece.silence(), piece.palette.bass
    notes = piece.in_turn("bass", bass_notes(piece.form, piece.feel, piece.chances("bass")))
    _play(bus, notes, BASSES[name][1], 0.0, partial(bass_tone, name, brightness=piece.feel.brightness))
    return bus


def _melody(piece: Piece) -> Bus:
    """One voice plays a tune or an arpeggio; of two, the second accompanies the first, softer."""
    bus, palette, feel = piece.silence(), piece.palette, piece.feel
    names = [name for name in (palette.melody, palette.second) if name]
    alone_in_chords = piece.chances("melody").random() < LEADS[palette.melody].arpeggiates
    for order, name in enumerate(names):
        lead = LEADS[name]
        write = arpeggio if order or (len(names) == 1 and alone_in_chords) else tune
        line = write(piece.form, feel, piece.chances(f"line {order}"), lead.compass)
        if order:
            line = [replace(note, velocity=0.55 * note.velocity, pan=-note.pan) for note in line]
        tone = partial(lead_tone, name, brightness=feel.brightness, rng=piece.chances(f"tones {order}"))
        _play(bus, piece.in_turn("melody", line), lead.release_s, STRUCK_S if lead.rings else 0.0, tone)
    return bus


def _play(
    bus: Bus, notes: list[Note], release_s: float, least_s: float, tone: Callable[[int, float], Samples]
) -> None:
    """Renders each pitch once, as long as its longest note, and plays every note from that."""
    held = [min(max(note.seconds, least_s) + release_s, LONGEST_S) for note in notes]
    longest: dict[int, float] = {}
    for note, seconds in zip(notes, held, strict=True):
        longest[note.pitch] = max(longest.get(note.pitch, 0.0), seconds)
    tones = {pitch: tone(pitch, seconds) for pitch, seconds in longest.items()}
    for note, seconds in zip(notes, held, strict=True):
        sound = tones[note.pitch][..., : round(seconds * SAMPLE_RATE)]
        place(bus, edged(sound, 0.0, release_s), note.at_s, note.velocity, note.pan)


def _drums(piece: Piece) -> tuple[Bus, list[float]]:
    """The kit's bus, and the seconds at which its low drum strikes."""
    bus = piece.silence()
    strokes = kit_strokes(piece.palette.kit, piece.form.key.tonic, piece.chances("kit"))
    if not strokes:
        return bus, []
    pattern = piece.in_turn("drums", hits(piece.form, piece.feel, piece.chances("rhythm")))
    for count, hit in enumerate(pattern):
        variants = strokes[hit.lane]
        place(bus, variants[count % len(variants)], hit.at_s, hit.velocity**1.2, LANE_PAN[hit.lane])
    return bus, [hit.at_s for hit in pattern if hit.lane == "low"]
