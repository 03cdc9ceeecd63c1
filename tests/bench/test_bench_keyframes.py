"""What tells a picture at an ingest from every other."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from bench.keyframes import FlvTail, keyframes_of
from tests.clips import SMALL, make_clip


@pytest.fixture
def pushed(tmp_path: Path) -> tuple[Path, bytes]:
    """A clip, and the FLV that FFmpeg copies it to."""
    clip, flv = make_clip(tmp_path / "clip.mp4", 9), tmp_path / "whole.flv"
    copy = ["-v", "error", "-i", str(clip), "-c", "copy", str(flv)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *copy], check=True)
    return clip, flv.read_bytes()


def test_keyframes_are_recognised_after_ffmpeg_copied_them_to_flv(
    pushed: tuple[Path, bytes], tmp_path: Path
) -> None:
    clip, data = pushed
    (tmp_path / "live.flv").write_bytes(data)
    frames = keyframes_of(clip, SMALL.fps)
    assert [frames[digest] for digest in FlvTail(tmp_path / "live.flv").read()] == [0, 48, 96]


def test_a_file_that_grows_byte_by_byte_gives_each_keyframe_once(
    pushed: tuple[Path, bytes], tmp_path: Path
) -> None:
    clip, data = pushed
    live = tmp_path / "live.flv"
    tail, seen = FlvTail(live), []
    assert tail.read() == []
    for end in range(0, len(data) + 997, 997):
        live.write_bytes(data[:end])
        seen += tail.read()
    assert seen == list(keyframes_of(clip, SMALL.fps))
