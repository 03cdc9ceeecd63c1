"""Encodes a clip into the house format: once in its life, and never again.

What makes clips join by copy: no B-frames, closed GOPs of one length, no scene-cut keyframes, x264's
``stitchable`` (the same picture parameter set under any rate control), fixed colour tags, and no AAC priming
packet. One encoder thread: x264's rate control is not repeatable with more of them, and equal orders must
give equal bytes. It costs less CPU in all; the pictures are made on another core meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import cv2
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream
from numpy.typing import NDArray

from webtv.domain import AAC_FRAME, SAMPLE_RATE, HouseFormat

VERSION = 3
"""Raise it whenever the bytes of a conformed clip change for the same pictures and sound."""

_ENCODER_THREADS = 1
_INTERLEAVE = "8"
"""Samples of one track in a row within a fragment. Unset, a fragment has all pictures before all sound, and a
paced reader such as FFmpeg sends a second of one ahead of the other."""
_TIME_BASE = Fraction(1, SAMPLE_RATE)
_BT709 = 1
"""Primaries, transfer and matrix of ITU-R BT.709, by ISO/IEC 23091-2."""

_KR, _KB = 0.2126, 0.0722
_KG = 1 - _KR - _KB
_LUMA, _CHROMA = 219 / 255, 224 / 255
_BT709_MATRIX = np.array(
    [
        [_LUMA * _KR, _LUMA * _KG, _LUMA * _KB, 16],
        [-_CHROMA * _KR / (1 - _KB) / 2, -_CHROMA * _KG / (1 - _KB) / 2, _CHROMA / 2, 128],
        [_CHROMA / 2, -_CHROMA * _KG / (1 - _KR) / 2, -_CHROMA * _KB / (1 - _KR) / 2, 128],
    ]
)
"""Full-range RGB to limited-range Y'CbCr, ITU-R BT.709-6 items 3.2 to 3.5."""


def conform(
    pictures: Iterable[NDArray[np.uint8]],
    sound: NDArray[np.float32],
    house: HouseFormat,
    path: Path,
    *,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Encode ``pictures`` ((H, W, 3) uint8 RGB, house rate) and ``sound`` ((samples, 2) float32, 48 kHz).

    Both must last the same whole number of quanta; ``progress`` is told the count of pictures encoded.

    Raises:
        ValueError: lengths that differ or are no whole number of quanta, or a picture of another size.
    """
    quanta, rest = divmod(len(sound), house.quantum_samples)
    if rest or not quanta:
        raise ValueError(f"{len(sound)} samples are not a whole number of quanta of {house.quantum_samples}")
    frames = quanta * house.quantum_frames
    options = {
        "movflags": "frag_keyframe+empty_moov+default_base_moof+skip_trailer",
        "video_track_timescale": str(SAMPLE_RATE),
        "frag_interleave": _INTERLEAVE,
        "use_editlist": "0",
        "fflags": "+bitexact",
    }
    with av.open(str(path), "w", format="mp4", options=options) as container:
        video = _video_stream(container, house)
        audio = _audio_stream(container, house)
        muxer = _Muxer(container, video, audio, house, len(sound))
        samples = _audio_frames(sound)
        count = 0
        for picture in pictures:
            if picture.shape != (house.height, house.width, 3):
                raise ValueError(f"a picture is {picture.shape}, the house is {house.height}x{house.width}")
            muxer.picture(count, picture)
            count += 1
            muxer.sound_until(samples, count * house.frame_samples)
            if progress is not None:
                progress(count)
        if count != frames:
            raise ValueError(f"{count} pictures for {frames} frames of sound")
        muxer.finish(samples)


def _video_stream(container: OutputContainer, house: HouseFormat) -> VideoStream:
    gop = house.gop_frames
    stream = container.add_stream("libx264", rate=house.fps)
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = house.width, house.height, "yuv420p"
    context.time_base = _TIME_BASE
    context.framerate = Fraction(house.fps)
    context.gop_size = gop
    context.max_b_frames = 0
    context.thread_count = _ENCODER_THREADS
    context.color_primaries = context.color_trc = context.colorspace = _BT709
    context.color_range = ColorRange.MPEG.value
    context.options = {
        "preset": "veryfast",
        "profile": "high",
        "crf": "22",
        "maxrate": f"{house.video_kbps}k",
        "bufsize": f"{house.video_kbps}k",
        "x264-params": (
            f"keyint={gop}:min-keyint={gop}:scenecut=0:open-gop=0:bframes=0:force-cfr=1:nal-hrd=none"
            f":sliced-threads=0:stitchable=1:threads={_ENCODER_THREADS}"
        ),
    }
    return stream


def _audio_stream(container: OutputContainer, house: HouseFormat) -> AudioStream:
    stream = container.add_stream("aac", rate=SAMPLE_RATE)
    stream.codec_context.layout = "stereo"
    stream.codec_context.format = "fltp"
    stream.codec_context.bit_rate = house.audio_kbps * 1000
    stream.codec_context.time_base = _TIME_BASE
    return stream


def _audio_frames(sound: NDArray[np.float32]) -> list[AudioFrame]:
    planes = np.ascontiguousarray(sound.T)
    frames = []
    for start in range(0, len(sound), AAC_FRAME):
        frame = AudioFrame.from_ndarray(
            np.ascontiguousarray(planes[:, start : start + AAC_FRAME]), format="fltp", layout="stereo"
        )
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, start, _TIME_BASE
        frames.append(frame)
    frames.reverse()
    return frames


def _yuv420(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB to planar 4:2:0, (3 H / 2, W) as FFmpeg lays it out; four times as fast as libswscale."""
    height, width = picture.shape[:2]
    luma, blue, red = cv2.split(cv2.transform(picture, _BT709_MATRIX))
    planes = np.empty((height * 3 // 2, width), np.uint8)
    planes[:height] = luma
    half = (width // 2, height // 2)
    chroma = planes[height:].reshape(2, height // 2, width // 2)
    cv2.resize(blue, half, dst=chroma[0], interpolation=cv2.INTER_AREA)
    cv2.resize(red, half, dst=chroma[1], interpolation=cv2.INTER_AREA)
    return planes


class _Muxer:
    """Interleaves both streams by time and drops packets that lie outside of the clip (AAC priming)."""

    def __init__(
        self,
        container: OutputContainer,
        video: VideoStream,
        audio: AudioStream,
        house: HouseFormat,
        samples: int,
    ) -> None:
        self._container, self._video, self._audio = container, video, audio
        self._house, self._samples = house, samples

    def picture(self, number: int, picture: NDArray[np.uint8]) -> None:
        frame = VideoFrame.from_ndarray(_yuv420(picture), format="yuv420p")
        frame.pts, frame.time_base = number * self._house.frame_samples, _TIME_BASE
        self._write(self._video.encode(frame))

    def sound_until(self, frames: list[AudioFrame], end: int) -> None:
        while frames and cast(int, frames[-1].pts) < end:
            self._write(self._audio.encode(frames.pop()))

    def finish(self, frames: list[AudioFrame]) -> None:
        self.sound_until(frames, self._samples)
        self._write(self._video.encode(None))
        self._write(self._audio.encode(None))

    def _write(self, packets: list[Any]) -> None:
        for packet in packets:
            if 0 <= packet.pts < self._samples:
                self._container.mux(packet)
