"""The offline video backend: generative pictures, steered by a shot's words, with numpy and OpenCV alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from webtv.domain import Rung, Shot, Take
from webtv.engines import Engine
from webtv.errors import EngineError
from webtv.generator.video.procedural.camera import pose_at
from webtv.generator.video.procedural.finish import film
from webtv.generator.video.procedural.scene import Moment
from webtv.generator.video.procedural.words import Look, family_named, look_of, read

LEAST_SIDE = 32


class Procedural(Engine):
    """Takes without a model. The same shot, frame count and size make the same bytes."""

    name = "procedural"
    version = 1
    batch = 1
    learned = False

    def film(
        self,
        shots: Sequence[Shot],
        *,
        width: int,
        height: int,
        rung: Rung = "standard",
        progress: Callable[[float], None] | None = None,
    ) -> Iterator[Take]:
        """See ``VideoBackend.film``. Takes have the size of ``make``: they cost by it."""
        for number, shot in enumerate(shots):

            def report(done: float, before: int = number) -> None:
                if progress is not None:
                    progress((before + done) / len(shots))

            yield self.make(shot, progress=report)

    def make(
        self,
        shot: Shot,
        *,
        frames: int = 24,
        width: int = 576,
        height: int = 320,
        progress: Callable[[float], None] | None = None,
    ) -> Take:
        """(frames, height, width, 3) uint8 RGB over the whole shot. Raises EngineError."""
        if frames < 2 or min(width, height) < LEAST_SIDE:
            raise EngineError(
                f"a take needs 2 frames of {LEAST_SIDE}x{LEAST_SIDE}; asked: {frames} of {width}x{height}"
            )
        return self.render(shot, look_of(shot), frames=frames, width=width, height=height, progress=progress)

    def render(
        self,
        shot: Shot,
        look: Look,
        *,
        frames: int,
        width: int,
        height: int,
        progress: Callable[[float], None] | None = None,
    ) -> Take:
        """``make`` with a given look instead of the one that the shot's words ask for."""
        scene = read(shot, look, width, height)
        paint = family_named(look.family)(scene)
        fps = frames / shot.seconds
        moments = [
            Moment(index / fps, pose_at(shot.movement, index / (frames - 1))) for index in range(frames)
        ]
        develop = film(scene, paint(moments[frames // 2]))
        out = np.empty((frames, height, width, 3), np.uint8)
        for index, moment in enumerate(moments):
            out[index] = develop(paint(moment))
            if progress is not None:
                progress((index + 1) / frames)
        return Take(frames=out, fps=fps)
