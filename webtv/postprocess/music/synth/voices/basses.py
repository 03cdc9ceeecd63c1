"""Bass voices. Each renders one pitch for some seconds; overtones let small speakers hear them too."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from webtv.postprocess.music.synth.voices.tones import Samples, edged, hertz, levelled, partials


def _sub(f0: float, seconds: float, brightness: float) -> Samples:
    h = np.array([1.0, 2.0, 3.0, 4.0])
    amps = np.array([1.0, 0.22, 0.10, 0.03]) * (1, 1, 0.6 + brightness, 0.6 + brightness)
    return edged(partials(seconds, h * f0, amps, np.array([5.0, 3.0, 1.2, 0.6])), 0.012)


def _round(f0: float, seconds: float, brightness: float) -> Samples:
    h = np.arange(1.0, 10.0)
    return edged(partials(seconds, h * f0, h ** -(2.1 - 0.6 * brightness), 2.5 / h**0.7), 0.008)


def _plucked(f0: float, seconds: float, brightness: float) -> Samples:
    h = np.arange(1.0, 19.0)
    amps = np.abs(np.sin(np.pi * h * 0.19)) / h ** (1.5 - 0.4 * brightness)
    stretched = h * f0 * np.sqrt(1 + 0.0002 * h**2)
    return edged(partials(seconds, stretched, amps, 1.6 / (1 + 0.45 * (h - 1))), 0.003)


def _pulse(f0: float, seconds: float, brightness: float) -> Samples:
    """Two odd-harmonic tones a few cents apart, through a filter that closes as the note goes on."""
    h = np.arange(1.0, 24.0)
    amps = np.where(h % 2 == 1, 1 / h, 0.25 / h) / (1 + (h * f0 / (500 + 900 * brightness)) ** 2)
    lasting = 3.0 / (1 + 0.25 * (h - 1))
    freqs = np.concatenate([h * f0 * 0.9985, h * f0 * 1.0015])
    return edged(partials(seconds, freqs, np.tile(amps, 2), np.tile(lasting, 2)), 0.006)


BASSES: dict[str, tuple[Callable[[float, float, float], Samples], float]] = {
    "sub bass": (_sub, 0.12),
    "round bass": (_round, 0.10),
    "plucked bass": (_plucked, 0.25),
    "pulse bass": (_pulse, 0.06),
}
"""Voice and its release in seconds."""


def bass_tone(name: str, pitch: int, seconds: float, brightness: float) -> Samples:
    """(n,) float32; the sub bass sits as low as small rooms carry."""
    sounding = pitch - 12 if name == "sub bass" and pitch > 44 else pitch
    return levelled(BASSES[name][0](hertz(sounding), seconds, brightness))
