"""The raw matter of all voices: sums of decaying partials, shaped noise, glides, and short edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from webtv.domain import SAMPLE_RATE

Samples = NDArray[np.float32]
"""Mono (n,) or stereo (2, n) at 48 kHz."""

BLOCK = 256


def hertz(pitch: float) -> float:
    """Equal temperament; MIDI 69 is 440 Hz."""
    return float(440.0 * 2 ** ((pitch - 69) / 12))


def partials(
    seconds: float,
    freqs_hz: NDArray[np.float64],
    amps: NDArray[np.float64],
    decays_s: NDArray[np.float64],
    phases: NDArray[np.float64] | float = 0.0,
) -> Samples:
    """Sum of amps·exp(-t/decays)·sin(2π·freqs·t + phases), (n,) float32; partials above 20 kHz are dropped.

    With t = BLOCK·row + column each partial is an outer product of two short complex exponentials, so the sum
    over partials is one matrix product: no sine is computed per sample. It is left to einsum, because BLAS
    rounds differently with the number of its threads and equal briefs are to give equal bytes.
    """
    heard = freqs_hz < 20_000
    freqs_hz, amps, decays_s = freqs_hz[heard], amps[heard], decays_s[heard]
    phases = phases[heard] if isinstance(phases, np.ndarray) else phases
    n = round(seconds * SAMPLE_RATE)
    rate = (2j * np.pi * freqs_hz - 1 / decays_s) / SAMPLE_RATE
    rows = np.exp(np.outer(np.arange(-(-n // BLOCK)) * BLOCK, rate)) * (
        amps * np.exp(1j * np.asarray(phases))
    )
    columns = np.exp(np.outer(rate, np.arange(BLOCK)))
    left = np.concatenate([rows.imag, rows.real], axis=1).astype(np.float32)
    right = np.concatenate([columns.real, columns.imag], axis=0).astype(np.float32)
    return np.asarray(np.einsum("rp,pc->rc", left, right).reshape(-1)[:n])


def sung(freq_hz: NDArray[np.float64], amps: NDArray[np.float64]) -> Samples:
    """Harmonics of a tone whose frequency moves: ``freq_hz`` per sample (n,), ``amps`` of harmonic 1, 2, …"""
    turn = np.exp(2j * np.pi * np.cumsum(freq_hz) / SAMPLE_RATE).astype(np.complex64)
    power = turn.copy()
    out = np.zeros(len(freq_hz), np.float32)
    for number, amp in enumerate(amps, start=1):
        if number * freq_hz.max() > 18_000:
            break
        out += np.float32(amp) * power.imag
        power *= turn
    return out


def glide(seconds: float, start_hz: float, end_hz: float, fall_s: float) -> Samples:
    """A sine that falls exponentially from one frequency to another."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    freq = end_hz + (start_hz - end_hz) * np.exp(-t / fall_s)
    return np.asarray(np.sin(2 * np.pi * np.cumsum(freq) / SAMPLE_RATE), dtype=np.float32)


def noise(rng: np.random.Generator, seconds: float, low_hz: float, high_hz: float) -> Samples:
    """Noise between two frequencies with soft skirts (second order), unit RMS."""
    n = round(seconds * SAMPLE_RATE)
    spectrum = np.fft.rfft(rng.standard_normal(n, dtype=np.float32))
    f = np.fft.rfftfreq(n, 1 / SAMPLE_RATE) + 1e-3
    band = 1 / np.sqrt((1 + (low_hz / f) ** 4) * (1 + (f / high_hz) ** 4))
    out = np.fft.irfft(spectrum * band, n)
    return np.asarray(out / np.sqrt(np.mean(out**2)), dtype=np.float32)


def decay(seconds: float, fall_s: float) -> Samples:
    """exp(-t/fall_s), (n,)."""
    t = np.arange(round(seconds * SAMPLE_RATE), dtype=np.float32)
    return np.asarray(np.exp(-t / np.float32(fall_s * SAMPLE_RATE)))


def edged(tone: Samples, attack_s: float, release_s: float = 0.0) -> Samples:
    """``tone`` with raised-cosine edges, so that it neither starts nor stops with a click."""
    out = tone.copy()
    length = tone.shape[-1]
    for seconds, place in ((attack_s, slice(None)), (release_s, slice(None, None, -1))):
        n = min(round(seconds * SAMPLE_RATE), length)
        if n:
            ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(n) + 0.5) / n)).astype(np.float32)
            out[..., place][..., :n] *= ramp
    return out


def levelled(tone: Samples, rms: float = 0.2, window_s: float = 0.3) -> Samples:
    """``tone`` with the given RMS in its loudest ``window_s``: voices differ in colour, not in level."""
    mono = tone if tone.ndim == 1 else np.sqrt(np.mean(tone**2, axis=0))
    n = min(len(mono), round(window_s * SAMPLE_RATE))
    energy = np.add.reduceat(mono.astype(np.float64) ** 2, np.arange(0, len(mono), max(1, n // 4)))
    loudest = max(float(np.convolve(energy, np.ones(4))[: len(energy)].max() / n), 1e-12)
    return np.asarray(tone * np.float32(rms / np.sqrt(loudest)))
