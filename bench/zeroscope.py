"""Zeroscope in full size: our engine and plain diffusers. Weights are random: speed does not depend on them.

Plain is what the models' cards do, with the pipelines' defaults: one prompt after another, DDIM with 50
steps, the pictures of pass one decoded, resized and encoded again for pass two at a strength of 0.6, the
autoencoder working on slices. Both work in half precision, on the same weights, in the same run.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    TextToVideoSDPipeline,
    UNet3DConditionModel,
    VideoToVideoSDPipeline,
)
from PIL import Image
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from bench.accelerator import full_size, timed
from bench.random_weights import RandomHost, house_of, quiet, shot, warmed
from bench.table import Figure
from bench.ways import Way, compared
from webtv.domain import HouseFormat
from webtv.generator.video.zeroscope import Zeroscope
from webtv.generator.video.zeroscope.effort import (
    DECODE_GFLOP,
    LARGE_DECODE_GFLOP,
    LARGE_STEP_GFLOP,
    RUNGS,
    STEP_GFLOP,
    sizes,
)
from webtv.generator.video.zeroscope.pipelines import prepare
from webtv.models.host import Host
from webtv.models.settings import HostSettings

SECONDS = 4.0
ENCODE_GFLOP = 24 * 2_610
"""Counted work of encoding 24 frames of 1024x576."""
PLAIN_STEPS, PLAIN_STRENGTH, PLAIN_FRAMES = 50, 0.6, 24

_FULL = {
    "unet": {"block_out_channels": (320, 640, 1280, 1280), "cross_attention_dim": 1024, "sample_size": 32},
    "vae": {"block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "sample_size": 512},
    "text": {
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_hidden_layers": 23,
        "num_attention_heads": 16,
    },
}
_TINY = {
    "unet": {
        "block_out_channels": (8, 8),
        "down_block_types": ("CrossAttnDownBlock3D", "DownBlock3D"),
        "up_block_types": ("UpBlock3D", "CrossAttnUpBlock3D"),
        "layers_per_block": 1,
        "norm_num_groups": 4,
        "cross_attention_dim": 16,
        "attention_head_dim": 4,
    },
    "vae": {"block_out_channels": (4, 4, 4, 4), "norm_num_groups": 2, "sample_size": 64},
    "text": {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2},
}


def figures(device: str, *, quick: bool) -> list[Figure]:
    """Takes of both ways, in full size on a GPU. The engine films a batch at once."""
    full = full_size(device, quick=quick)
    house = house_of(full=full)
    settings = HostSettings(device=device, compile=full)
    pipelines = random_pipelines(Host(settings), full=full)

    _film_plainly(pipelines, house, steps=2)
    spent = timed(device, lambda: _film_plainly(pipelines, house))
    plain = Way(SECONDS, spent, _plain_gflop() / 1000 if full else 0)
    for pipe in pipelines.values():
        prepare(pipe, compile=settings.compile)
    engine = Zeroscope(RandomHost(settings, pipelines))
    shots = [shot(SECONDS, seed) for seed in range(engine.batch if full else 2)]
    effort = RUNGS["standard"]
    warmed(engine, shots, house, until=effort.steps * STEP_GFLOP / effort.gflop)  # until pass two has begun
    spent = timed(device, lambda: list(engine.film(shots, width=house.width, height=house.height)))
    ours = Way(SECONDS, spent, len(shots) * effort.gflop / 1000 if full else 0, len(shots))
    promises = {"faster": "≥ 2.5 x", "share": "≥ 50 %"} if full else {}
    return compared("take", ours, plain, device=device, promises=promises)


def _plain_gflop() -> int:
    first = PLAIN_STEPS * STEP_GFLOP + DECODE_GFLOP
    return first + ENCODE_GFLOP + int(PLAIN_STEPS * PLAIN_STRENGTH) * LARGE_STEP_GFLOP + LARGE_DECODE_GFLOP


def _film_plainly(pipelines: dict[str, Any], house: HouseFormat, steps: int = PLAIN_STEPS) -> None:
    small, large = sizes(house.width, house.height)
    frames = pipelines["zeroscope/576w"](
        shot(SECONDS).prompt,
        width=small[0],
        height=small[1],
        num_frames=PLAIN_FRAMES,
        num_inference_steps=steps,
    ).frames[0]
    pictures = [
        Image.fromarray((np.nan_to_num(frame) * 255).astype(np.uint8)).resize(large) for frame in frames
    ]
    pipelines["zeroscope/xl"](
        shot(SECONDS).prompt, video=pictures, strength=PLAIN_STRENGTH, num_inference_steps=steps
    )


def random_pipelines(host: Host, *, full: bool) -> dict[str, Any]:
    """Both passes' pipelines as diffusers makes them, by the keys under which the engine asks for them."""
    torch.manual_seed(0)
    config = _FULL if full else _TINY
    pipelines = {
        "zeroscope/576w": TextToVideoSDPipeline(**_parts(config, host)),
        "zeroscope/xl": VideoToVideoSDPipeline(**_parts(config, host)),
    }
    for pipe in pipelines.values():
        quiet(pipe).vae.enable_slicing()
    return pipelines


def _parts(config: dict[str, Any], host: Host) -> dict[str, Any]:
    letters = ByteLevel.alphabet()
    marks = ("<|startoftext|>", "<|endoftext|>")
    words = {
        word: number for number, word in enumerate((*letters, *(f"{one}</w>" for one in letters), *marks))
    }
    blocks = len(config["vae"]["block_out_channels"])
    with torch.device(host.device):
        text = CLIPTextModel(
            CLIPTextConfig(eos_token_id=words[marks[1]], hidden_act="gelu", **config["text"])
        )
        unet = UNet3DConditionModel(**config["unet"])
        vae = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * blocks,
            up_block_types=("UpDecoderBlock2D",) * blocks,
            **config["vae"],
        )
    return {
        "tokenizer": CLIPTokenizer(vocab=words, merges=[], model_max_length=77),
        "text_encoder": text.eval().to(host.half),
        "unet": unet.eval().to(host.half),
        "vae": vae.eval().to(host.half),
        "scheduler": DDIMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            clip_sample=False,
            set_alpha_to_one=False,
            steps_offset=1,
        ),
    }
