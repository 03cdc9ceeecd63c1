"""What every MusicGen does, by whichever library it plays."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webtv.domain import SAMPLE_RATE, MusicBrief
from webtv.engines import Engine
from webtv.models.host import Host
from webtv.postprocess.music.bed import bed_of
from webtv.postprocess.music.window import WINDOW_S

REPOSITORY = "facebook/musicgen-melody"
GUIDANCE = 3.0
TOP_K = 250


class MusicGenEngine(Engine):
    """Makes beds of what its player plays, ``window_s`` at once."""

    def __init__(self, host: Host | None = None, *, window_s: float = WINDOW_S) -> None:
        super().__init__(host)
        self.window_s = window_s

    def check(self) -> None:
        with self.host.using(self.name, self.load):
            pass

    def compose(
        self, brief: MusicBrief, samples: int, *, progress: Callable[[float], None] | None = None
    ) -> NDArray[np.float32]:
        """See ``Musician.compose``."""
        with self.host.using(self.name, self.load) as player:
            sound = player.play(brief, samples / SAMPLE_RATE, progress or (lambda done: None))
        return bed_of(sound, player.rate, samples)

    @abstractmethod
    def load(self) -> Any:
        """The player, in main memory: a module with ``rate`` and ``play(brief, seconds, progress)``.

        Raises EngineError and whatever the libraries raise.
        """
