from __future__ import annotations

from fractions import Fraction
from itertools import repeat
from pathlib import Path

import av
import numpy as np
import pytest

from tests.clips import SMALL, make_clip, moving, tone
from webtv.domain import AAC_FRAME, HouseFormat
from webtv.media.fmp4 import read_fragment, read_index, read_init
from webtv.postprocess.conform import conform
from webtv.postprocess.loudness import edges


@pytest.mark.parametrize(
    ("fps", "quantum_frames", "gop_frames"),
    [(24, 64, 32), (25, 8, 48), (30, 16, 48), (50, 16, 96), (60, 32, 96)],
)
def test_every_rate_has_whole_quanta_and_short_gops(fps: int, quantum_frames: int, gop_frames: int) -> None:
    house = HouseFormat(fps=fps)
    assert (house.quantum_frames, house.gop_frames) == (quantum_frames, gop_frames)
    assert house.quantum_samples % AAC_FRAME == 0
    assert house.gop_frames / fps <= 2
    assert Fraction(house.quantum_frames, fps) == Fraction(house.quantum_samples, 48_000)


@pytest.mark.parametrize("fps", [24, 25, 30, 50, 60])
def test_picture_and_sound_are_equally_long_to_the_sample(tmp_path: Path, fps: int) -> None:
    house = SMALL.model_copy(update={"fps": fps})
    path = make_clip(tmp_path / "clip.mp4", quanta=2, house=house)
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux() if packet.size]
    video = [p for p in packets if p.stream_index == 0]
    audio = [p for p in packets if p.stream_index == 1]
    assert sum(p.duration for p in video) == sum(p.duration for p in audio) == 2 * house.quantum_samples
    assert video[0].pts == audio[0].pts == 0
    assert all(p.pts == p.dts for p in video)


def test_equal_pictures_and_sound_give_equal_bytes(tmp_path: Path) -> None:
    first, second = make_clip(tmp_path / "1.mp4", seed=3), make_clip(tmp_path / "2.mp4", seed=3)
    assert first.read_bytes() == second.read_bytes()


def test_all_clips_of_a_format_share_the_decoder_configuration(tmp_path: Path) -> None:
    paths = [make_clip(tmp_path / f"{n}.mp4", quanta=n + 3, seed=n) for n in range(4)]
    assert len({read_init(path, read_index(path)) for path in paths}) == 1


def test_joined_clips_play_through_without_gap_or_click(tmp_path: Path) -> None:
    clips = [make_clip(tmp_path / f"{n}.mp4", quanta=3, seed=n) for n in range(5)]
    joined = tmp_path / "joined.mp4"
    data = read_init(clips[0], read_index(clips[0]))
    for number, clip in enumerate(clips):
        for fragment in read_index(clip).fragments:
            data += read_fragment(clip, fragment, shift=number * 3 * SMALL.quantum_samples, sequence=number)
    joined.write_bytes(data)
    with av.open(str(joined)) as container:
        pictures = [frame.pts for frame in container.decode(video=0)]
    with av.open(str(joined)) as container:
        blocks = [(frame.pts, frame.to_ndarray()) for frame in container.decode(audio=0)]
    assert np.all(np.diff(pictures) == SMALL.frame_samples)
    assert len(pictures) == 5 * 3 * SMALL.quantum_frames
    assert np.all(np.diff([pts for pts, _ in blocks]) == AAC_FRAME)
    sound = np.concatenate([samples for _, samples in blocks], axis=1)[0]
    assert len(sound) == 5 * 3 * SMALL.quantum_samples
    jumps = np.abs(np.diff(sound, n=2))
    at_joints = max(
        jumps[joint - 1100 : joint + 1100].max()
        for joint in range(3 * SMALL.quantum_samples, len(sound), 3 * SMALL.quantum_samples)
    )
    assert at_joints <= 1.5 * jumps.max(where=_inside(len(jumps)), initial=0)


def _inside(length: int) -> np.ndarray:
    """True away from joints."""
    at = np.arange(length) % (3 * SMALL.quantum_samples)
    return (at > 4000) & (at < 3 * SMALL.quantum_samples - 4000)


@pytest.mark.parametrize("colour", [(255, 255, 255), (8, 8, 8), (200, 40, 30), (20, 160, 60), (30, 60, 210)])
def test_colours_come_out_as_they_went_in(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    picture = np.full((SMALL.height, SMALL.width, 3), colour, np.uint8)
    conform(repeat(picture, 48), edges(tone(SMALL, 3)), SMALL, tmp_path / "clip.mp4")
    with av.open(str(tmp_path / "clip.mp4")) as container:
        frame = next(container.decode(video=0))
    shown = frame.to_ndarray(format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709")
    assert (frame.colorspace, frame.color_range) == (1, 1)
    assert np.abs(shown[20:80, 20:160].astype(int) - colour).max() <= 4


def test_lengths_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    sound = edges(tone(SMALL, 3))
    with pytest.raises(ValueError, match="whole number of quanta"):
        conform(moving(SMALL, 48), sound[:-5], SMALL, tmp_path / "a.mp4")
    with pytest.raises(ValueError, match="47 pictures"):
        conform(moving(SMALL, 47), sound, SMALL, tmp_path / "b.mp4")
    with pytest.raises(ValueError, match="the house is"):
        conform(moving(HouseFormat(), 48), sound, SMALL, tmp_path / "c.mp4")
