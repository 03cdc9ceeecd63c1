"""What a model played becomes a bed: the house's rate, two channels, the exact length, a soft end."""

from __future__ import annotations

import av
import numpy as np
from numpy.typing import NDArray

from webtv.domain import SAMPLE_RATE
from webtv.errors import EngineError

PEAK = 0.98
SILENT = 1e-4
"""Peak below which a bed counts as silence: -80 dBFS."""
FADE_S = 1.5
"""A model stops in the middle of its music; a bed of some length fades out."""


def bed_of(sound: NDArray[np.float32], rate: int, samples: int) -> NDArray[np.float32]:
    """From ``sound``, (C, n) at ``rate``, a bed: (samples, 2) float32 in [-1, 1] at 48 kHz.

    ``sound`` has one channel, which both sides then play, or two, and lasts as long as the bed or longer.
    Raises EngineError for silence, samples that are not numbers, and too short a sound.
    """
    if not np.isfinite(sound).all():
        raise EngineError("the model played samples that are not numbers: use another musician or seed")
    _refuse_silence(sound)
    # A constant cannot be heard, and takes the room that the sound needs under the ceiling.
    sound = sound - sound.mean(axis=1, keepdims=True, dtype=np.float64).astype(np.float32)
    stereo = resampled(np.repeat(sound, 2, axis=0) if len(sound) == 1 else sound, rate)
    if stereo.shape[1] < samples:
        raise EngineError(f"the model played {stereo.shape[1]} samples of a bed of {samples}")
    bed = stereo[:, :samples].T.copy()
    _refuse_silence(bed)  # a constant has become it, and what lies beyond the bed may be all the sound
    bed *= min(1.0, PEAK / float(np.abs(bed).max()))
    fade = min(round(FADE_S * SAMPLE_RATE), samples // 4)
    bed[samples - fade :] *= np.cos(np.linspace(0, np.pi / 2, fade, dtype=np.float32))[:, None] ** 2
    return np.ascontiguousarray(bed)


def _refuse_silence(sound: NDArray[np.float32]) -> None:
    if np.abs(sound).max(initial=0) < SILENT:
        raise EngineError("the model played silence: use another musician or seed")


def resampled(sound: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """(2, n) float32 at ``rate`` brought to 48 kHz by FFmpeg's resampler, its delay taken out."""
    if rate == SAMPLE_RATE:
        return sound
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="fltp", layout="stereo")
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE)
    parts = [part.to_ndarray() for part in (*resampler.resample(frame), *resampler.resample(None))]
    return np.asarray(np.concatenate(parts, axis=1), dtype=np.float32)
