"""A player without a picture: follows a channel's HLS and checks that nothing is missing or moved."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass, field

import aiohttp

from webtv.domain import SAMPLE_RATE

_TFDT = b"tfdt\x01\x00\x00\x00"


@dataclass
class Viewer:
    """Fetches every fragment of one channel as it is published; ``faults`` says what was wrong."""

    session: aiohttp.ClientSession
    url: str
    poll_s: float
    fragments: int = 0
    seconds: float = 0.0
    """Of media between the first and the last fragment."""
    faults: list[str] = field(default_factory=list)
    _next: int | None = None
    _time: int | None = None
    _sequence: int = 0
    _begins: int = 0

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            await self._refresh()
            await asyncio.sleep(self.poll_s)

    async def _refresh(self) -> None:
        status, playlist = await self._get("live.m3u8")
        if status != 200:
            self.faults.append(f"playlist: {status}")
            return
        sequence, length_s = 0, 0.0
        for line in playlist.decode().splitlines():
            if line.startswith("#EXT-X-MEDIA-SEQUENCE:"):
                sequence = int(line.partition(":")[2])
                if sequence < self._sequence:
                    self.faults.append(f"media sequence fell from {self._sequence} to {sequence}")
                self._sequence = sequence
            elif line.startswith("#EXTINF:"):
                length_s = float(line.partition(":")[2].rstrip(","))
            elif not line.startswith("#"):
                await self._take(int(line.partition(".")[0]), length_s)

    async def _take(self, segment: int, length_s: float) -> None:
        if self._next is not None and segment < self._next:
            return
        # A viewer that was busy catches up: what has left the window can still be had for a while.
        for missed in range(self._next or segment, segment):
            await self._fetch(missed, None)
        await self._fetch(segment, length_s)
        self._next = segment + 1

    async def _fetch(self, segment: int, length_s: float | None) -> None:
        status, data = await self._get(f"{segment}.m4s")
        if status != 200:
            self.faults.append(f"segment {segment}: {status}")
            self._time = None
            return
        self._check_time(segment, data, length_s)
        self.fragments += 1

    def _check_time(self, segment: int, data: bytes, length_s: float | None) -> None:
        """Each fragment begins, to the sample, where the one before it ended (first track: the picture)."""
        at = data.index(_TFDT) + len(_TFDT)
        begins: int = struct.unpack_from(">Q", data, at)[0]
        if self._time is not None and begins != self._time:
            self.faults.append(f"segment {segment} begins at {begins}, not {self._time}")
        self._time = None if length_s is None else begins + round(length_s * SAMPLE_RATE)
        self._begins = self._begins or begins
        self.seconds = (begins - self._begins) / SAMPLE_RATE

    async def _get(self, name: str) -> tuple[int, bytes]:
        async with self.session.get(f"{self.url}/{name}") as response:
            return response.status, await response.read()
