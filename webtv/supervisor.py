"""The house's one retry loop. Code that does a thing does it once and ends or raises; this repeats it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Never

import structlog

from webtv.clock import Clock, Instant
from webtv.errors import WebtvError

log = structlog.get_logger()


@dataclass(frozen=True)
class Backoff:
    """How long to wait before the next try: ``first_s``, doubled with each failure in a row, up to ``cap_s``.

    A run that lasted ``healthy_s`` ends the row, and so does a change of backoff. ``jitter`` is the share by
    which a wait may be shorter, so that a hundred tasks that failed together do not come back together.
    """

    first_s: float = 0.5
    cap_s: float = 30.0
    healthy_s: float = 60.0
    jitter: float = 0.25

    def delay_s(self, failures: int) -> float:
        """The wait after the ``failures``-th failure in a row, counted from 1."""
        full_s = min(self.cap_s, self.first_s * 2.0 ** min(failures - 1, 30))
        return full_s * (1 - self.jitter * random.random())


@dataclass
class Record:
    """What is known of a supervised task: for status pages and metrics."""

    starts: int = 0
    failures: int = 0
    in_a_row: int = 0
    last_error: str = ""
    failed_at: Instant | None = None


def _always(backoff: Backoff) -> Callable[[Exception | None], Backoff]:
    return lambda _error: backoff


async def supervise(
    name: str,
    run: Callable[[], Awaitable[object]],
    *,
    clock: Clock,
    backoff: Backoff | Callable[[Exception | None], Backoff] | None = None,
    record: Record | None = None,
) -> Never:
    """Run ``run`` again and again; returns only by cancellation.

    A cancellation counts also when ``run`` raises something else while it tidies up, or returns. That ``run``
    returned is an ending like any other: what is supervised is meant to last. Expected errors
    (``WebtvError``, ``OSError``) are logged in one line and bugs with their traceback; both are tried again.
    ``backoff`` may depend on the error, None standing for a return. ``record`` is kept up to date.
    """
    record = Record() if record is None else record
    pace = backoff if callable(backoff) else _always(backoff or Backoff())
    current: Backoff | None = None
    while True:
        began_ns = clock.now().boot_ns
        record.starts += 1
        error: Exception | None = None
        try:
            await run()
        except Exception as caught:
            error = caught
        if _is_cancelled():
            _log_cut_short(name, error)
            raise asyncio.CancelledError from error
        now = clock.now()
        before, current = current, pace(error)
        if now.boot_ns - began_ns >= current.healthy_s * 1e9 or current != before:
            record.in_a_row = 0
        record.failures += 1
        record.in_a_row += 1
        delay_s = current.delay_s(record.in_a_row)
        _log_ending(name, error, record, delay_s)
        record.last_error = _words(error)
        record.failed_at = now
        await clock.sleep(delay_s)


def _words(error: Exception | None) -> str:
    if error is None:
        return "it ended"
    return str(error) if isinstance(error, WebtvError) else f"{type(error).__name__}: {error}"


def _is_cancelled() -> bool:
    """Whether this task is to end. A time limit within it has taken its own cancellation back by now."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _log_cut_short(name: str, error: Exception | None) -> None:
    if error is not None:
        log.error("task was cancelled and failed to tidy up", task=name, error=_words(error), exc_info=error)


def _log_ending(name: str, error: Exception | None, record: Record, delay_s: float) -> None:
    """Once for each change: an error that repeats is logged the 1st, 2nd, 4th, 8th … time in a row."""
    repeats = record.in_a_row > 1 and _words(error) == record.last_error
    if repeats and record.in_a_row & (record.in_a_row - 1):
        return
    entry = log.bind(task=name, error=_words(error), in_a_row=record.in_a_row, again_in_s=round(delay_s, 1))
    if not delay_s:
        entry.info("task begins anew")
    elif error is None or isinstance(error, WebtvError | OSError):
        entry.warning("task ended")
    else:
        entry.error("task failed by a bug", exc_info=error)


async def first_to_raise(*runs: Coroutine[Any, Any, Never]) -> Never:
    """Run all until one raises; its error is raised, the others are cancelled and awaited."""
    tasks = [asyncio.ensure_future(run) for run in runs]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result
    raise AssertionError("what never returns was cancelled by others")
