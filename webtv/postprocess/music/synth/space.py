"""The room: stereo impulse responses made of darkening noise, with echoes in time for the melody."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from webtv.domain import SAMPLE_RATE

BANDS = ((0.0, 350.0, 0.85), (350.0, 1400.0, 1.0), (1400.0, 4500.0, 0.7), (4500.0, 9000.0, 0.38))
"""Low edge, high edge in Hz, and reverberation time of the band relative to the room's."""

PREDELAY_S = 0.018
ROOM_SEED = 1931


@lru_cache(maxsize=8)
def room(rt60_s: float) -> NDArray[np.float32]:
    """(2, n) impulse response with the given time to fall by 60 dB, unit energy a side.

    Exponentially decaying noise, higher bands dying sooner, after a few early reflections; the sides are
    independent, which is what makes a room wide (Moorer, "About This Reverberation Business", 1979).
    """
    rng = np.random.default_rng(ROOM_SEED)
    n = round(rt60_s * SAMPLE_RATE)
    t = np.arange(n) / SAMPLE_RATE
    f = np.fft.rfftfreq(n, 1 / SAMPLE_RATE)
    sides = []
    for _ in range(2):
        tail = np.zeros(n)
        spectrum = np.fft.rfft(rng.standard_normal(n))
        for low, high, relative in BANDS:
            band = np.fft.irfft(spectrum * ((f >= low) & (f < high)), n)
            tail += band * np.exp(-6.91 * t / (rt60_s * relative))
        tail *= 1 - np.exp(-t / 0.012)  # diffusion builds up
        for _ in range(7):
            tail[int(rng.uniform(0.004, 0.06) * SAMPLE_RATE)] += rng.choice([-1, 1]) * rng.uniform(0.5, 2.0)
        tail = np.concatenate([np.zeros(round(PREDELAY_S * SAMPLE_RATE)), tail])
        sides.append(tail / np.sqrt(np.sum(tail**2)))
    return np.stack(sides).astype(np.float32)


def with_echoes(response: NDArray[np.float32], every_s: float, level: float) -> NDArray[np.float32]:
    """``response`` plus echoes that bounce between the sides, each softer and duller than the last."""
    step = round(every_s * SAMPLE_RATE)
    out = np.zeros((2, max(response.shape[1], 4 * step + 256)), np.float32)
    out[:, : response.shape[1]] = response
    kernel = np.array([1.0])
    for count in range(1, 4):
        kernel = np.convolve(kernel, np.hanning(17)[1:-1] / np.hanning(17).sum())
        side, gain = count % 2, level**count
        out[side, count * step : count * step + len(kernel)] += (gain * kernel).astype(np.float32)
        out[1 - side, count * step : count * step + len(kernel)] += (0.35 * gain * kernel).astype(np.float32)
    return out
