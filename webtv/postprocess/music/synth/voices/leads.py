"""Melody voices: struck, plucked, blown. Each renders one pitch for some seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from webtv.domain import SAMPLE_RATE
from webtv.postprocess.music.synth.voices.tones import (
    Samples,
    decay,
    edged,
    hertz,
    levelled,
    noise,
    partials,
    sung,
)

Chances = np.random.Generator


@dataclass(frozen=True)
class Lead:
    """``rings``: it sounds on after the hand has left it. ``compass`` in MIDI pitches."""

    render: Callable[[float, float, float, Chances], Samples]
    compass: tuple[int, int]
    rings: bool
    release_s: float
    arpeggiates: float
    """How readily it plays broken chords rather than a tune, in [0, 1]."""


def _bells(f0: float, seconds: float, brightness: float, rng: Chances) -> Samples:
    """Partials near whole ratios, without the minor third of church bells, in slowly beating pairs."""
    ratio = np.array([0.5, 1.0, 2.0, 3.0, 4.02, 6.01])
    amps = np.array([0.12, 1.0, 0.42, 0.2 + 0.15 * brightness, 0.12, 0.05 + 0.08 * brightness])
    decays = np.array([1.8, 1.9, 1.0, 0.6, 0.35, 0.18]) * (700 / f0) ** 0.4
    freqs = np.concatenate([ratio * f0 * 0.9996, ratio * f0 * 1.0005])
    return edged(partials(seconds, freqs, np.tile(amps, 2), np.tile(decays, 2)), 0.004)


def _marimba(f0: float, seconds: float, brightness: float, rng: Chances) -> Samples:
    """Bars are tuned so that the second mode is two octaves up; the third is near ten times the first."""
    ratio, amps = np.array([1.0, 3.99, 9.9]), np.array([1.0, 0.22 + 0.2 * brightness, 0.05])
    tone = partials(seconds, ratio * f0, amps, np.array([0.55, 0.16, 0.05]) * (440 / f0) ** 0.5)
    knock = noise(rng, 0.03, 300, 1800) * decay(0.03, 0.006)
    tone[: len(knock)] += 0.12 * knock
    return edged(tone, 0.002)


def _music_box(f0: float, seconds: float, brightness: float, rng: Chances) -> Samples:
    ratio, amps = np.array([1.0, 2.0, 3.0, 5.0]), np.array([1.0, 0.25, 0.22, 0.06 + 0.06 * brightness])
    tone = partials(seconds, ratio * f0, amps, np.array([0.9, 0.5, 0.3, 0.1]) * (1000 / f0) ** 0.3)
    tick = noise(rng, 0.012, 2500, 7000) * decay(0.012, 0.002)
    tone[: len(tick)] += 0.05 * tick
    return edged(tone, 0.0025)


def _electric_piano(f0: float, seconds: float, brightness: float, rng: Chances) -> Samples:
    """Two-operator FM (Chowning) with a falling index, a short tine, and a slow sway between the sides."""
    t = np.arange(round(seconds * SAMPLE_RATE), dtype=np.float32) / np.float32(SAMPLE_RATE)
    turn = np.float32(2 * np.pi * f0) * t
    index = np.float32(0.8 + 1.1 * brightness) * np.exp(-t / np.float32(0.6))
    body = np.sin(turn + index * np.sin(turn)) * np.exp(-t / np.float32(1.4 * (440 / f0) ** 0.3))
    tine = partials(seconds, np.array([min(14 * f0, 7000.0)]), np.array([0.05]), np.array([0.15]))
    sway = np.float32(0.22) * np.sin(np.float32(2 * np.pi * 4.1) * t)
    tone = np.asarray(body + tine)
    return edged(np.stack([tone * (1 + sway), tone * (1 - sway)]), 0.004)


def _flute(f0: float, seconds: float, brightness: float, rng: Chances) -> Samples:
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    onset = np.minimum(1, np.maximum(0, t - 0.25) / 0.5)
    vibrato = 0.0035 * onset * np.sin(2 * np.pi * 4.9 * t + rng.uniform(0, 6))
    scoop = -0.006 * np.exp(-t / 0.04)
    tone = sung(f0 * (1 + vibrato + scoop), np.array([1.0, 0.5, 0.26 + 0.15 * brightness, 0.1, 0.05, 0.02]))
    tremble = (1 + 0.1 * onset * np.sin(2 * np.pi * 4.9 * t + 1.0)).astype(np.float32)
    breath = noise(rng, seconds, 0.8 * f0, min(2.5 * f0, 5000)) * np.float32(0.035)
    chiff = noise(rng, 0.08, f0, min(4 * f0, 6000)) * decay(0.08, 0.02) * np.float32(0.08)
    out = tone * tremble + breath
    out[: len(chiff)] += chiff[: len(out)]
    return edged(out, 0.06)


def _lead(f0: float, seconds: float, brightness: float, rng: Chances) -> Samples:
    """Soft saws a few cents apart, one on each side, with a late vibrato."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    vibrato = 0.003 * np.minimum(1, np.maximum(0, t - 0.2) / 0.4) * np.sin(2 * np.pi * 5.2 * t)
    h = np.arange(1.0, 1 + min(16, int(7000 / f0)))
    amps = 1 / h / (1 + (h * f0 / (900 + 1500 * brightness)) ** 2)
    sides = [sung(f0 * cents * (1 + vibrato), amps) for cents in (0.9982, 1.0, 1.0018)]
    return edged(np.stack([sides[0] + 0.7 * sides[1], sides[2] + 0.7 * sides[1]]), 0.03)


def _harp(f0: float, seconds: float, brightness: float, rng: Chances) -> Samples:
    """A string plucked at a fifth of its length: the higher the overtone, the sooner it dies."""
    h = np.arange(1.0, 1 + min(22, max(2, int(9000 / f0))))
    amps = np.abs(np.sin(np.pi * h * 0.21)) / h ** (1.7 - 0.5 * brightness)
    decays = 1.5 * (440 / f0) ** 0.4 / (1 + 0.35 * (h - 1))
    phases = rng.uniform(-0.4, 0.4, len(h))
    return edged(partials(seconds, h * f0 * np.sqrt(1 + 0.00005 * h**2), amps, decays, phases), 0.0025)


LEADS: dict[str, Lead] = {
    "bells": Lead(_bells, (67, 88), True, 0.8, 0.35),
    "marimba": Lead(_marimba, (60, 84), True, 0.3, 0.6),
    "flute": Lead(_flute, (65, 86), False, 0.14, 0.0),
    "electric piano": Lead(_electric_piano, (57, 79), False, 0.3, 0.3),
    "music box": Lead(_music_box, (72, 93), True, 0.6, 0.5),
    "lead": Lead(_lead, (58, 79), False, 0.18, 0.0),
    "harp": Lead(_harp, (53, 84), True, 0.9, 0.7),
}


def lead_tone(name: str, pitch: int, seconds: float, brightness: float, rng: Chances) -> Samples:
    """(n,) or (2, n) float32."""
    f0 = hertz(pitch)
    even = (523 / f0) ** 0.25  # the ear is keener up there
    return levelled(LEADS[name].render(f0, seconds, brightness, rng), rms=0.2 * even)
