"""MusicGen through audiocraft, the library that its authors released it with."""

from __future__ import annotations

from webtv.postprocess.music.audiocraft_player import AudiocraftPlayer
from webtv.postprocess.music.player import REPOSITORY, MusicGenEngine


class MusicGenAudiocraft(MusicGenEngine):
    """Plays the brief's caption over its programme's motif, as ``MusicGen`` does, from the same repository.

    Of it, audiocraft reads ``state_dict.bin`` and ``compression_state_dict.bin``, pickles of which torch
    takes tensors and plain values alone and runs no code; the T5 text encoder comes from the files for
    transformers.
    """

    name = "musicgen_audiocraft"
    version = 1

    def load(self) -> AudiocraftPlayer:
        return AudiocraftPlayer(self.host.weights(REPOSITORY), self.host.half, self.window_s)
