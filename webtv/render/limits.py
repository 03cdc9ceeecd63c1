"""When the daemon gives a worker up: judged by what it says of itself, and what the kernel says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from webtv.models.settings import HostSettings
from webtv.render.executor import ExecutorLostError
from webtv.render.messages import Heartbeat, Running

_STEP_S = {
    "video": 1800.0,
    "interpolator": 900.0,
    "musician": 900.0,
    "conform": 900.0,
    "inspect": 120.0,
    "screener": 120.0,
}
_COMPILING_S = 1800.0
_GB = 10**9


@dataclass(frozen=True)
class Limits:
    """In seconds; for a step, of the engine's own time."""

    start_s: float = 120.0
    """Until a new worker says its first word."""
    heartbeat_s: float = 60.0
    """Between two words of a worker that is at work. A library that is imported from a slow disk and a GPU's
    driver that starts hold up all its threads; that a worker has ended is known at once."""
    silent_s: float = 300.0
    """Between two reports of progress of one engine."""
    load_s: float = 900.0
    """For the weights of one model: 30 GB from a slow disk."""
    step_s: Mapping[str, float] = field(default_factory=lambda: _STEP_S)
    order_s: float = 7200.0
    """For a whole order, from when its worker has no older one in hand."""
    check_s: float = 1200.0
    """For finding out whether an engine works again."""
    cancel_s: float = 10.0
    """Until a worker has let go of an order that nobody wants any more."""
    memory_bytes: int | None = None
    """Main memory that a worker may hold; None for what its settings say."""

    def for_host(self, settings: HostSettings) -> Limits:
        """Those of a worker with ``settings``: its share of memory, where none is set here; and networks that
        are compiled are silent for long, once.
        """
        limits = self
        if limits.memory_bytes is None and settings.main_memory_gb is not None:
            limits = replace(limits, memory_bytes=round(settings.main_memory_gb * _GB))
        if settings.compile:
            limits = replace(limits, silent_s=max(self.silent_s, _COMPILING_S), check_s=_COMPILING_S)
        return limits

    def judge(self, heartbeat: Heartbeat, device: str) -> None:
        """Raises ExecutorLostError for an engine that must be ended; the message says why and what to do."""
        for running in heartbeat.running:
            who = f"{running.engine} at step {running.step} on {device}"
            if running.silent_s > (self.load_s if running.loading else self.silent_s):
                raise ExecutorLostError(
                    f"{who} hangs: no progress for {running.silent_s:.0f} s. Its worker was ended; choose a "
                    "smaller quality or another engine if this comes again",
                    (running,),
                    order_id=heartbeat.order_id,
                )
            limit_s = self.step_s.get(running.step, self.order_s)
            if running.for_s > limit_s:
                raise ExecutorLostError(
                    f"{who} took more than {limit_s:.0f} s. Its worker was ended; choose a smaller quality, "
                    "shorter clips or another engine",
                    (running,),
                    order_id=heartbeat.order_id,
                )

    def judge_memory(self, resident_bytes: int, running: tuple[Running, ...], device: str) -> None:
        """``running`` are the engines of all its orders. Raises ExecutorLostError."""
        if self.memory_bytes is not None and resident_bytes > self.memory_bytes:
            raise ExecutorLostError(
                f"the render worker on {device} holds {resident_bytes / _GB:.1f} GB of memory, and may hold "
                f"{self.memory_bytes / _GB:.1f} GB, {at_work(running)}. It was ended; choose a smaller "
                "engine, or raise worker_memory_gb in webtv.yaml",
                running,
            )


def at_work(running: tuple[Running, ...]) -> str:
    """In words, for messages."""
    who = sorted({f"{one.engine} at step {one.step}" for one in running})
    return f"with {', '.join(who)}" if who else "with no engine at work"
