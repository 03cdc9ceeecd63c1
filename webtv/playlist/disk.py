"""File work off the event loop: a disk that hangs holds nobody up for longer than a limit."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

Result = TypeVar("Result")

_THREADS = 8
"""For all channels: a disk that hangs hangs for all of them, and a thousand threads would not wake it."""


def disk_threads() -> ThreadPoolExecutor:
    """Threads for the disks of all channels. They begin when there is work."""
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="disk")


class Disk:
    """Does one thing after another, in order. What hangs holds up only what comes behind it here."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._at_work = False
        self._lock = Lock()

    def begin(self, work: Callable[[], Result]) -> Future[Result]:
        """Do it in its turn, however long that takes."""
        job: Future[Result] = Future()
        with self._lock:
            self._waiting.append((job, work))
            if self._at_work:
                return job
            self._at_work = True
        self._threads.submit(self._work_off)
        return job

    async def __call__(self, work: Callable[[], Result], *, within_s: float) -> Result:
        """Do it in its turn and wait for that, at most ``within_s`` seconds of real time.

        Raises TimeoutError, or what ``work`` raises. What has not begun then is not done; what has, goes on.
        """
        job = self.begin(work)
        try:
            async with asyncio.timeout(within_s):
                return await asyncio.wrap_future(job)
        finally:
            if job.cancelled():
                self._forget_withdrawn()

    def _work_off(self) -> None:
        while (entry := self._next()) is not None:
            job, work = entry
            if not job.set_running_or_notify_cancel():
                continue
            try:
                result = work()
            except BaseException as error:  # it is raised where the result is asked for
                job.set_exception(error)
            else:
                job.set_result(result)

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._at_work = False
            return None

    def _forget_withdrawn(self) -> None:
        with self._lock:
            self._waiting = deque(entry for entry in self._waiting if not entry[0].cancelled())
