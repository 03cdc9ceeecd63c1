"""ACE-Step in full size: our engine and plain diffusers with its defaults, on the same random weights.

Both work in bfloat16, as the model's card has it.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers import (
    AceStepPipeline,
    AceStepTransformer1DModel,
    AutoencoderOobleck,
    FlowMatchEulerDiscreteScheduler,
)
from diffusers.pipelines.ace_step import AceStepConditionEncoder
from transformers import Qwen3Config, Qwen3Model

from bench.accelerator import counted_tflop, full_size, timed
from bench.musicgen import BRIEF, SECONDS
from bench.random_weights import RandomHost, quiet
from bench.table import Figure
from bench.ways import Way, compared
from tests.models import tiny_ace_step
from webtv.domain import SAMPLE_RATE
from webtv.models.settings import HostSettings
from webtv.postprocess.music.ace_step import ACEStep

_FULL: dict[str, dict[str, Any]] = {
    "transformer": {
        "hidden_size": 2560,
        "intermediate_size": 9728,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "encoder_hidden_size": 2048,
    },
    "conditions": {},
    "vae": {},
    "text": {
        "vocab_size": 151_669,
        "hidden_size": 1024,
        "intermediate_size": 3072,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
    },
}
"""XL turbo: a transformer of 4.2 billion parameters, with Qwen3 Embedding 0.6B to read the text."""
_HEADS = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 8,
}
_TINY: dict[str, dict[str, Any]] = {
    "transformer": {"num_hidden_layers": 2, "in_channels": 12, "audio_acoustic_hidden_dim": 4, **_HEADS},
    "conditions": {
        "text_hidden_dim": 16,
        "timbre_hidden_dim": 4,
        "num_lyric_encoder_hidden_layers": 1,
        "num_timbre_encoder_hidden_layers": 1,
        **_HEADS,
    },
    "vae": {
        "encoder_hidden_size": 4,
        "channel_multiples": [1, 1, 1, 2, 2],
        "decoder_channels": 4,
        "decoder_input_channels": 4,
    },
    "text": {"vocab_size": 512, "num_hidden_layers": 1, **_HEADS},
}


def figures(device: str, *, quick: bool) -> list[Figure]:
    """Beds of both ways, in full size on a GPU."""
    pipe = _pipeline(device, full=full_size(device, quick=quick))
    engine = ACEStep(RandomHost(HostSettings(device=device), {"ace_step": pipe}))

    def play() -> None:
        engine.compose(BRIEF, round(SECONDS * SAMPLE_RATE))

    def play_plainly() -> None:
        pipe(prompt=BRIEF.prompt, audio_duration=SECONDS)

    plain_tflop, tflop = counted_tflop(play_plainly), counted_tflop(play)
    plain = Way(SECONDS, timed(device, play_plainly), plain_tflop)
    return compared("bed", Way(SECONDS, timed(device, play), tflop), plain, device=device)


def _pipeline(device: str, *, full: bool) -> Any:
    torch.manual_seed(0)
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    shapes = _FULL if full else _TINY
    with torch.device(device):
        parts = {
            "transformer": AceStepTransformer1DModel(is_turbo=True, **shapes["transformer"]),
            "condition_encoder": AceStepConditionEncoder(**shapes["conditions"]),
            "vae": AutoencoderOobleck(
                downsampling_ratios=[2, 4, 4, 6, 10], sampling_rate=SAMPLE_RATE, **shapes["vae"]
            ),
            "text_encoder": Qwen3Model(Qwen3Config(**shapes["text"])),
        }
    return quiet(
        AceStepPipeline(
            **{name: model.eval().to(dtype) for name, model in parts.items()},
            tokenizer=tiny_ace_step.tokenizer(),
            scheduler=FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
        )
    )
