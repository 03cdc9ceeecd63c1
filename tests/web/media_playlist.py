"""An HLS client of few lines, which reads what RFC 8216 says and nothing of the server's code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from tests.station_process import StationProcess


@dataclass(frozen=True)
class Segment:
    number: int
    seconds: float
    uri: str
    starts: datetime | None
    """Its EXT-X-PROGRAM-DATE-TIME, where it has one."""
    init: str
    """The URI of its initialisation segment."""
    new_epoch: bool
    """Whether a discontinuity stands before it."""


@dataclass(frozen=True)
class MediaPlaylist:
    text: str
    sequence: int
    discontinuity: int
    target_s: int
    init: str
    """Of its first segment."""
    segments: tuple[Segment, ...]

    @classmethod
    def parse(cls, text: str) -> MediaPlaylist:
        def number(tag: str) -> int:
            (value,) = re.findall(rf"^#{tag}:(\d+)$", text, re.MULTILINE)
            return int(value)

        inits = re.findall(r'^#EXT-X-MAP:URI="([^"]+)"$', text, re.MULTILINE)
        sequence = number("EXT-X-MEDIA-SEQUENCE")
        segments: list[Segment] = []
        seconds, starts, init, new_epoch = 0.0, None, "", False
        for line in text.splitlines():
            if line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
                starts = datetime.fromisoformat(line.partition(":")[2])
            elif line.startswith("#EXT-X-MAP:"):
                init = line.split('"')[1]
            elif line == "#EXT-X-DISCONTINUITY":
                new_epoch = True
            elif line.startswith("#EXTINF:"):
                seconds = float(line[8:].partition(",")[0])
            elif line and not line.startswith("#"):
                segments.append(Segment(sequence + len(segments), seconds, line, starts, init, new_epoch))
                starts, new_epoch = None, False
        return cls(
            text,
            sequence,
            number("EXT-X-DISCONTINUITY-SEQUENCE"),
            number("EXT-X-TARGETDURATION"),
            inits[0],
            tuple(segments),
        )


def live(station: StationProcess, channel: str) -> MediaPlaylist:
    answer = station.get(f"/hls/{channel}/live.m3u8")
    assert answer.status == 200, answer.text
    return MediaPlaylist.parse(answer.text)


def window(station: StationProcess, channel: str) -> dict[int, bytes]:
    """Every segment that the playlist lists now, by media sequence number."""
    found = {}
    for segment in live(station, channel).segments:
        answer = station.get(f"/hls/{channel}/{segment.uri}")
        assert answer.status == 200, f"segment {segment.uri}: {answer.status} {answer.text}"
        found[segment.number] = answer.body
    return found
