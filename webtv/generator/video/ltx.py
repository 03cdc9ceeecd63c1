"""LTX-Video 2B 0.9.8 distilled: seven steps without guidance, faster than it airs on a large GPU.

Weights: Lightricks/LTX-Video under the LTXV Open Weights licence. Steps and decoding follow the configuration
of the distilled models in their repository, in the numbers of diffusers' documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
from diffusers import (
    AutoencoderKLLTXVideo,
    FlowMatchEulerDiscreteScheduler,
    LTXConditionPipeline,
    LTXVideoTransformer3DModel,
)

from webtv.domain import Rung
from webtv.generator.video.diffusion import generator, unheard
from webtv.generator.video.pipeline import Effort, PipelineEngine, StepDone, TakePlan

REPOSITORY = "Lightricks/LTX-Video"
SINGLE_FILE = "ltxv-2b-0.9.8-distilled.safetensors"

TIMESTEPS = (1000, 993, 987, 981, 975, 909, 725)
"""diffusers documents an eighth, 0.03: it would move the latents by 0.003 % of what the network says, for an
eighth of the work. The model's own configuration has these seven."""
DECODE_TIMESTEP = 0.05
DECODE_NOISE_SCALE = 0.025

VAE_SHAPE: dict[str, Any] = {
    "block_out_channels": (128, 256, 512, 1024, 2048),
    "down_block_types": ("LTXVideo095DownBlock3D",) * 4,
    "decoder_block_out_channels": (256, 512, 1024),
    "layers_per_block": (4, 6, 6, 2, 2),
    "decoder_layers_per_block": (5, 5, 5, 5),
    "spatio_temporal_scaling": (True,) * 4,
    "decoder_spatio_temporal_scaling": (True,) * 3,
    "decoder_inject_noise": (False,) * 4,
    "downsample_type": ("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
    "upsample_residual": (True,) * 3,
    "upsample_factor": (2,) * 3,
    "timestep_conditioning": True,
    "spatial_compression_ratio": 32,
    "temporal_compression_ratio": 8,
}
"""Of the autoencoder in the single file, which is that of 0.9.5 (diffusers, ``convert_ltx_to_diffusers.py``);
the ``vae/config.json`` beside it is of an older one. Without it, diffusers would ask the network."""


class LTX(PipelineEngine):
    """Video backend ``ltx``.

    By ``LTXConditionPipeline``, without a condition: ``LTXPipeline`` always hands its own sigmas to the
    scheduler and so refuses the timesteps that the model was distilled for.

    The model is told the rate of its frames. On the cheaper rungs it films fewer of them a second, with the
    motion right, and the interpolator fills in.
    """

    name = "ltx"
    version = 1
    multiple = 32
    stride = 8
    rungs: ClassVar[Mapping[Rung, Effort]] = {
        "draft": Effort(pixels=704 * 384, frames=65, fps=15, steps=len(TIMESTEPS)),
        "standard": Effort(pixels=1024 * 576, frames=121, fps=24, steps=len(TIMESTEPS)),
        "full": Effort(pixels=1216 * 704, frames=193, fps=30, steps=len(TIMESTEPS)),
    }

    def load(self) -> Any:
        folder = self.host.weights(REPOSITORY)
        # The folder's scheduler shifts steps by the picture's size; distilled steps stay as they are.
        parts: dict[str, Any] = {"scheduler": FlowMatchEulerDiscreteScheduler()}
        if (folder / SINGLE_FILE).is_file():
            parts |= from_single_file(folder, self.dtype)
        pipe = LTXConditionPipeline.from_pretrained(
            str(folder), dtype=self.dtype, local_files_only=True, **parts
        )
        pipe.set_progress_bar_config(disable=True)
        if self.host.settings.compile:
            pipe.transformer.compile_repeated_blocks()
        return pipe

    def call(self, pipe: Any, plan: TakePlan, step_done: StepDone) -> torch.Tensor:
        with unheard(FlowMatchEulerDiscreteScheduler.__module__, "`timesteps` were passed without `sigmas`"):
            made = pipe(
                prompt=plan.shot.prompt,
                width=plan.width,
                height=plan.height,
                num_frames=plan.frames,
                frame_rate=plan.fps,
                timesteps=list(TIMESTEPS),
                guidance_scale=1.0,
                decode_timestep=DECODE_TIMESTEP,
                decode_noise_scale=DECODE_NOISE_SCALE,
                generator=generator(plan.shot.seed),
                output_type="pt",
                callback_on_step_end=step_done,
            )
        video: torch.Tensor = made.frames[0]
        return video.float()

    def spare(self, pipe: Any) -> None:
        pipe.vae.enable_tiling()
        pipe.vae.use_framewise_decoding = True


def from_single_file(folder: Path, dtype: torch.dtype) -> dict[str, Any]:
    """Transformer and autoencoder out of the one file that holds both in their original layout.

    Raises OSError when weights are missing in it, and whatever the libraries raise of a damaged file.
    """
    path = str(folder / SINGLE_FILE)
    given = {"config": str(folder), "dtype": dtype, "local_files_only": True}
    try:
        return {
            "transformer": LTXVideoTransformer3DModel.from_single_file(
                path, subfolder="transformer", **given
            ),
            "vae": AutoencoderKLLTXVideo.from_single_file(path, subfolder="vae", **given, **VAE_SHAPE),
        }
    except NotImplementedError as error:  # from torch: diffusers leaves what it did not find without data
        raise OSError(f"{SINGLE_FILE}: keys are missing ({error})") from error
