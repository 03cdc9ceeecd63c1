"""HLS as players, caches and validators see it (RFC 8216 and Apple's authoring rules)."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
import threading
import time
from itertools import pairwise
from pathlib import Path

import av
import pytest

from tests.seeded import seed_library
from tests.station_process import HOUSE, SMALL_CHANNEL, StationProcess
from tests.web.media_playlist import MediaPlaylist, live, window

PLAYLIST = "application/vnd.apple.mpegurl"
FFMPEG = Path("/usr/bin/ffmpeg")
WINDOW_S = 20


def max_age(cache_control: str) -> int:
    found = re.search(r"max-age=(\d+)", cache_control)
    assert found, cache_control
    return int(found[1])


@pytest.fixture(scope="module")
def full(station: StationProcess) -> MediaPlaylist:
    """The live playlist once its window has its full length."""

    def look() -> MediaPlaylist | None:
        playlist = live(station, "tides")
        return playlist if sum(segment.seconds for segment in playlist.segments) >= WINDOW_S - 2 else None

    return station.wait_for(look, "the live window is full")


def test_the_multivariant_playlist_tells_all_that_a_player_must_know(station: StationProcess) -> None:
    answer = station.get("/hls/tides/index.m3u8")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == PLAYLIST
    lines = answer.text.splitlines()
    assert lines[0] == "#EXTM3U"
    assert "#EXT-X-INDEPENDENT-SEGMENTS" in lines
    (stream,) = [line for line in lines if line.startswith("#EXT-X-STREAM-INF:")]
    attributes = dict(re.findall(r'([A-Z-]+)=("[^"]*"|[^,]*)', stream))
    assert attributes["RESOLUTION"] == "192x108"
    assert attributes["FRAME-RATE"] == "30.000"
    assert re.fullmatch(r'"avc1\.6400[0-9a-f]{2},mp4a\.40\.2"', attributes["CODECS"])
    assert int(attributes["AVERAGE-BANDWIDTH"]) <= int(attributes["BANDWIDTH"])
    assert lines[lines.index(stream) + 1] == "live.m3u8"


def test_no_segment_needs_more_than_the_declared_bandwidth(
    station: StationProcess, full: MediaPlaylist
) -> None:
    declared = re.search(r"[:,]BANDWIDTH=(\d+)", station.get("/hls/tides/index.m3u8").text)
    assert declared is not None
    segments = window(station, "tides")
    for segment in live(station, "tides").segments:
        if segment.number in segments and segment.seconds >= full.target_s / 2:
            assert 8 * len(segments[segment.number]) / segment.seconds <= int(declared[1])


def test_the_live_playlist_is_what_validators_ask_for(full: MediaPlaylist) -> None:
    assert "#EXT-X-INDEPENDENT-SEGMENTS" in full.text
    assert "#EXT-X-ENDLIST" not in full.text
    assert full.target_s == HOUSE.target_duration_s
    assert sum(segment.seconds for segment in full.segments) >= 3 * full.target_s
    assert all(0 < segment.seconds <= full.target_s for segment in full.segments)
    assert full.segments[0].starts is not None, "the first segment has no PROGRAM-DATE-TIME"


def test_program_date_times_agree_with_the_durations_between_them(full: MediaPlaylist) -> None:
    expected = full.segments[0].starts.timestamp() if full.segments[0].starts else 0.0
    dated = 0
    for segment in full.segments:
        if segment.starts is not None:
            assert segment.starts.timestamp() == pytest.approx(expected, abs=0.002)
            dated += 1
        expected += segment.seconds
    assert dated >= 3, "a joint without its date"


def test_the_newest_segment_is_about_now(station: StationProcess) -> None:
    playlist = live(station, "tides")
    end = 0.0
    for segment in playlist.segments:
        end = (segment.starts.timestamp() if segment.starts else end) + segment.seconds
    assert abs(end - time.time()) < 3 * playlist.target_s


def test_playlists_are_fresh_for_half_a_segment_and_segments_for_ever(station: StationProcess) -> None:
    playlist = station.get("/hls/tides/live.m3u8")
    assert max_age(playlist.headers["Cache-Control"]) == 1
    parsed = MediaPlaylist.parse(playlist.text)
    for name in (parsed.init, parsed.segments[0].uri):
        answer = station.get(f"/hls/tides/{name}")
        assert answer.status == 200
        assert max_age(answer.headers["Cache-Control"]) >= 86_400
        assert "immutable" in answer.headers["Cache-Control"]


def test_playlists_are_gzipped_for_those_who_take_it(station: StationProcess) -> None:
    plain = station.get("/hls/tides/live.m3u8")
    packed = station.get("/hls/tides/live.m3u8", Accept_Encoding="gzip, deflate")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["Content-Type"] == PLAYLIST
    unpacked = MediaPlaylist.parse(gzip.decompress(packed.body).decode())
    assert unpacked.sequence >= MediaPlaylist.parse(plain.text).sequence
    refused = station.get("/hls/tides/live.m3u8", Accept_Encoding="gzip;q=0, identity")
    assert "Content-Encoding" not in refused.headers


def test_every_part_of_a_stream_has_its_type(station: StationProcess) -> None:
    playlist = live(station, "tides")
    types = {
        "index.m3u8": PLAYLIST,
        "live.m3u8": PLAYLIST,
        playlist.init: "video/mp4",
        playlist.segments[0].uri: "video/iso.segment",
    }
    for name, expected in types.items():
        answer = station.get(f"/hls/tides/{name}")
        assert answer.headers["Content-Type"] == expected
        head = station.get(f"/hls/tides/{name}", method="HEAD")
        assert (head.status, head.body) == (200, b"")


def test_a_segment_that_is_not_yet_on_air_is_not_found_and_that_is_not_cached(
    station: StationProcess,
) -> None:
    newest = live(station, "tides").segments[-1].number
    answer = station.get(f"/hls/tides/{newest + 3}.m4s")
    assert answer.status == 404
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_same_segment_has_the_same_bytes_from_the_station_that_is_started_next(tmp_path: Path) -> None:
    """Caches keep them for a year, and a second server may serve the same rundown."""
    with StationProcess(tmp_path, {"tides": SMALL_CHANNEL}) as station:
        seed_library(station.data, "tides", (6, 7, 6), HOUSE)
        first = window(station.start().wait_on_air(), "tides")
        station.kill()
        station.start().wait_on_air()
        again = {number: station.get(f"/hls/tides/{number}.m4s") for number in first}
    assert len(first) >= 3
    assert {number: answer.body for number, answer in again.items()} == first


def test_a_removed_segment_stays_for_one_more_window(station: StationProcess, full: MediaPlaylist) -> None:
    oldest = full.segments[0]
    before = station.get(f"/hls/tides/{oldest.uri}")

    def removed() -> bool:
        return live(station, "tides").sequence > oldest.number

    station.wait_for(removed, "the oldest segment leaves the playlist")
    one_window_before = live(station, "tides").sequence - len(full.segments)
    kept = max(one_window_before, oldest.number)
    assert station.get(f"/hls/tides/{oldest.uri}").body == before.body
    assert station.get(f"/hls/tides/{kept}.m4s").status == 200


def test_what_the_playlist_lists_decodes_as_one_stream_without_a_seam(
    station: StationProcess, full: MediaPlaylist
) -> None:
    segments = window(station, "tides")
    stream = station.get(f"/hls/tides/{full.init}").body + b"".join(segments[n] for n in sorted(segments))
    with av.open(io.BytesIO(stream), "r") as container:
        packets = [packet for packet in container.demux() if packet.size]
    for index, duration in ((0, HOUSE.frame_samples), (1, 1024)):
        times = [packet.dts or 0 for packet in packets if packet.stream_index == index]
        assert times == list(range(times[0], times[0] + len(times) * duration, duration))


def test_ffmpeg_as_a_viewer_hears_no_gap_and_says_no_word(
    station: StationProcess, full: MediaPlaylist
) -> None:
    assert FFMPEG.exists(), "FFmpeg is needed: apt-get install ffmpeg"
    joints = sum(1 for segment in full.segments[1:] if segment.starts is not None)
    assert joints >= 3
    command = [str(FFMPEG), "-hide_banner", "-nostats", "-loglevel", "warning", "-live_start_index", "1"]
    command += ["-i", f"{station.url}/hls/tides/index.m3u8", "-t", "18", "-c", "copy", "-f", "framecrc", "-"]
    seen = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    # FFmpeg reads the initialisation segment again after it reloads a playlist, and remarks on it.
    remarks = [line for line in seen.stderr.splitlines() if "Found duplicated MOOV Atom" not in line]
    assert remarks == []
    rows = [line.split(",") for line in seen.stdout.splitlines() if not line.startswith("#")]
    for stream, base in (("0", 1 / HOUSE.fps), ("1", 1024 / 48_000)):
        times = [int(row[1]) for row in rows if row[0].strip() == stream]
        steps = {later - earlier for earlier, later in pairwise(times)}
        assert len(steps) == 1, f"stream {stream} is not continuous: {steps}"
        assert len(times) * base >= 16


def test_many_viewers_at_once_see_the_same(station: StationProcess, full: MediaPlaylist) -> None:
    answers: list[bytes] = []

    def watch() -> None:
        answers.append(station.get(f"/hls/tides/{full.segments[-1].uri}").body)

    viewers = [threading.Thread(target=watch) for _ in range(24)]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join()
    assert len(answers) == len(viewers)
    assert len(set(answers)) == 1


@pytest.mark.parametrize("name", ["index.m3u8", "live.m3u8"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_who_has_a_playlist_already_is_not_sent_it_again(
    station: StationProcess, name: str, encoding: str
) -> None:
    path = f"/hls/tides/{name}"
    for _ in range(20):  # a segment may end between two requests
        first = station.get(path, Accept_Encoding=encoding)
        again = station.get(path, Accept_Encoding=encoding, If_None_Match=first.headers["ETag"])
        if again.status == 304:
            break
    assert (again.status, again.body) == (304, b"")
    assert not first.headers["ETag"].startswith("W/")
    for header in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[header] == first.headers[header]
    assert station.get(path, Accept_Encoding=encoding, If_None_Match='"another"').status == 200


def test_an_unknown_channel_and_a_past_epoch_are_not_found_and_that_is_not_kept(
    station: StationProcess,
) -> None:
    for path in (
        "/hls/nothing/index.m3u8",
        "/hls/nothing/live.m3u8",
        "/hls/nothing/1.m4s",
        "/hls/tides/init-0123456789ab.mp4",
    ):
        answer = station.get(path)
        assert (answer.status, answer.headers["Cache-Control"]) == (404, "no-store"), path
