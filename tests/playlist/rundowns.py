"""Rundowns made up for tests of planning, and a clock that they are looked at by."""

from __future__ import annotations

from tests.airings import HOUSE, anchor, timeline
from webtv.clock import Instant
from webtv.playlist.records import ChannelState
from webtv.playlist.rundown import Rundown
from webtv.playlist.scheduler import Cue

STATE = ChannelState(epoch=0, format=HOUSE, init_sha256="init", anchor=anchor())


class At:
    """A clock that stands still."""

    def __init__(self, now: Instant, boot_id: str = "boot") -> None:
        self._now, self.boot_id = now, boot_id

    def now(self) -> Instant:
        return self._now

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("planning does not wait")


def rundown(*lengths: int) -> Rundown:
    airings = timeline(*lengths).airings
    return Rundown(STATE, airings, Cue.after(airings[-1], HOUSE) if airings else Cue())
