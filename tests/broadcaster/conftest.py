from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.broadcaster.air import some_clips
from webtv.media.ffmpeg import FFmpeg, find_ffmpeg, probe


@pytest.fixture(scope="session")
def gop_clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Clips of one GOP, 1.6 s."""
    return some_clips(tmp_path_factory.mktemp("gop_clips"), quanta=3)


@pytest.fixture(scope="session")
def quantum_clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The shortest clips there can be, 0.53 s."""
    return some_clips(tmp_path_factory.mktemp("quantum_clips"), quanta=1)


@pytest.fixture(scope="session")
def both_ffmpegs() -> dict[str, FFmpeg]:
    return {"system": find_ffmpeg(), "shipped": probe(imageio_ffmpeg.get_ffmpeg_exe())}
