"""Zeroscope in full size: our engine and plain diffusers. Weights are random: speed does not depend on them.

Plain is what the models' cards do, with the pipelines' defaults: one prompt after another, DDIM with 50
steps, the pictures of pass one decoded, resized and encoded again for pass two at a strength of 0.6, the
autoencoder working on slices. Both work in half precision, on the same weights, in the same run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
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
from diffusers.utils import logging
from PIL import Image
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from bench.table import Figure
from webtv.domain import HouseFormat, Movement, Shot
from webtv.errors import Cancelled
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

ROOFLINE_TFLOPS = 790
"""What large matrix products in half precision reach on an H100 or H200; their data sheet says 989."""
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
        "block_out_channels": (8, 8, 8, 8),
        "layers_per_block": 1,
        "norm_num_groups": 4,
        "cross_attention_dim": 16,
        "attention_head_dim": 4,
    },
    "vae": {"block_out_channels": (4, 4, 4, 4), "norm_num_groups": 2, "sample_size": 64},
    "text": {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2},
}
_SHOT = Shot(
    subject="a fox",
    action="runs left",
    setting="snow",
    framing="wide",
    movement=Movement(),
    light="dusk",
    palette="blue",
    style="film",
    seconds=4,
    seed=0,
)


class _RandomHost(Host):
    """Its models are made, not read."""

    def __init__(self, settings: HostSettings, pipelines: dict[str, Any]) -> None:
        super().__init__(settings)
        self._pipelines = pipelines

    def using(self, key: str, load: Callable[[], Any]) -> AbstractContextManager[Any]:
        return super().using(key, lambda: self._pipelines[key])


def figures(device: str, *, quick: bool) -> list[Figure]:
    """Seconds per take of both ways, in full size on a GPU.

    With ``quick``, or on ``cpu``, the networks are tiny: that shows that it works and says nothing of speed.
    """
    logging.set_verbosity_error()  # that the pipelines are deprecated is known
    full = device != "cpu" and not quick
    house = HouseFormat() if full else HouseFormat(width=64, height=64)
    settings = HostSettings(device=device, compile=full)
    pipelines = _pipelines(_FULL if full else _TINY, Host(settings))

    _film_plainly(pipelines, house, steps=2)
    plain_s, plain_gb = _timed(device, lambda: _film_plainly(pipelines, house))
    for pipe in pipelines.values():
        prepare(pipe, compile=settings.compile)
    engine = Zeroscope(_RandomHost(settings, pipelines))
    shots = [_SHOT.model_copy(update={"seed": seed}) for seed in range(engine.batch)]
    _warm(engine, shots, house)
    batch_s, peak_gb = _timed(
        device, lambda: list(engine.film(shots, width=house.width, height=house.height))
    )
    take_s = batch_s / len(shots)

    shown = [
        Figure("Zeroscope, standard rung: seconds per take of 24 frames", take_s, "s"),
        Figure("  seconds of clip per second", _SHOT.seconds / take_s, "s"),
        Figure("  throughput over plain diffusers", plain_s / take_s, "times", "≥ 2.5"),
        Figure("  plain diffusers: seconds per take", plain_s, "s"),
    ]
    if full:
        plain_gflop = _plain_gflop()
        shown += [
            Figure("  share of the roofline", 100 * _share(RUNGS["standard"].gflop, take_s), "%", "≥ 50"),
            Figure("  plain diffusers: share of the roofline", 100 * _share(plain_gflop, plain_s), "%"),
            Figure("  peak memory, both passes held", peak_gb, "GB", "≤ 24"),
            Figure("  plain diffusers: peak memory", plain_gb, "GB"),
        ]
    return shown


def _share(gflop: int, seconds: float) -> float:
    return gflop / 1000 / seconds / ROOFLINE_TFLOPS


def _plain_gflop() -> int:
    first = PLAIN_STEPS * STEP_GFLOP + DECODE_GFLOP
    return first + ENCODE_GFLOP + int(PLAIN_STEPS * PLAIN_STRENGTH) * LARGE_STEP_GFLOP + LARGE_DECODE_GFLOP


def _timed(device: str, work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and the peak of the device's memory in GB (0 on a CPU)."""
    cuda = device != "cpu"
    if cuda:
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
    began = time.monotonic()
    work()
    if cuda:
        torch.cuda.synchronize(device)
    return time.monotonic() - began, torch.cuda.max_memory_allocated(device) / 1e9 if cuda else 0.0


def _film_plainly(pipelines: dict[str, Any], house: HouseFormat, steps: int = PLAIN_STEPS) -> None:
    small, large = sizes(house.width, house.height)
    frames = pipelines["zeroscope/576w"](
        _SHOT.prompt, width=small[0], height=small[1], num_frames=PLAIN_FRAMES, num_inference_steps=steps
    ).frames[0]
    pictures = [
        Image.fromarray((np.nan_to_num(frame) * 255).astype(np.uint8)).resize(large) for frame in frames
    ]
    pipelines["zeroscope/xl"](
        _SHOT.prompt, video=pictures, strength=PLAIN_STRENGTH, num_inference_steps=steps
    )


def _warm(engine: Zeroscope, shots: list[Shot], house: HouseFormat) -> None:
    """Pass one, and one step of pass two: both networks are then compiled, and kernels chosen."""
    effort = RUNGS["standard"]

    def stop_in_pass_two(done: float) -> None:
        if done > effort.steps * STEP_GFLOP / effort.gflop:
            raise Cancelled

    with suppress(Cancelled):
        list(engine.film(shots, width=house.width, height=house.height, progress=stop_in_pass_two))


def _pipelines(config: dict[str, Any], host: Host) -> dict[str, Any]:
    torch.manual_seed(0)
    pipelines = {
        "zeroscope/576w": TextToVideoSDPipeline(**_parts(config, host)),
        "zeroscope/xl": VideoToVideoSDPipeline(**_parts(config, host)),
    }
    for pipe in pipelines.values():
        pipe.vae.enable_slicing()
        pipe.set_progress_bar_config(disable=True)
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
