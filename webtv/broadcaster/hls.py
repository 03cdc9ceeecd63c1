"""HLS on request: playlists and fragments computed from the rundown, with no encoder and no segment files.

RFC 8216 and Apple's authoring rules: constant target duration, media and discontinuity sequences that never
fall, PROGRAM-DATE-TIME, independent segments, and removed segments that stay fetchable for a while.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil

from webtv.clock import Instant
from webtv.domain import Airing, HouseFormat
from webtv.timeline import Timeline

WINDOW_S = 20.0
"""Length of the live window: well over three target durations, so that players may start where they like."""

_PEAK = 1.7
"""Peak over average video rate of one fragment that the conform rate control (one second's buffer) allows."""


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


def published(timeline: Timeline, segment: int, now: Instant) -> tuple[Airing, int] | None:
    """The airing of a segment and its number therein, or None while it is not (or no longer) to be had."""
    edge = live_edge(timeline, now)
    if edge is None and timeline.position_ns(now) < timeline.end_ns:
        return None
    return timeline.of_segment(segment) if edge is None or segment <= edge else None


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
