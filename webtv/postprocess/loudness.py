"""Loudness and peaks of a clip's sound: measured by FFmpeg, brought to the station's level by us."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

from webtv.domain import AAC_FRAME, SAMPLE_RATE, Loudness
from webtv.errors import EngineError

Audio = NDArray[np.float32]
"""(samples, 2) at 48 kHz."""

TARGET_LUFS = -16.0
CLOSE_LU = 0.1
TOLERABLE_LU = 0.5
CEILING_DBTP = -1.5

CODEC_HEADROOM_DB = 1.5
"""AAC at 128 kbit/s lifts limited peaks by up to 1.2 dB; the ceiling must hold for what viewers decode."""

FADE = 480
"""Samples of the fades between a clip's silent edges and its sound."""

BLOCK = SAMPLE_RATE // 10
"""ebur128 reports once in 100 ms."""

LOOK_AHEAD = 240
"""Samples for which the limiter's gain closes before a peak and opens after it: 5 ms."""


def measure(audio: Audio) -> Loudness:
    """Integrated loudness and true peak by ITU-R BS.1770-4, as FFmpeg's ebur128 measures them.

    Silence measures -70 LUFS and -120 dBTP. Sound shorter than 0.4 s has no loudness and measures as silence.
    """
    graph = Graph()
    source = graph.add_abuffer(
        format="fltp", sample_rate=SAMPLE_RATE, layout="stereo", time_base=Fraction(1, SAMPLE_RATE)
    )
    meter = graph.add("ebur128", "peak=true:metadata=1:framelog=quiet")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    # whole reports only: the last peak must not lie in a block that is never reported
    padding = -len(audio) % BLOCK + BLOCK
    planes = np.ascontiguousarray(np.pad(audio, ((0, padding), (0, 0))).T, dtype=np.float32)
    frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout="stereo")
    frame.sample_rate = SAMPLE_RATE
    frame.pts = 0
    source.push(frame)
    source.push(None)
    said: dict[str, str] = {}
    while True:
        try:
            said.update(sink.pull().metadata)
        except av.EOFError:
            break
    peak = max(float(said["lavfi.r128.true_peaks_ch0"]), float(said["lavfi.r128.true_peaks_ch1"]))
    return Loudness(
        integrated_lufs=float(said["lavfi.r128.I"]), true_peak_dbtp=20 * float(np.log10(max(peak, 1e-6)))
    )


def edges(audio: Audio) -> Audio:
    """``audio`` with one silent AAC frame at each end and raised-cosine fades next to them.

    Clips are joined by packets; an AAC frame overlaps its neighbours by half, so only silence joins without a
    click. Sound too short for its edges comes back silent.
    """
    gain = np.zeros(len(audio), np.float32)
    gain[AAC_FRAME : len(audio) - AAC_FRAME] = 1
    ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(FADE) + 0.5) / FADE)).astype(np.float32)
    for side in (gain, gain[::-1]):
        part = side[AAC_FRAME : AAC_FRAME + FADE]
        part *= ramp[: len(part)]
    return np.asarray(audio * gain[:, None], dtype=np.float32)


def level(
    audio: Audio, target_lufs: float = TARGET_LUFS, ceiling_dbtp: float = CEILING_DBTP
) -> tuple[Audio, Loudness]:
    """``audio`` with its edges, at ``target_lufs``, and what it then measures.

    One gain for the whole clip; where that would pass the ceiling, less the codec's headroom, a limiter that
    sees ahead turns down. Raises EngineError for silence, for samples that are not finite, and for sound so
    spiky that it cannot be that loud within 0.5 LU.
    """
    if not np.isfinite(audio).all():
        raise EngineError("the musician returned samples that are not numbers: use another musician or seed")
    bed = edges(audio)
    raw = measure(bed)
    if raw.integrated_lufs <= -69:
        raise EngineError("the musician returned silence or less than 0.4 s: use another musician or seed")
    ceiling = ceiling_dbtp - CODEC_HEADROOM_DB
    gain_db = target_lufs - raw.integrated_lufs
    for _ in range(8):
        out = np.asarray(bed * np.float32(10 ** (gain_db / 20)))
        if raw.true_peak_dbtp + gain_db > ceiling:
            out = _limited(out, 10 ** (ceiling / 20))
        loudness = measure(out)
        miss_lu = target_lufs - loudness.integrated_lufs
        if abs(miss_lu) <= CLOSE_LU:
            break
        gain_db += miss_lu
    if abs(miss_lu) > TOLERABLE_LU or loudness.true_peak_dbtp > ceiling_dbtp:
        raise EngineError(
            f"the bed reaches {loudness.integrated_lufs:.1f} LUFS at {loudness.true_peak_dbtp:.1f} dBTP, not "
            f"{target_lufs:.1f}: it is too short or too spiky; use another musician or seed"
        )
    return out, loudness


def _limited(audio: Audio, ceiling: float) -> Audio:
    """``audio`` whose true peaks stay below ``ceiling`` (linear), by a gain without steps.

    The gain at a sample is a weighted mean of values that all satisfy that sample's peak: the wanted gain's
    minimum over LOOK_AHEAD on both sides, smoothed by a triangle of the same reach.
    """
    wanted = np.minimum(1.0, ceiling / np.maximum(_peaks(audio), 1e-9))
    gain = _least_around(wanted, LOOK_AHEAD)
    for _ in range(2):
        gain = _mean_of(gain, LOOK_AHEAD + 1)
    return np.asarray(audio * gain[:, None].astype(np.float32))


def _peaks(audio: Audio) -> NDArray[np.float64]:
    """(samples,) greatest magnitude from each sample to the next, on either side, also between samples."""
    reach = 12
    taps = np.arange(-reach, reach) + 0.5
    peaks: NDArray[np.float64] = np.abs(audio).max(axis=1).astype(np.float64)
    for phase in (0.25, 0.5, 0.75):
        at = taps + 0.5 - phase
        kernel = (np.sinc(at) * np.cos(np.pi * at / (2 * reach + 1)) ** 2).astype(np.float32)
        for side in audio.T:
            between = np.convolve(side, kernel)[reach : reach + len(side)]
            np.maximum(peaks, np.abs(between), out=peaks)
    return peaks


def _least_around(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Minimum over ``reach`` values to each side, by doubling the window."""
    padded = np.pad(values, reach, mode="edge")
    width = 2 * reach + 1
    span = 1
    while span * 2 <= width:
        padded = np.minimum(padded[:-span], padded[span:])
        span *= 2
    rest = width - span
    return np.asarray(np.minimum(padded[: len(padded) - rest], padded[rest:]))


def _mean_of(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Mean over ``width`` (odd) values around each, by a running sum."""
    sums = np.cumsum(np.pad(values, (width // 2 + 1, width // 2), mode="edge"))
    return np.asarray((sums[width:] - sums[:-width]) / width)
