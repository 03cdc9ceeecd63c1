"""The engines that make one clip: of each step, the first of its chain that works."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from threading import Lock
from typing import Protocol, TypeVar

import numpy as np
import structlog
from numpy.typing import NDArray

from webtv.domain import Engines, HouseFormat, MusicBrief, Shot, Take
from webtv.errors import EngineError
from webtv.generator.video import VideoBackend, load_video_backend
from webtv.postprocess.interpolate import Interpolator, load_interpolator
from webtv.postprocess.loudness import level
from webtv.postprocess.music import Musician, load_musician

log = structlog.get_logger()

Picture = NDArray[np.uint8]


class _Named(Protocol):
    name: str
    version: int


Engine = TypeVar("Engine", bound=_Named)
Work = TypeVar("Work")


class Crew:
    """Safe to use from several threads. ``worked`` says who did: step to ``name version``."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._failed: dict[tuple[str, str], str] = {}
        self._lock = Lock()
        self.worked: dict[str, str] = {"writer": engines.writer}

    def film(self, shot: Shot, house: HouseFormat) -> Take:
        """A take of ``shot``. Raises EngineError when all backends of the chain fail; so do the others."""

        def attempt(backend: VideoBackend) -> Take:
            return next(backend.film([shot], width=house.width, height=house.height))

        return self._first("video", self._engines.video, load_video_backend, attempt)

    def interpolate(self, take: Take, frames: int, house: HouseFormat) -> Iterator[Picture]:
        """``frames`` pictures of the house size, (H, W, 3) uint8 RGB."""

        def attempt(interpolator: Interpolator) -> Iterator[Picture]:
            pictures = interpolator.interpolate(take, frames, width=house.width, height=house.height)
            return chain([next(pictures)], pictures)  # an engine that cannot work says so at the first

        return self._first("interpolator", self._engines.interpolator, load_interpolator, attempt)

    def compose(self, brief: MusicBrief, samples: int) -> NDArray[np.float32]:
        """A bed at the station's loudness, (samples, 2) float32 at 48 kHz."""

        def attempt(musician: Musician) -> NDArray[np.float32]:
            return level(musician.compose(brief, samples))[0]

        return self._first("musician", self._engines.musician, load_musician, attempt)

    def _first(
        self,
        step: str,
        names: Sequence[str],
        load: Callable[[str], Engine],
        attempt: Callable[[Engine], Work],
    ) -> Work:
        for name in names:
            if (step, name) in self._failed:
                continue
            try:
                engine = load(name)
                work = attempt(engine)
            except Exception as error:  # whatever a library raises, the next engine may do better
                self._failed[step, name] = str(error) or type(error).__name__
                if not isinstance(error, EngineError):
                    log.error("engine failed by a bug", step=step, engine=name, exc_info=error)
                continue
            with self._lock:
                who = f"{engine.name} {engine.version}"
                before = self.worked.get(step)
                self.worked[step] = who if before in (None, who) else f"{before}, {who}"
            return work
        reasons = "; ".join(f"{name}: {self._failed[step, name]}" for name in names)
        raise EngineError(f"no {step} could do it: {reasons}")
