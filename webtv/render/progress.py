"""How an order comes along, in the worker: who is at work on it, how long, and when they last reported."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from threading import Event as Flag
from threading import Lock, local
from types import TracebackType

from webtv.errors import Cancelled
from webtv.render.messages import EngineFailed, Heartbeat, OrderEvent, Progressed, Running

SHARES = {"video": 0.45, "musician": 0.1, "conform": 0.35, "inspect": 0.05, "screener": 0.05}
"""How much of an order each step counts for when its progress is reported."""

_REPORT_EVERY_S = 0.25


def _ignore(_: OrderEvent) -> None:
    """For orders made without a daemon."""


class OrderProgress:
    """Of one order. Safe to use from several threads; ``send`` is given events and must be so too."""

    def __init__(self, send: Callable[[OrderEvent], None] = _ignore, order_id: str = "") -> None:
        self.order_id, self._send = order_id, send
        self._lock = Lock()
        self._at_work: list[EngineRun] = []
        self._done: dict[str, float] = {}
        self._reported_at = 0.0
        self._cancelled = Flag()

    def cancel(self) -> None:
        """From now on whoever reports progress or begins gets Cancelled."""
        self._cancelled.set()

    def raise_if_cancelled(self) -> None:
        """Raises Cancelled."""
        if self._cancelled.is_set():
            raise Cancelled

    def heartbeat(self) -> Heartbeat:
        with self._lock:
            return Heartbeat(order_id=self.order_id, running=tuple(run.running() for run in self._at_work))

    def begin(self, run: EngineRun, *, first: bool) -> None:
        self.raise_if_cancelled()
        with self._lock:
            self._at_work.append(run)
        if first:
            self._send(self.heartbeat())

    def end(self, run: EngineRun) -> None:
        with self._lock:
            self._at_work.remove(run)

    def report(self, step: str, engine: str, done: float) -> None:
        """``done`` is the finished share of the step, 0 to 1."""
        with self._lock:
            begins = step not in self._done
            self._done[step] = max(done, self._done.get(step, 0.0))
            now = time.monotonic()
            if now - self._reported_at < _REPORT_EVERY_S and not begins:
                return
            self._reported_at = now
            overall = sum(SHARES.get(name, 0.0) * share for name, share in self._done.items())
        done = round(min(1.0, overall), 3)
        self._send(Progressed(order_id=self.order_id, step=step, engine=engine, done=done))

    def report_failure(self, step: str, engine: str, reason: str) -> None:
        self._send(EngineFailed(order_id=self.order_id, step=step, engine=engine, reason=reason))


_of_thread = local()


def current_run() -> EngineRun | None:
    """The run that this thread is in: the innermost, should it be in several."""
    return getattr(_of_thread, "run", None)


class EngineRun:
    """One engine's part in one step. Enter it while the engine is at work, as often as need be.

    The time between two stays does not count: what waits for others does not hang.
    """

    def __init__(self, progress: OrderProgress, step: str, engine: str) -> None:
        self.step, self.engine = step, engine
        self._progress = progress
        self._before_s = 0.0
        self._began = self._reported = self._paused_at = 0.0
        self._entered = self._loads = False
        self._outer: EngineRun | None = None

    def __enter__(self) -> EngineRun:
        self._began = self._reported = time.monotonic()
        self._paused_at = 0.0
        self._progress.begin(self, first=not self._entered)
        self._entered = True
        self._outer = current_run()
        _of_thread.run = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._before_s += time.monotonic() - self._began
        self._progress.end(self)
        _of_thread.run = self._outer

    def report(self, done: float) -> None:
        """What an engine calls with the finished share of its step. Raises Cancelled."""
        self._progress.raise_if_cancelled()
        self._reported = time.monotonic()
        self._progress.report(self.step, self.engine, done)

    def raise_if_cancelled(self) -> None:
        """Raises Cancelled when its order was."""
        self._progress.raise_if_cancelled()

    def running(self) -> Running:
        now = self._paused_at or time.monotonic()
        return Running(
            step=self.step,
            engine=self.engine,
            for_s=round(self._before_s + now - self._began, 1),
            silent_s=round(now - self._reported, 1),
            loading=self._loads,
        )

    @contextmanager
    def loading(self) -> Iterator[None]:
        """While it loads weights it may be silent for longer, and so may the run around it."""
        self._loads = True
        try:
            with self._outer.loading() if self._outer else nullcontext():
                yield
        finally:
            self._loads = False
            self._reported = time.monotonic()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While it waits for others, its time stands still, and that of the run around it."""
        self._paused_at = time.monotonic()
        try:
            with self._outer.paused() if self._outer else nullcontext():
                yield
        finally:
            waited_s = time.monotonic() - self._paused_at
            self._began += waited_s
            self._reported += waited_s
            self._paused_at = 0.0
