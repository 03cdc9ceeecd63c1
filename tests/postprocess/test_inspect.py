from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.clips import SMALL, make_clip, moving, tone
from webtv.errors import ClipRejected
from webtv.media.fmp4 import read_index, read_init
from webtv.postprocess.conform import conform
from webtv.postprocess.inspect import inspect
from webtv.postprocess.loudness import edges

QUANTA = 9
FRAMES = QUANTA * SMALL.quantum_frames


def refusal(path: Path, quanta: int = QUANTA, init: bytes | None = None) -> str:
    with pytest.raises(ClipRejected) as caught:
        inspect(path, SMALL, quanta, init=init)
    return caught.value.reason


def made(path: Path, pictures: Iterable[NDArray[np.uint8]], sound: NDArray[np.float32] | None = None) -> Path:
    conform(pictures, edges(tone(SMALL, QUANTA)) if sound is None else sound, SMALL, path)
    return path


def still(value: int) -> NDArray[np.uint8]:
    return np.full((SMALL.height, SMALL.width, 3), value, np.uint8)


def test_a_sound_clip_is_admitted_with_its_measures(tmp_path: Path) -> None:
    seen = inspect(make_clip(tmp_path / "clip.mp4", QUANTA), SMALL, QUANTA)
    assert seen.size == (tmp_path / "clip.mp4").stat().st_size
    assert -40 < seen.loudness.integrated_lufs < 0


def test_a_clip_of_another_length_is_refused(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", QUANTA)
    assert refusal(path, QUANTA - 1) == "length"
    assert refusal(path, QUANTA + 3) == "truncated"


def test_a_clip_cut_off_between_two_fragments_is_refused(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", QUANTA)
    path.write_bytes(path.read_bytes()[: read_index(path).fragments[-1].offset])
    assert refusal(path) == "truncated"


def test_damaged_coded_data_is_refused(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", QUANTA)
    data = bytearray(path.read_bytes())
    middle = read_index(path).fragments[1]
    data[middle.offset + 2000 : middle.offset + middle.size] = bytes(middle.size - 2000)
    path.write_bytes(data)
    assert refusal(path) in ("unreadable", "length", "frozen", "silent")


def test_another_decoder_configuration_is_refused_by_one_byte(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", QUANTA)
    init = bytearray(read_init(path, read_index(path)))
    inspect(path, SMALL, QUANTA, init=bytes(init))
    init[init.index(b"avcC") + 12] ^= 1
    assert refusal(path, init=bytes(init)) == "configuration"


def test_black_is_refused(tmp_path: Path) -> None:
    dark = (np.minimum(picture, 6) for picture in moving(SMALL, FRAMES))
    assert refusal(made(tmp_path / "clip.mp4", dark)) == "black"


def test_a_short_fade_through_black_is_no_fault(tmp_path: Path) -> None:
    pictures = (still(0) if 40 < n < 60 else picture for n, picture in enumerate(moving(SMALL, FRAMES)))
    inspect(made(tmp_path / "clip.mp4", pictures), SMALL, QUANTA)


def test_a_frozen_picture_is_refused_even_with_grain(tmp_path: Path) -> None:
    assert refusal(made(tmp_path / "1.mp4", repeat(still(120), FRAMES))) == "frozen"
    rng = np.random.default_rng(1)
    grain = 0.6  # as strong as 3 steps at house size, where a grid cell has 28 times the area
    grainy = (
        np.rint(still(120) + rng.normal(0, grain, still(0).shape)).astype(np.uint8) for _ in range(FRAMES)
    )
    assert refusal(made(tmp_path / "2.mp4", grainy)) == "frozen"


def test_silence_is_refused(tmp_path: Path) -> None:
    silent = np.zeros((QUANTA * SMALL.quantum_samples, 2), np.float32)
    assert refusal(made(tmp_path / "clip.mp4", moving(SMALL, FRAMES), silent)) == "silent"


def test_sound_that_drops_out_is_refused(tmp_path: Path) -> None:
    sound = tone(SMALL, QUANTA)
    sound[60_000:180_000] = 0
    assert refusal(made(tmp_path / "clip.mp4", moving(SMALL, FRAMES), sound)) == "silent"


def test_clipped_sound_is_refused(tmp_path: Path) -> None:
    loud = np.clip(tone(SMALL, QUANTA, level=2.0), -1, 1)
    assert refusal(made(tmp_path / "clip.mp4", moving(SMALL, FRAMES), loud)) == "clipped"
