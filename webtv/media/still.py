"""One picture of a clip, as a small JPEG."""

from __future__ import annotations

import resource
import subprocess
import sys
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
_MOST_MEMORY = 2 << 30
"""Bytes that decoding in a process of its own may take, beside what its libraries have taken."""


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


def still_apart(path: Path, width: int, *, limit_s: float = 20.0) -> bytes:
    """``still`` in a process of its own: a damaged file may end a decoder, and that must not be ours. Blocks.

    Raises:
        ClipRejected: there is no picture in the file, or it cannot be had within the time or the memory.
        OSError: no process can be started.
    """
    argv = [sys.executable, "-P", "-m", __spec__.name, str(path), str(width)]
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit_s, check=False
        )
    except subprocess.TimeoutExpired:
        raise ClipRejected("unreadable", f"no picture of {path.name} within {limit_s:g} s") from None
    if done.returncode:
        raise ClipRejected("unreadable", f"there is no picture in {path.name}")
    return done.stdout


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


if __name__ == "__main__":
    _taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (_taken + _MOST_MEMORY, _taken + _MOST_MEMORY))
    sys.stdout.buffer.write(still(Path(sys.argv[1]), int(sys.argv[2])))
