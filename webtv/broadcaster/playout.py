"""Carries one channel to all its targets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Never

import structlog

from webtv.broadcaster.handover import end_strays
from webtv.broadcaster.pusher import Equipment, Pusher
from webtv.broadcaster.status import TargetStatus
from webtv.broadcaster.tcp_info import TcpInfo
from webtv.clock import Clock
from webtv.config import Target
from webtv.errors import TargetError
from webtv.media.ffmpeg import FFmpeg
from webtv.supervisor import Backoff, supervise
from webtv.timeline import Timeline

log = structlog.get_logger()

_STARTS_AT_ONCE = 3

_AT_ONCE = Backoff(first_s=0, cap_s=0)
_SOON = Backoff(first_s=0.2, cap_s=5, healthy_s=15, jitter=0.5)
_OFTEN = Backoff(first_s=1, cap_s=1)
_SLOWLY = Backoff(first_s=3, cap_s=30)
_PACE = {
    "rotated": _AT_ONCE,
    "edited": _AT_ONCE,
    "killed": _SOON,
    "ended": _SOON,
    "dropped": _SOON,
    "hung": _SOON,
    "behind": _SOON,
    "no_rundown": _OFTEN,
    "unreachable": _OFTEN,
    "refused": _SLOWLY,
}


def pace(error: Exception | None) -> Backoff:
    """How soon to push again. A server that is away is asked for a connection each second, which costs
    nothing; one that refuses is left alone, ever longer: our last connection may still hold the name."""
    return _PACE.get(error.reason, Backoff()) if isinstance(error, TargetError) else Backoff()


def equip(ffmpeg: FFmpeg, clock: Clock) -> Equipment:
    return Equipment(ffmpeg, clock, TcpInfo(), asyncio.Semaphore(_STARTS_AT_ONCE))


class Playout:
    """A channel's pushers. Cancelling ``run`` ends the pushes, or leaves them on air after ``release``."""

    def __init__(
        self,
        channel: str,
        folder: Path,
        timeline: Callable[[], Timeline],
        targets: Sequence[Target],
        equipment: Equipment,
    ) -> None:
        """``folder`` is the channel's, with slots in ``air/``; ``timeline`` gives its rundown as of now."""
        self._channel, self._folder, self._clock = channel, folder, equipment.clock
        enabled = [target for target in targets if target.enabled]
        self.pushers = {target.name: Pusher(target, folder, timeline, equipment) for target in enabled}

    @property
    def statuses(self) -> list[TargetStatus]:
        return [pusher.status for pusher in self.pushers.values()]

    async def run(self) -> Never:
        """Push to all targets, each on its own, until cancelled."""
        targets = [pusher.target for pusher in self.pushers.values()]
        if ended := await end_strays(self._folder, targets, self._clock.boot_id):
            log.warning("ended pushes that nobody watched", channel=self._channel, pushes=ended)
        async with asyncio.TaskGroup() as tasks:
            for name, pusher in self.pushers.items():
                task = f"push {self._channel} to {name}"
                tasks.create_task(supervise(task, pusher.run, clock=self._clock, backoff=pace))
            await asyncio.get_running_loop().create_future()
        raise AssertionError("pushes are supervised until cancelled")

    def restart(self) -> None:
        """The rundown was edited near air: all targets join again at live."""
        for pusher in self.pushers.values():
            pusher.restart()

    def release(self) -> None:
        """From now on, to be cancelled means to leave the pushes on air for the next daemon."""
        for pusher in self.pushers.values():
            pusher.release()
