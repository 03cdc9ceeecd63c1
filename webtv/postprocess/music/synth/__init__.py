"""The offline musician: writes a piece from the brief and plays it with numpy alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from webtv.domain import SAMPLE_RATE, MusicBrief
from webtv.engines import Engine
from webtv.errors import EngineError
from webtv.postprocess.music.synth.desk import master
from webtv.postprocess.music.synth.feel import feel_of
from webtv.postprocess.music.synth.palette import palette_of
from webtv.postprocess.music.synth.performance import Piece, perform
from webtv.postprocess.music.synth.score.form import form_of


class Synth(Engine):
    """Deterministic by the brief: pads, bass, melody and percussion in the brief's key, mode and tempo."""

    name = "synth"
    version = 1

    def compose(
        self, brief: MusicBrief, samples: int, *, progress: Callable[[float], None] | None = None
    ) -> NDArray[np.float32]:
        """See ``Musician.compose``. Raises EngineError for a bed shorter than half a second."""
        if samples < SAMPLE_RATE // 2:
            raise EngineError(
                f"a bed of {samples} samples is too short for music: ask for {SAMPLE_RATE // 2} or more"
            )
        told = progress or (lambda _done: None)
        told(0.0)
        feel = feel_of(brief)
        form = form_of(brief, feel, samples / SAMPLE_RATE)
        mixed = perform(Piece(brief, form, feel, palette_of(brief), samples))
        ring_s = form.seconds(form.final.beats)
        bed = np.ascontiguousarray(master(mixed, fade_s=0.8 * ring_s).T)
        told(1.0)
        return bed
