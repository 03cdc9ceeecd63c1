"""LTX-Video in full size: our engine and plain diffusers. Weights are random: speed does not depend on them.

Plain is ``LTXPipeline`` with its defaults: 50 steps with guidance, pictures to Pillow. Both work in bfloat16
on the same weights in the same run, the T5 encoder of 4.8 billion parameters included. Nothing overlaps here;
on a station, clips are conformed while the GPU films the next.
"""

from __future__ import annotations

import string
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from diffusers import (
    AutoencoderKLLTXVideo,
    FlowMatchEulerDiscreteScheduler,
    LTXConditionPipeline,
    LTXPipeline,
    LTXVideoTransformer3DModel,
)
from numpy.typing import NDArray
from torch.utils.flop_counter import FlopCounterMode
from transformers import T5Config, T5EncoderModel, T5Tokenizer

from bench.stage import folder
from bench.table import Figure
from webtv.domain import HouseFormat, Movement, Shot, Take
from webtv.generator.video.ltx import LTX, VAE_SHAPE
from webtv.models.host import Host
from webtv.models.settings import HostSettings
from webtv.postprocess.conform import conform
from webtv.postprocess.interpolate import Interpolator, load_interpolator

ROOFLINE_TFLOPS = 790
"""What large matrix products in half precision reach on an H100 or H200; their data sheet says 989."""
SECONDS = 4.0

_FULL: dict[str, dict[str, Any]] = {
    "transformer": {},
    "vae": VAE_SHAPE,
    "text": {
        "d_model": 4096,
        "d_kv": 64,
        "d_ff": 10240,
        "num_layers": 24,
        "num_heads": 64,
        "vocab_size": 32128,
    },
}
"""diffusers' defaults are the transformer of 2 billion parameters; the encoder is T5 v1.1 XXL."""
_TINY: dict[str, dict[str, Any]] = {
    "transformer": {
        "in_channels": 8,
        "out_channels": 8,
        "num_attention_heads": 2,
        "attention_head_dim": 8,
        "cross_attention_dim": 16,
        "num_layers": 1,
        "caption_channels": 16,
    },
    "vae": VAE_SHAPE
    | {
        "latent_channels": 8,
        "block_out_channels": (4, 8, 16, 32, 64),
        "decoder_block_out_channels": (8, 16, 32),
        "layers_per_block": (1, 0, 0, 0, 0),
        "decoder_layers_per_block": (1, 1, 1, 1),
    },
    "text": {"d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2, "vocab_size": 128},
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
    seconds=SECONDS,
    seed=0,
)


class _RandomLTX(LTX):
    """Its weights are made, not read."""

    def __init__(self, host: Host, pipe: Any) -> None:
        super().__init__(host)
        self._pipe = pipe

    def load(self) -> Any:
        return self._pipe


def figures(device: str, *, quick: bool, interpolator: Interpolator | None = None) -> list[Figure]:
    """Seconds per take of both ways, in full size on a GPU, and from prompt to conformed clip.

    With ``quick``, or on ``cpu``, the networks are tiny: that shows that it works and says nothing of speed.
    ``interpolator`` is ``flow`` unless given.
    """
    full = device != "cpu" and not quick
    house = HouseFormat() if full else HouseFormat(width=64, height=64)
    shot = _SHOT if full else _SHOT.model_copy(update={"seconds": 1.0})
    parts = _parts(_FULL if full else _TINY, device)
    engine = _RandomLTX(Host(HostSettings(device=device)), _quiet(LTXConditionPipeline(**parts)))

    def film() -> Take:
        return next(engine.film([shot], width=house.width, height=house.height))

    with FlopCounterMode(display=False) as counter:
        film()
    plain_s, plain_gb = _timed(device, lambda: _film_plainly(parts, engine, shot, house))
    if full:
        parts["transformer"].compile_repeated_blocks()
        film()
    take_s, peak_gb = _timed(device, film)
    finish_s, clip_s = _finished(interpolator or load_interpolator("flow"), film().frames.shape, house, shot)
    shown = [
        Figure(f"LTX, standard rung: seconds per take of {shot.seconds:g} s", take_s, "s"),
        Figure("  throughput over plain diffusers", plain_s / take_s, "times"),
        Figure("  plain diffusers: seconds per take", plain_s, "s"),
        Figure("  seconds of clip per second", shot.seconds / take_s, "s"),
        Figure(
            "  seconds of clip per second, interpolated and conformed",
            clip_s / (take_s * clip_s / shot.seconds + finish_s),
            "s",
            "≥ 1",
        ),
    ]
    if full:
        share = counter.get_total_flops() / 1e12 / take_s / ROOFLINE_TFLOPS
        shown += [
            Figure("  share of the roofline", 100 * share, "%"),
            Figure("  peak memory", peak_gb, "GB"),
            Figure("  plain diffusers: peak memory", plain_gb, "GB"),
        ]
    return shown


def _parts(config: dict[str, dict[str, Any]], device: str) -> dict[str, Any]:
    torch.manual_seed(0)
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    letters = [(letter, -3.0) for letter in ("▁", *string.ascii_lowercase, *string.punctuation)]
    with torch.device(device):
        models = {
            "text_encoder": T5EncoderModel(T5Config(feed_forward_proj="gated-gelu", **config["text"])),
            "transformer": LTXVideoTransformer3DModel(**config["transformer"]),
            "vae": AutoencoderKLLTXVideo(**config["vae"]),
        }
    marks = [(mark, 0.0) for mark in ("<pad>", "</s>", "<unk>")]
    return {name: model.eval().to(dtype) for name, model in models.items()} | {
        "tokenizer": T5Tokenizer(vocab=marks + letters, extra_ids=0, model_max_length=256),
        "scheduler": FlowMatchEulerDiscreteScheduler(),
    }


def _quiet(pipe: Any) -> Any:
    pipe.set_progress_bar_config(disable=True)
    return pipe


def _film_plainly(parts: dict[str, Any], engine: LTX, shot: Shot, house: HouseFormat) -> None:
    job = engine.job(shot, house.width, house.height, "standard")
    pipe = _quiet(LTXPipeline(**parts))
    pipe(prompt=shot.prompt, width=job.width, height=job.height, num_frames=job.frames)


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


def _finished(
    interpolator: Interpolator, shape: tuple[int, ...], house: HouseFormat, shot: Shot
) -> tuple[float, float]:
    """Seconds to interpolate and conform a take of ``shape``, and how many seconds of clip that made.

    Random weights make noise, which no encoder is for: a pattern that moves stands in.
    """
    quanta = house.quanta(shot.seconds)
    sound = np.zeros((quanta * house.quantum_samples, 2), np.float32)
    take = Take(_pattern(*shape[:3]), fps=shape[0] / shot.seconds)
    frames = quanta * house.quantum_frames

    def finish() -> None:
        pictures = interpolator.interpolate(take, frames, width=house.width, height=house.height)
        conform(pictures, sound, house, place / "clip.mp4")

    with folder() as place:
        finish()
        seconds, _ = _timed("cpu", finish)
    return seconds, quanta * house.quantum_s


def _pattern(frames: int, height: int, width: int) -> NDArray[np.uint8]:
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    waves = [np.sin((x + 3 * number) / 17) * np.cos((y - 2 * number) / 29) for number in range(frames)]
    return np.repeat((127.5 + 100 * np.array(waves)).astype(np.uint8)[..., None], 3, axis=3)
