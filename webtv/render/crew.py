"""The engines that make one clip: of each step, the first of its chain that works."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import structlog
from numpy.typing import NDArray

from webtv.domain import Engines, HouseFormat, MusicBrief, Rung, Shot, Take
from webtv.errors import Cancelled, ClipRejected, EngineError
from webtv.generator.video import VideoBackend
from webtv.models.faults import explained
from webtv.postprocess.interpolate import Interpolator
from webtv.postprocess.loudness import level
from webtv.postprocess.music import Musician
from webtv.postprocess.screen import SCREENER, UNFIT, Screener
from webtv.render.progress import EngineRun, OrderProgress
from webtv.render.roster import Roster
from webtv.render.timed_host import TimedHost

log = structlog.get_logger()

Picture = NDArray[np.uint8]
Work = TypeVar("Work")


class _CannotScreenError(EngineError):
    """A backend is not used for want of a screener. No fault of its own, so it need not rest."""


class Crew:
    """Of one order. Safe to use from several threads. ``worked`` says who did: step to ``name version``."""

    def __init__(
        self,
        engines: Engines,
        *,
        roster: Roster | None = None,
        progress: OrderProgress | None = None,
        resting: Collection[tuple[str, str]] = (),
    ) -> None:
        self.progress = progress or OrderProgress()
        self._engines = engines
        self._roster = roster or Roster(TimedHost())
        self._resting = frozenset(resting)
        self._failed: dict[tuple[str, str], str] = {}
        self._lock = Lock()
        self._to_screen = False
        self.worked: dict[str, str] = {"writer": engines.writer}

    def film(self, shots: Sequence[Shot], house: HouseFormat, rung: Rung) -> Iterator[Take]:
        """A take of each shot, in order. Raises EngineError when the whole chain fails; so do the others."""

        def work(backend: VideoBackend, made: int, run: EngineRun) -> Iterator[Take]:
            to_screen = self._see_to_screening(backend)
            for first in range(made, len(shots), backend.batch):
                group = shots[first : first + backend.batch]

                def progress(done: float, before: int = first, of_these: int = len(group)) -> None:
                    run.report((before + done * of_these) / len(shots))

                takes = backend.film(
                    group, width=house.width, height=house.height, rung=rung, progress=progress
                )
                for take in _exactly(len(group), takes):
                    self._to_screen |= to_screen
                    yield take

        return self._relay("video", self._engines.video, len(shots), work)

    def interpolate(self, take: Take, frames: int, house: HouseFormat) -> Iterator[Picture]:
        """``frames`` pictures of the house size, (H, W, 3) uint8 RGB."""

        def work(interpolator: Interpolator, made: int, _: EngineRun) -> Iterator[Picture]:
            pictures = interpolator.interpolate(take, frames, width=house.width, height=house.height)
            return islice(pictures, made, None)

        return self._relay("interpolator", self._engines.interpolator, frames, work)

    def compose(self, brief: MusicBrief, samples: int) -> NDArray[np.float32]:
        """A bed at the station's loudness, (samples, 2) float32 at 48 kHz."""

        def work(musician: Musician, _: int, run: EngineRun) -> Iterator[NDArray[np.float32]]:
            yield level(musician.compose(brief, samples, progress=run.report))[0]

        return next(self._relay("musician", self._engines.musician, 1, work))

    def screen(self, pictures: Sequence[Picture]) -> None:
        """Judge the finished clip by some of its pictures, where the station's policy asks for it.

        Raises ClipRejected: it is not fit to air (``unfit``), or nobody could tell (``unscreened``).
        """
        if not self._to_screen:
            return
        try:
            with EngineRun(self.progress, "screener", SCREENER):
                screener: Screener = self._roster.engine("screener", SCREENER)
                probability = screener.judge(pictures)
        except Cancelled:
            raise
        except Exception as error:  # whatever it is: what nobody has judged does not air
            raise ClipRejected("unscreened", self._record_failure("screener", SCREENER, error)) from error
        self._credit("screener", screener)
        if not probability < UNFIT:  # NaN is no verdict either
            raise ClipRejected("unfit", f"{SCREENER} takes it for unfit to air by {probability:.0%}")

    @property
    def _policy(self) -> str:
        return self._roster.host.settings.screening

    def _see_to_screening(self, backend: VideoBackend) -> bool:
        """Whether what a backend films has to be judged. Raises EngineError if it has to and cannot be."""
        if self._policy == "none" or not (backend.learned or self._policy == "all"):
            return False
        key = "screener", SCREENER
        if key in self._resting:
            raise _CannotScreenError(
                f"its pictures could not be screened: {SCREENER} failed lately and rests"
            )
        if key not in self._failed:
            try:
                with EngineRun(self.progress, *key):
                    self._roster.engine(*key).check()
            except Cancelled:
                raise
            except Exception as error:  # libraries raise what they like
                self._record_failure(*key, error)
        if key in self._failed:
            raise _CannotScreenError(f"its pictures could not be screened: {self._failed[key]}")
        return True

    def _relay(
        self,
        step: str,
        names: Sequence[str],
        due: int,
        work: Callable[[Any, int, EngineRun], Iterator[Work]],
    ) -> Iterator[Work]:
        """Yield ``due`` pieces of work; where an engine fails, the next of its chain makes what is left.

        ``work(engine, made, run)`` yields the pieces that follow the first ``made``.
        """
        made = 0
        for name in sorted(names, key=lambda name: (step, name) in self._resting):
            if (step, name) in self._failed:
                continue
            run = EngineRun(self.progress, step, name)
            engine: Any = None
            pieces: Iterator[Work] = iter(())
            while made < due:
                try:
                    with run:
                        if engine is None:
                            engine = self._roster.engine(step, name)
                            pieces = work(engine, made, run)
                        piece = next(pieces, None)
                    if piece is None:
                        raise EngineError(f"it ended after {made} of {due}")
                except Cancelled:
                    raise
                except Exception as error:  # whatever a library raises, the next engine may do better
                    self._record_failure(step, name, error)
                    break
                made += 1
                self._credit(step, engine)
                yield piece
            if made == due:
                return
        reasons = "; ".join(f"{name}: {self._failed[step, name]}" for name in names)
        raise EngineError(f"no {step} could do it: {reasons}")

    def _record_failure(self, step: str, name: str, error: Exception) -> str:
        reason = str(explained(name, error, self._roster.host.device))
        if not isinstance(error, EngineError):
            log.error("engine failed", step=step, engine=name, exc_info=error)
        with self._lock:
            first = (step, name) not in self._failed
            self._failed.setdefault((step, name), reason)
        if first and not isinstance(error, _CannotScreenError):
            self.progress.report_failure(step, name, reason)
        return reason

    def _credit(self, step: str, engine: Any) -> None:
        who = f"{engine.name} {engine.version}"
        with self._lock:
            before = self.worked.get(step)
            if before is None:
                self.worked[step] = who
            elif who not in before.split(", "):
                self.worked[step] = f"{before}, {who}"


def _exactly(count: int, takes: Iterator[Take]) -> Iterator[Take]:
    for number in range(count):
        take = next(takes, None)
        if take is None:
            raise EngineError(f"it made {number} of {count} takes")
        yield take
