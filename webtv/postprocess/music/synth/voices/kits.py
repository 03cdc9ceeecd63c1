"""Percussion: a few strokes per lane of a kit, each a little different, so that repeats do not rattle."""

from __future__ import annotations

import numpy as np

from webtv.postprocess.music.synth.voices.tones import Samples, decay, edged, glide, hertz, noise, partials

Chances = np.random.Generator
STROKES = 3
"""Variants per lane, played in turn."""


def _kick(start_hz: float, end_hz: float, fall_s: float, seconds: float) -> Samples:
    return edged(glide(seconds, start_hz, end_hz, fall_s) * decay(seconds, seconds / 4), 0.003, 0.03)


def _burst(
    rng: Chances, seconds: float, low_hz: float, high_hz: float, fall_s: float, attack_s: float = 0.002
) -> Samples:
    return edged(noise(rng, seconds, low_hz, high_hz) * decay(seconds, fall_s), attack_s, 0.01)


def _membrane(f0: float, fall_s: float, rng: Chances) -> Samples:
    """A hand on a skin: the first modes of a circular membrane, damped, with a little slap."""
    ratio, amps = np.array([1.0, 1.59, 2.14, 2.65]), np.array([1.0, 0.35, 0.2, 0.1])
    tone = partials(0.35, ratio * f0, amps, fall_s / ratio**1.5)
    slap = _burst(rng, 0.04, 500, 2500, 0.008)
    tone[: len(slap)] += 0.16 * slap
    return edged(tone, 0.002, 0.05)


def _mixed(*parts: Samples) -> Samples:
    out = np.zeros(max(len(part) for part in parts), np.float32)
    for part in parts:
        out[: len(part)] += part
    return out


def _soft_drums(rng: Chances, tonic: int) -> tuple[Samples, Samples, Samples]:
    low = 0.9 * _kick(105, 52, 0.03, 0.3)
    mid = _mixed(0.2 * _burst(rng, 0.18, 900, 4500, 0.045), 0.3 * _kick(240, 180, 0.02, 0.1))
    return low, mid, 0.15 * _burst(rng, 0.07, 5500, 10_000, 0.014)


def _brushes(rng: Chances, tonic: int) -> tuple[Samples, Samples, Samples]:
    low = 0.7 * _kick(90, 55, 0.025, 0.25)
    sweep = 0.15 * edged(noise(rng, 0.34, 1100, 5500) * decay(0.34, 0.12), 0.07, 0.12)
    mid = _mixed(sweep, 0.10 * _burst(rng, 0.1, 1200, 5000, 0.02))
    return low, mid, 0.13 * edged(noise(rng, 0.12, 2500, 8000) * decay(0.12, 0.035), 0.012, 0.04)


def _hand_drums(rng: Chances, tonic: int) -> tuple[Samples, Samples, Samples]:
    deep = hertz(36 + (tonic - 36) % 12) * 1.5
    low, mid = 0.65 * _membrane(deep, 0.14, rng), 0.36 * _membrane(deep * 2, 0.08, rng)
    return low, mid, 0.14 * _burst(rng, 0.06, 3500, 8000, 0.02, 0.008)


def _electronic_drums(rng: Chances, tonic: int) -> tuple[Samples, Samples, Samples]:
    low = np.tanh(1.6 * _kick(170, 48, 0.022, 0.32)) * np.float32(0.8)
    clap = np.zeros(9600, np.float32)
    for start in (0, 480, 1010):
        burst = _burst(rng, 0.17, 900, 4200, 0.012 if start < 1000 else 0.045)
        clap[start : start + len(burst)] += 0.12 * burst[: len(clap) - start]
    return low, clap, 0.15 * _burst(rng, 0.06, 7000, 11_000, 0.012)


def _shakers(rng: Chances, tonic: int) -> tuple[Samples, Samples, Samples]:
    low = 0.3 * partials(
        0.15, hertz(60 + tonic) * np.array([1.0, 2.8]), np.array([1.0, 0.25]), np.array([0.05, 0.015])
    )
    mid = 0.15 * edged(noise(rng, 0.2, 3800, 8500) * decay(0.2, 0.06), 0.03, 0.05)
    return (
        edged(low, 0.002, 0.03),
        mid,
        0.14 * edged(noise(rng, 0.09, 4200, 9000) * decay(0.09, 0.025), 0.015, 0.02),
    )


KITS = {
    "soft drums": _soft_drums,
    "brushes": _brushes,
    "hand drums": _hand_drums,
    "electronic drums": _electronic_drums,
    "shakers": _shakers,
}


def kit_strokes(name: str, tonic: int, rng: Chances) -> dict[str, list[Samples]]:
    """Lane → its variants, each (n,) float32. ``no drums`` has none."""
    if name not in KITS:
        return {}
    variants = [KITS[name](rng, tonic) for _ in range(STROKES)]
    return {
        lane: [variant[place] for variant in variants] for place, lane in enumerate(("low", "mid", "high"))
    }
