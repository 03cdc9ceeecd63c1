"""HLS on request: playlists and fragments computed from the rundown, with no encoder and no segment files.

RFC 8216 and Apple's authoring rules: constant target duration, media and discontinuity sequences that never
fall, PROGRAM-DATE-TIME, independent segments, and removed segments that stay fetchable for a while.
"""

from __future__ import annotations

import gzip
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from pathlib import Path

from webtv.clock import Instant
from webtv.domain import Airing, HouseFormat
from webtv.media.fmp4 import FragmentedFile, read_fragment, read_index
from webtv.timeline import Timeline

WINDOW_S = 20.0
"""Length of the live window: well over three target durations, so that players may start where they like."""

_PEAK = 1.7
"""Peak over average video rate of one fragment that the conform rate control (one second's buffer) allows."""


@dataclass(frozen=True)
class Playlist:
    """A rendered playlist, plain and gzipped."""

    text: bytes
    gzipped: bytes
    edge: int
    """Media sequence number of its last segment."""


def codecs(init: bytes) -> str:
    """The CODECS attribute (RFC 6381) of an initialisation segment with H.264 and AAC-LC."""
    at = init.index(b"avcC") + 4
    return f"avc1.{init[at + 1 : at + 4].hex()},mp4a.40.2"


def multivariant(house: HouseFormat, init: bytes) -> bytes:
    """The multivariant playlist: one rendition, described as players and validators ask."""
    average = (house.video_kbps + house.audio_kbps) * 1000
    peak = int((house.video_kbps * _PEAK + house.audio_kbps) * 1000)
    return (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        f"#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},"
        f'CODECS="{codecs(init)}",RESOLUTION={house.width}x{house.height},FRAME-RATE={house.fps}.000\n'
        "live.m3u8\n"
    ).encode()


def live_edge(timeline: Timeline, now: Instant) -> int | None:
    """Media sequence number of the segment on air, or None when nothing is planned for ``now``."""
    position = timeline.position_ns(now)
    airing = timeline.at(position)
    if airing is None:
        return None
    house = timeline.format
    frame = (position - timeline.start_ns(airing.start_quanta)) * house.fps // 1_000_000_000
    return airing.first_segment + min(frame // house.gop_frames, house.fragments(airing.quanta) - 1)


def media_playlist(timeline: Timeline, edge: int, former: Timeline | None = None) -> bytes:
    """The live playlist whose last segment is ``edge``; ``former`` is the epoch that ended where it began."""
    house = timeline.format
    size = ceil(WINDOW_S * house.fps / house.gop_frames)
    began = timeline.airings[0].first_segment
    first = max(edge - size + 1, former.airings[0].first_segment if former else began)
    part = former if former and first < began else timeline
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(house.target_duration_s, part.format.target_duration_s)}",
        f"#EXT-X-MEDIA-SEQUENCE:{first}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{part.epoch}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{part.init_name}"',
    ]
    for segment in range(first, edge + 1):
        if part is not timeline and segment == began:
            part = timeline
            lines += ["#EXT-X-DISCONTINUITY", f'#EXT-X-MAP:URI="{part.init_name}"']
        lines += _entry(part, segment, dated=segment == first)
    return ("\n".join(lines) + "\n").encode()


def _entry(timeline: Timeline, segment: int, *, dated: bool) -> list[str]:
    """A segment's lines; with its time where it begins an airing, or is ``dated``."""
    found = timeline.of_segment(segment)
    if found is None:
        return []
    (airing, fragment), house, lines = found, timeline.format, []
    if dated or fragment == 0:
        media_ns = timeline.start_ns(airing.start_quanta) + _frames_ns(house, fragment * house.gop_frames)
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{iso(timeline.wall_ns(media_ns))}")
    lines.append(f"#EXTINF:{_fragment_frames(house, airing, fragment) / house.fps:.6f},")
    return [*lines, f"{segment}.m4s"]


def iso(wall_ns: int) -> str:
    """UTC with milliseconds, as PROGRAM-DATE-TIME and the API write it."""
    moment = datetime.fromtimestamp(wall_ns // 1_000_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{wall_ns // 1_000_000 % 1000:03d}Z"


def _frames_ns(house: HouseFormat, frames: int) -> int:
    return frames * 1_000_000_000 // house.fps


def _fragment_frames(house: HouseFormat, airing: Airing, fragment: int) -> int:
    return min(house.gop_frames, airing.quanta * house.quantum_frames - fragment * house.gop_frames)


class Packager:
    """Playlists and fragments of all channels, each made once and kept while it is in demand."""

    def __init__(self, *, cache_bytes: int = 96 * 1024 * 1024) -> None:
        self._limit, self.cached_bytes = cache_bytes, 0
        self._fragments: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._indexes: OrderedDict[tuple[str, str, int], FragmentedFile] = OrderedDict()
        self._playlists: dict[str, Playlist] = {}

    def playlist(
        self, channel: str, timeline: Timeline, now: Instant, former: Timeline | None = None
    ) -> Playlist | None:
        """The live playlist at ``now``, or None when nothing is planned for it; see ``media_playlist``."""
        edge = live_edge(timeline, now)
        if edge is None:
            return None
        cached = self._playlists.get(channel)
        if cached is None or cached.edge != edge:
            text = media_playlist(timeline, edge, former)
            cached = self._playlists[channel] = Playlist(text, gzip.compress(text, 6, mtime=0), edge)
        return cached

    def cached(self, channel: str, segment: int) -> bytes | None:
        """A segment that was served before: it is published, whatever the time is."""
        data = self._fragments.get((channel, segment))
        if data is not None:
            self._fragments.move_to_end((channel, segment))
        return data

    def fragment(
        self, channel: str, timeline: Timeline, segment: int, file: Path, now: Instant
    ) -> bytes | None:
        """One segment as it goes on air, or None when it is not (or no longer) published.

        ``file`` is the slot that holds the segment's airing.

        Raises:
            OSError, ClipRejected: the file cannot be read, or is no longer what was put there.
        """
        if (data := self.cached(channel, segment)) is not None:
            return data
        edge = live_edge(timeline, now)
        found = timeline.of_segment(segment)
        has_ended = timeline.position_ns(now) >= timeline.end_ns
        if found is None or not (has_ended or (edge is not None and segment <= edge)):
            return None
        airing, number = found
        index = self._index(channel, airing, file)
        shift = airing.start_quanta * timeline.format.quantum_samples
        data = bytes(read_fragment(file, index.fragments[number], shift=shift, sequence=segment))
        self._fragments[channel, segment] = data
        self.cached_bytes += len(data)
        while self.cached_bytes > self._limit:
            self.cached_bytes -= len(self._fragments.popitem(last=False)[1])
        return data

    def _index(self, channel: str, airing: Airing, file: Path) -> FragmentedFile:
        key = (channel, airing.clip_id, airing.quanta)  # the slot of an airing that was cut is shorter
        index = self._indexes.get(key)
        if index is None:
            index = self._indexes[key] = read_index(file)
            if len(self._indexes) > _INDEXES:
                self._indexes.popitem(last=False)
        self._indexes.move_to_end(key)
        return index


_INDEXES = 500
