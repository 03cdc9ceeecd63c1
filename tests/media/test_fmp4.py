from __future__ import annotations

from pathlib import Path

import av
import pytest

from tests.clips import SMALL, make_clip
from webtv.errors import ClipRejected
from webtv.media.fmp4 import read_fragment, read_index, read_init


def test_the_index_finds_every_fragment_and_its_times(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", quanta=7)
    index = read_index(path)
    assert len(index.fragments) == SMALL.fragments(7) == 3
    gop_samples = SMALL.gop_frames * SMALL.frame_samples
    assert [fragment.decode_times[0][1] for fragment in index.fragments] == [0, gop_samples, 2 * gop_samples]
    assert index.init_size + sum(fragment.size for fragment in index.fragments) == index.size


def test_moved_fragments_decode_at_their_new_time(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", quanta=6)
    index, shift = read_index(path), 1_000_000 * SMALL.quantum_samples
    moved = tmp_path / "moved.mp4"
    parts = [read_fragment(path, f, shift=shift, sequence=70 + n) for n, f in enumerate(index.fragments)]
    moved.write_bytes(read_init(path, index) + b"".join(parts))
    with av.open(str(moved)) as container:
        packets = [p for p in container.demux() if p.size]
    for stream in (0, 1):
        assert min(p.pts for p in packets if p.stream_index == stream) == shift


@pytest.mark.parametrize("cut", [1, 100, 5000])
def test_a_file_that_lost_its_end_is_truncated(tmp_path: Path, cut: int) -> None:
    path = make_clip(tmp_path / "clip.mp4")
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(ClipRejected) as caught:
        read_index(path)
    assert caught.value.reason == "truncated"


@pytest.mark.parametrize("garbage", [b"", b"\0" * 64, b"not a film" * 100, b"\0\0\0\x08free"])
def test_garbage_is_refused_without_a_crash(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(garbage)
    with pytest.raises(ClipRejected) as caught:
        read_index(path)
    assert caught.value.reason in ("unreadable", "truncated")


def test_a_file_that_shrinks_after_indexing_is_noticed(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4")
    index = read_index(path)
    path.write_bytes(path.read_bytes()[: index.size - 10])
    with pytest.raises(ClipRejected):
        read_fragment(path, index.fragments[-1], shift=0, sequence=0)
