"""One push of a channel to a target: FFmpeg copies slots to an RTMP server, judged by its media time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Never

import structlog

from webtv.broadcaster import handover
from webtv.broadcaster.gauge import POLL_S
from webtv.broadcaster.join import Join, next_join
from webtv.broadcaster.launch import Running, launch, reach, take_over
from webtv.broadcaster.status import State, TargetStatus
from webtv.broadcaster.tcp_info import Connection, TcpInfo
from webtv.clock import Clock
from webtv.config import Target
from webtv.errors import TargetError, WebtvError
from webtv.media.child import ChildProcess
from webtv.media.ffmpeg import FFmpeg
from webtv.supervisor import first_to_raise
from webtv.timeline import Timeline

log = structlog.get_logger()

LONGEST_S = 47 * 3600
"""Twitch ends a broadcast after 48 h; FLV's times wrap after 24 days."""

_EARLY_NS = 500_000_000
"""A push may begin this much ahead of the rundown, so that the wait for the next keyframe stays short."""
_OVERDUE_NS = 200_000_000
_FIRST_MEDIA_S = 8.0
_START_HOLD_S = 0.5
_ACCEPTED_NS = 2_000_000_000
"""Some servers refuse by closing the connection after a second: this much media must go out first."""
_STOP_S = 2.0
_LAST_SLOTS = 16
"""A push leaves its list so early that even with the shortest clips it finds a joint to leave at."""
_ENDING_NS = 700_000_000
"""What the end of a push may take: FFmpeg sends on until it looks, twice a second, whether it is to end."""

_REFUSAL = re.compile(
    r"server error|already publishing|badname|unauthori[sz]ed|denied|rejected", re.IGNORECASE
)
_SILENCE = re.compile(r"timed out", re.IGNORECASE)
_HARMLESS = re.compile(r"Multiple -r options|Resumed reading at pts|Last message repeated")


@dataclass(frozen=True)
class Equipment:
    """What all pushers of a station share. ``starts`` bounds how many FFmpegs start at once."""

    ffmpeg: FFmpeg
    clock: Clock
    tcp: TcpInfo
    left: handover.LeftPushes
    starts: asyncio.Semaphore


class Pusher:
    """A channel's way to one target. ``run`` pushes once; ``supervise`` it with ``playout.pace``."""

    def __init__(
        self, target: Target, folder: Path, timeline: Callable[[], Timeline], equipment: Equipment
    ) -> None:
        """``folder`` is the channel's, with slots in ``air/``; ``timeline`` gives its rundown as of now."""
        self.target = target
        self.status = TargetStatus(target.name, target.server_url)
        self._folder, self._timeline, self._equipment = folder, timeline, equipment
        self._clock = equipment.clock
        self._edited = asyncio.Event()
        self._released = False
        self._sent_before = 0
        self._lead_ns = 400_000_000

    def restart(self) -> None:
        """The rundown was edited near air: leave what FFmpeg reads and join again at live."""
        self._edited.set()

    def release(self) -> None:
        """From now on, to be cancelled means to leave the push on air for the next daemon."""
        self._released = True

    async def run(self) -> Never:
        """Push until it ends, which it always does by raising: a rotation is an ending too.

        Raises:
            TargetError: with one of ``status.REASONS``.
            ToolError: FFmpeg cannot do it.
            OSError: the playlist cannot be written.
        """
        running: Running | None = None
        if self.status.state is State.STOPPED:
            self._enter(State.STARTING)
        try:
            house = self._timeline().format
            running = take_over(self._folder, self.target, house, self._clock) or await self._started()
            await self._watch(running)
        except (WebtvError, OSError) as error:
            self.status.ended(error, self._clock.now().wall_ns)
            raise
        except asyncio.CancelledError:
            self._enter(State.STOPPED)
            raise
        finally:
            if running is not None:
                await self._leave(running)

    async def _started(self) -> Running:
        await reach(self.target.server_url)
        while True:
            where = await self._wait_to_join()
            async with self._equipment.starts:
                if self._position_ns() + self._lead_ns - where.media_ns > _OVERDUE_NS:
                    continue  # it took too long to get a turn: join at a later keyframe
                self._edited.clear()
                running = launch(
                    self.target,
                    self._folder,
                    self._timeline(),
                    where,
                    self._equipment.ffmpeg,
                    self._clock,
                )
                try:
                    await self._first_media(running, _START_HOLD_S)
                except BaseException:
                    await self._leave(running)
                    raise
            return running

    async def _wait_to_join(self) -> Join:
        earliest_ns = self._position_ns() + self._lead_ns - _OVERDUE_NS // 2
        where = next_join(self._timeline(), earliest_ns)
        wait_ns = where.media_ns - _EARLY_NS - self._lead_ns - self._position_ns()
        await self._clock.sleep(max(0, wait_ns) / 1e9)
        return where

    async def _first_media(self, running: Running, limit_s: float) -> bool:
        """Whether media went out within ``limit_s``. Learns how long FFmpeg takes to get there."""
        began = self._clock.now()
        while self._clock.now().boot_ns - began.boot_ns < limit_s * 1e9:
            if running.process.exited.is_set():
                raise await self._why(running)
            progress = running.progress.read()
            if progress is not None and progress.media_ns:
                now = self._clock.now()
                began_wall_ns = now.wall_ns - (now.boot_ns - running.record.began_boot_ns)
                took_ns = progress.wall_ns - progress.media_ns - began_wall_ns
                self._lead_ns = (self._lead_ns + min(max(took_ns, 100_000_000), 2_000_000_000)) // 2
                return True
            await self._clock.sleep(0.1)
        return False

    async def _watch(self, running: Running) -> Never:
        """Until it ends, is edited away, or goes wrong; raises which."""

        async def exits() -> Never:
            await running.process.exited.wait()
            raise await self._why(running)

        async def edits() -> Never:
            await self._edited.wait()
            raise TargetError("edited", "the rundown was edited")

        await first_to_raise(exits(), edits(), self._measure(running))

    async def _measure(self, running: Running) -> Never:
        if not await self._first_media(running, _FIRST_MEDIA_S):
            raise TargetError("hung", f"the server took no media for {_FIRST_MEDIA_S:.0f} s")
        connection = self._equipment.tcp.connection(running.process.pid)
        while True:
            await self._clock.sleep(POLL_S)
            self._sample(running, connection)
            timeline, now = self._timeline(), self._clock.now()
            airing = timeline.at(timeline.position_ns(now))
            age_s = (now.boot_ns - running.record.began_boot_ns) / 1e9
            if age_s > LONGEST_S or (airing and airing.slot > running.record.last_slot - _LAST_SLOTS):
                await self._wait_to_leave()
                raise TargetError("rotated", f"a new push after {age_s / 3600:.1f} h")

    async def _wait_to_leave(self) -> None:
        """Until the next push, begun at once, meets a keyframe: so no more is missed than its start takes."""
        takes_ns, position_ns = self._lead_ns + _ENDING_NS, self._position_ns()
        where = next_join(self._timeline(), position_ns + takes_ns)
        await self._clock.sleep((where.media_ns - takes_ns - position_ns) / 1e9)

    def _sample(self, running: Running, connection: Connection | None) -> None:
        gauge = running.gauge
        flow = self._equipment.tcp.flow(connection) if connection is not None else None
        gauge.take(self._clock.now(), self._position_ns(), running.progress.read(), flow)
        self.status.lag_s = gauge.lag_s
        self.status.sent_bytes = self._sent_before + gauge.sent_bytes
        if gauge.pushed_ns > _ACCEPTED_NS:
            self._enter(State.ON_AIR)

    async def _why(self, running: Running) -> TargetError:
        """What its exit meant. FFmpeg's status does not tell: it is 0 in half of its failures."""
        process = running.process
        status = process.returncode
        lines = process.last_lines if isinstance(process, ChildProcess) else []
        said = [line for line in lines if not _HARMLESS.search(line)]
        detail = said[-1] if said else f"FFmpeg ended with status {status}"
        refusal = next((line for line in said if _REFUSAL.search(line)), None)
        if refusal is not None:
            return TargetError("refused", refusal)
        if status is not None and status < 0:
            return TargetError("killed", f"FFmpeg was ended by signal {-status}")
        if any(_SILENCE.search(line) for line in said):
            return TargetError("hung", detail)
        progress = running.progress.read()
        if progress is None or progress.media_ns < _ACCEPTED_NS:
            await reach(self.target.server_url)
            return TargetError("refused", f"the server closed the connection: {detail}")
        return TargetError("dropped" if said else "ended", detail)

    async def _leave(self, running: Running) -> None:
        """End the push, or leave it on air where that is wanted. Raises nothing."""
        self._sent_before += running.gauge.sent_bytes
        running.progress.close()
        process = running.process
        if self._released and self.status.state is State.STOPPED:
            if not process.exited.is_set():
                process.let_go()
            return
        try:
            if not process.exited.is_set():
                await process.stop(0 if self.status.last_reason == "hung" else _STOP_S)
            handover.record_path(self._folder, self.target.name).unlink(missing_ok=True)
        except TimeoutError:
            process.let_go()  # it keeps its record: whoever pushes here next takes it over and ends it first
            log.error("a push cannot be ended", target=self.target.name, pid=process.pid)
        except OSError as error:  # a record of a process that has ended means nothing to the next daemon
            log.warning("a push's record stays", target=self.target.name, error=str(error))

    def _enter(self, state: State) -> None:
        self.status.enter(state, self._clock.now().wall_ns)

    def _position_ns(self) -> int:
        return self._timeline().position_ns(self._clock.now())
