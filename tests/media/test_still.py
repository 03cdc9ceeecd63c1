from __future__ import annotations

import io
import os
from pathlib import Path

import av
import pytest
from PIL import Image

from tests.clips import make_clip
from webtv.errors import ClipRejected
from webtv.media.still import still, still_apart


def test_a_still_is_a_small_jpeg_of_the_clips_shape(tmp_path: Path) -> None:
    picture = Image.open(io.BytesIO(still(make_clip(tmp_path / "clip.mp4", 9), 320)))
    assert (picture.format, picture.size) == ("JPEG", (320, 180))


def test_of_a_clip_that_lost_its_end_there_is_still_a_picture(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", 9)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert still(path, 320).startswith(b"\xff\xd8")


@pytest.mark.parametrize("data", [b"", b"no film", b"\0" * 4096])
def test_of_what_is_no_film_there_is_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "clip.mp4").write_bytes(data)
    with pytest.raises(ClipRejected, match="no picture"):
        still(tmp_path / "clip.mp4", 320)


def test_a_file_of_an_odd_shape_takes_no_memory(tmp_path: Path) -> None:
    with av.open(tmp_path / "clip.mp4", "w") as container:
        stream = container.add_stream("mpeg4", rate=25, width=2, height=4096, pix_fmt="yuv420p")
        frame = av.VideoFrame(2, 4096, "yuv420p")
        container.mux([*stream.encode(frame), *stream.encode(None)])
    assert Image.open(io.BytesIO(still(tmp_path / "clip.mp4", 320))).size == (320, 1280)


def test_a_process_of_its_own_gives_the_same_picture(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", 9)
    assert still_apart(path, 320) == still(path, 320)


def test_a_file_that_ends_or_holds_up_that_process_has_no_picture(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"no film")
    with pytest.raises(ClipRejected, match="no picture in"):
        still_apart(tmp_path / "clip.mp4", 320)
    os.mkfifo(tmp_path / "endless.mp4")
    with pytest.raises(ClipRejected, match="within"):
        still_apart(tmp_path / "endless.mp4", 320, limit_s=1)
