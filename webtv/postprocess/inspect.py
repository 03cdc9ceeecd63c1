"""Admission's eyes and ears: decodes a conformed file once and refuses what must not air."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import av
import cv2
import numpy as np
from av.audio.frame import AudioFrame
from av.error import FFmpegError
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from webtv.domain import AAC_FRAME, SAMPLE_RATE, HouseFormat, Loudness
from webtv.errors import ClipRejected
from webtv.media.fmp4 import read_index, read_init
from webtv.postprocess.loudness import measure

REASONS = ("unreadable", "truncated", "length", "configuration", "black", "frozen", "silent", "clipped")

_GRID = (32, 18)
"""Pictures are judged on area means in this grid (columns, rows): grain and coding noise average out."""
_BLACK_LUMA = 24.0
"""Brightest grid cell of a picture that counts as black; video black is 16."""
_FROZEN_DELTA = 0.6
"""Largest change of any grid cell over half a second that counts as no motion, in 8-bit luma steps."""
_SILENT_RMS = 10 ** (-60 / 20)
_CLIPPED = 0.999
_FAULT_S = 2.0
"""How long a fault may last before the clip is refused."""


@dataclass(frozen=True)
class Inspection:
    """What was measured of an admitted file."""

    init: bytes
    sha256: str
    size: int
    loudness: Loudness

    @property
    def init_sha256(self) -> str:
        return hashlib.sha256(self.init).hexdigest()


@dataclass
class _Measures:
    grids: list[NDArray[np.float32]] = field(default_factory=list)
    sound: list[NDArray[np.float32]] = field(default_factory=list)


def inspect(path: Path, house: HouseFormat, quanta: int, *, init: bytes | None = None) -> Inspection:
    """Decode ``path`` and return its measures.

    ``init`` is the channel's initialisation segment, which holds the decoder configuration: a clip must equal
    it to the byte. None accepts any (the first slate of a channel sets it).

    Raises:
        ClipRejected: with one of ``REASONS``.
        OSError: when the file cannot be read at all.
    """
    index = read_index(path)
    found_init = read_init(path, index)
    if init is not None and found_init != init:
        raise ClipRejected("configuration", "its decoder configuration is not the channel's")
    if len(index.fragments) != house.fragments(quanta):
        raise ClipRejected(
            "truncated", f"{len(index.fragments)} fragments where {house.fragments(quanta)} are due"
        )
    measures = _decode(path)
    frames, samples = quanta * house.quantum_frames, quanta * house.quantum_samples
    if len(measures.grids) != frames:
        raise ClipRejected("length", f"{len(measures.grids)} pictures where {frames} are due")
    sound = np.concatenate(measures.sound, axis=1).T if measures.sound else np.zeros((0, 2), np.float32)
    if len(sound) != samples:
        raise ClipRejected("length", f"{len(sound)} samples of sound where {samples} are due")
    _judge_pictures(np.stack(measures.grids), house.fps)
    _judge_sound(sound)
    return Inspection(
        init=found_init,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        size=index.size,
        loudness=measure(np.ascontiguousarray(sound)),
    )


def _decode(path: Path) -> _Measures:
    measures = _Measures()
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0, audio=0):
                if isinstance(frame, VideoFrame):
                    measures.grids.append(_grid(frame))
                elif isinstance(frame, AudioFrame):
                    measures.sound.append(frame.to_ndarray().astype(np.float32, copy=False))
    except (FFmpegError, IndexError, ValueError) as error:
        raise ClipRejected("unreadable", f"decoding failed: {error}") from error
    return measures


def _grid(frame: VideoFrame) -> NDArray[np.float32]:
    plane = frame.planes[0]
    luma = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    small = cv2.resize(luma[:, : plane.width], _GRID, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _longest_run(flags: NDArray[np.bool_]) -> int:
    best = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        best = max(best, run)
    return best


def _judge_pictures(grids: NDArray[np.float32], fps: int) -> None:
    limit_s = min(_FAULT_S, len(grids) / fps / 2)
    black_s = _longest_run(grids.max(axis=(1, 2)) < _BLACK_LUMA) / fps
    if black_s >= limit_s:
        raise ClipRejected("black", f"{black_s:.1f} s of black")
    step = max(1, fps // 2)
    still = np.abs(grids[step:] - grids[:-step]).max(axis=(1, 2)) < _FROZEN_DELTA
    frozen_s = _longest_run(still) / fps
    if frozen_s >= limit_s:
        raise ClipRejected("frozen", f"{frozen_s:.1f} s without motion")


def _judge_sound(sound: NDArray[np.float32]) -> None:
    peak = float(np.abs(sound).max())
    if peak >= _CLIPPED:
        raise ClipRejected("clipped", f"the sound reaches {20 * np.log10(peak):+.2f} dBFS")
    window = SAMPLE_RATE // 10 // AAC_FRAME * AAC_FRAME
    blocks = sound[: len(sound) // window * window].reshape(-1, window, 2)
    rms = np.sqrt((blocks**2).mean(axis=(1, 2)))
    silent_s = _longest_run(rms < _SILENT_RMS) * window / SAMPLE_RATE
    if silent_s >= min(_FAULT_S, len(sound) / SAMPLE_RATE / 2):
        raise ClipRejected("silent", f"{silent_s:.1f} s of silence")
