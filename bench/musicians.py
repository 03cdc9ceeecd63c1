"""MusicGen and ACE-Step in full size: our engines and their plain libraries, on the same random weights.

Plain MusicGen is transformers with its defaults, float32 and by the caption alone; ours works in half
precision and follows a melody. Plain ACE-Step is diffusers with its defaults, in bfloat16 as the model's card
has it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from diffusers import (
    AceStepPipeline,
    AceStepTransformer1DModel,
    AutoencoderOobleck,
    FlowMatchEulerDiscreteScheduler,
)
from diffusers.pipelines.ace_step import AceStepConditionEncoder
from transformers import (
    EncodecConfig,
    MusicgenMelodyConfig,
    MusicgenMelodyDecoderConfig,
    MusicgenMelodyForConditionalGeneration,
    Qwen3Config,
    Qwen3Model,
    T5Config,
)

from bench.accelerator import counted_tflop, extended, full_size, timed
from bench.random_weights import RandomHost, quiet
from bench.table import Figure
from bench.ways import Way, compared
from tests.models import tiny_ace_step, tiny_musicgen
from webtv.domain import SAMPLE_RATE, MusicBrief
from webtv.models.host import Host
from webtv.models.settings import HostSettings
from webtv.postprocess.music.ace_step import ACEStep
from webtv.postprocess.music.musicgen import MusicGen, Player
from webtv.postprocess.music.player import GUIDANCE
from webtv.postprocess.music.window import WINDOW_S

SECONDS = 12.8
_TINY_SECONDS = 1.28
BRIEF = MusicBrief(mood="calm", seed=1, motif_seed=2)
_LATE = 3
"""Steps by which the last of four codebooks is late."""

_SOUND: dict[str, Any] = {
    "sampling_rate": 32_000,
    "upsampling_ratios": [8, 5, 4, 4],
    "target_bandwidths": [2.2],
    "norm_type": "weight_norm",
    "use_causal_conv": False,
    "normalize": False,
    "audio_channels": 1,
}
_MUSICGEN_FULL: dict[str, dict[str, Any]] = {
    "text": {"d_model": 768, "d_ff": 3072, "num_layers": 12, "num_heads": 12},
    "sound": {"num_filters": 64, "hidden_size": 128, "codebook_size": 2048, "codebook_dim": 128},
    "decoder": {"hidden_size": 1536, "ffn_dim": 6144, "num_hidden_layers": 48, "num_attention_heads": 24},
}
"""facebook/musicgen-melody: a decoder of 1.4 billion parameters, T5 base, and EnCodec at 32 kHz."""
_MUSICGEN_TINY: dict[str, dict[str, Any]] = {
    "text": {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2},
    "sound": {"num_filters": 2, "hidden_size": 16, "codebook_size": 64, "codebook_dim": 16},
    "decoder": {
        "vocab_size": 64,
        "hidden_size": 16,
        "ffn_dim": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "pad_token_id": 64,
        "bos_token_id": 64,
    },
}

_ACE_STEP_FULL: dict[str, dict[str, Any]] = {
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
_ACE_STEP_TINY: dict[str, dict[str, Any]] = {
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


def musicgen(device: str, *, quick: bool) -> list[Figure]:
    """Beds of both ways, in full size on a GPU."""
    full = full_size(device, quick=quick)
    seconds = SECONDS if full else _TINY_SECONDS
    host = Host(HostSettings(device=device))
    player = random_musicgen(host, full=full)
    text = player.tokenizer([BRIEF.prompt], return_tensors="pt").to(device)
    codes = round(seconds * player.frame_rate)

    def play_plainly(codes: int = codes) -> None:
        read = {"input_ids": text.input_ids, "attention_mask": text.attention_mask}
        player.model.generate(**read, max_new_tokens=codes + _LATE)

    # but for what attention looks back at, which grows, each step is the same work
    known = {few: counted_tflop(partial(play_plainly, few)) for few in (codes // 16, codes // 8)}
    plain = Way(seconds, timed(device, play_plainly), extended(known, to=codes))

    engine = MusicGen(RandomHost(host.settings, {"musicgen": halved(player, host)}))
    samples = round(seconds * SAMPLE_RATE)
    play = partial(engine.compose, BRIEF)
    known = {few: counted_tflop(partial(play, few)) for few in (samples // 16, samples // 8)}
    ours = Way(seconds, timed(device, partial(play, samples)), extended(known, to=samples))
    return compared("bed", ours, plain, device=device, library="plain transformers")


def ace_step(device: str, *, quick: bool) -> list[Figure]:
    """Beds of both ways, in full size on a GPU."""
    pipe = _ace_step(device, full=full_size(device, quick=quick))
    engine = ACEStep(RandomHost(HostSettings(device=device), {"ace_step": pipe}))

    def play() -> None:
        engine.compose(BRIEF, round(SECONDS * SAMPLE_RATE))

    def play_plainly() -> None:
        pipe(prompt=BRIEF.prompt, audio_duration=SECONDS)

    plain_tflop, tflop = counted_tflop(play_plainly), counted_tflop(play)
    plain = Way(SECONDS, timed(device, play_plainly), plain_tflop)
    return compared("bed", Way(SECONDS, timed(device, play), tflop), plain, device=device)


def random_musicgen(host: Host, *, full: bool) -> Player:
    """In float32, as transformers makes it."""
    torch.manual_seed(0)
    shapes = _MUSICGEN_FULL if full else _MUSICGEN_TINY
    config = MusicgenMelodyConfig(
        text_encoder=T5Config(**shapes["text"]).to_dict(),
        audio_encoder=EncodecConfig(**_SOUND, **shapes["sound"]).to_dict(),
        decoder=MusicgenMelodyDecoderConfig(**shapes["decoder"]).to_dict(),
    )
    with torch.device(host.device):
        model = MusicgenMelodyForConditionalGeneration(config).eval().requires_grad_(False)
    for layer in model.audio_encoder.quantizer.layers:  # of zeros: all would be silence
        torch.nn.init.normal_(layer.codebook.embed)
    generation = model.generation_config
    start = config.decoder.pad_token_id
    generation.decoder_start_token_id = generation.bos_token_id = generation.pad_token_id = start
    generation.do_sample, generation.guidance_scale, generation.max_length = True, GUIDANCE, 1500
    return Player(model, tiny_musicgen.tokenizer(), WINDOW_S)


def halved(player: Player, host: Host) -> Player:
    """The same in the precision that the engine loads it in."""
    player.model.to(host.half).audio_encoder.float()
    return player


def _ace_step(device: str, *, full: bool) -> Any:
    torch.manual_seed(0)
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    shapes = _ACE_STEP_FULL if full else _ACE_STEP_TINY
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
