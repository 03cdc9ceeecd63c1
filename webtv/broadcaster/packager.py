"""Playlists and fragments of all channels, each made once and kept while it is in demand.

Nothing here waits for a disk on the event loop: fragments and indices are read in threads, a fragment once
for all who ask for it. A channel keeps no more than two threads busy, so a disk that hangs under one channel
keeps nobody from the others.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import resource
from collections import OrderedDict
from collections.abc import Callable, Container
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import structlog

from webtv.broadcaster.hls import live_edge, media_playlist, published
from webtv.clock import Instant
from webtv.domain import Airing
from webtv.errors import ClipRejected
from webtv.media.fmp4 import FragmentedFile, read_fragment, read_index
from webtv.media.memory_file import MemoryFile
from webtv.timeline import Timeline

log = structlog.get_logger()

_THREADS = 32
_READS_AT_ONCE = 2
"""Of one channel."""
_INDEXES = 8
"""Of one channel: a window of 20 s spans that many clips of 3 s."""
_ANSWER_S = 5.0
_FILES = 512
"""Fragments kept at most, whatever their size: each has two file descriptors."""


@dataclass(frozen=True)
class Playlist:
    text: bytes
    edge: int
    """Media sequence number of its last segment."""

    @cached_property
    def gzipped(self) -> bytes:
        """The same for those who take it, made once."""
        return gzip.compress(self.text, 6, mtime=0)

    @cached_property
    def etag(self) -> str:
        """Names the text by its content."""
        return hashlib.blake2b(self.text, digest_size=12).hexdigest()


@dataclass
class _Read:
    index: FragmentedFile
    fragment: MemoryFile


@dataclass
class _Shelf:
    """What is kept of one channel."""

    playlist: Playlist | None = None
    indexes: OrderedDict[tuple[str, int], FragmentedFile] = field(default_factory=OrderedDict)
    """By clip and length: the slot of an airing that was cut is shorter."""
    reading: dict[int, asyncio.Future[_Read]] = field(default_factory=dict)
    """By segment."""
    complaint: tuple[int, str] | None = None
    """The slot that could not be read last, and why."""


class Packager:
    """``channels`` tells which there are; what others left behind is let go."""

    def __init__(
        self,
        channels: Callable[[], Container[str]] | None = None,
        *,
        cache_bytes: int = 96 * 1024 * 1024,
        answer_s: float = _ANSWER_S,
    ) -> None:
        self._channels, self._answer_s = channels, answer_s
        self._limit, self.cached_bytes = cache_bytes, 0
        self._most = min(_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 8)
        self._fragments: OrderedDict[tuple[str, int], MemoryFile] = OrderedDict()
        self._shelves: dict[str, _Shelf] = {}
        self._threads = ThreadPoolExecutor(_THREADS, "fragments")

    def close(self) -> None:
        """Nobody asks any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def playlist(
        self, channel: str, timeline: Timeline, now: Instant, former: Timeline | None = None
    ) -> Playlist | None:
        """The live playlist at ``now``, or None when nothing is planned for it; see ``media_playlist``."""
        edge = live_edge(timeline, now)
        if edge is None:
            return None
        shelf = self._shelf(channel)
        if shelf.playlist is None or shelf.playlist.edge != edge:
            shelf.playlist = Playlist(media_playlist(timeline, edge, former), edge)
        return shelf.playlist

    def cached(self, channel: str, segment: int) -> MemoryFile | None:
        """A segment that was served before: it is published, whatever the time is."""
        fragment = self._fragments.get((channel, segment))
        if fragment is not None:
            self._fragments.move_to_end((channel, segment))
        return fragment

    async def fragment(
        self, channel: str, timeline: Timeline, segment: int, file: Callable[[Airing], Path], now: Instant
    ) -> MemoryFile | None:
        """One segment as it goes on air, or None when it is not (or no longer) published.

        ``file`` tells, in a thread, what an airing is on air from.

        Raises:
            OSError, ClipRejected: the file cannot be read, or is no longer what was put there.
            TimeoutError: the disk does not answer; it is not asked twice meanwhile.
        """
        if (held := self.cached(channel, segment)) is not None:
            return held
        if (place := published(timeline, segment, now)) is None:
            return None
        shelf, (airing, number) = self._shelf(channel), place
        index = shelf.indexes.get((airing.clip_id, airing.quanta))
        read = partial(_read, file, airing, index, number, timeline.format.quantum_samples, segment)
        try:
            async with asyncio.timeout(self._answer_s):
                return await self._once(shelf, (channel, segment), airing, read)
        except (OSError, ClipRejected) as error:
            if shelf.complaint != (complaint := (airing.slot, str(error) or "the disk does not answer")):
                shelf.complaint = complaint
                log.error("fragment cannot be served", channel=channel, slot=complaint[0], error=complaint[1])
            raise

    async def _once(
        self, shelf: _Shelf, key: tuple[str, int], airing: Airing, read: Callable[[], _Read]
    ) -> MemoryFile:
        """Read, or wait for whoever reads the same already. One who leaves ends nobody else's wait."""
        while (reading := shelf.reading.get(key[1])) is None:
            if len(shelf.reading) < _READS_AT_ONCE:
                reading = asyncio.get_running_loop().run_in_executor(self._threads, read)
                shelf.reading[key[1]] = reading
                reading.add_done_callback(partial(self._take, shelf, key, airing))
                break
            await asyncio.wait(shelf.reading.values(), return_when=asyncio.FIRST_COMPLETED)
            if (held := self.cached(*key)) is not None:
                return held
        await asyncio.wait([reading])
        return reading.result().fragment

    def _take(
        self, shelf: _Shelf, key: tuple[str, int], airing: Airing, reading: asyncio.Future[_Read]
    ) -> None:
        del shelf.reading[key[1]]
        if reading.cancelled() or reading.exception() is not None:
            return  # whoever waits for it is told
        done = reading.result()
        shelf.indexes[airing.clip_id, airing.quanta] = done.index
        shelf.indexes.move_to_end((airing.clip_id, airing.quanta))
        if len(shelf.indexes) > _INDEXES:
            shelf.indexes.popitem(last=False)
        self._keep(key, done.fragment)

    def _keep(self, key: tuple[str, int], fragment: MemoryFile) -> None:
        self._let_go(self._fragments.pop(key, None))
        self._fragments[key] = fragment
        self.cached_bytes += fragment.size
        while self.cached_bytes > self._limit or len(self._fragments) > self._most:
            self._let_go(self._fragments.popitem(last=False)[1])

    def _let_go(self, fragment: MemoryFile | None) -> None:
        if fragment is not None:
            self.cached_bytes -= fragment.size
            fragment.close()

    def _shelf(self, channel: str) -> _Shelf:
        shelf = self._shelves.get(channel)
        if shelf is None:
            if self._channels is not None:
                known = self._channels()
                self._shelves = {name: kept for name, kept in self._shelves.items() if name in known}
            shelf = self._shelves[channel] = _Shelf()
        return shelf


def _read(
    file: Callable[[Airing], Path],
    airing: Airing,
    index: FragmentedFile | None,
    number: int,
    quantum_samples: int,
    segment: int,
) -> _Read:
    path = file(airing)
    index = index or read_index(path)
    if number >= len(index.fragments):
        raise ClipRejected("truncated", f"{path.name} has only {len(index.fragments)} fragments")
    shift = airing.start_quanta * quantum_samples
    data = read_fragment(path, index.fragments[number], shift=shift, sequence=segment)
    return _Read(index, MemoryFile(data))
