"""A viewer without a screen: follows a live playlist as players do, and notes what is wrong with it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Self

from tests.station_process import StationProcess
from tests.web.media_playlist import MediaPlaylist, Segment

_ASK_EVERY_S = 0.4
_BEHIND = 3
"""Players begin three segments behind the newest."""
_TICK_S = 0.003
"""PROGRAM-DATE-TIME has milliseconds."""


@dataclass
class Follower:
    """``with`` it, a channel is watched in a thread of its own."""

    station: StationProcess
    channel: str
    faults: list[str] = field(default_factory=list)
    segments: int = 0
    inits: set[str] = field(default_factory=set)
    least_ahead_s: float = float("inf")
    """The least that was ever left to play: a player stalls at 0."""

    def __enter__(self) -> Self:
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def _watch(self) -> None:
        try:
            self._follow()
        except Exception as error:  # a thread's error would be lost
            self.faults.append(f"the viewer gave up: {error!r}")

    def _follow(self) -> None:
        last: Segment | None = None
        last_playlist: MediaPlaylist | None = None
        ends_s, began_s, fetched_s = 0.0, 0.0, 0.0
        while not self._ends.wait(_ASK_EVERY_S):
            playlist = self._playlist()
            if playlist is None:
                continue
            if last_playlist and playlist.sequence < last_playlist.sequence:
                self.faults.append(f"the media sequence fell to {playlist.sequence}")
            if last_playlist and playlist.discontinuity < last_playlist.discontinuity:
                self.faults.append(f"the discontinuity sequence fell to {playlist.discontinuity}")
            last_playlist = playlist
            starts = _starts(playlist)
            listed = playlist.segments if last else playlist.segments[-_BEHIND:]
            for segment in listed:
                if last is not None and segment.number <= last.number:
                    continue
                if last is not None and segment.number != last.number + 1:
                    self.faults.append(f"segment {segment.number} follows {last.number}")
                starts_s = starts[segment.number]
                if last is not None and abs(starts_s - ends_s) > _TICK_S:
                    self.faults.append(f"segment {segment.number} starts {starts_s - ends_s:.3f} s late")
                self._fetch(segment)
                began_s = began_s or time.monotonic()
                ends_s, fetched_s, last = starts_s + segment.seconds, fetched_s + segment.seconds, segment
            if began_s:
                self.least_ahead_s = min(self.least_ahead_s, fetched_s - (time.monotonic() - began_s))

    def _playlist(self) -> MediaPlaylist | None:
        answer = self.station.get(f"/hls/{self.channel}/live.m3u8")
        if answer.status != 200:
            self.faults.append(f"the playlist: {answer.status} {answer.text}")
            return None
        return MediaPlaylist.parse(answer.text)

    def _fetch(self, segment: Segment) -> None:
        if segment.init not in self.inits:
            self.inits.add(segment.init)
            if (answer := self.station.get(f"/hls/{self.channel}/{segment.init}")).status != 200:
                self.faults.append(f"{segment.init}: {answer.status}")
        answer = self.station.get(f"/hls/{self.channel}/{segment.uri}")
        if answer.status != 200 or answer.body[4:8] != b"moof":
            self.faults.append(f"segment {segment.number}: {answer.status} {answer.body[:60]!r}")
        self.segments += 1


def _starts(playlist: MediaPlaylist) -> dict[int, float]:
    """When each segment is on air, in seconds of the wall clock."""
    found, at_s = {}, 0.0
    for segment in playlist.segments:
        at_s = segment.starts.timestamp() if segment.starts else at_s
        found[segment.number] = at_s
        at_s += segment.seconds
    return found
