"""An order on its way through the pool."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from webtv.domain import Manifest
from webtv.render.messages import Job
from webtv.render.process import WorkerProcess

OnProgress = Callable[[str, str, float], None]
"""Called with the step, its engine and the finished share of the order, 0 to 1."""

Key = tuple[str, Path, Path | None]


def key_of(job: Job) -> Key:
    """Equal for jobs of which one does for the other."""
    return job.order.id, job.folder, job.reference_file


@dataclass(eq=False)
class Task:
    """``listeners`` has one entry for each caller that waits for it."""

    job: Job
    listeners: list[OnProgress] = field(default_factory=list)
    attempts: int = 0
    worker: WorkerProcess | None = None
    """Which one is at work on it."""
    let_go_by_s: float | None = None
    """By the loop's clock; set when nobody waits for it any more."""
    result: asyncio.Future[Manifest] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def path(self) -> Path:
        return self.job.folder / f"{self.job.order.id}.mp4"

    @property
    def withdrawn(self) -> bool:
        return self.let_go_by_s is not None

    def tell(self, step: str, engine: str, done: float) -> None:
        for listener in list(self.listeners):
            listener(step, engine, done)

    def can_do_without(self, step: str, engine: str) -> bool:
        """Whether another engine can stand in; for a screener, a backend that perhaps needs none."""
        engines = self.job.order.engines
        chains = {
            "video": engines.video,
            "interpolator": engines.interpolator,
            "musician": engines.musician,
            "screener": (engine, *engines.video[1:]),
        }
        return engine in chains.get(step, ())[:-1]
