"""Zeroscope v2 in two passes: 576w films the shots small, XL films them again at full size.

Weights: cerspense/zeroscope_v2_576w and cerspense/zeroscope_v2_XL, both CC-BY-NC-4.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import structlog
import torch

from webtv.domain import Rung, Shot, Take
from webtv.engines import Engine
from webtv.generator.video.diffusion import Meter, as_take, generator, shortage_forgiven
from webtv.generator.video.zeroscope.effort import (
    DECODE_GFLOP,
    LARGE_DECODE_GFLOP,
    LARGE_STEP_GFLOP,
    RUNGS,
    STEP_GFLOP,
    Size,
    TwoPassEffort,
    sizes,
)
from webtv.generator.video.zeroscope.pipelines import (
    decode,
    enlarge,
    fitting,
    load_large,
    load_small,
    sparing,
)
from webtv.models.host import Host

log = structlog.get_logger()

NEGATIVE = "text, watermark, logo, subtitles, blurry, low quality, distorted, deformed, flickering, nsfw"


class Zeroscope(Engine):
    """Video backend ``zeroscope``.

    Pass one films all shots of a batch at once, for a single one leaves a large GPU partly idle. Pass two,
    which fills it, films them one after another, and each take goes out as soon as it is made. The latents of
    pass one go to pass two without being decoded and encoded: see ``enlarge``.

    Each take has 24 frames, spread over the shot's seconds: 6 frames a second for 4 s.
    """

    name = "zeroscope"
    version = 1
    batch = 4
    learned = True

    def __init__(self, host: Host | None = None) -> None:
        super().__init__(host)
        self._cut_told = False

    def film(
        self,
        shots: Sequence[Shot],
        *,
        width: int,
        height: int,
        rung: Rung = "standard",
        progress: Callable[[float], None] | None = None,
    ) -> Iterator[Take]:
        """See ``VideoBackend.film``."""
        effort, (small, large) = RUNGS[rung], sizes(width, height)
        meter = Meter(progress, len(shots) * effort.gflop)
        for first in range(0, len(shots), self.batch):
            batch = shots[first : first + self.batch]
            with self._small() as pipe:
                drawn = self._draw(pipe, batch, small, effort, meter)
            for shot, latents in zip(batch, torch.split(drawn, 1), strict=True):
                yield self._finish(shot, latents, large, effort, meter)

    def check(self) -> None:
        for loaded in (self._small, self._large):
            with loaded():
                pass

    def _small(self) -> AbstractContextManager[Any]:
        return self.host.using("zeroscope/576w", lambda: load_small(self.host))

    def _large(self) -> AbstractContextManager[Any]:
        return self.host.using("zeroscope/xl", lambda: load_large(self.host))

    def _draw(
        self, pipe: Any, shots: Sequence[Shot], size: Size, effort: TwoPassEffort, meter: Meter
    ) -> torch.Tensor:
        """Pass one: latents (shots, 4, F, h, w). Short of memory it halves the batch again and again."""
        if len(shots) == 1:
            return sparing(pipe, self.host, lambda: self._draw_at_once(pipe, shots, size, effort, meter))
        with shortage_forgiven():
            return self._draw_at_once(pipe, shots, size, effort, meter)
        log.warning("pass one halves its batch: out of memory", engine=self.name, shots=len(shots))
        self.host.empty()
        half = len(shots) // 2
        halves = (self._draw(pipe, part, size, effort, meter) for part in (shots[:half], shots[half:]))
        return torch.cat([*halves])

    def _draw_at_once(
        self, pipe: Any, shots: Sequence[Shot], size: Size, effort: TwoPassEffort, meter: Meter
    ) -> torch.Tensor:
        step = len(shots) * STEP_GFLOP
        latents: torch.Tensor = pipe(
            prompt=[self._prompt(pipe, shot) for shot in shots],
            negative_prompt=[NEGATIVE] * len(shots),
            width=size[0],
            height=size[1],
            num_frames=effort.frames,
            num_inference_steps=effort.steps,
            guidance_scale=effort.guidance,
            generator=[generator(shot.seed) for shot in shots],
            callback=lambda done, *_: meter.at((done + 1) * step),
            output_type="latent",
        ).frames
        meter.finish(effort.steps * step)
        return latents

    def _finish(
        self, shot: Shot, latents: torch.Tensor, size: Size, effort: TwoPassEffort, meter: Meter
    ) -> Take:
        """Pass two where the rung has one, and pixels. ``latents`` is (1, 4, F, h, w)."""
        if not effort.large_steps:
            with self._small() as pipe:
                return self._develop(pipe, shot, latents, DECODE_GFLOP, meter)
        with self._large() as pipe:
            video = enlarge(latents, *size)
            redrawn = sparing(pipe, self.host, lambda: self._redraw(pipe, shot, video, effort, meter))
            return self._develop(pipe, shot, redrawn, LARGE_DECODE_GFLOP, meter)

    def _redraw(
        self, pipe: Any, shot: Shot, video: torch.Tensor, effort: TwoPassEffort, meter: Meter
    ) -> torch.Tensor:
        latents: torch.Tensor = pipe(
            prompt=self._prompt(pipe, shot),
            negative_prompt=NEGATIVE,
            video=video,
            strength=effort.strength,
            num_inference_steps=effort.large_steps,
            guidance_scale=effort.large_guidance,
            generator=generator(2**32 - 1 - shot.seed),  # other noise than pass one began with
            callback=lambda done, *_: meter.at((done + 1) * LARGE_STEP_GFLOP),
            output_type="latent",
        ).frames
        meter.finish(effort.large_calls * LARGE_STEP_GFLOP)
        return latents

    def _develop(self, pipe: Any, shot: Shot, latents: torch.Tensor, gflop: int, meter: Meter) -> Take:
        pictures = sparing(pipe, self.host, lambda: decode(pipe, latents))
        take = as_take(pictures, shot.seconds)
        meter.finish(gflop)
        return take

    def _prompt(self, pipe: Any, shot: Shot) -> str:
        prompt = fitting(pipe.tokenizer, shot.prompt)
        if prompt != shot.prompt and not self._cut_told:
            self._cut_told = True
            log.warning(
                "prompts are longer than CLIP reads and lose their end", prompt=shot.prompt, read=prompt
            )
        return prompt
