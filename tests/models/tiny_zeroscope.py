"""Zeroscope's two repositories with the real classes, tiny and with random weights."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet3DConditionModel
from diffusers.utils import logging

from tests.models.tiny_text import clip_text_model, save_clip_text_model, save_clip_tokenizer

_HIDDEN = 16
_INDEX = """{
  "_class_name": "%s",
  "_diffusers_version": "0.17.0",
  "scheduler": ["diffusers", "DDIMScheduler"],
  "text_encoder": ["transformers", "CLIPTextModel"],
  "tokenizer": ["transformers", "CLIPTokenizer"],
  "unet": ["diffusers", "UNet3DConditionModel"],
  "vae": ["diffusers", "AutoencoderKL"]
}
"""


def save_zeroscope(models: Path) -> None:
    """Write both repositories below ``models``. Their weights are ``.bin``, as the real ones are."""
    logging.set_verbosity_error()  # it warns that .bin is the older form
    _save(models / "cerspense/zeroscope_v2_576w", "TextToVideoSDPipeline", seed=1)
    _save(models / "cerspense/zeroscope_v2_XL", "VideoToVideoSDPipeline", seed=2)


def _save(folder: Path, pipeline: str, *, seed: int) -> None:
    torch.manual_seed(seed)
    _unet().save_pretrained(folder / "unet", safe_serialization=False)
    _vae().save_pretrained(folder / "vae", safe_serialization=False)
    save_clip_text_model(clip_text_model(_HIDDEN), folder / "text_encoder")
    save_clip_tokenizer(folder / "tokenizer")
    DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    ).save_pretrained(folder / "scheduler")
    (folder / "model_index.json").write_text(_INDEX % pipeline)


def _unet() -> UNet3DConditionModel:
    """Two of the real one's four levels: one with attention to the words, one without."""
    return UNet3DConditionModel(
        sample_size=8,
        block_out_channels=(8, 8),
        down_block_types=("CrossAttnDownBlock3D", "DownBlock3D"),
        up_block_types=("UpBlock3D", "CrossAttnUpBlock3D"),
        layers_per_block=1,
        norm_num_groups=4,
        cross_attention_dim=_HIDDEN,
        attention_head_dim=4,
    ).eval()


def _vae() -> AutoencoderKL:
    """Eight pixels to a latent, as the real one."""
    return AutoencoderKL(
        block_out_channels=(4, 4, 4, 4),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=2,
        sample_size=64,
        scaling_factor=0.18215,
    ).eval()
