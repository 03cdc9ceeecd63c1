"""Wan 2.1 1.3B in full size: our engine and plain diffusers, on the same random weights in the same run.

Plain is ``WanPipeline`` with its defaults: 81 frames, 50 steps with guidance, pictures to numpy. Networks
work in bfloat16 and the autoencoder in float32, as the model's card has them; UMT5 XXL is included.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanPipeline, WanTransformer3DModel

from bench.accelerator import counted_tflop, extended, full_size, timed
from bench.random_weights import RandomHost, house_of, quiet, shot, t5, warmed
from bench.table import Figure
from bench.ways import Way, compared
from webtv.generator.video.wan import FLOW_SHIFT, Wan
from webtv.models.settings import HostSettings

PLAIN_STEPS = 50

_FULL: dict[str, dict[str, Any]] = {
    "transformer": {"num_attention_heads": 12, "ffn_dim": 8960, "num_layers": 30},
    "vae": {},
}
"""diffusers' defaults are the transformer of 14 billion parameters, and the autoencoder of both."""
_TINY: dict[str, dict[str, Any]] = {
    "transformer": {
        "num_attention_heads": 2,
        "attention_head_dim": 12,
        "text_dim": 16,
        "freq_dim": 16,
        "ffn_dim": 32,
        "num_layers": 1,
    },
    "vae": {"base_dim": 4, "dim_mult": [1, 1, 1, 1], "num_res_blocks": 1},
}


def figures(device: str, *, quick: bool) -> list[Figure]:
    """Takes of both ways, in full size on a GPU."""
    full = full_size(device, quick=quick)
    house = house_of(full=full)
    planned = shot(5.0 if full else 1.0)
    pipe = _pipeline(device, full=full)
    engine = Wan(RandomHost(HostSettings(device=device), {"wan": pipe}))
    plan = engine.plan(planned, house.width, house.height, "standard")

    def film_plainly(steps: int = PLAIN_STEPS) -> None:
        size = {"width": plan.width, "height": plan.height, "num_frames": plan.frames}
        pipe(prompt=planned.prompt, num_inference_steps=steps, **size)

    known = {steps: counted_tflop(partial(film_plainly, steps)) for steps in (1, 2)}
    plain = Way(planned.seconds, timed(device, film_plainly), extended(known, to=PLAIN_STEPS))
    if full:
        pipe.transformer.compile_repeated_blocks()
    warmed(engine, [planned], house, until=1 / plan.steps)
    spent = timed(device, lambda: list(engine.film([planned], width=house.width, height=house.height)))
    ours = Way(planned.seconds, spent, extended(known, to=plan.steps))
    return compared("take", ours, plain, device=device)


def _pipeline(device: str, *, full: bool) -> Any:
    torch.manual_seed(0)
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    config = _FULL if full else _TINY
    with torch.device(device):
        transformer = WanTransformer3DModel(**config["transformer"])
        vae = AutoencoderKLWan(**config["vae"])
    scheduler = UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=FLOW_SHIFT
    )
    return quiet(
        WanPipeline(
            transformer=transformer.eval().to(dtype),
            vae=vae.eval(),
            scheduler=scheduler,
            **t5("umt5", device, dtype, full=full),
        )
    )
