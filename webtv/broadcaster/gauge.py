"""Judges a push by its media time. Fed with samples; a pure function of them."""

from __future__ import annotations

import fcntl
import os
import re
from dataclasses import dataclass
from typing import Self

from webtv.broadcaster.tcp_info import Flow
from webtv.clock import Instant
from webtv.errors import TargetError

POLL_S = 0.5
FURTHEST_S = 5.0
LATE_S = 1.0
_LATE_POLLS = 20
_STILL_POLLS = 6
"""Counted, not timed: a daemon that was busy itself must not take that for a target's silence."""
_UNREAD_BYTES = 16_384
_READ_SHARE = 8
"""A frozen server's edge still moves by a 25th of what is sent; that of a slow one by a third or more."""
_FRESH_NS = 1_000_000_000
_SETTLED_NS = 10_000_000_000
"""After so much media its mean rate is known well enough."""

_TAIL_BYTES = 1024
_KEEP_BYTES = 65_536
_BLOCK = re.compile(rb"total_size=(\d+)\s.*?out_time_us=(-?\d+)\s", re.DOTALL)


@dataclass(frozen=True)
class Progress:
    """What FFmpeg said at ``wall_ns``: how much media and how many bytes it has handed to the kernel."""

    media_ns: int
    sent_bytes: int
    wall_ns: int


class ProgressFile:
    """FFmpeg's ``-progress`` in a file in memory that is its stdout.

    It outlives the daemon as a pipe would not, needs no disk that could be full, and is found again by the
    process. Opened for appending it can be emptied while it is written, and begins again at its start.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd

    @classmethod
    def create(cls) -> Self:
        fd = os.memfd_create("progress", os.MFD_CLOEXEC)
        fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND)
        return cls(fd)

    @classmethod
    def of(cls, pid: int) -> Self:
        """That of a running FFmpeg.

        Raises:
            OSError: it has ended.
        """
        return cls(os.open(f"/proc/{pid}/fd/1", os.O_RDWR | os.O_APPEND | os.O_CLOEXEC))

    def read(self) -> Progress | None:
        """The last complete block, None when there is none yet."""
        stat = os.fstat(self.fd)
        tail = os.pread(self.fd, _TAIL_BYTES, max(0, stat.st_size - _TAIL_BYTES))
        blocks = _BLOCK.findall(tail)
        if stat.st_size > _KEEP_BYTES:
            os.ftruncate(self.fd, 0)
        if not blocks:
            return None
        size, media_us = blocks[-1]
        return Progress(max(0, int(media_us)) * 1000, int(size), stat.st_mtime_ns)

    def close(self) -> None:
        os.close(self.fd)


class Gauge:
    """How far a push is, and whether it still advances."""

    def __init__(self, media_ns: int, kbps: int) -> None:
        """The push began at ``media_ns`` in the rundown; the channel's highest rate is ``kbps``."""
        self._begin_ns, self._kbps = media_ns, kbps
        self._last: Progress | None = None
        self._still_polls = 0
        self._acked = 0
        self._late_polls = 0
        self._read: tuple[int, Flow] | None = None
        self.lag_s: float | None = None
        self.pushed_ns = 0
        self.sent_bytes = 0

    def take(self, now: Instant, position_ns: int, progress: Progress | None, flow: Flow | None) -> None:
        """One sample at ``now``: FFmpeg's progress, its connection's flow, and the rundown's position.

        Raises:
            TargetError: ``hung`` when media or the ingest's reading stands still, ``behind`` when the push is
                too far from the rundown.
        """
        self._notice_silence(progress, flow)
        self._notice_unread(now, flow)
        if self._last is None:
            return
        queued_ns = flow.queued / self._bytes_per_ns() if flow is not None else 0.0
        since_ns = min(max(0, now.wall_ns - self._last.wall_ns), _FRESH_NS)
        self.lag_s = (position_ns - self._begin_ns - self.pushed_ns - since_ns + queued_ns) / 1e9
        self._notice_distance(self.lag_s)

    def _bytes_per_ns(self) -> float:
        if self.pushed_ns > _SETTLED_NS:
            return self.sent_bytes / self.pushed_ns
        return self._kbps * 125 / 1e9

    def _notice_silence(self, progress: Progress | None, flow: Flow | None) -> None:
        if progress is not None and (self._last is None or progress.media_ns > self._last.media_ns):
            self._last = progress
            self.pushed_ns, self.sent_bytes = progress.media_ns, progress.sent_bytes
            self._still_polls = 0
            self._acked = flow.acked if flow is not None else 0
            return
        acked = flow.acked if flow is not None else 0
        if acked > self._acked:  # a keyframe takes its time on a slow line; how slow, the lag tells
            self._acked, self._still_polls = acked, 0
            return
        self._still_polls += 1
        if self._still_polls >= _STILL_POLLS and self._last is not None:
            raise TargetError("hung", f"no media went out for {self._still_polls * POLL_S:.0f} s")

    def _notice_unread(self, now: Instant, flow: Flow | None) -> None:
        """The ingest reads as long as the edge to which it lets us send moves with what is sent."""
        if flow is None:
            return
        if self._read is None:
            self._read = (now.boot_ns, flow)
            return
        since_ns, before = self._read
        sent = flow.acked + flow.queued - before.acked
        if _READ_SHARE * (flow.edge - before.edge) >= sent:
            self._read = (now.boot_ns, flow)
        elif sent > _UNREAD_BYTES and now.boot_ns - since_ns >= _STILL_POLLS * POLL_S * 1e9:
            raise TargetError(
                "hung", f"the server has read nothing for {(now.boot_ns - since_ns) / 1e9:.0f} s"
            )

    def _notice_distance(self, lag_s: float) -> None:
        self._late_polls = self._late_polls + 1 if lag_s > LATE_S else 0
        if abs(lag_s) > FURTHEST_S or self._late_polls >= _LATE_POLLS:
            where = "behind" if lag_s > 0 else "ahead of"
            raise TargetError("behind", f"the push is {abs(lag_s):.1f} s {where} the rundown")
