"""Wan 2.1 text-to-video, 1.3B: slower than ``ltx``, under a licence without conditions on use.

Weights: Wan-AI/Wan2.1-T2V-1.3B-Diffusers, Apache-2.0. Size, frames, rate and guidance follow its model card.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanPipeline

from webtv.domain import Rung
from webtv.generator.video.diffusion import generator
from webtv.generator.video.pipeline import Effort, PipelineEngine, StepDone, TakePlan

REPOSITORY = "Wan-AI/Wan2.1-T2V-1.3B-Diffusers"
GUIDANCE = 5.0
FLOW_SHIFT = 3.0
"""For pictures of 480 lines; 5.0 is for 720, at which this model is not steady."""
NEGATIVE = (
    "still picture, slide, text, subtitles, watermark, logo, overexposed, washed out, blurred, low quality, "
    "JPEG artefacts, deformed hands, extra fingers, distorted face, fused limbs, walking backwards, nsfw"
)

_FPS = 16
_FRAMES = 81


class Wan(PipelineEngine):
    """Video backend ``wan``.

    The model knows one rate, 16 frames a second, and up to 81 frames. All rungs keep to both: fewer frames
    would be slower motion. A shot of more than 5 s is stretched.
    """

    name = "wan"
    version = 1
    multiple = 16
    stride = 4
    rungs: ClassVar[Mapping[Rung, Effort]] = {
        "draft": Effort(pixels=576 * 320, frames=_FRAMES, fps=_FPS, steps=20),
        "standard": Effort(pixels=832 * 480, frames=_FRAMES, fps=_FPS, steps=30),
        "full": Effort(pixels=832 * 480, frames=_FRAMES, fps=_FPS, steps=50),
    }

    def load(self) -> Any:
        folder = str(self.host.weights(REPOSITORY))
        # in half precision its decoder shows blocks and flicker
        vae = AutoencoderKLWan.from_pretrained(
            folder, subfolder="vae", dtype=torch.float32, local_files_only=True
        )
        scheduler = UniPCMultistepScheduler.from_pretrained(
            folder, subfolder="scheduler", flow_shift=FLOW_SHIFT, local_files_only=True
        )
        pipe = WanPipeline.from_pretrained(
            folder, vae=vae, scheduler=scheduler, dtype=self.dtype, local_files_only=True
        )
        pipe.set_progress_bar_config(disable=True)
        if self.host.settings.compile:
            pipe.transformer.compile_repeated_blocks()
        return pipe

    def call(self, pipe: Any, plan: TakePlan, step_done: StepDone) -> torch.Tensor:
        made = pipe(
            prompt=plan.shot.prompt,
            negative_prompt=NEGATIVE,
            width=plan.width,
            height=plan.height,
            num_frames=plan.frames,
            num_inference_steps=plan.steps,
            guidance_scale=GUIDANCE,
            generator=generator(plan.shot.seed),
            output_type="pt",
            callback_on_step_end=step_done,
        )
        video: torch.Tensor = made.frames[0]
        return video.float()

    def spare(self, pipe: Any) -> None:
        pipe.vae.enable_tiling()
