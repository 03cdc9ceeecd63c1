from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import av
import pytest

from tests.airings import later, timeline
from tests.clips import SMALL, make_clip
from tests.fragments import fragment
from webtv.broadcaster.hls import codecs, live_edge, media_playlist, multivariant
from webtv.domain import HouseFormat
from webtv.media.fmp4 import read_index, read_init

GOP_S = SMALL.gop_frames / SMALL.fps


def numbers(playlist: bytes, tag: str) -> list[float]:
    return [float(value) for value in re.findall(rf"#{tag}:([0-9.]+)", playlist.decode())]


def test_the_edge_is_the_segment_on_air() -> None:
    made = timeline(6, 7, 6)
    assert live_edge(made, later(0)) == 0
    assert live_edge(made, later(GOP_S - 0.001)) == 0
    assert live_edge(made, later(GOP_S)) == 1
    second = 6 * made.format.quantum_s
    assert live_edge(made, later(second)) == 2
    assert live_edge(made, later(second + 2 * GOP_S + 0.01)) == 4  # the short last fragment of 7 quanta
    assert live_edge(made, later(10_000)) is None


def test_sequences_never_fall_and_the_target_duration_never_changes() -> None:
    made, before = timeline(*([6, 7, 5, 12] * 10)), -1.0
    for step in range(1200):
        edge = live_edge(made, later(step * 0.1))
        if edge is None:
            break
        text = media_playlist(replace(made, epoch=3), edge)
        (sequence,) = numbers(text, "EXT-X-MEDIA-SEQUENCE")
        assert sequence >= before
        before = sequence
        assert numbers(text, "EXT-X-TARGETDURATION") == [2]
        assert numbers(text, "EXT-X-DISCONTINUITY-SEQUENCE") == [3]
        assert max(numbers(text, "EXTINF")) <= 2
    assert before > 20


def test_a_window_has_three_target_durations_and_times_and_independent_segments() -> None:
    made = timeline(*[6] * 30)
    edge = live_edge(made, later(60))
    assert edge is not None
    text = media_playlist(made, edge).decode()
    assert sum(numbers(text.encode(), "EXTINF")) >= 3 * 2
    assert "#EXT-X-INDEPENDENT-SEGMENTS" in text
    first_line = next(line for line in text.splitlines() if line.startswith(("#EXT-X-PROGRAM", "#EXTINF")))
    assert first_line.startswith("#EXT-X-PROGRAM-DATE-TIME:2027-01-15T")
    assert re.search(r"\.\d{3}Z$", first_line)


@pytest.mark.parametrize("fps", [24, 25, 30, 50, 60])
def test_no_segment_is_longer_than_the_target_duration(fps: int) -> None:
    house = HouseFormat(fps=fps)
    made = timeline(*[house.quanta(12)] * 5, house=house)
    edge = live_edge(made, later(30))
    assert edge is not None
    assert max(numbers(media_playlist(made, edge), "EXTINF")) <= house.target_duration_s <= 2


def test_the_multivariant_playlist_describes_the_rendition(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4")
    init = read_init(path, read_index(path))
    assert re.fullmatch(r"avc1\.6400[0-9a-f]{2},mp4a\.40\.2", codecs(init))
    text = multivariant(SMALL, init).decode()
    for attribute in ("BANDWIDTH=", 'CODECS="avc1', "RESOLUTION=192x108", "FRAME-RATE=30.000"):
        assert attribute in text


def test_segments_of_successive_clips_make_one_stream(tmp_path: Path) -> None:
    made = timeline(6, 7, 6)
    files = [make_clip(tmp_path / f"{n}.mp4", quanta, seed=n) for n, quanta in enumerate((6, 7, 6))]
    stream = read_init(files[0], read_index(files[0]))
    for segment in range(7):
        found = made.of_segment(segment)
        assert found is not None
        data = fragment(made, segment, files[found[0].slot], later(19 * SMALL.quantum_s - 0.1))
        assert data is not None
        stream += data
    (tmp_path / "stream.mp4").write_bytes(stream)
    with av.open(str(tmp_path / "stream.mp4")) as container:
        packets = [packet for packet in container.demux() if packet.size]
    for stream_index, duration in ((0, SMALL.frame_samples), (1, 1024)):
        times = [p.dts for p in packets if p.stream_index == stream_index]
        assert times == list(range(0, 19 * SMALL.quantum_samples, duration))


def test_what_is_not_yet_on_air_is_not_given_away(tmp_path: Path) -> None:
    made, file = timeline(6, 6), make_clip(tmp_path / "clip.mp4")
    assert fragment(made, 1, file, later(GOP_S - 0.1)) is None
    assert fragment(made, 1, file, later(GOP_S + 0.1)) is not None
    assert fragment(made, 99, file, later(0)) is None
