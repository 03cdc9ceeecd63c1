"""The theme of a programme: a short melody that all its clips share, each in its own key, mode and tempo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webtv.domain import MusicBrief
from webtv.postprocess.music.synth.score.theory import PITCH_CLASS, SCALES

BAR_BEATS = 4
BARS = 8
"""Two phrases of four bars: a question that stays open, and the same opening answered at home."""

_CELLS = (
    (1.0, 1.0, 2.0),
    (2.0, 1.0, 1.0),
    (1.0, 1.0, 1.0, 1.0),
    (1.5, 0.5, 2.0),
    (3.0, 1.0),
    (1.0, 0.5, 0.5, 2.0),
)
"""Rhythms of one bar, in beats."""

_STEPS, _ODDS = (-1, 1, 2, -2, 3, 0), (0.38, 0.38, 0.08, 0.07, 0.03, 0.06)
_LOWEST, _HIGHEST = -2, 5
"""Scale degrees that a phrase opens in: about an octave, and never too far from where it shall end."""

_OPEN = (1, 4)
"""Degrees that a question may end on: the second and the fifth of the scale."""
_HOME = 0
_SINGING_C = 60
"""MIDI pitch of the lowest tonic, C; the others lie above it, so that no key sounds low."""


@dataclass(frozen=True)
class Tone:
    """``beat`` counts from the start of the motif; degree 0 is the tonic, 7 its octave."""

    beat: float
    beats: float
    degree: int


Motif = tuple[Tone, ...]


def motif_of(seed: int) -> Motif:
    """The melody of a programme, without key or tempo: BARS bars, no rests, ending on the tonic.

    It moves by steps; a leap is rare and is answered by a step back (as Fux and common practice have it).
    """
    rng = np.random.default_rng(seed)
    opening = [_CELLS[rng.integers(len(_CELLS))] for _ in range(2)]
    walk = _walk(rng, sum(map(len, opening)), start=int(rng.choice([0, 2, 4])))
    bars: list[tuple[tuple[float, ...], list[int]]] = []
    for end in (int(rng.choice(_OPEN)), _HOME):
        bars += [(opening[0], walk[: len(opening[0])]), (opening[1], walk[len(opening[0]) :])]
        rhythm = _CELLS[rng.integers(len(_CELLS))]
        bars += [(rhythm, _towards(rng, walk[-1], end, len(rhythm))), ((float(BAR_BEATS),), [end])]
    return tuple(
        Tone(bar * BAR_BEATS + sum(rhythm[:number]), rhythm[number], degree)
        for bar, (rhythm, degrees) in enumerate(bars)
        for number, degree in enumerate(degrees)
    )


def _walk(rng: np.random.Generator, count: int, start: int) -> list[int]:
    degrees = [start]
    leapt = 0
    while len(degrees) < count:
        step = -int(np.sign(leapt)) if leapt else int(rng.choice(_STEPS, p=_ODDS))
        if not _LOWEST <= degrees[-1] + step <= _HIGHEST:
            step = -step
        degrees.append(degrees[-1] + step)
        leapt = step if abs(step) > 1 else 0
    return degrees


def _towards(rng: np.random.Generator, start: int, end: int, count: int) -> list[int]:
    """``count`` degrees on the way from ``start`` to a neighbour of ``end``, as evenly as degrees can be."""
    neighbour = end + int(rng.choice([-1, 1]))
    return [round(start + (neighbour - start) * part / count) for part in range(1, count + 1)]


def motif_for(brief: MusicBrief) -> Motif | None:
    """The melody of the brief's programme; None where it belongs to none (``motif_seed`` 0)."""
    return motif_of(brief.motif_seed) if brief.motif_seed else None


def pitch(degree: int, brief: MusicBrief) -> int:
    """MIDI pitch of a scale degree in the brief's key and mode."""
    octave, place = divmod(degree, 7)
    return _SINGING_C + PITCH_CLASS[brief.key] + SCALES[brief.mode][place] + 12 * octave


def chroma(motif: Motif, brief: MusicBrief, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
    """Pitch classes that sound at ``times_s``, one-hot: (times, 12) float32, C first; the motif repeats.

    A melody without rests: a chroma by greatest bin, as MusicGen's, would show a rest as a C.
    """
    beats = times_s * brief.tempo_bpm / 60 % (BARS * BAR_BEATS)
    playing = np.searchsorted([tone.beat for tone in motif], beats, side="right") - 1
    classes = np.array([pitch(tone.degree, brief) % 12 for tone in motif])
    return np.asarray(np.eye(12, dtype=np.float32)[classes[playing]])


def sung(motif: Motif, brief: MusicBrief, seconds: float, rate: int) -> NDArray[np.float32]:
    """The motif as sound for a model that listens: (samples,) float32 in [-1, 1] at ``rate`` Hz, repeating.

    One voice of six fading partials, with soft ends, so that its fundamental is what a chroma shows.
    """
    out = np.zeros(round(seconds * rate), np.float32)
    beat_s = 60 / brief.tempo_bpm
    phrase = BARS * BAR_BEATS
    for again in range(int(seconds / (phrase * beat_s)) + 1):
        for tone in motif:
            start = round((again * phrase + tone.beat) * beat_s * rate)
            part = out[start : start + round(tone.beats * beat_s * rate)]
            part[:] = _voice(len(part), 440 * 2 ** ((pitch(tone.degree, brief) - 69) / 12), rate)
    return out


def _voice(samples: int, hz: float, rate: int) -> NDArray[np.float32]:
    t = np.arange(samples) / rate
    partials = np.arange(1, 7)[:, None]
    tone = (np.sin(2 * np.pi * hz * partials * t) / 2.0**partials).sum(axis=0)
    soft = np.clip(np.minimum(t, t[::-1]) / 0.02, 0, 1)
    return np.asarray(0.6 * tone * soft, dtype=np.float32)
