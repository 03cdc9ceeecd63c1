"""ACE-Step 1.5 through diffusers: music by flow matching in eight steps; its weights may be used freely."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

import diffusers
import numpy as np
import torch
from numpy.typing import NDArray

from webtv.domain import SAMPLE_RATE, MusicBrief
from webtv.engines import Engine
from webtv.postprocess.music.bed import bed_of
from webtv.postprocess.music.wording import caption

REPOSITORY = "ACE-Step/acestep-v15-xl-turbo-diffusers"
STEPS = 8
SHIFT = 3.0
"""Both as the turbo weights were distilled for; guidance is in the weights."""
SHORTEST_S = 10
"""What the model was trained on reaches from 10 s to 10 minutes; of a shorter bed the rest is cut off."""
INSTRUMENTAL = "[Instrumental]"
_SCALE = {"major": "major", "lydian": "major", "mixolydian": "major"}
"""The model knows major and minor keys; what is not here is nearest to minor. The caption says the mode."""


class ACEStep(Engine):
    """Plays the brief's caption at its key and tempo, the whole bed at once.

    It takes no melody but a finished piece to cover, so clips of a programme share no theme with it.
    """

    name = "ace_step"
    version = 1

    def check(self) -> None:
        with self.host.using(self.name, self._load):
            pass

    def compose(
        self, brief: MusicBrief, samples: int, *, progress: Callable[[float], None] | None = None
    ) -> NDArray[np.float32]:
        """See ``Musician.compose``."""

        def step(_pipe: Any, number: int, _time: float, _tensors: dict[str, Any]) -> dict[str, Any]:
            if progress:
                progress((number + 1) / (STEPS + 1))
            return {}

        with self.host.using(self.name, self._load) as pipe:
            played = pipe(
                prompt=caption(brief),
                lyrics=INSTRUMENTAL,
                vocal_language="unknown",
                # Whole seconds: of other lengths the pipeline rounds some to two different counts of latents.
                audio_duration=float(max(SHORTEST_S, ceil(samples / SAMPLE_RATE))),
                num_inference_steps=STEPS,
                shift=SHIFT,
                guidance_scale=1.0,
                generator=torch.Generator("cpu").manual_seed(brief.seed),
                bpm=brief.tempo_bpm,
                keyscale=f"{brief.key} {_SCALE.get(brief.mode, 'minor')}",
                timesignature="4",
                output_type="np",
                callback_on_step_end=step,
            ).audios[0]
        bed = bed_of(np.asarray(played, dtype=np.float32), pipe.sample_rate, samples)
        if progress:
            progress(1.0)
        return bed

    def _load(self) -> Any:
        folder = self.host.weights(REPOSITORY)
        # Its weights are bfloat16, beyond the range of float16.
        dtype = torch.float32 if self.host.device == "cpu" else torch.bfloat16
        pipe = diffusers.AceStepPipeline.from_pretrained(folder, dtype=dtype)
        pipe.set_progress_bar_config(disable=True)
        return pipe
