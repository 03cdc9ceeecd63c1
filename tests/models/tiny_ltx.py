"""LTX-Video with the real classes, tiny and with random weights: as a pipeline, and as its single file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLLTXVideo, FlowMatchEulerDiscreteScheduler, LTXVideoTransformer3DModel
from safetensors.torch import save_file

from tests.models.tiny_t5 import HIDDEN, save_t5
from webtv.generator.video.ltx import REPOSITORY, SINGLE_FILE, VAE_SHAPE

_LATENT_CHANNELS = 8
TINY_VAE = VAE_SHAPE | {
    "latent_channels": _LATENT_CHANNELS,
    "block_out_channels": (4, 8, 16, 32, 64),
    "decoder_block_out_channels": (8, 16, 32),
    "layers_per_block": (1, 0, 0, 0, 0),
    "decoder_layers_per_block": (1, 1, 1, 1),
}
TINY_VAE_OF_FILE = TINY_VAE | {
    "block_out_channels": (4, 8, 16, 256, 2048),
}
"""By the 2048 channels diffusers knows the layout of a single file."""
_INDEX = {
    "_class_name": "LTXPipeline",
    "_diffusers_version": "0.32.0.dev0",
    "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
    "text_encoder": ["transformers", "T5EncoderModel"],
    "tokenizer": ["transformers", "T5TokenizerFast"],
    "transformer": ["diffusers", "LTXVideoTransformer3DModel"],
    "vae": ["diffusers", "AutoencoderKLLTXVideo"],
}


def save_ltx(models: Path) -> None:
    """Write the repository below ``models`` in diffusers' layout."""
    folder = _save_rest(models)
    _transformer().save_pretrained(folder / "transformer")
    _vae(TINY_VAE).save_pretrained(folder / "vae")


def save_ltx_single_file(models: Path) -> None:
    """Write it as one file in the original layout, with the settings alone of the parts that are in it.

    As on the hub, ``vae/config.json`` is of another autoencoder than the file's, TINY_VAE_OF_FILE.
    """
    folder = _save_rest(models)
    transformer, vae = _transformer(), _vae(TINY_VAE_OF_FILE)
    transformer.save_config(folder / "transformer")
    _vae(TINY_VAE).save_config(folder / "vae")
    save_file(original_layout(transformer, vae), folder / SINGLE_FILE)


def original_layout(
    transformer: LTXVideoTransformer3DModel, vae: AutoencoderKLLTXVideo
) -> dict[str, torch.Tensor]:
    """The tensors of both under the names that Lightricks gives them."""
    tensors = {_original_transformer_name(name): value for name, value in transformer.state_dict().items()}
    tensors |= {_original_vae_name(name): value for name, value in vae.state_dict().items()}
    return {name: value.contiguous() for name, value in tensors.items()}


def _save_rest(models: Path) -> Path:
    folder = models / REPOSITORY
    folder.mkdir(parents=True)
    torch.manual_seed(3)
    save_t5(folder)
    FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True,
        base_shift=0.95,
        max_shift=2.05,
        base_image_seq_len=1024,
        max_image_seq_len=4096,
        shift_terminal=0.1,
    ).save_pretrained(folder / "scheduler")
    (folder / "model_index.json").write_text(json.dumps(_INDEX))
    return folder


def _transformer() -> LTXVideoTransformer3DModel:
    torch.manual_seed(1)
    return LTXVideoTransformer3DModel(
        in_channels=_LATENT_CHANNELS,
        out_channels=_LATENT_CHANNELS,
        num_attention_heads=2,
        attention_head_dim=8,
        cross_attention_dim=16,
        num_layers=1,
        caption_channels=HIDDEN,
    ).eval()


def _vae(shape: dict[str, Any]) -> AutoencoderKLLTXVideo:
    torch.manual_seed(2)
    return AutoencoderKLLTXVideo(**shape).eval()


def _renamed(name: str, names: dict[str, str]) -> str:
    for ours, theirs in names.items():
        if name.startswith(ours):
            return theirs + name.removeprefix(ours)
    return name


def _original_transformer_name(name: str) -> str:
    name = _renamed(name, {"proj_in": "patchify_proj", "time_embed": "adaln_single"})
    return "model.diffusion_model." + name.replace("norm_q", "q_norm").replace("norm_k", "k_norm")


def _original_vae_name(name: str) -> str:
    return "vae." + _renamed(name, _vae_names()).replace("resnets", "res_blocks")


def _vae_names() -> dict[str, str]:
    """In the original, blocks and what scales between them are counted in one row."""
    names = {
        "latents_mean": "per_channel_statistics.mean-of-means",
        "latents_std": "per_channel_statistics.std-of-means",
        "decoder.time_embedder": "decoder.last_time_embedder",
        "decoder.scale_shift_table": "decoder.last_scale_shift_table",
        "encoder.mid_block": "encoder.down_blocks.8",
        "decoder.mid_block": "decoder.up_blocks.0",
    }
    for block in range(4):
        names[f"encoder.down_blocks.{block}.downsamplers.0"] = f"encoder.down_blocks.{2 * block + 1}"
        names[f"encoder.down_blocks.{block}"] = f"encoder.down_blocks.{2 * block}"
    for block in range(3):
        names[f"decoder.up_blocks.{block}.upsamplers.0"] = f"decoder.up_blocks.{2 * block + 1}"
        names[f"decoder.up_blocks.{block}"] = f"decoder.up_blocks.{2 * block + 2}"
    return names
