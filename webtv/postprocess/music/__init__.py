"""Musicians: a music brief becomes one continuous bed for a whole clip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from webtv.domain import MusicBrief
from webtv.engines import load_engine
from webtv.models.host import Host


class Musician(Protocol):
    """Composes beds. A musician is made once per worker and used for many briefs."""

    name: str
    version: int
    """Raised whenever the sound of an unchanged brief changes."""

    def compose(
        self, brief: MusicBrief, samples: int, *, progress: Callable[[float], None] | None = None
    ) -> NDArray[np.float32]:
        """A bed of exactly ``samples``: (samples, 2) float32 in [-1, 1] at 48 kHz.

        Equal briefs and lengths give equal samples on one machine. ``progress`` is told the finished part,
        rising to 1; it raises Cancelled when the order is withdrawn, which a musician lets pass.
        Raises EngineError.
        """
        ...

    def check(self) -> None: ...


def load_musician(name: str, host: Host | None = None) -> Musician:
    """The musician of that name, ready to play. Raises EngineError for an unknown name."""
    return cast("Musician", load_engine("musician", name, host))
