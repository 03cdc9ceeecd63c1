"""MusicGen through audiocraft, the library that its authors released it with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from webtv.domain import SAMPLE_RATE, MusicBrief
from webtv.engines import Engine
from webtv.models.host import Host
from webtv.postprocess.music.audiocraft_player import Player
from webtv.postprocess.music.bed import bed_of
from webtv.postprocess.music.window import WINDOW_S

REPOSITORY = "facebook/musicgen-melody"


class MusicGenAudiocraft(Engine):
    """Plays the brief's caption over its programme's motif, as ``MusicGen`` does, from the same repository.

    Of it, audiocraft reads ``state_dict.bin`` and ``compression_state_dict.bin``, pickles of which torch
    takes tensors and plain values alone and runs no code; the T5 text encoder comes from the files for
    transformers.
    """

    name = "musicgen_audiocraft"
    version = 1

    def __init__(self, host: Host | None = None, *, window_s: float = WINDOW_S) -> None:
        super().__init__(host)
        self.window_s = window_s

    def check(self) -> None:
        with self.host.using(self.name, self._load):
            pass

    def compose(
        self, brief: MusicBrief, samples: int, *, progress: Callable[[float], None] | None = None
    ) -> NDArray[np.float32]:
        """See ``Musician.compose``."""
        with self.host.using(self.name, self._load) as player:
            sound = player.play(brief, samples / SAMPLE_RATE, progress or (lambda done: None))
        return bed_of(sound, player.rate, samples)

    def _load(self) -> Player:
        return Player(self.host.weights(REPOSITORY), self.host.half, self.window_s)
