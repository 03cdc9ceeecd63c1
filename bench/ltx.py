"""LTX-Video in full size: our engine and plain diffusers. Weights are random: speed does not depend on them.

Plain is ``LTXPipeline`` with its defaults: 50 steps with guidance, pictures to Pillow. Both work in bfloat16
on the same weights in the same run, the T5 encoder of 4.8 billion parameters included. Nothing overlaps here;
on a station, clips are conformed while the GPU films the next.
"""

from __future__ import annotations

import time
from functools import partial
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

from bench.accelerator import counted_tflop, extended, full_size, timed
from bench.random_weights import RandomHost, house_of, moving, quiet, shot, t5
from bench.stage import folder
from bench.table import Figure
from bench.ways import Way, compared
from tests.models.tiny_film import save_film
from webtv.domain import HouseFormat, Take
from webtv.generator.video.ltx import LTX, VAE_SHAPE
from webtv.generator.video.pipeline import TakePlan
from webtv.models.host import Host
from webtv.models.settings import HostSettings
from webtv.postprocess.conform import conform
from webtv.postprocess.interpolate import load_interpolator

PLAIN_STEPS = 50

_FULL: dict[str, dict[str, Any]] = {
    "transformer": {},
    "vae": VAE_SHAPE,
}
"""diffusers' defaults are the transformer of 2 billion parameters."""
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
}


def figures(device: str, *, quick: bool) -> list[Figure]:
    """Takes of both ways, in full size on a GPU, and from prompt to conformed clip."""
    full = full_size(device, quick=quick)
    house = house_of(full=full)
    planned = shot(4.0 if full else 1.0)
    parts = _parts(device, full=full)
    settings = HostSettings(device=device)
    engine = LTX(RandomHost(settings, {"ltx": quiet(LTXConditionPipeline(**parts))}))
    plan = engine.plan(planned, house.width, house.height, "standard")

    def film() -> Take:
        return next(engine.film([planned], width=house.width, height=house.height))

    def film_plainly(steps: int = PLAIN_STEPS) -> None:
        pipe = quiet(LTXPipeline(**parts))
        size = {"width": plan.width, "height": plan.height, "num_frames": plan.frames}
        pipe(prompt=planned.prompt, num_inference_steps=steps, **size)

    tflop = counted_tflop(film)
    plain_tflop = extended({n: counted_tflop(partial(film_plainly, n)) for n in (1, 2)}, to=PLAIN_STEPS)
    plain = Way(planned.seconds, timed(device, film_plainly), plain_tflop)
    if full:
        parts["transformer"].compile_repeated_blocks()
        film()
    ours = Way(planned.seconds, timed(device, film), tflop)
    interpolator = "film" if full else "flow"
    finish_s, clip_s = _finished(interpolator, settings, plan, house)
    finished = clip_s / (ours.spent.seconds * clip_s / planned.seconds + finish_s)
    return [
        *compared("take", ours, plain, device=device),
        Figure(
            f"seconds of clip per second, {interpolator} and conform included",
            finished,
            "s",
            "≥ 1 s" if full else "",
        ),
    ]


def _parts(device: str, *, full: bool) -> dict[str, Any]:
    torch.manual_seed(0)
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    config = _FULL if full else _TINY
    with torch.device(device):
        models = {
            "transformer": LTXVideoTransformer3DModel(**config["transformer"]),
            "vae": AutoencoderKLLTXVideo(**config["vae"]),
        }
    parts = {name: model.eval().to(dtype) for name, model in models.items()}
    return parts | t5("t5", device, dtype, full=full) | {"scheduler": FlowMatchEulerDiscreteScheduler()}


def _finished(
    interpolator: str, settings: HostSettings, plan: TakePlan, house: HouseFormat
) -> tuple[float, float]:
    """Wall time to interpolate and conform a take of ``plan``, and how many seconds of clip that made."""
    quanta = house.quanta(plan.shot.seconds)
    sound = np.zeros((quanta * house.quantum_samples, 2), np.float32)
    take = Take(moving(plan.frames, plan.width, plan.height), fps=plan.fps)
    frames = quanta * house.quantum_frames

    with folder() as place:
        if interpolator == "film":
            save_film(place)
        engine = load_interpolator(interpolator, Host(settings.model_copy(update={"folder": place})))

        def finish() -> float:
            began = time.monotonic()
            pictures = engine.interpolate(take, frames, width=house.width, height=house.height)
            conform(pictures, sound, house, place / "clip.mp4")
            return time.monotonic() - began

        finish()
        return finish(), quanta * house.quantum_s
