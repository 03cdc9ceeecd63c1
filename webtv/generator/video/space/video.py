"""Reads the video file that a Space answers with. It comes from strangers: formats and sizes are bounded."""

from __future__ import annotations

from io import BytesIO

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from webtv.errors import EngineError

_FORMATS = "mov,mp4,matroska,webm,avi,gif"
"""Files that hold a video. Others, such as playlists, could make FFmpeg open what they name."""
_MAX_DECODED = 2 * 10**9
"""Bytes of pictures: 24 s of 1024x576 at 48 frames a second."""


def pictures_of(video: bytes, *, at_least: int) -> NDArray[np.uint8]:
    """All frames of a video file, (F, H, W, 3) RGB.

    Raises EngineError when it is no video, is damaged, too large, or has fewer than ``at_least`` frames.
    """
    try:
        pictures = _decode(video)
    except FFmpegError as error:
        raise EngineError(f"its answer is not a video that can be read ({error.strerror})") from error
    if len(pictures) < at_least:
        raise EngineError(f"its video has {len(pictures)} frames, and a take needs {at_least}")
    return np.stack(pictures)


def _decode(video: bytes) -> list[NDArray[np.uint8]]:
    pictures: list[NDArray[np.uint8]] = []
    with av.open(BytesIO(video), "r", options={"format_whitelist": _FORMATS}) as container:
        if not container.streams.video:
            raise EngineError("its answer has no picture")
        size = 0
        for frame in container.decode(video=0):
            size += frame.width * frame.height * 3
            if size > _MAX_DECODED:
                raise EngineError(f"its video is larger than {_MAX_DECODED // 10**6} MB of pictures")
            picture = frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
            if pictures and picture.shape != pictures[0].shape:
                raise EngineError("its video changes its size on the way")
            pictures.append(picture)
    return pictures
