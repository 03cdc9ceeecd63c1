"""Sustained voices by PADsynth (Paul Nasca's published algorithm, ZynAddSubFX).

Each harmonic is not a line but a narrow bell of noise in the spectrum; one inverse FFT turns that into a loop
without a seam that sounds like many detuned players.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webtv.domain import SAMPLE_RATE
from webtv.postprocess.music.synth.voices.tones import Samples, hertz

LOOP = 1 << 17
"""2.7 s."""

WIDTH = 0.6 * np.pi
"""Largest phase difference between left and right: their correlation is sin(WIDTH)/WIDTH, about one half."""

Array = NDArray[np.float64]
Profile = Callable[[Array, Array], Array]
"""(harmonic numbers, their frequencies in Hz) → amplitudes."""


@dataclass(frozen=True)
class Pad:
    """``split_hz`` parts the body from the sheen, which a slow filter opens and closes."""

    profile: Profile
    cents: float
    split_hz: float
    attack_s: float
    release_s: float


def _formants(f: Array, *peaks: tuple[float, float, float]) -> Array:
    """Sum of bells at (Hz, octaves wide, gain)."""
    return np.asarray(sum(gain * np.exp(-0.5 * (np.log2(f / hz) / width) ** 2) for hz, width, gain in peaks))


def _warm(h: Array, f: Array) -> Array:
    return h**-1.2 / (1 + (f / 1700) ** 2)


def _glass(h: Array, f: Array) -> Array:
    return np.isin(h, (1, 2, 3, 4, 6, 8, 12)) * h**-0.9 / (1 + (f / 4200) ** 2)


def _choir(h: Array, f: Array) -> Array:
    """Singers on an open vowel."""
    vowel = 0.12 + _formants(f, (480, 0.5, 1.0), (950, 0.3, 0.8), (2600, 0.22, 0.3))
    return h**-0.7 * vowel / (1 + (f / 4500) ** 2)


def _strings(h: Array, f: Array) -> Array:
    body = 0.6 + _formants(f, (300, 0.4, 0.4), (1100, 0.5, 0.5), (2400, 0.4, 0.5))
    return h**-0.95 * body / (1 + (f / 3800) ** 2)


PADS: dict[str, Pad] = {
    "warm pad": Pad(_warm, cents=28, split_hz=700, attack_s=0.5, release_s=1.1),
    "glass pad": Pad(_glass, cents=9, split_hz=1100, attack_s=0.35, release_s=1.5),
    "choir pad": Pad(_choir, cents=22, split_hz=900, attack_s=0.45, release_s=1.0),
    "strings": Pad(_strings, cents=34, split_hz=1200, attack_s=0.3, release_s=0.7),
}


def pad_loop(pad: Pad, pitch: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """(2 layers, 2 channels, LOOP): the body and the sheen of one pitch, seamless when repeated."""
    f0 = hertz(pitch)
    harmonics = np.arange(1, int(min(40, 11_000 / f0)) + 1, dtype=np.float64)
    amps = pad.profile(harmonics, harmonics * f0)
    magnitude = np.zeros(LOOP // 2 + 1, np.float32)
    bin_hz = SAMPLE_RATE / LOOP
    for number, amp in zip(harmonics, amps, strict=True):
        if amp <= 1e-4 * amps.max():
            continue
        sigma = max(0.6, (2 ** (pad.cents / 1200) - 1) * f0 * number**0.8 / bin_hz / 2)
        centre = number * f0 / bin_hz
        bins = np.arange(int(centre - 4 * sigma), int(centre + 4 * sigma) + 2)
        magnitude[bins] += amp * np.exp(-0.5 * ((bins - centre) / sigma) ** 2) / np.sqrt(sigma)
    phase = rng.uniform(0, 2 * np.pi, magnitude.size).astype(np.float32)
    apart = rng.uniform(-WIDTH, WIDTH, magnitude.size).astype(np.float32) / 2
    sides = np.stack([np.exp(1j * (phase + apart)), np.exp(1j * (phase - apart))]) * magnitude
    f = np.arange(magnitude.size, dtype=np.float32) * np.float32(bin_hz)
    body = 1 / (1 + (f / pad.split_hz) ** 4)
    loop = np.fft.irfft(np.stack([sides * body, sides * (1 - body)]).astype(np.complex64), LOOP)
    return np.asarray(loop * np.float32(0.1 / np.sqrt(np.mean(loop.sum(axis=0) ** 2))), dtype=np.float32)


def play(loop: NDArray[np.float32], start: int, envelope: Samples, sheen: Samples) -> Samples:
    """A note from a loop: (2, n). The body follows ``envelope``, the sheen also ``sheen``, both (n,)."""
    n = len(envelope)
    start %= LOOP
    turns = -(-(start + n) // LOOP)
    body, bright = np.tile(loop, (1, 1, turns))[:, :, start : start + n]
    return np.asarray((body + bright * sheen) * envelope)
