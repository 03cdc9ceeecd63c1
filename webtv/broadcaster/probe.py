"""What a viewer would get, looked at from outside of the planning: dead air, filler, the playlist's age.

Twice a second it is settled from memory what airs on each channel. Whether its file is there is asked when
an airing begins and every two seconds, of all channels that are due in one go and on a thread of its own:
neither a thousand channels nor a disk that hangs may hold up those who are watching.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Never, Protocol

from prometheus_client import Counter

from webtv import metrics
from webtv.clock import Clock, Instant
from webtv.domain import Airing, AiringKind
from webtv.timeline import Timeline

LOOK_EVERY_S = 0.5
FILE_EVERY_S = 2.0
"""A file that is there is looked at again after so long; one that is not, with the next look."""
STILL_S = 2.0
"""A look that comes so late was not held up by other work: the station stood still, and answered nobody."""
DISK_S = 1.0
"""A disk that has not answered by then has nothing on air."""
_FILLER = (AiringKind.BUMPER, AiringKind.SLATE)


class Air:
    """What one channel has on air, as the probe found it last.

    An airing that has just begun counts as there until its file is looked at: planning looked before.
    """

    def __init__(self) -> None:
        self.timeline: Timeline | None = None
        self.airing: Airing | None = None
        """What airs by the rundown; None when nothing is planned for now."""
        self.is_there = True
        """Whether its file was in place when it was looked at last."""
        self.newest: Airing | None = None
        """The last airing whose file was in place while it aired."""
        self.dead_air: Counter | None = None
        self.filler: dict[AiringKind, Counter] = {}
        self._until_ns = 0
        self._look_at_ns = 0

    @property
    def has_picture(self) -> bool:
        """Whether viewers get something now."""
        return self.airing is not None and self.is_there

    def update(self, timeline: Timeline, now_ns: int) -> None:
        """Find out what airs at the boot time ``now_ns``, from memory alone."""
        if timeline is self.timeline and now_ns < self._until_ns:
            return
        position_ns = now_ns - timeline.begins_boot_ns
        before = self.airing
        if self.timeline is not None and self.timeline.epoch != timeline.epoch:
            self.newest = None
        self.timeline, self.airing = timeline, (airing := timeline.at(position_ns))
        if airing is None:
            self._until_ns = now_ns
            return
        self._until_ns = timeline.begins_boot_ns + timeline.start_ns(airing.end_quanta)
        if before is None or airing.slot != before.slot:
            self._look_at_ns = now_ns
        if self.is_there:
            self.newest = airing

    def is_due(self, now_ns: int) -> bool:
        """Whether its file should be looked at."""
        return self.airing is not None and now_ns >= self._look_at_ns

    def found(self, is_there: bool, now_ns: int) -> None:
        """Its file was looked at."""
        self.is_there = is_there
        self._look_at_ns = now_ns + int(FILE_EVERY_S * 1e9) if is_there else now_ns
        if is_there:
            self.newest = self.airing

    def playlist_age_s(self, now: Instant) -> float:
        """Seconds since the newest segment that a viewer can fetch came into the playlist."""
        return playlist_age_s(self.timeline, now, self.newest) if self.timeline is not None else 0.0


class OnAir(Protocol):
    """What the probe must know of a channel."""

    air: Air

    @property
    def id(self) -> str: ...
    @property
    def signed_on(self) -> bool: ...
    @property
    def timeline(self) -> Timeline: ...
    def in_place(self, airing: Airing) -> bool:
        """Whether an airing's file is there; asks the disk, on any thread. May raise OSError."""


async def watch_air(channels: Callable[[], Iterable[OnAir]], clock: Clock) -> Never:
    """Count what airs, for ever: each look answers for the time since the one before.

    A channel that has not signed on yet is dead air as well: whoever asks for it gets nothing.
    """
    known: set[str] = set()
    looked_ns = clock.now().boot_ns
    with _Disk() as disk:
        while True:
            listed = {channel.id: channel for channel in channels()}
            for name in listed.keys() - known:
                metrics.expect(name)
            for name in known - listed.keys():
                metrics.forget(name)
            known = set(listed)
            rested_ns = clock.now().boot_ns
            await clock.sleep(LOOK_EVERY_S)
            now_ns = clock.now().boot_ns
            still = (now_ns - rested_ns) / 1e9 - LOOK_EVERY_S > STILL_S
            await _look(listed.values(), disk, now_ns)
            passed_s, looked_ns = (now_ns - looked_ns) / 1e9, now_ns
            for channel in listed.values():
                _count(channel, passed_s, still=still)


async def _look(channels: Iterable[OnAir], disk: _Disk, now_ns: int) -> None:
    due = []
    for channel in channels:
        if channel.signed_on:
            channel.air.update(channel.timeline, now_ns)
            if channel.air.is_due(now_ns) and channel.air.airing is not None:
                due.append((channel, channel.air.airing))
    if due:
        for (channel, airing), there in zip(due, await disk.has(due), strict=True):
            if channel.air.airing is airing:
                channel.air.found(there, now_ns)


def _count(channel: OnAir, passed_s: float, *, still: bool) -> None:
    air = channel.air
    if still or not (channel.signed_on and air.has_picture):
        if air.dead_air is None:
            air.dead_air = metrics.dead_air_seconds.labels(channel.id)
        air.dead_air.inc(passed_s)
    elif air.airing is not None and (kind := air.airing.kind) in _FILLER:
        if kind not in air.filler:
            air.filler[kind] = metrics.filler_seconds.labels(channel.id, kind.value)
        air.filler[kind].inc(passed_s)


class _Disk:
    """Asked on one thread of its own. While it does not answer nothing counts as there."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="air")
        self._asked: asyncio.Future[list[bool]] | None = None

    def __enter__(self) -> _Disk:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def has(self, airings: Sequence[tuple[OnAir, Airing]]) -> list[bool]:
        """Whether each one's file is in place."""
        if self._asked is not None and not self._asked.done():
            return [False] * len(airings)
        loop = asyncio.get_running_loop()
        self._asked = loop.run_in_executor(self._thread, _in_place, airings)
        await asyncio.wait([self._asked], timeout=DISK_S)
        return self._asked.result() if self._asked.done() else [False] * len(airings)


def _in_place(airings: Sequence[tuple[OnAir, Airing]]) -> list[bool]:
    return [_is_there(channel, airing) for channel, airing in airings]


def _is_there(channel: OnAir, airing: Airing) -> bool:
    try:
        return channel.in_place(airing)
    except OSError:  # the disk does not answer, the station does
        return False


def playlist_age_s(timeline: Timeline, now: Instant, newest: Airing | None) -> float:
    """Seconds since the newest segment that a viewer can fetch came into the playlist.

    A segment is published when it goes on air, so this stays below a fragment's length while all is well.
    ``newest`` is the last airing that has begun with its file in place; None when there was none.
    """
    position, house = timeline.position_ns(now), timeline.format
    if newest is None:
        return position / 1e9
    start_ns = timeline.start_ns(newest.start_quanta)
    frames = (position - start_ns) * house.fps // 1_000_000_000
    fragment = max(0, min(frames // house.gop_frames, house.fragments(newest.quanta) - 1))
    return (position - start_ns) / 1e9 - fragment * house.gop_frames / house.fps
