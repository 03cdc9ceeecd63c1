"""What a viewer would get, looked at from outside of the planning: dead air, filler, the playlist's age."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Never, Protocol

from webtv import metrics
from webtv.clock import Clock, Instant
from webtv.domain import Airing, AiringKind
from webtv.timeline import Timeline

LOOK_EVERY_S = 0.5
STILL_S = 2.0
"""A look that comes so late was not held up by other work: the station stood still, and answered nobody."""
_FILLER = (AiringKind.BUMPER, AiringKind.SLATE)


class OnAir(Protocol):
    """What the probe must know of a channel."""

    @property
    def id(self) -> str: ...
    @property
    def on_air(self) -> bool: ...
    def upcoming(self, limit: int) -> Sequence[Airing]: ...


async def watch_air(channels: Callable[[], Iterable[OnAir]], clock: Clock) -> Never:
    """Count what airs, for ever: each look answers for the time since the one before.

    A channel that has not signed on yet is dead air as well: whoever asks for it gets nothing.
    """
    known: set[str] = set()
    looked_ns = clock.now().boot_ns
    while True:
        listed = {channel.id: channel for channel in channels()}
        for name in listed.keys() - known:
            metrics.expect(name)
        for name in known - listed.keys():
            metrics.forget(name)
        known = set(listed)
        await clock.sleep(LOOK_EVERY_S)
        now_ns = clock.now().boot_ns
        passed_s, looked_ns = (now_ns - looked_ns) / 1e9, now_ns
        still = passed_s - LOOK_EVERY_S > STILL_S
        for channel in listed.values():
            if still or not has_air(channel):
                metrics.dead_air_seconds.labels(channel.id).inc(passed_s)
            elif (kind := channel.upcoming(1)[0].kind) in _FILLER:
                metrics.filler_seconds.labels(channel.id, kind.value).inc(passed_s)


def has_air(channel: OnAir) -> bool:
    """Whether a channel has something on air. A disk that cannot even be asked has nothing."""
    try:
        return channel.on_air
    except OSError:
        return False


def playlist_age_s(timeline: Timeline, now: Instant, in_place: Callable[[Airing], bool]) -> float:
    """Seconds since the newest segment that a viewer can fetch came into the playlist.

    A segment is published when it goes on air, so this stays below a fragment's length while all is well.
    ``in_place`` tells whether an airing's file is there.
    """
    position, house = timeline.position_ns(now), timeline.format
    for airing in reversed(timeline.airings[: timeline.begun(position)]):
        if in_place(airing):
            start_ns = timeline.start_ns(airing.start_quanta)
            frames = (position - start_ns) * house.fps // 1_000_000_000
            fragment = min(frames // house.gop_frames, house.fragments(airing.quanta) - 1)
            return (position - start_ns) / 1e9 - fragment * house.gop_frames / house.fps
    return position / 1e9
