"""MusicGen through transformers: the model with a melody, or any of the plain ones in its folder."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from webtv.domain import MusicBrief
from webtv.postprocess.music.motif import chroma, motif_for
from webtv.postprocess.music.player import GUIDANCE, REPOSITORY, TOP_K, MusicGenEngine
from webtv.postprocess.music.window import Window, windows
from webtv.postprocess.music.wording import caption

CHROMA_HOP = 4096
"""Samples between two frames of chroma, as MusicGen Melody's feature extractor has it."""


class MusicGen(MusicGenEngine):
    """Plays the brief's caption, and with MusicGen Melody a variation of its programme's motif.

    The folder may hold a plain MusicGen instead, mono or stereo: that one plays by the caption alone.
    """

    name = "musicgen"
    version = 1

    def load(self) -> TransformersPlayer:
        folder = self.host.weights(REPOSITORY)
        kind = transformers.AutoConfig.from_pretrained(folder).model_type
        maker = (
            transformers.MusicgenMelodyForConditionalGeneration
            if kind == "musicgen_melody"
            else transformers.MusicgenForConditionalGeneration
        )
        model = maker.from_pretrained(folder, dtype=self.host.half)
        model.audio_encoder.float()  # tokens alone pass between the two, and sound deserves all its bits
        return TransformersPlayer(
            model.eval(), transformers.AutoTokenizer.from_pretrained(folder), self.window_s
        )


class TransformersPlayer(torch.nn.Module):
    """A MusicGen and its tokenizer."""

    def __init__(self, model: Any, tokenizer: Any, window_s: float) -> None:
        super().__init__()
        self.model = model
        self.tokenizer = tokenizer
        self.rate: int = model.config.audio_encoder.sampling_rate
        self.frame_rate: int = model.config.audio_encoder.frame_rate
        self._channels: int = model.config.decoder.audio_channels
        self._codebooks: int = model.config.decoder.num_codebooks
        self._chroma_frames: int = getattr(model.config, "chroma_length", 0)
        heard_s = self._chroma_frames * CHROMA_HOP / self.rate or window_s
        self._longest = int(min(window_s, heard_s) * self.frame_rate)

    def play(
        self, brief: MusicBrief, seconds: float, progress: Callable[[float], None]
    ) -> NDArray[np.float32]:
        """(channels, n) float32 at ``rate``, of ``seconds`` or a little longer.

        All windows are played as tokens and turned into sound at once, so they join without a seam.
        """
        frames = ceil(seconds * self.frame_rate) + 1
        codes = torch.zeros((self._codebooks, 0), dtype=torch.long, device=self.model.device)
        cuda = [self.model.device] if self.model.device.type == "cuda" else []
        with torch.random.fork_rng(devices=cuda), torch.inference_mode():
            torch.manual_seed(brief.seed)
            for window in windows(frames, self._longest):
                played = self._continue(brief, window, codes, _Listener(frames, window, progress))
                codes = torch.cat([codes, played], dim=1)
            return self._sound(codes)

    def _continue(
        self, brief: MusicBrief, window: Window, codes: torch.Tensor, listener: _Listener
    ) -> torch.Tensor:
        """What is new in ``window``: (codebooks, frames) of codes, after those that it hears of ``codes``."""
        heard = codes[:, window.start : window.prompted]
        delays = torch.arange(self._codebooks) // self._channels
        text = self.tokenizer([caption(brief)], return_tensors="pt").to(self.model.device)
        given = {"decoder_input_ids": heard} if heard.shape[1] else {}
        if (melody := self._melody(brief, window)) is not None:
            given["input_features"] = melody
        self.model.generate(
            input_ids=text.input_ids,
            attention_mask=text.attention_mask,
            max_new_tokens=window.end - window.prompted + int(delays[-1]),
            do_sample=True,
            top_k=TOP_K,
            guidance_scale=GUIDANCE,
            stopping_criteria=transformers.StoppingCriteriaList([listener]),
            **given,
        )
        # Codebook k speaks delays[k] steps late, behind one start token (the paper's delay pattern).
        first = 1 + delays + window.prompted - window.start
        count = window.end - window.prompted
        return torch.stack(
            [row[start : start + count] for row, start in zip(listener.tokens, first.tolist(), strict=True)]
        )

    def _melody(self, brief: MusicBrief, window: Window) -> torch.Tensor | None:
        """The motif under a window as the model's feature extractor would hear it: (1, chroma_length, 12)."""
        motif = motif_for(brief)
        if motif is None or not self._chroma_frames:
            return None
        times_s = window.start / self.frame_rate + np.arange(self._chroma_frames) * CHROMA_HOP / self.rate
        heard = torch.from_numpy(chroma(motif, brief, times_s))[None]
        return heard.to(self.model.device, self.model.decoder.dtype)

    def _sound(self, codes: torch.Tensor) -> NDArray[np.float32]:
        """Codes of all channels, interleaved by codebook, as sound."""
        sides = [
            self.model.audio_encoder.decode(codes[side :: self._channels][None, None], [None]).audio_values[0]
            for side in range(self._channels)
        ]
        return np.asarray(torch.cat(sides).float().cpu().numpy(), dtype=np.float32)


class _Listener(transformers.StoppingCriteria):  # type: ignore[misc]
    """Hears every step of a window: tells the progress of the whole bed, and keeps the tokens.

    ``generate`` itself gives back sound only, which could not be continued without a loss.
    """

    def __init__(self, frames: int, window: Window, progress: Callable[[float], None]) -> None:
        self.tokens = torch.zeros((0, 0), dtype=torch.long)
        """(codebooks, 1 + steps), as they were drawn, each codebook late by its delay."""
        self._frames = frames
        self._window = window
        self._progress = progress

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        self.tokens = input_ids
        played = min(self._window.start + input_ids.shape[1] - 1, self._window.end)
        self._progress(played / self._frames)
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)
