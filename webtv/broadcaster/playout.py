"""Carries one channel to all its targets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Never

import structlog

from webtv.broadcaster.handover import LeftPushes
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


def push_equipment(ffmpeg: FFmpeg, clock: Clock, left: LeftPushes) -> Equipment:
    return Equipment(ffmpeg, clock, TcpInfo(), left, asyncio.Semaphore(_STARTS_AT_ONCE))


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
        self._timeline, self._equipment = timeline, equipment
        self.pushers: dict[str, Pusher] = {}
        self._running: dict[Pusher, asyncio.Task[Never]] = {}
        self._edited = asyncio.Event()
        self._anew_in_s: float | None = None
        self.edit(targets)

    @property
    def statuses(self) -> list[TargetStatus]:
        return [pusher.status for pusher in self.pushers.values()]

    def edit(self, targets: Iterable[Target]) -> None:
        """From now on, push to these. One that stays as it was is pushed to as if nothing had happened."""
        before = self.pushers
        self.pushers = {}
        for target in targets:
            if target.enabled:
                pusher = before.get(target.name)
                same = pusher is not None and pusher.target == target
                self.pushers[target.name] = pusher if pusher and same else self._pusher(target)
        self._edited.set()

    def begin_anew(self, in_s: float) -> None:
        """End all pushes, and begin others ``in_s`` later, when another house format airs."""
        self._anew_in_s = in_s
        self._edited.set()

    async def run(self) -> Never:
        """Push to all targets, each on its own, until cancelled."""
        targets = [pusher.target for pusher in self.pushers.values()]
        left = self._equipment.left
        if ended := await left.end_strays(self._folder, targets, self._clock.boot_id):
            log.warning("ended pushes that nobody watched", channel=self._channel, pushes=ended)
        self._running = {}
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._edited.clear()
                await self._end_others()
                for name, pusher in self.pushers.items():
                    if pusher not in self._running:
                        task = supervise(
                            f"push {self._channel} to {name}", pusher.run, clock=self._clock, backoff=pace
                        )
                        self._running[pusher] = tasks.create_task(task)
                await self._edited.wait()
        raise AssertionError("pushes are supervised until cancelled")

    async def _end_others(self) -> None:
        """End the pushes that are no longer wanted; whatever follows them may use their names and places."""
        anew_in_s, self._anew_in_s = self._anew_in_s, None
        wanted = set(self.pushers.values()) if anew_in_s is None else set()
        ending = [self._running.pop(pusher) for pusher in set(self._running) - wanted]
        for task in ending:
            task.cancel()
        began_ns = self._clock.now().boot_ns
        if ending:
            await asyncio.wait(ending)
        if anew_in_s is not None:
            await self._clock.sleep(max(0.0, anew_in_s - (self._clock.now().boot_ns - began_ns) / 1e9))

    def restart(self) -> None:
        """The rundown was edited near air: all targets join again at live."""
        for pusher in self.pushers.values():
            pusher.restart()

    def release(self) -> None:
        """From now on, to be cancelled means to leave the pushes on air for the next daemon."""
        for pusher in self.pushers.values():
            pusher.release()

    def _pusher(self, target: Target) -> Pusher:
        return Pusher(target, self._folder, self._timeline, self._equipment)
