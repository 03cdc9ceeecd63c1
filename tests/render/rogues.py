"""Engines that fail in the ways engines do, and a worker that knows them: run it as the worker's command.

Those that hang, or take for ever, are at it for an hour at once by their own clock: so the limits of the
station end them, and nobody whom a busy machine keeps waiting.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from webtv.domain import Rung, Shot, Take
from webtv.engines import Engine
from webtv.errors import EngineError
from webtv.generator.video.procedural import Procedural
from webtv.models.catalogue import CATALOGUE, EngineRecord
from webtv.postprocess.interpolate.flow import Flow, Picture
from webtv.render import worker
from webtv.render.progress import EngineRun, current_run

COMMAND = (sys.executable, __file__)

HOUR_S = 3600.0
Progress = Callable[[float], None]


class Rogue(Procedural):
    """Films one shot as ``procedural`` does, and then does its worst."""

    worst_at = 0
    """How many shots it films before."""

    def film(
        self,
        shots: Sequence[Shot],
        *,
        width: int,
        height: int,
        rung: Rung = "standard",
        progress: Progress | None = None,
    ) -> Iterator[Take]:
        if progress:
            progress(0.01)
        for number, shot in enumerate(shots):
            if number >= self.worst_at:
                self.worst(progress)
            yield self.make(shot, frames=6, width=64, height=64)

    def worst(self, progress: Progress | None) -> None:
        raise EngineError("it does not work")


class StandIn(Rogue):
    """Films as ``procedural`` does, in its name, and small."""

    name = "procedural"

    def worst(self, progress: Progress | None) -> None:
        return


def _own_run() -> EngineRun:
    run = current_run()
    assert run is not None
    return run


class Hangs(Rogue):
    name = "hangs"

    def worst(self, progress: Progress | None) -> None:
        _own_run()._reported -= HOUR_S
        time.sleep(HOUR_S)


class Slow(Rogue):
    name = "slow"

    def worst(self, progress: Progress | None) -> None:
        for _ in range(36_000):
            time.sleep(0.1)
            if progress:
                progress(0.02)


class Endless(Slow):
    """As slow, for longer than any step may take."""

    name = "endless"

    def worst(self, progress: Progress | None) -> None:
        _own_run()._before_s += HOUR_S
        super().worst(progress)


class Patient(Rogue):
    """Films until a file says that it may end; see ``_marker``."""

    name = "patient"

    def worst(self, progress: Progress | None) -> None:
        while not _marker(self, "may end").exists():
            time.sleep(0.02)
            if progress:
                progress(0.5)


class Greedy(Rogue):
    name = "greedy"

    def worst(self, progress: Progress | None) -> None:
        hoard = np.ones(500_000_000, np.uint8)
        time.sleep(HOUR_S)
        del hoard


class Memoryless(Rogue):
    name = "memoryless"

    def worst(self, progress: Progress | None) -> None:
        import torch  # noqa: PLC0415 - the worker's, not the daemon's

        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 7.00 GiB")


class Libraryless(Rogue):
    name = "libraryless"

    def worst(self, progress: Progress | None) -> None:
        import a_library_that_nobody_has  # type: ignore[import-not-found]  # noqa: F401, PLC0415


class Buggy(Rogue):
    name = "buggy"

    def worst(self, progress: Progress | None) -> None:
        token = "_".join(["hf", "canary"])
        raise IndexError(len(token))


class Nosy(Rogue):
    """Starts a program that reads whatever is on standard input, and prints."""

    name = "nosy"

    def worst(self, progress: Progress | None) -> None:
        print("how do you do?")
        subprocess.run(["cat"], check=True)


class HalfWay(Rogue):
    name = "half_way"
    batch = 3
    worst_at = 1


class Mended(Rogue):
    """Works once a file says so; see ``_marker``."""

    name = "mended"

    def worst(self, progress: Progress | None) -> None:
        self.check()

    def check(self) -> None:
        if _marker(self, "check hangs").exists():
            time.sleep(HOUR_S)
        if not _marker(self, "mended").exists():
            raise EngineError("it is broken still")


class Learned(Rogue):
    name = "learned"
    learned = True
    batch = 2

    def worst(self, progress: Progress | None) -> None:
        return


class HalfLearned(HalfWay):
    name = "half_learned"
    learned = True


class Lingers(Flow):
    """An interpolator that begins when a file says that it may; see ``_marker``."""

    name = "lingers"

    def interpolate(self, take: Take, frames: int, *, width: int, height: int) -> Iterator[Picture]:
        while not _marker(self, "may end").exists():
            time.sleep(0.02)
        yield from super().interpolate(take, frames, width=width, height=height)


class Confused(Engine):
    """A screener that loads and then cannot tell."""

    name = "nsfw"
    version = 1

    def judge(self, pictures: Sequence[NDArray[np.uint8]]) -> float:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")


def _marker(engine: Engine, name: str) -> Path:
    return engine.host.settings.folder / name


ROGUES = {
    rogue.name: EngineRecord(rogue.name, "video", f"{__name__}:{rogue.__name__}")
    for rogue in (
        Hangs,
        Slow,
        Endless,
        Patient,
        Greedy,
        Memoryless,
        Libraryless,
        Buggy,
        Nosy,
        HalfWay,
        Mended,
        Learned,
        HalfLearned,
    )
}

if __name__ == "__main__":
    own = (
        *ROGUES.values(),
        EngineRecord("procedural", "video", f"rogues:{StandIn.__name__}"),
        EngineRecord("lingers", "interpolator", f"rogues:{Lingers.__name__}"),
    )
    for engine in own:
        CATALOGUE[engine.name] = replace(engine, place=engine.place.replace("__main__", "rogues"))
    worker.HEARTBEAT_S = 0.1
    worker.main()
