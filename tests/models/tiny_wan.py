"""Wan 2.1 with the real classes, tiny and with random weights."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanTransformer3DModel

from tests.models.tiny_t5 import HIDDEN, save_t5
from webtv.generator.video.wan import REPOSITORY

_LATENT_CHANNELS = 16
_INDEX = {
    "_class_name": "WanPipeline",
    "_diffusers_version": "0.33.0.dev0",
    "scheduler": ["diffusers", "UniPCMultistepScheduler"],
    "text_encoder": ["transformers", "UMT5EncoderModel"],
    "tokenizer": ["transformers", "T5TokenizerFast"],
    "transformer": ["diffusers", "WanTransformer3DModel"],
    "vae": ["diffusers", "AutoencoderKLWan"],
}


def save_wan(models: Path) -> None:
    """Write the repository below ``models``."""
    folder = models / REPOSITORY
    folder.mkdir(parents=True)
    torch.manual_seed(4)
    save_t5(folder, kind="umt5")
    _transformer().save_pretrained(folder / "transformer")
    _vae().save_pretrained(folder / "vae")
    UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=5.0
    ).save_pretrained(folder / "scheduler")
    (folder / "model_index.json").write_text(json.dumps(_INDEX))


def _transformer() -> WanTransformer3DModel:
    return WanTransformer3DModel(
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=_LATENT_CHANNELS,
        out_channels=_LATENT_CHANNELS,
        text_dim=HIDDEN,
        freq_dim=16,
        ffn_dim=32,
        num_layers=1,
    ).eval()


def _vae() -> AutoencoderKLWan:
    """Eight pixels and four frames to a latent, as the real one."""
    return AutoencoderKLWan(
        base_dim=4, z_dim=_LATENT_CHANNELS, dim_mult=[1, 1, 1, 1], num_res_blocks=1
    ).eval()
