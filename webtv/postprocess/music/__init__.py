"""Musicians: a music brief becomes one continuous bed for a whole clip."""

from __future__ import annotations

from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from webtv.domain import MusicBrief
from webtv.engines import load_engine

MUSICIANS = {"synth": "webtv.postprocess.music.synth:Synth"}
"""Name of a musician → ``module:class``; imported when first asked for."""


class Musician(Protocol):
    """Composes beds. A musician is made once per worker and used for many briefs."""

    name: str
    version: int
    """Raised whenever the sound of an unchanged brief changes."""

    def compose(self, brief: MusicBrief, samples: int) -> NDArray[np.float32]:
        """A bed of exactly ``samples``: (samples, 2) float32 in [-1, 1] at 48 kHz.

        Equal briefs and lengths give equal samples on one machine. Raises EngineError.
        """
        ...


def load_musician(name: str) -> Musician:
    """The musician of that name, ready to play. Raises EngineError for an unknown name."""
    return cast("Musician", load_engine("musician", MUSICIANS, name))
