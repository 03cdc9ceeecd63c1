"""Who is at work on an order, for how long, and when they last told of progress. Lives in the worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from threading import Event as Flag
from threading import Lock, RLock, local
from types import TracebackType

from webtv.errors import Cancelled
from webtv.models.host import Host, Model
from webtv.models.settings import HostSettings
from webtv.render.messages import Beat, Event, Progressed, Running

SHARES = {"video": 0.45, "musician": 0.1, "conform": 0.35, "inspect": 0.05, "screener": 0.05}
"""How much of an order each step counts for when its progress is told."""

_TOLD_EVERY_S = 0.25


def _nobody_listens(_: Event) -> None:
    """For orders made without a daemon."""


class Watch:
    """Of one order. Safe to use from several threads; ``say`` is given events and must be so too."""

    def __init__(self, say: Callable[[Event], None] = _nobody_listens) -> None:
        self.say = say
        self._lock = Lock()
        self._working: list[Stint] = []
        self._done: dict[str, float] = {}
        self._told_at = 0.0
        self._withdrawn = Flag()

    def withdraw(self) -> None:
        """From now on whoever reports progress or begins gets Cancelled."""
        self._withdrawn.set()

    def heed(self) -> None:
        """Raises Cancelled when the order was withdrawn."""
        if self._withdrawn.is_set():
            raise Cancelled

    def beat(self) -> Beat:
        with self._lock:
            return Beat(running=tuple(stint.running() for stint in self._working))

    def begun(self, stint: Stint, *, first: bool) -> None:
        self.heed()
        with self._lock:
            self._working.append(stint)
        if first:
            self.say(self.beat())

    def ended(self, stint: Stint) -> None:
        with self._lock:
            self._working.remove(stint)

    def tell(self, step: str, engine: str, done: float) -> None:
        """``done`` is the finished share of the step, 0 to 1."""
        with self._lock:
            begins = step not in self._done
            self._done[step] = max(done, self._done.get(step, 0.0))
            now = time.monotonic()
            if now - self._told_at < _TOLD_EVERY_S and not begins:
                return
            self._told_at = now
            overall = sum(SHARES.get(name, 0.0) * share for name, share in self._done.items())
        self.say(Progressed(step=step, engine=engine, done=round(min(1.0, overall), 3)))


_of_thread = local()


def current() -> Stint | None:
    """The stint that this thread is in: the innermost, should it be in several."""
    return getattr(_of_thread, "stint", None)


class Stint:
    """One engine's part in one step. Enter it while the engine is at work, as often as need be.

    The time between two stays does not count: what waits for others does not hang.
    """

    def __init__(self, watch: Watch, step: str, engine: str) -> None:
        self.step, self.engine = step, engine
        self._watch = watch
        self._before_s = 0.0
        self._began = self._heard = self._paused_at = 0.0
        self._entered = self._loads = False
        self._outer: Stint | None = None

    def __enter__(self) -> Stint:
        self._began = self._heard = time.monotonic()
        self._paused_at = 0.0
        self._watch.begun(self, first=not self._entered)
        self._entered = True
        self._outer = current()
        _of_thread.stint = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._before_s += time.monotonic() - self._began
        self._watch.ended(self)
        _of_thread.stint = self._outer

    def progress(self, done: float) -> None:
        """What an engine calls with the finished share of its step. Raises Cancelled."""
        self._watch.heed()
        self._heard = time.monotonic()
        self._watch.tell(self.step, self.engine, done)

    def running(self) -> Running:
        now = self._paused_at or time.monotonic()
        return Running(
            step=self.step,
            engine=self.engine,
            for_s=round(self._before_s + now - self._began, 1),
            silent_s=round(now - self._heard, 1),
            loading=self._loads,
        )

    @contextmanager
    def loading(self) -> Iterator[None]:
        """While it loads weights it may be silent for longer, and so may the stint around it."""
        self._loads = True
        try:
            with self._outer.loading() if self._outer else nullcontext():
                yield
        finally:
            self._loads = False
            self._heard = time.monotonic()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While it waits for others, its time stands still, and that of the stint around it."""
        self._paused_at = time.monotonic()
        try:
            with self._outer.paused() if self._outer else nullcontext():
                yield
        finally:
            waited_s = time.monotonic() - self._paused_at
            self._began += waited_s
            self._heard += waited_s
            self._paused_at = 0.0


class WatchedHost(Host):
    """A host on which an engine that waits for the device is not taken for one that hangs."""

    def __init__(self, settings: HostSettings | None = None) -> None:
        super().__init__(settings)
        self._turn = RLock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else uses the device, or makes ready to, meanwhile."""
        stint = current()
        with stint.paused() if stint else nullcontext():
            self._turn.acquire()
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def using(self, key: str, load: Callable[[], Model]) -> Iterator[Model]:
        stint = current()

        def watched_load() -> Model:
            with stint.loading() if stint else nullcontext():
                return load()

        with self.turn(), super().using(key, watched_load) as model:
            yield model
