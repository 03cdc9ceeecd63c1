"""One picture of a clip, as a small JPEG."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import av
from PIL import Image

from webtv.errors import ClipRejected
from webtv.media.fmp4 import read_index, read_init

_QUALITY = 80
_TALLEST = 4
"""In widths: a file that is not sound may claim to be of any shape."""


def still(path: Path, width: int) -> bytes:
    """The first picture of the fragment in the middle of a clip, ``width`` pixels wide.

    Of a file that is no whole clip, its first picture. Blocks.

    Raises:
        ClipRejected: there is no picture in the file.
        OSError: the file cannot be read.
    """
    try:
        index = read_index(path)
    except ClipRejected:
        with path.open("rb") as file:
            return _first_picture(file, path.name, width)
    fragment = index.fragments[len(index.fragments) // 2]
    with path.open("rb") as file:
        file.seek(fragment.offset)
        return _first_picture(BytesIO(read_init(path, index) + file.read(fragment.size)), path.name, width)


def _first_picture(file: BinaryIO, name: str, width: int) -> bytes:
    try:
        with av.open(file, "r") as container:
            frame = next(container.decode(video=0))
            height = min(max(2, round(frame.height * width / frame.width / 2) * 2), _TALLEST * width)
            small = frame.reformat(width, height, format="rgb24", interpolation="AREA").to_ndarray()
    except (av.FFmpegError, OSError, StopIteration, IndexError) as error:
        raise ClipRejected("unreadable", f"there is no picture in {name}") from error
    jpeg = BytesIO()
    Image.fromarray(small).save(jpeg, "JPEG", quality=_QUALITY, optimize=True)
    return jpeg.getvalue()
