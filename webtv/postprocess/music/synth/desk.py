"""The mixing desk: stereo buses, their tone and room in one pass of FFTs, ducking, and the master."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webtv.domain import SAMPLE_RATE
from webtv.postprocess.music.synth.voices.tones import Samples

PRESENCE_HZ, PRESENCE_GAIN = 1800.0, 2.2
"""A shelf of 7 dB: voices are rendered round, the mix opens them towards the spectrum of recorded music."""

LEVEL_RMS = 0.11
"""Low enough that the saturation touches only the peaks; the station sets the final loudness."""

Bus = NDArray[np.float32]
"""(2, samples)."""


@dataclass(frozen=True)
class Strip:
    """One channel strip of the desk."""

    bus: Bus
    gain: float
    high_pass_hz: float
    low_pass_hz: float
    send: float
    response: NDArray[np.float32]


def place(bus: Bus, tone: Samples, at_s: float, gain: float, pan: float = 0.0) -> None:
    """Adds a mono or stereo tone at a time, panned at constant power; what is beyond the end is cut."""
    start = round(at_s * SAMPLE_RATE)
    n = min(tone.shape[-1], bus.shape[1] - start)
    if n <= 0:
        return
    angle = (pan + 1) * np.pi / 4
    sides = (gain * np.sqrt(2) * np.array([[np.cos(angle)], [np.sin(angle)]])).astype(np.float32)
    bus[:, start : start + n] += sides * tone[..., :n]


def duck(bus: Bus, times_s: list[float], depth: float) -> None:
    """Makes way for each stroke at ``times_s``: a dip of ``depth`` with a soft start and 0.2 s of return."""
    n = round(0.3 * SAMPLE_RATE)
    t = np.arange(n) / SAMPLE_RATE
    dip = (depth * (1 - np.exp(-t / 0.008)) * np.exp(-t / 0.09) * 1.35).astype(np.float32)
    gain = np.zeros(bus.shape[1], np.float32)
    for at_s in times_s:
        start = round(at_s * SAMPLE_RATE)
        part = gain[start : start + n]
        np.maximum(part, dip[: len(part)], out=part)
    bus *= 1 - gain


def pulse(bus: Bus, period_s: float, depth: float) -> None:
    """Swells with the beat: quietest at each multiple of the period, fullest between."""
    t = np.arange(bus.shape[1], dtype=np.float32) / np.float32(period_s * SAMPLE_RATE)
    bus *= 1 - np.float32(depth) * (0.5 + 0.5 * np.cos(np.float32(2 * np.pi) * (t % 1)))


def mix(strips: list[Strip]) -> Bus:
    """Sum of all strips with their filters (second order, without phase shift) and rooms, (2, samples)."""
    samples = strips[0].bus.shape[1]
    size = _fast_size(samples + max(strip.response.shape[1] for strip in strips))
    f = np.fft.rfftfreq(size, 1 / SAMPLE_RATE).astype(np.float32) + np.float32(1e-3)
    presence = np.sqrt((1 + (f * PRESENCE_GAIN / PRESENCE_HZ) ** 2) / (1 + (f / PRESENCE_HZ) ** 2))
    total = np.zeros((2, f.size), np.complex64)
    rooms: dict[int, NDArray[np.complex64]] = {}
    for strip in strips:
        if id(strip.response) not in rooms:
            rooms[id(strip.response)] = np.asarray(np.fft.rfft(strip.response, size), dtype=np.complex64)
        passed = 1 / np.sqrt((1 + (strip.high_pass_hz / f) ** 4) * (1 + (f / strip.low_pass_hz) ** 4))
        tone = strip.gain * presence * passed
        wet = rooms[id(strip.response)] * np.float32(strip.send) + np.float32(1)
        total += np.asarray(np.fft.rfft(strip.bus, size) * wet * tone.astype(np.float32), dtype=np.complex64)
    return np.asarray(np.fft.irfft(total, size)[:, :samples], dtype=np.float32)


def master(mixed: Bus, fade_s: float) -> Bus:
    """Both sides at one level, gentle saturation of peaks, a slow fade of the last chord. Stays below 1."""
    rms = np.sqrt(np.mean(mixed.astype(np.float64) ** 2, axis=1, keepdims=True))
    driven = mixed * (LEVEL_RMS / np.maximum(rms, 1e-9)).astype(np.float32)
    warm = np.tanh(driven)
    n = min(mixed.shape[1], round(fade_s * SAMPLE_RATE))
    fade = 0.25 + 0.75 * np.cos(np.linspace(0, np.pi / 2, n)) ** 2
    warm[:, mixed.shape[1] - n :] *= fade.astype(np.float32)
    return np.asarray(warm)


def _fast_size(least: int) -> int:
    """The smallest even length of the form 2^a·3^b·5^c that is not below ``least``: such FFTs are quick."""
    sizes: list[int] = [2**a * 3**b * 5**c for a in range(1, 24) for b in range(5) for c in range(4)]
    return min(size for size in sizes if size >= least)
